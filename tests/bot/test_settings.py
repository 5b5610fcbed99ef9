"""Settings come from the environment, say in one sentence what is wrong, and pass no secret on."""

from pathlib import Path

import pytest

from bot.settings import Budget, read_settings
from schemas.errors import UserError

PEM = "-----BEGIN RSA PRIVATE KEY-----\\nabc\\n-----END RSA PRIVATE KEY-----"
LEAST = {"ESPALIER_APP_ID": "7", "ESPALIER_PRIVATE_KEY": PEM, "ESPALIER_WEBHOOK_SECRET": "s"}


def test_three_settings_are_enough(tmp_path: Path) -> None:
    settings = read_settings({**LEAST, "ESPALIER_DATA_DIR": str(tmp_path)})
    assert settings.api_url == "https://api.github.com"
    assert settings.private_key.splitlines()[1] == "abc"
    assert settings.database == f"sqlite:///{tmp_path}/espalier.sqlite3"
    assert settings.artifacts == tmp_path / "artifacts"
    assert settings.ray_address is None
    assert not settings.loopback
    assert settings.budget == Budget(a_minute=80, an_hour=500)
    assert settings.reconcile_seconds == 300


@pytest.mark.parametrize(
    ("url", "loopback"),
    [("http://127.0.0.1:5/api/v3", True), ("http://localhost/api/v3", True), ("https://github.example/api/v3", False)],
)
def test_a_github_on_this_machine_is_known(url: str, *, loopback: bool) -> None:
    settings = read_settings({**LEAST, "ESPALIER_GITHUB_API_URL": url})
    assert settings.loopback is loopback
    assert (settings.budget is None) is loopback


def test_everything_can_be_set(tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    key.write_text(PEM)
    settings = read_settings({
        "ESPALIER_APP_ID": "7",
        "ESPALIER_PRIVATE_KEY_FILE": str(key),
        "ESPALIER_WEBHOOK_SECRET": "s",
        "ESPALIER_DATABASE_URL": f"sqlite:///{tmp_path}/x.db",
        "ESPALIER_ARTIFACTS": f"file://{tmp_path}/art",
        "ESPALIER_CACHE_DIR": str(tmp_path / "cache"),
        "ESPALIER_RAY_ADDRESS": "http://ray:8265/",
        "ESPALIER_RAY_TOKEN_FILE": str(tmp_path / "token"),
        "ESPALIER_GITHUB_CREATIONS": "40/250",
        "ESPALIER_RECONCILE_MINUTES": "0.5",
        "ESPALIER_HOST": "::1",
        "ESPALIER_PORT": "0",
        "ESPALIER_PUBLIC_URL": "https://espalier.example",
        "ESPALIER_BUILD_OPTIONS": '{"seed": 3, "student": "/models/base", "teacher_url": null}',
    })
    assert (settings.database, settings.artifacts) == (f"sqlite:///{tmp_path}/x.db", tmp_path / "art")
    assert settings.ray_address == "http://ray:8265"
    assert (settings.budget, settings.reconcile_seconds) == (Budget(a_minute=40, an_hour=250), 30)
    assert (settings.options.seed, settings.options.student, settings.options.teacher_url) == (3, "/models/base", None)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"ESPALIER_APP_ID": ""}, "ESPALIER_APP_ID"),
        ({"ESPALIER_WEBHOOK_SECRET": " "}, "ESPALIER_WEBHOOK_SECRET"),
        ({"ESPALIER_GITHUB_CREATIONS": "80"}, "ESPALIER_GITHUB_CREATIONS"),
        ({"ESPALIER_GITHUB_CREATIONS": "0/500"}, "ESPALIER_GITHUB_CREATIONS"),
        ({"ESPALIER_RECONCILE_MINUTES": "often"}, "ESPALIER_RECONCILE_MINUTES"),
        ({"ESPALIER_RECONCILE_MINUTES": "0"}, "ESPALIER_RECONCILE_MINUTES"),
        ({"ESPALIER_WEBHOOK_SECRET_FILE": "/no/such/file"}, "ESPALIER_WEBHOOK_SECRET_FILE"),
        ({"ESPALIER_CLIENT_ID": "Iv1.a"}, "ESPALIER_CLIENT_SECRET"),
        ({"ESPALIER_CLIENT_SECRET": "s"}, "ESPALIER_CLIENT_ID"),
        ({"ESPALIER_CLIENT_SECRET_FILE": "/no/such/file"}, "ESPALIER_CLIENT_SECRET_FILE"),
        ({"ESPALIER_LOG_FORMAT": "xml"}, "ESPALIER_LOG_FORMAT"),
        ({"ESPALIER_PRIVATE_KEY": ""}, "ESPALIER_PRIVATE_KEY_FILE"),
        ({"ESPALIER_PRIVATE_KEY": "abc"}, "PEM"),
        ({"ESPALIER_PRIVATE_KEY_FILE": "/no/such/file"}, "ESPALIER_PRIVATE_KEY_FILE"),
        ({"ESPALIER_PORT": "http"}, "ESPALIER_PORT"),
        ({"ESPALIER_PORT": "70000"}, "ESPALIER_PORT"),
        ({"ESPALIER_GITHUB_API_URL": "github.com"}, "ESPALIER_GITHUB_API_URL"),
        ({"ESPALIER_DATABASE_URL": "mysql://x"}, "ESPALIER_DATABASE_URL"),
        ({"ESPALIER_ARTIFACTS": "s3://bucket"}, "ESPALIER_ARTIFACTS"),
        ({"ESPALIER_BUILD_OPTIONS": "{"}, "ESPALIER_BUILD_OPTIONS"),
        ({"ESPALIER_BUILD_OPTIONS": "[1]"}, "ESPALIER_BUILD_OPTIONS"),
        ({"ESPALIER_BUILD_OPTIONS": '{"sead": 1}'}, "ESPALIER_BUILD_OPTIONS"),
        ({"ESPALIER_BUILD_OPTIONS": '{"seed": "1"}'}, "ESPALIER_BUILD_OPTIONS"),
        ({"ESPALIER_BUILD_OPTIONS": '{"seed": true}'}, "ESPALIER_BUILD_OPTIONS"),
    ],
)
def test_what_cannot_be_used_is_named_in_one_sentence(change: dict[str, str], named: str) -> None:
    with pytest.raises(UserError, match=named) as error:
        read_settings({**LEAST, **change})
    assert len(str(error.value).splitlines()) == 1


