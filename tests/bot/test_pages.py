"""The bot's pages say what a comment says, in the same words, and show what strangers wrote as it is."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from bot.app import create_app
from bot.context import Bot
from bot.judge import Judge
from bot.metrics import Pulse
from bot.numbers import Durations
from bot.pages.routes import page_routes
from bot.records import Build, Pull
from bot.report_status import BuildState
from bot.settings import read_settings
from bot.store import Store, open_database
from schemas.codec import encode
from schemas.job import BuildKind, Job
from schemas.progress import Progress
from schemas.result import Result
from tests.bot.results import HEAD, KNOWLEDGE, SKILL, generated, job, prechecked, provenance, result
from tests.fakes.scripted_github import KEY, Script, github

TITLE = "Add the harbours of Pell"
STARTED, ENDED = "2026-01-02T03:04:05.000Z", "2026-01-02T03:07:17.000Z"


@pytest.fixture
def bot(tmp_path: Path, sqlite_url: str) -> Iterator[Bot]:
    settings = read_settings({
        "ESPALIER_APP_ID": "7", "ESPALIER_PRIVATE_KEY": KEY, "ESPALIER_WEBHOOK_SECRET": "s",
        "ESPALIER_DATA_DIR": str(tmp_path),
    })  # fmt: skip
    store = Store(open_database(sqlite_url))
    with github(Script()) as app:
        yield Bot(settings=settings, store=store, github=app, judge=Judge(processes=0), address="http://127.0.0.1:1")
    store.close()


@pytest.fixture
def browser(bot: Bot) -> Iterator[TestClient]:
    app = FastAPI()
    app.include_router(page_routes(bot))
    with TestClient(app) as client:
        yield client


def pull(number: int, *, title: str = TITLE) -> Pull:
    return Pull(
        repository="orchard/taxonomy", number=number, installation=1, title=title, author="june", state="open",
        head_sha=HEAD, head_seen_at=STARTED, triage=None, labels=("knowledge",), own_labels=(),
        url=f"http://forge.test/orchard/taxonomy/pull/{number}", updated_at=STARTED,
    )  # fmt: skip


def ended(bot: Bot, asked: Job, outcome: Result) -> str:
    """Keep a build that ended; gives its page's path."""
    for part in asked.pull_requests:
        bot.store.pulls.save(pull(part.number))
    bot.store.builds.restore(
        Build(
            job=asked, installation=1, state=BuildState.SUCCEEDED, asked_by="tamsin", created_at=STARTED,
            started_at=STARTED, ended_at=ENDED, submissions=1, result=outcome,
        )
    )  # fmt: skip
    return f"/builds/{asked.id}"


