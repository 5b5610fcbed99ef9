"""A build's data can be had from its page, and nothing else can: whatever the name, and whatever stands behind it."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest
from starlette.testclient import TestClient

from bot.app import create_app
from bot.context import Bot
from bot.judge import Judge
from bot.pages.downloads import open_data
from bot.records import Build
from bot.report_status import BuildState
from bot.settings import read_settings
from bot.store import Store, open_database
from schemas.job import BuildKind
from tests.bot.results import generated, job
from tests.fakes.scripted_github import KEY, Script, github

BUILD = "pr7-01234567-abcd"
SECRET = "a key that nobody may read"
CONTENT = '{"leaf":"knowledge/a"}'


@pytest.fixture
def artifacts(tmp_path: Path) -> Path:
    data = tmp_path / "artifacts" / "builds" / BUILD / "data"
    data.mkdir(parents=True)
    (data / "0000.json").write_text(CONTENT)
    (data / "rows.jsonl").write_text(CONTENT)
    (data / "page.html").write_text("<script>alert(1)</script>")
    (data / "deeper").mkdir()
    (data / "deeper" / "x.json").write_text(SECRET)
    (data.parent / "job.json").write_text(SECRET)
    (tmp_path / "secret.pem").write_text(SECRET)
    return tmp_path / "artifacts"


def _never(*_: object) -> NoReturn:
    raise AssertionError("a download asks neither for threads nor for deliveries")


@pytest.fixture
def browser(tmp_path: Path, artifacts: Path) -> Iterator[TestClient]:
    settings = read_settings({
        "ESPALIER_APP_ID": "7", "ESPALIER_PRIVATE_KEY": KEY, "ESPALIER_WEBHOOK_SECRET": "s",
        "ESPALIER_DATA_DIR": str(tmp_path), "ESPALIER_ARTIFACTS": str(artifacts),
    })  # fmt: skip
    store = Store(open_database(f"sqlite:///{tmp_path / 'bot.sqlite3'}"))
    store.builds.add(
        Build(
            job=replace(job(kind=BuildKind.GENERATE), id=BUILD), installation=1, state=BuildState.WAITING,
            asked_by="tamsin", created_at="2026-01-02T03:04:05.000Z",
        )
    )  # fmt: skip
    store.builds.end(BUILD, BuildState.SUCCEEDED, reason=None, result=generated())
    with github(Script()) as api:
        bot = Bot(settings=settings, store=store, github=api, judge=Judge(processes=0), address="http://127.0.0.1:1")
        with TestClient(create_app(bot, _never, {})) as client:
            yield client
    store.close()


@pytest.mark.parametrize(
    ("name", "kind"),
    [("0000.json", "application/json"), ("rows.jsonl", "application/jsonl"), ("page.html", "application/octet-stream")],
)
def test_a_file_is_handed_out_to_be_kept_and_never_to_be_shown(browser: TestClient, name: str, kind: str) -> None:
    answer = browser.get(f"/builds/{BUILD}/data/{name}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == kind
    assert answer.headers["content-disposition"] == f'attachment; filename="{BUILD}-{name}"'
    assert answer.headers["content-security-policy"].startswith("default-src 'none';")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert int(answer.headers["content-length"]) == len(answer.content)


@pytest.mark.parametrize(
    "path",
    [
        f"/builds/{BUILD}/data/../job.json",
        f"/builds/{BUILD}/data/..%2Fjob.json",
        f"/builds/{BUILD}/data/%2e%2e%2fjob.json",
        f"/builds/{BUILD}/data/..%5Cjob.json",
        f"/builds/{BUILD}/data/deeper/x.json",
        f"/builds/{BUILD}/data/deeper%2Fx.json",
        f"/builds/{BUILD}/data/deeper",
        f"/builds/{BUILD}/data/%2Fetc%2Fpasswd",
        f"/builds/{BUILD}/data/0000.json%00.txt",
        f"/builds/{BUILD}/data/.",
        f"/builds/{BUILD}/data/%2e%2e",
        f"/builds/{BUILD}/data/absent.json",
        "/builds/..%2f..%2f/data/secret.pem",
        "/builds/unknown/data/0000.json",
    ],
)
def test_no_name_leads_out_of_the_builds_data(browser: TestClient, path: str) -> None:
    answer = browser.get(path)
    assert answer.status_code == 404
    assert SECRET not in answer.text


def test_no_link_and_no_device_is_followed(browser: TestClient, artifacts: Path) -> None:
    data = artifacts / "builds" / BUILD / "data"
    (data / "soft.json").symlink_to(artifacts.parent / "secret.pem")
    os.link(artifacts.parent / "secret.pem", data / "hard.json")
    os.mkfifo(data / "pipe.json")
    for name in ("soft.json", "hard.json", "pipe.json"):
        answer = browser.get(f"/builds/{BUILD}/data/{name}")
        assert answer.status_code == 404, name
        assert SECRET not in answer.text


@pytest.mark.parametrize("linked", ["data", ""])
def test_no_folder_on_the_way_may_be_a_link(artifacts: Path, linked: str) -> None:
    place = artifacts / "builds" / BUILD / linked
    moved = place.rename(artifacts / "moved")
    place.symlink_to(moved)
    assert open_data(artifacts, BUILD, "0000.json") is None


def test_what_is_there_is_opened(artifacts: Path) -> None:
    file = open_data(artifacts, BUILD, "0000.json")
    assert file is not None
    with file:
        assert file.read().decode() == CONTENT