def test_a_secret_comes_from_a_file_too_and_one_before_it_is_known(tmp_path: Path) -> None:
    for name in ("now", "before", "client"):
        (tmp_path / name).write_text(f"the {name} secret\n")
    settings = read_settings({
        **LEAST,
        "ESPALIER_WEBHOOK_SECRET": "",
        "ESPALIER_WEBHOOK_SECRET_FILE": str(tmp_path / "now"),
        "ESPALIER_WEBHOOK_SECRET_BEFORE_FILE": str(tmp_path / "before"),
        "ESPALIER_CLIENT_ID": "Iv1.a",
        "ESPALIER_CLIENT_SECRET_FILE": str(tmp_path / "client"),
    })
    assert settings.webhook_secrets == ("the now secret", "the before secret")
    assert settings.sign_in is not None
    assert settings.sign_in.client_secret == "the client secret"
    assert set(settings.secrets) == {"the now secret", "the before secret", "the client secret", settings.private_key}


@pytest.mark.parametrize(
    ("api", "web"),
    [
        ("https://api.github.com", "https://github.com"),
        ("https://api.orchard.ghe.com", "https://orchard.ghe.com"),
        ("https://ghe.example.org/api/v3", "https://ghe.example.org"),
        ("http://127.0.0.1:3000/api/v3", "http://127.0.0.1:3000"),
    ],
)
def test_people_see_github_beside_its_api(api: str, web: str) -> None:
    assert read_settings({**LEAST, "ESPALIER_GITHUB_API_URL": api}).web_url == web


def test_children_get_no_secret() -> None:
    secrets = {
        "GITHUB_TOKEN": "x", "HF_TOKEN": "x", "ESPALIER_PRIVATE_KEY_FILE": "x", "AWS_SECRET_ACCESS_KEY": "x",
        "DB_PASSWORD": "x", "ESPALIER_CLIENT_SECRET": "", "ESPALIER_DATABASE_URL": "sqlite:////tmp/x.db",
    }  # fmt: skip
    kept = {"PATH": "/bin", "HOME": "/root", "TOKENIZERS_PARALLELISM": "false", "ESPALIER_RAY_TOKEN_FILE": "t"}
    assert read_settings({**LEAST, **secrets, **kept, "ESPALIER_PRIVATE_KEY_FILE": ""}).child_environment == kept


def test_settings_do_not_print_their_secrets() -> None:
    assert "PRIVATE KEY" not in repr(read_settings(LEAST))
