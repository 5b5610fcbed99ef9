"""What the bot does to GitHub beyond what the forge shows: token scopes, retries, errors that say if waiting helps."""

import pytest

from bot.github_api import MEMBERS, GitHubError, Repository
from bot.github_api.app import PERMISSIONS, TOKEN_WAIT
from schemas.errors import UserError
from tests.fakes.scripted_github import PLACE, Script, github


def test_a_token_is_for_one_repository_with_least_permissions_and_is_kept() -> None:
    script = Script()
    with github(script) as app:
        for _ in range(2):
            with app.repository(PLACE):
                pass
        with app.repository(PLACE, permissions=MEMBERS):
            pass
    bodies = [body for verb, path, body in script.asked if path.endswith("access_tokens")]
    assert bodies == [
        {"repositories": ["taxonomy"], "permissions": PERMISSIONS},
        {"repositories": ["taxonomy"], "permissions": MEMBERS},
    ]


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
    from bot.github_values import Annotation, CheckRunBody  # noqa: PLC0415 - used here alone

    runs, run = "/repos/orchard/taxonomy/check-runs", "/repos/orchard/taxonomy/check-runs/3"
    url = {"id": 3, "url": ""}
    script = Script(answers={("POST", runs): [(201, {}, url)], ("PATCH", run): [(200, {}, url), (200, {}, url)]})
    note = Annotation(path="p", start_line=1, end_line=1, annotation_level="notice", message="m", title="t")
    body = CheckRunBody(
        name="n", head_sha="a" * 40, external_id="1", details_url="http://x", status="completed", conclusion="failure",
        title="t", summary="s", annotations=(note,) * 120,
    )  # fmt: skip
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
