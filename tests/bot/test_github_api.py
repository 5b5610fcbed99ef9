"""What the bot does to GitHub beyond what the forge shows: token scopes, retries, errors that say if waiting helps."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from bot.github_api import MEMBERS, READ, GitHubError, Repository
from bot.github_api.app import PERMISSIONS, TOKEN_WAIT
from bot.github_values import Annotation, CheckRunBody
from schemas.errors import UserError
from tests.bot.world import wait
from tests.fakes.scripted_github import LATER, PLACE, Answer, Script, github


def test_a_token_is_for_one_repository_with_least_permissions_and_is_kept() -> None:
    script = Script()
    with github(script) as app:
        for _ in range(2):
            with app.repository(PLACE):
                pass
        for permissions in (MEMBERS, READ):
            with app.repository(PLACE, permissions=permissions):
                pass
    bodies = [body for verb, path, body in script.asked if path.endswith("access_tokens")]
    assert bodies == [
        {"repositories": ["taxonomy"], "permissions": PERMISSIONS},
        {"repositories": ["taxonomy"], "permissions": MEMBERS},
        {"repositories": ["taxonomy"], "permissions": READ},
    ]


OTHER = replace(PLACE, installation=6, repository="meadow/taxonomy")
TOKENS = "/app/installations/{}/access_tokens"


def test_who_waits_for_a_token_keeps_nobody_waiting_who_wants_another_and_asks_once_for_all_who_want_it() -> None:
    slow, path = threading.Event(), TOKENS.format(6)
    script = Script(
        answers={("POST", path): [(201, {}, {"token": "ghs_6", "expires_at": LATER})]}, held={("POST", path): slow}
    )
    with github(script) as app, ThreadPoolExecutor(3) as threads:
        try:
            waiting = [threads.submit(app.token, OTHER, READ) for _ in range(3)]
            wait(lambda: script.count("POST", path), what="the first asker")
            assert app.token(PLACE, READ).startswith("ghs_")
            assert app.identity().slug == "espalier"
            assert not any(each.done() for each in waiting)
        finally:
            slow.set()
        assert [each.result() for each in waiting] == ["ghs_6"] * 3
    assert script.count("POST", path) == 1


def test_who_we_are_is_asked_once_and_keeps_no_token_waiting() -> None:
    slow = threading.Event()
    script = Script(held={("GET", "/app"): slow})
    with github(script) as app, ThreadPoolExecutor(3) as threads:
        try:
            waiting = [threads.submit(app.identity) for _ in range(3)]
            wait(lambda: script.count("GET", "/app"), what="the first asker")
            assert app.token(PLACE, READ).startswith("ghs_")
        finally:
            slow.set()
        assert {each.result().login for each in waiting} == {"espalier[bot]"}
    assert script.count("GET", "/app") == 1


def test_who_waits_for_anothers_request_gets_its_error_too_and_the_next_one_asks_anew() -> None:
    slow, path = threading.Event(), TOKENS.format(6)
    answers: list[Answer] = [(403, {}, {"message": "suspended"}), (201, {}, {"token": "ghs_6", "expires_at": LATER})]
    script = Script(answers={("POST", path): answers}, held={("POST", path): slow})
    with github(script) as app, ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(app.token, OTHER, READ)
        slow.set()
        with pytest.raises(GitHubError, match="suspended"):
            waiting.result()
        assert app.token(OTHER, READ) == "ghs_6"


def test_a_connection_is_kept_for_the_next_delivery() -> None:
    path = "/repos/orchard/taxonomy/git/blobs/b"
    script = Script(answers={("GET", path): [(200, {}, {"content": "aGk="})] * 6})
    with github(script) as app:
        for _ in range(4):
            with app.repository(PLACE) as repository:
                assert repository.blob("b") == b"hi"
        with app.repository(PLACE) as repository:
            coming = [repository.soon(Repository.blob, "b") for _ in range(2)]
            assert [each.result() for each in coming] == [b"hi", b"hi"]
    assert len(script.connections) <= 4  # the App's own, one for all deliveries, and two that read beside the last


def test_what_is_read_by_another_thread_fails_as_it_would_here() -> None:
    with github(Script()) as app, app.repository(PLACE) as repository:
        coming = repository.soon(Repository.blob, "b")
        with pytest.raises(GitHubError) as error:
            coming.result()
    assert error.value.status == 404


def test_a_comment_is_never_sent_twice_though_the_answer_was_lost() -> None:
    path = "/repos/orchard/taxonomy/issues/1/comments"
    script = Script(answers={("POST", path): [(502, {}, {"message": "Bad Gateway"})] * 3})
    with github(script) as app, pytest.raises(GitHubError) as error, app.repository(PLACE) as repository:
        repository.create_comment(1, "hello")
    assert script.count("POST", path) == 1
    assert error.value.wait is not None


def test_an_edit_is_sent_again_because_it_says_the_same() -> None:
    path = "/repos/orchard/taxonomy/issues/comments/9"
    script = Script(answers={("PATCH", path): [(502, {}, {"message": "Bad Gateway"}), (200, {}, {"id": 9})]})
    with github(script) as app, app.repository(PLACE) as repository:
        repository.edit_comment(1, 9, "hello")
    assert script.count("PATCH", path) == 2


@pytest.mark.parametrize(
    ("status", "headers", "message", "wait"),
    [
        (403, {}, "You have exceeded a secondary rate limit.", 60.0),
        (403, {"retry-after": "7"}, "You have exceeded a secondary rate limit.", 7.0),
        (429, {"retry-after": "9"}, "Too many", 9.0),
        (429, {}, "Too many", 60.0),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "0"}, "API rate limit exceeded for 5.", 1.0),
        (403, {"retry-after": "Thu, 01 Jan 2026 00:00:00 GMT"}, "You have exceeded a secondary rate limit.", 0.0),
        (503, {"retry-after": "11"}, "Unavailable", 11.0),
        (422, {}, "Validation Failed", None),
        (403, {}, "Resource not accessible by integration", None),
        (500, {}, "Server Error", 5.0),
    ],
)
def test_an_error_says_whether_and_how_long_to_wait(
    status: int, headers: dict[str, str], message: str, wait: float | None
) -> None:
    path = "/repos/orchard/taxonomy/issues/1/comments"
    script = Script(answers={("POST", path): [(status, headers, {"message": message})]})
    with github(script) as app, pytest.raises(GitHubError, match=message) as error, app.repository(PLACE) as repository:
        repository.create_comment(1, "hello")
    assert (error.value.status, error.value.wait) == (status, wait)
    assert error.value.exact is (status in {403, 429} and bool(headers))  # else it is a guess, and longer each time


def test_a_limit_keeps_every_request_of_its_installation_back_until_it_is_over_and_no_other() -> None:
    path = "/repos/orchard/taxonomy/issues/1/comments"
    limit = {"message": "You have exceeded a secondary rate limit."}
    script = Script(answers={("POST", path): [(403, {"retry-after": "30"}, limit)]})
    with github(script) as app:
        with pytest.raises(GitHubError), app.repository(PLACE) as repository:
            repository.create_comment(1, "hello")
        asked = len(script.asked)
        with pytest.raises(GitHubError, match="left alone") as error, app.repository(PLACE):
            pass
        assert error.value.wait is not None
        assert 29 < error.value.wait <= 30
        assert error.value.exact
        assert len(script.asked) == asked
        with pytest.raises(GitHubError, match="404"), app.repository(replace(PLACE, installation=6)):
            pass


def test_a_limit_is_not_slept_through() -> None:
    path = "/repos/orchard/taxonomy/git/blobs/b"
    limit = {"message": "API rate limit exceeded for installation ID 5."}
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(time.time()) + 600)}
    script = Script(answers={("GET", path): [(403, headers, limit)]})
    began = time.monotonic()
    with github(script) as app, pytest.raises(GitHubError) as error, app.repository(PLACE) as repository:
        repository.blob("b")
    assert time.monotonic() - began < 5
    assert error.value.wait is not None
    assert 590 < error.value.wait <= 601


def test_a_suspended_installation_and_a_repository_that_is_gone_are_not_waited_for() -> None:
    path = "/app/installations/5/access_tokens"
    gone = {"message": "There is at least one repository that does not exist or is not accessible to the parent"}
    for answer in ((403, {}, {"message": "This installation has been suspended"}), (422, {}, gone)):
        script = Script(answers={("POST", path): [answer]})
        with github(script) as app, pytest.raises(GitHubError) as error, app.repository(PLACE):
            pass
        assert error.value.wait is None


def test_an_edit_that_adds_annotations_is_never_sent_twice() -> None:
    path = "/repos/orchard/taxonomy/check-runs/3"
    note = Annotation(path="p", start_line=1, end_line=1, annotation_level="notice", message="m", title="t")
    lost = (502, {}, {"message": "Bad Gateway"})
    for notes, times in (((note,), 1), ((), 2)):
        script = Script(answers={("PATCH", path): [lost, lost]})
        with github(script) as app, pytest.raises(GitHubError), app.repository(PLACE) as repository:
            repository.edit_check_run(3, run_with(notes))
        assert script.count("PATCH", path) == times


def run_with(notes: tuple[Annotation, ...]) -> CheckRunBody:
    return CheckRunBody(
        name="n", head_sha="a" * 40, external_id="1", details_url="http://x", status="completed", conclusion="failure",
        title="t", summary="s", annotations=notes,
    )  # fmt: skip


def test_a_github_that_is_away_is_worth_waiting_for() -> None:
    with github(Script()) as app:
        pass
    with pytest.raises(GitHubError) as error:
        app.identity()
    assert (error.value.status, error.value.wait) == (None, 5.0)


def test_a_token_that_was_revoked_is_asked_for_anew() -> None:
    path = "/repos/orchard/taxonomy"
    script = Script(answers={("GET", path): [(401, {}, {"message": "Bad credentials"})]})
    with github(script) as app:
        with pytest.raises(GitHubError) as error, app.repository(PLACE) as repository:
            repository.view()
        assert error.value.wait == TOKEN_WAIT
        with app.repository(PLACE):
            pass
    assert script.count("POST", "/app/installations/5/access_tokens") == 2


@pytest.mark.parametrize(
    ("answer", "role"),
    [
        ({"permission": "write", "role_name": "maintain"}, "maintain"),
        ({"permission": "read", "role_name": "triage"}, "triage"),
        ({"permission": "write", "role_name": "label-gardener"}, "write"),
        ({"permission": "none"}, "none"),
    ],
)
def test_a_role_is_read_by_its_name_and_a_custom_one_by_its_base(answer: dict[str, str], role: str) -> None:
    path = "/repos/orchard/taxonomy/collaborators/tamsin/permission"
    with github(Script(answers={("GET", path): [(200, {}, answer)]})) as app, app.repository(PLACE) as repository:
        assert repository.role_name("tamsin") == role
        assert repository.role_name("some-app[bot]") == "none"


def test_annotations_go_in_batches_and_the_last_one_completes_the_run() -> None:
    runs, run = "/repos/orchard/taxonomy/check-runs", "/repos/orchard/taxonomy/check-runs/3"
    url = {"id": 3, "url": ""}
    script = Script(answers={("POST", runs): [(201, {}, url)], ("PATCH", run): [(200, {}, url), (200, {}, url)]})
    note = Annotation(path="p", start_line=1, end_line=1, annotation_level="notice", message="m", title="t")
    body = run_with((note,) * 120)
    with github(script) as app, app.repository(PLACE) as repository:
        base = app._transport["base_url"]
        url["url"] = f"{base}/repos/orchard/taxonomy/check-runs/3"
        repository.create_check_run(body)
    sent = [asked[2] for asked in script.asked if asked[1] in {runs, run}]
    assert [len(item["output"]["annotations"]) for item in sent] == [50, 50, 20]  # type: ignore[index] # JSON
    assert [item["status"] for item in sent] == ["in_progress", "in_progress", "completed"]  # type: ignore[index] # JSON


@pytest.mark.parametrize("answer", [{"content": "", "encoding": "none"}, [{"type": "file"}], {"type": "submodule"}])
def test_what_is_no_readable_file_is_not_taken_for_an_empty_one(answer: object) -> None:
    path = "/repos/orchard/taxonomy/contents/.github/espalier.yml?ref=main"
    script = Script(answers={("GET", path): [(200, {}, answer)]})
    with github(script) as app, app.repository(PLACE) as repository:
        with pytest.raises(UserError, match="put a file of less than 1 MB there"):
            repository.file(".github/espalier.yml", ref="main")
        assert repository.file(".github/espalier.yml", ref="main") is None


def test_all_comments_of_a_long_review_are_read() -> None:
    path = f"/repos/{PLACE.repository}/pulls/7/reviews/3/comments"
    pages = ([{"id": number, "body": "b"} for number in range(100)], [{"id": 100, "body": "b"}])
    answers = {("GET", f"{path}?page={page}&per_page=100"): [(200, {}, told)] for page, told in enumerate(pages, 1)}
    script = Script(answers=answers)
    with github(script) as app, app.repository(PLACE) as repository:
        assert [comment.id for comment in repository.line_comments_of_review(7, 3)] == list(range(101))
