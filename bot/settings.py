"""What the operator sets: the only reader of environment variables."""

import json
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from bot.credentials import SignIn, read_private_key, read_sign_in, read_webhook_secrets
from bot.database_url import passwords, read_database_url, require_present
from schemas.errors import UserError
from sources.address import is_loopback

GITHUB_API = "https://api.github.com"
SECRET = re.compile(r"PRIVATE_KEY|SECRET|PASSWORD|DATABASE_URL|TOKEN(?!_FILE|IZERS)|^ESPALIER_APP_ID$")
GITHUB = "https://github.com"
WORKFLOW_LOGIN = "github-actions[bot]"
"""Under which GitHub shows what is written with a workflow's own token."""
HIGHEST_PORT = 65_535
MINUTES_OF_A_DAY = 1440.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildOptions:
    """`ESPALIER_BUILD_OPTIONS`: what every build of this bot is given beyond the policy."""

    student: str | None = None
    teacher_url: str | None = None
    teacher_model: str | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What one installation may create on GitHub: comments, reviews, check runs, labels, reactions."""

    a_minute: int = 80
    an_hour: int = 500
    """Both as docs.github.com has them, "Rate limits for the REST API", "About secondary rate limits"."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Settings:
    """All settings; not printable, because it holds secrets."""

    api_url: str
    app_id: str
    """Empty, as the key and the secrets are, in a workflow run, which has a token in place of an App."""
    private_key: str
    webhook_secrets: tuple[str, ...]
    """The webhook's secret, and the one before it while it is being replaced."""
    sign_in: SignIn | None
    """None where nobody can sign in, so that the pages only show."""
    data: Path
    database: str
    """Its URL, which may hold a password."""
    artifacts: Path
    cache: Path
    ray_address: str | None
    """Jobs API of an outside cluster; None starts a local head at the first build."""
    ray_token_file: Path | None
    host: str
    port: int
    public_url: str | None
    """Address under which people reach the pages, for links in comments; None takes the listening address."""
    options: BuildOptions
    child_environment: dict[str, str]
    """What a child process gets: this environment without any secret."""
    budget: Budget | None
    """None where nothing is counted, as with a server on this machine."""
    reconcile_seconds: float
    """Between two comparisons of GitHub with what is remembered."""
    cluster_python: str = sys.executable
    """The Python that runs builds on the cluster's nodes, with espalier installed."""
    log_format: str | None = None
    """`json` or `text`; None takes text for a terminal only."""

    @property
    def web_url(self) -> str:
        """Where people see GitHub: github.com for api.github.com, and for a server of one's own its root."""
        parts = urlsplit(self.api_url.removesuffix("/api/v3"))
        return f"{parts.scheme}://{parts.netloc.removeprefix('api.')}"

    @property
    def secrets(self) -> tuple[str, ...]:
        """Everything that must not be told."""
        signing = () if self.sign_in is None else (self.sign_in.client_secret,)
        return (*self.webhook_secrets, self.private_key, *signing, *passwords(self.database))

    @property
    def loopback(self) -> bool:
        """Whether GitHub is a server on this machine, which needs no throttle."""
        return is_loopback(urlsplit(self.api_url).hostname or "")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Workflow:
    """What a run of a workflow is told by its environment; not printable, because it holds the token."""

    token: str
    login: str
    """The login that the token writes under."""
    repository: str
    """The one repository that the token is good for."""
    actions_url: str
    """The page of the repository's workflow runs."""
    run_url: str
    """The page of this run."""
    output: Path | None
    """Where outputs of the step go."""
    builds: bool
    """Whether a job of the workflow takes the builds that commands order."""


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from environment variables; a UserError names the one that is missing or cannot be used."""
    environment = os.environ if environment is None else environment
    return _settings(
        environment,
        app_id=_required(environment, "ESPALIER_APP_ID"),
        private_key=read_private_key(environment),
        webhook_secrets=read_webhook_secrets(environment),
    )


def read_database(environment: Mapping[str, str] | None = None) -> str:
    """Read where the database is, for whoever needs no more than that; a UserError says what is wrong."""
    environment = os.environ if environment is None else environment
    return require_present(read_database_url(environment, _data(environment)))


def read_workflow(environment: Mapping[str, str] | None = None) -> tuple[Settings, Workflow]:
    """Read what a workflow run's environment says; a UserError names the variable that is missing or cannot be used.

    The names are GitHub's: docs.github.com, "Variables reference".
    """
    environment = os.environ if environment is None else environment
    here = {name: _given(environment, name) for name in ("GITHUB_TOKEN", "GITHUB_REPOSITORY")}
    api = _url(environment, "ESPALIER_GITHUB_API_URL", None) or _url(environment, "GITHUB_API_URL", GITHUB_API)
    actions = f"{_url(environment, 'GITHUB_SERVER_URL', GITHUB)}/{here['GITHUB_REPOSITORY']}/actions"
    run, output = environment.get("GITHUB_RUN_ID"), environment.get("GITHUB_OUTPUT")
    settings = _settings(environment, app_id="", private_key="", webhook_secrets=())
    return replace(settings, api_url=api or GITHUB_API), Workflow(
        token=here["GITHUB_TOKEN"],
        login=environment.get("ESPALIER_LOGIN") or WORKFLOW_LOGIN,
        repository=here["GITHUB_REPOSITORY"],
        actions_url=actions,
        run_url=f"{actions}/runs/{run}" if run else actions,
        output=Path(output) if output else None,
        builds=environment.get("ESPALIER_BUILDS", "").lower() == "true",
    )


def _settings(
    environment: Mapping[str, str], *, app_id: str, private_key: str, webhook_secrets: tuple[str, ...]
) -> Settings:
    data = _data(environment)
    token_file = environment.get("ESPALIER_RAY_TOKEN_FILE")
    api = _url(environment, "ESPALIER_GITHUB_API_URL", GITHUB_API) or GITHUB_API
    return Settings(
        api_url=api,
        app_id=app_id,
        private_key=private_key,
        webhook_secrets=webhook_secrets,
        sign_in=read_sign_in(environment),
        data=data,
        database=read_database_url(environment, data),
        artifacts=_artifacts(environment, data),
        cache=_cache(environment),
        ray_address=_url(environment, "ESPALIER_RAY_ADDRESS", None),
        ray_token_file=Path(token_file).absolute() if token_file else None,
        host=environment.get("ESPALIER_HOST") or "127.0.0.1",
        port=_port(environment),
        public_url=_url(environment, "ESPALIER_PUBLIC_URL", None),
        options=_options(environment.get("ESPALIER_BUILD_OPTIONS") or "{}"),
        budget=_budget(environment, api),
        reconcile_seconds=_minutes(environment, "ESPALIER_RECONCILE_MINUTES", 5.0) * 60,
        child_environment={name: value for name, value in environment.items() if not SECRET.search(name)},
        cluster_python=environment.get("ESPALIER_CLUSTER_PYTHON") or sys.executable,
        log_format=_log_format(environment),
    )


def _data(environment: Mapping[str, str]) -> Path:
    return Path(environment.get("ESPALIER_DATA_DIR") or "espalier-data").absolute()


def _given(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "").strip()
    if not value:
        raise UserError(f"{name} is not set; GitHub Actions sets it, or `env` of the step does.")
    return value


def _required(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "").strip()
    if not value:
        raise UserError(f"{name} is not set; give it as the settings page of the GitHub App shows it.")
    return value


def _log_format(environment: Mapping[str, str]) -> str | None:
    value = environment.get("ESPALIER_LOG_FORMAT") or None
    if value not in {None, "json", "text"}:
        raise UserError(f"ESPALIER_LOG_FORMAT must be json or text, not {value!r}.")
    return value


def _url(environment: Mapping[str, str], name: str, default: str | None) -> str | None:
    value = environment.get(name, "").strip().rstrip("/")
    if not value:
        return default
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise UserError(f"{name} must be a http or https URL, not {value!r}.")
    return value


def _local_path(name: str, value: str) -> Path:
    """Take a path or a `file://` URL; other stores are for a later version.

    Raises:
        UserError: if it is another kind of URL.
    """
    if value.startswith("file://"):
        value = value.removeprefix("file://")
    elif "://" in value:
        raise UserError(f"{name} must be a folder on a disk that the cluster shares, not {value!r}.")
    return Path(value).absolute()


def _artifacts(environment: Mapping[str, str], data: Path) -> Path:
    value = environment.get("ESPALIER_ARTIFACTS")
    return _local_path("ESPALIER_ARTIFACTS", value) if value else data / "artifacts"


def _cache(environment: Mapping[str, str]) -> Path:
    if environment.get("ESPALIER_CACHE_DIR"):
        return Path(environment["ESPALIER_CACHE_DIR"]).absolute()
    base = environment.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "espalier"


def _port(environment: Mapping[str, str]) -> int:
    value = environment.get("ESPALIER_PORT") or "8080"
    if not value.isdecimal() or int(value) > HIGHEST_PORT:
        raise UserError(f"ESPALIER_PORT must be a port number from 0 to {HIGHEST_PORT}, not {value!r}.")
    return int(value)


def _budget(environment: Mapping[str, str], api_url: str) -> Budget | None:
    value = environment.get("ESPALIER_GITHUB_CREATIONS") or ""
    if not value:
        return None if is_loopback(urlsplit(api_url).hostname or "") else Budget()
    minute, _, hour = value.partition("/")
    if not (minute.isdecimal() and hour.isdecimal() and int(minute) and int(hour)):
        raise UserError(f"ESPALIER_GITHUB_CREATIONS must be like 80/500, a minute and an hour, not {value!r}.")
    return Budget(a_minute=int(minute), an_hour=int(hour))


def _minutes(environment: Mapping[str, str], name: str, default: float) -> float:
    value = environment.get(name) or str(default)
    try:
        minutes = float(value)
    except ValueError:
        minutes = 0.0
    if not 0.0 < minutes < MINUTES_OF_A_DAY:
        raise UserError(f"{name} must be a number of minutes, more than 0 and less than a day, not {value!r}.")
    return minutes


def _options(text: str) -> BuildOptions:
    try:
        data: object = json.loads(text)
    except ValueError as error:
        raise UserError(f"ESPALIER_BUILD_OPTIONS is not JSON: {error}.") from error
    known = {"student", "teacher_url", "teacher_model", "seed"}
    if not isinstance(data, dict) or set(data) - known:
        raise UserError(f"ESPALIER_BUILD_OPTIONS must be a JSON object with keys among {', '.join(sorted(known))}.")
    seed = data.get("seed", 0)
    texts = {key: data.get(key) for key in known - {"seed"}}
    if type(seed) is not int or not all(value is None or isinstance(value, str) for value in texts.values()):
        raise UserError(
            "ESPALIER_BUILD_OPTIONS takes texts for student, teacher_url and teacher_model, and a whole seed."
        )
    return BuildOptions(seed=seed, **{key: str(value) for key, value in texts.items() if value is not None})