def text(browser: TestClient, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    return str(answer.text).replace("\u00a0", " ")


def test_a_candidates_page_has_its_title_once_and_says_how_long_it_took(bot: Bot, browser: TestClient) -> None:
    page = text(browser, ended(bot, job(), result()))
    body = page.partition("<main")[2]
    assert body.count(TITLE) == 1
    assert f'href="http://forge.test/orchard/taxonomy/pull/7">#7 {TITLE}</a>' in body
    assert "took 3 min, ended" in body
    assert "started" not in body


def test_that_the_cluster_is_away_is_said_once_on_the_page_of_a_build_that_waits(bot: Bot, browser: TestClient) -> None:
    asked = job()
    bot.store.builds.add(
        Build(job=asked, installation=1, state=BuildState.WAITING, asked_by="tamsin", created_at=STARTED)
    )
    assert text(browser, f"/builds/{asked.id}").count('<span class="told">next</span>') == 1
    bot.silences.note(asked.id, "the cluster does not answer: ConnectError")
    assert text(browser, f"/builds/{asked.id}").count("The cluster cannot be used since") == 1


def test_scores_are_written_as_in_the_comment(bot: Bot, browser: TestClient) -> None:
    page = text(browser, ended(bot, job(), result()))
    assert '+35.9 points <span class="dim">(+24.1 to +46.8)</span>' in page
    assert "<caption>Yardsticks, on the same questions</caption>" in page
    assert "<li>retrieval: no model: the sentence of the document that matches best</li>" in page
    assert '<th scope="col">change</th>' in page
    assert '<th scope="col" class="n">candidate</th>' in page
    assert "original model, 1.0 of 10" in page
    assert "marked from 1 to 10 by the judge: lexical" in page


def test_a_releases_page_calls_its_column_so_and_names_what_it_had_to_leave_out(bot: Bot, browser: TestClient) -> None:
    made = result()
    made = replace(made, provenance=replace(provenance(), left_out={SKILL: f"{SKILL}: it yielded nothing."}))
    page = text(browser, ended(bot, job(kind=BuildKind.RELEASE), made))
    assert '<th scope="col" class="n">release</th>' in page
    assert f"Not in this release: <code>{SKILL}</code>, because: it yielded nothing." in page
    assert f"#8 {TITLE}</a>" in page


def test_a_long_wait_is_one_line_among_the_events(bot: Bot, browser: TestClient) -> None:
    path = ended(bot, job(), result())
    folder = bot.settings.artifacts / "builds" / job().id
    folder.mkdir(parents=True)
    words = ["the build starts", *["waiting for the base"] * 24, "the student is ready"]
    lines = [
        Progress(at=STARTED, stage="prepare", done=number, total=26, unit="steps", rate=None, message=message)
        for number, message in enumerate(words)
    ]
    (folder / "events.jsonl").write_text("".join(f"{encode(line)}\n" for line in lines))
    page = text(browser, path)
    assert page.count("waiting for the base") == 1
    assert "24/26 steps" in page


def test_marks_that_turn_the_reading_direction_are_shown(bot: Bot, browser: TestClient) -> None:
    bot.store.pulls.save(pull(9, title="Add \u202eslamina & more"))
    page = text(browser, "/")
    assert "Add ⟨U+202E⟩slamina &amp; more" in page
    assert "\u202e" not in page


@pytest.mark.parametrize("path", ["/pulls", "/pulls/1", "/builds/nope", "/builds", "/static/nothing.css"])
def test_what_is_not_there_is_a_page(browser: TestClient, path: str) -> None:
    answer = browser.get(path)
    assert answer.status_code == 404
    assert "There is no" in answer.text
    assert answer.headers["content-type"].startswith("text/html")


def test_leaves_of_a_result_are_named_in_full(bot: Bot, browser: TestClient) -> None:
    assert f"<code>{KNOWLEDGE}</code>" in text(browser, ended(bot, job(), result()))


def test_a_precheck_page_shows_every_answer_beside_what_is_expected(bot: Bot, browser: TestClient) -> None:
    asked = replace(job(kind=BuildKind.PRECHECK), id="pr7-precheck")
    page = text(browser, ended(bot, asked, prechecked()))
    assert page.count('<p class="eyebrow">expected</p>') == 3
    assert "current model, 1.4 of 10" in page
    assert "released model v3 was asked the seed questions." in page
    assert "It cannot do all of this yet." in page
    assert "from a mean of 8.0 of 10 on" in page
    assert '<span class="strong">precheck</span>' in page
    assert '<span class="strong">train</span>' not in page


def test_the_page_of_data_alone_shows_samples_yield_and_files(bot: Bot, browser: TestClient) -> None:
    asked = replace(job(kind=BuildKind.GENERATE), id="pr7-data")
    page = text(browser, ended(bot, asked, generated()))
    assert '<section aria-labelledby="data">' in page
    assert 'href="/builds/pr7-data/data/0000.json" download>0000.json</a>' in page
    assert "140 not faithful to the passage, 96 duplicate, 24 answer could not be read." in page
    assert "What stands at pier 4?" in page
    assert '<span class="strong">generate</span>' in page
    assert '<span class="strong">evaluate</span>' not in page


@pytest.fixture
def without_database(bot: Bot) -> TestClient:
    """Give what answers while the database cannot be read."""

    def pulse() -> Pulse:
        return Pulse(alive=True, handlings=Durations().spread(), outcomes={"done": 3}, missed=0)

    with bot.store.database.transaction() as connection:
        connection.execute("DROP TABLE deliveries")
    return TestClient(create_app(bot, pulse, {}))


def test_while_the_database_cannot_be_read_a_page_says_so_and_that_is_no_defect(without_database: TestClient) -> None:
    answer = without_database.get("/deliveries")
    assert (answer.status_code, answer.text[:31]) == (503, "The database cannot be used now")
    assert answer.headers["x-frame-options"] == "DENY"


def test_while_the_database_cannot_be_read_numbers_of_the_process_are_told_all_the_same(
    without_database: TestClient,
) -> None:
    answer = without_database.get("/metrics")
    assert answer.status_code == 200
    lines = answer.text.splitlines()
    assert {"espalier_up 1", "espalier_database_up 0", 'espalier_handlings_total{outcome="done"} 3'} <= set(lines)
    assert "espalier_builds" not in answer.text  # nothing half of which is known
