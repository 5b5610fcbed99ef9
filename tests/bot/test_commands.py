"""Each command asks for the right steps, or refuses in one sentence."""

from dataclasses import replace

import pytest

from bot.command import (
    CastVote,
    Reply,
    Request,
    Role,
    StartBuild,
    StartRelease,
    Step,
    StopBuild,
    WaiveSignOff,
    load_commands,
)
from bot.report_status import Actor, BuildState, BuildStatus, ReportStatus, TriageState
from schemas.errors import UserError
from schemas.job import BuildKind

HEAD = "abcdef0123456789" * 2 + "01234567"
STATUS = ReportStatus(state=TriageState.NEEDED, next=Actor.TRIAGER, app="espalier", page_url="http://bot")
REQUEST = Request(
    arguments=(), login="tamsin", author="june", pull_state="open", head_sha=HEAD, head_known=True, failing=(),
    leaves=("knowledge/quay",), status=STATUS, unreleased=(), releasing=None, version=None,
)  # fmt: skip
APPROVED = replace(REQUEST, status=replace(STATUS, state=TriageState.APPROVED, approved_sha=HEAD))


def build(state: BuildState, *, kind: BuildKind = BuildKind.CANDIDATE) -> BuildStatus:
    return BuildStatus(id="pr1-a", kind=kind, state=state, head_sha=HEAD, page_url="http://bot/builds/pr1-a")


def give(name: str, request: Request) -> tuple[Step, ...]:
    return tuple(load_commands()[name].run(request))


def refusal(name: str, request: Request) -> str:
    with pytest.raises(UserError) as error:
        give(name, request)
    assert len(str(error.value).splitlines()) == 1
    return str(error.value)


def test_every_command_has_a_role_and_stands_in_the_help() -> None:
    commands = load_commands()
    assert set(commands) == {
        "help", "status", "recheck", "approve", "request-changes", "dco-pass", "build", "cancel", "release",
    }  # fmt: skip
    (reply,) = give("help", REQUEST)
    assert isinstance(reply, Reply)
    assert all(f"`/espalier {command.usage}`" in reply.text for command in commands.values())
    assert commands["approve"].needs is Role.TRIAGER
    assert commands["release"].needs is Role.APPROVER


def test_dco_pass_waives_the_sign_off_of_this_head_where_it_fails() -> None:
    failing = replace(REQUEST, failing=("dco", "yaml"))
    assert give("dco-pass", failing) == (WaiveSignOff(),)
    assert "DCO does not fail" in refusal("dco-pass", REQUEST)
    assert "is closed" in refusal("dco-pass", replace(failing, pull_state="closed"))
    assert "look again" in refusal("dco-pass", replace(failing, head_known=False))
    assert load_commands()["dco-pass"].needs is Role.APPROVER


def test_status_says_where_it_stands() -> None:
    request = replace(REQUEST, failing=("dco",), version="v3")
    (reply,) = give("status", replace(request, status=replace(STATUS, builds=(build(BuildState.RUNNING),))))
    assert isinstance(reply, Reply)
    assert "Failing checks: `dco`." in reply.text
    assert "is running" in reply.text or "running" in reply.text
    assert "v3" in reply.text
    (reply,) = give("status", replace(REQUEST, pull_state="merged", status=replace(STATUS, next=Actor.NOBODY)))
    assert isinstance(reply, Reply)
    assert "the pull request is merged" in reply.text


def test_recheck_needs_nothing_more_than_the_look_that_was_taken() -> None:
    assert give("recheck", REQUEST) == ()


@pytest.mark.parametrize("name", [(), (HEAD[:7],), (HEAD.upper(),), (HEAD,)])
def test_an_approval_is_a_vote_on_the_head_that_was_meant(name: tuple[str, ...]) -> None:
    assert give("approve", replace(REQUEST, arguments=name)) == (CastVote(approves=True),)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"login": "june"}, "own pull request"),
        ({"pull_state": "closed"}, "reopen"),
        ({"failing": ("dco", "yaml")}, "`dco`, `yaml` must pass"),
        ({"arguments": ("1234567",)}, "not the head"),
        ({"arguments": ("now",)}, "no commit"),
        ({"arguments": ("abc",)}, "first 7"),
        ({"head_known": False}, "moved"),
    ],
)
def test_an_approval_is_refused(change: dict[str, object], words: str) -> None:
    assert words in refusal("approve", replace(REQUEST, **change))  # type: ignore[arg-type] # a table of changes


def test_naming_the_head_approves_it_even_if_it_is_new() -> None:
    request = replace(REQUEST, head_known=False, arguments=(HEAD[:9],))
    assert give("approve", request) == (CastVote(approves=True),)


def test_changes_are_asked_for_of_open_pull_requests_only() -> None:
    assert give("request-changes", REQUEST) == (CastVote(approves=False),)
    assert "merged" in refusal("request-changes", replace(REQUEST, pull_state="merged"))


def test_an_approved_head_is_built_once_at_a_time() -> None:
    assert give("build", APPROVED) == (StartBuild(),)
    assert give("build", replace(APPROVED, pull_state="merged")) == (StartBuild(),)
    status = replace(APPROVED.status, builds=(build(BuildState.FAILED), build(BuildState.RUNNING)))
    assert "is running for this head already" in refusal("build", replace(APPROVED, status=status))
    ended = replace(APPROVED.status, builds=(build(BuildState.FAILED),))
    assert give("build", replace(APPROVED, status=ended)) == (StartBuild(),)


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (REQUEST, "is not approved"),
        (replace(APPROVED, leaves=()), "nothing to train on"),
        (replace(APPROVED, pull_state="closed"), "reopen"),
        (replace(APPROVED, head_known=False), "moved"),
    ],
)
def test_a_build_is_refused(request_: Request, words: str) -> None:
    assert words in refusal("build", request_)


def test_cancel_stops_candidates_that_wait_or_run() -> None:
    builds = (build(BuildState.RUNNING), build(BuildState.FAILED), build(BuildState.RUNNING, kind=BuildKind.RELEASE))
    steps = give("cancel", replace(REQUEST, status=replace(STATUS, builds=builds)))
    assert steps == (StopBuild(build_id="pr1-a", reason="@tamsin cancelled it."),)
    assert "No build" in refusal("cancel", REQUEST)


def test_a_release_needs_something_merged_and_none_in_the_making() -> None:
    merged = replace(REQUEST, unreleased=(1, 2))
    assert give("release", merged) == (StartRelease(),)
    assert "Nothing was merged since the beginning" in refusal("release", REQUEST)
    assert "v4-a" in refusal("release", replace(merged, releasing="v4-a"))


def test_what_stands_in_place_of_a_commit_is_repeated_as_code_and_no_more() -> None:
    text = refusal("approve", replace(REQUEST, arguments=("`@everyone`" + "x" * 9000,)))
    assert text.startswith("`` `@everyone`xxx")
    assert len(text) < 200
