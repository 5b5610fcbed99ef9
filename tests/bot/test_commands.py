"""Each command asks for the right steps, or refuses in one sentence."""

import inspect
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.command import Request, Role, load_commands
from bot.command import command as register
from bot.quota import Amount, Budget, Share
from bot.records import VoteKind
from bot.report_status import Actor, BuildState, BuildStatus, Decision, Hold, ReportStatus, TriageState
from bot.steps import (
    Allow,
    CallOff,
    CastVote,
    EndHold,
    PutOnHold,
    Reply,
    RollBack,
    StartBuild,
    StartRelease,
    Step,
    StopBuild,
    WaiveSignOff,
)
from schemas.config import Config, Levels, QuotasPolicy
from schemas.errors import UserError
from schemas.job import BuildKind
from schemas.progress import Progress

HEAD = "abcdef0123456789" * 2 + "01234567"
OTHER = "0" * 40
HOLD = Hold(login="oskar", reason="the licence is being *asked* for", at="2026-11-28T10:00:00.000Z")
STATUS = ReportStatus(state=TriageState.NEEDED, next=Actor.TRIAGER, app="espalier", page_url="http://bot")
AMPLE = Share(limit=Amount(builds=10, gpu_minutes=240), used=Amount(builds=3, gpu_minutes=12.4))
BUDGET = Budget(
    author="june", of_author=AMPLE, of_repository=AMPLE, now=datetime(2026, 11, 28, 21, 30, tzinfo=UTC)
)  # fmt: skip
REQUEST = Request(
    arguments=(), login="tamsin", role=Role.TRIAGER, author="june", pull_state="open", head_sha=HEAD, head_known=True,
    fallen=False, late_on_hold=False, called_off=False, newer=frozenset(), failing=(), leaves=("knowledge/quay",),
    status=STATUS, config=Config(), hold=None, budget=BUDGET, unreleased=(), withheld=(), releasing=None, version=None,
    versions=(),
)  # fmt: skip
APPROVED = replace(REQUEST, status=replace(STATUS, state=TriageState.APPROVED, approved_sha=HEAD))


def build(
    state: BuildState, *, kind: BuildKind = BuildKind.CANDIDATE, name: str = "pr1-a", **more: object
) -> BuildStatus:
    plain = BuildStatus(
        id=name, kind=kind, state=state, head_sha=HEAD, page_url=f"http://bot/builds/{name}", asked_by="oskar"
    )
    return replace(plain, **more)  # type: ignore[arg-type] # each test names fields of its own


def having(*builds: BuildStatus, request: Request = APPROVED) -> Request:
    return replace(request, status=replace(request.status, builds=builds))


def give(name: str, request: Request) -> tuple[Step, ...]:
    return tuple(load_commands()[name].run(request))


def answer(name: str, request: Request) -> str:
    (reply,) = give(name, request)
    assert isinstance(reply, Reply)
    return reply.text


def refusal(name: str, request: Request) -> str:
    with pytest.raises(UserError) as error:
        give(name, request)
    assert len(str(error.value).splitlines()) == 1
    return str(error.value)


def test_every_command_has_a_role_and_stands_in_the_help() -> None:
    commands = load_commands()
    assert {name: item.needs for name, item in commands.items()} == {
        "help": Role.ANYONE, "status": Role.ANYONE, "explain": Role.ANYONE, "recheck": Role.AUTHOR,
        "approve": Role.TRIAGER, "request-changes": Role.TRIAGER, "uncertain": Role.TRIAGER, "reject": Role.TRIAGER,
        "hold": Role.TRIAGER, "unhold": Role.TRIAGER, "precheck": Role.TRIAGER, "generate": Role.TRIAGER,
        "build": Role.TRIAGER, "cancel": Role.STARTER, "retry": Role.STARTER, "release": Role.APPROVER,
        "rollback": Role.APPROVER, "allow": Role.APPROVER, "budget": Role.APPROVER, "dco-pass": Role.APPROVER,
    }  # fmt: skip
    text = answer("help", REQUEST)
    assert all(f"`/espalier {command.usage}`" in text for command in commands.values())
    assert all(role.people in text for role in Role)


def test_what_a_command_does_stands_in_its_docstring() -> None:
    reject = load_commands()["reject"]
    assert reject.summary == "Decide against this head, for the reason given; the report shows it to the author"
    assert reject.usage == "reject [SHA] REASON"
    assert reject.details.startswith("Nothing is closed")
    assert "Raises" not in reject.details
    assert load_commands()["help"].details == ""


def test_no_two_commands_have_one_name_and_each_says_what_it_does() -> None:
    def approve(request: Request) -> None:
        """Approve it too."""
        del request

    def silent(request: Request) -> None:
        del request

    for function in (approve, silent):
        with pytest.raises(ValueError, match="registered already or has no docstring"):
            register(needs=Role.ANYONE)(function)  # type: ignore[arg-type] # what it gives does not matter here


def test_dco_pass_waives_the_sign_off_of_this_head_where_it_fails() -> None:
    failing = replace(REQUEST, failing=("dco", "yaml"))
    assert give("dco-pass", failing) == (WaiveSignOff(),)
    assert "DCO does not fail" in refusal("dco-pass", REQUEST)
    assert "is closed" in refusal("dco-pass", replace(failing, pull_state="closed"))
    assert "look again" in refusal("dco-pass", replace(failing, head_known=False))


def test_status_says_where_it_stands_and_what_it_waits_for() -> None:
    request = replace(REQUEST, failing=("dco",), version="v3", hold=HOLD)
    asked = Decision(login="oskar", reason="Too short")
    decided = replace(STATUS, state=TriageState.REQUESTED_CHANGES, decided=asked)
    text = answer("status", replace(request, status=decided))
    assert "Failing checks: `dco`." in text
    assert "Current model: v3." in text
    assert "- `oskar` asked for changes: Too short. A push answers that.\n" in text
    assert "On hold since 2026-11-28, by `oskar`: the licence is being" in text
    assert "*asked*" not in text
    text = answer("status", replace(REQUEST, hold=replace(HOLD, reason="")))
    assert "by `oskar`.\n" in text
    text = answer("status", replace(REQUEST, pull_state="merged", status=replace(STATUS, next=Actor.NOBODY)))
    assert "the pull request is merged" in text
    assert "No check fails." in text


def test_status_tells_the_place_in_the_queue_and_the_time_left() -> None:
    progress = Progress(
        at="2026-11-28T10:00:00.000Z", stage="train", done=30, total=120, unit="steps", rate=1.0, message="m"
    )
    text = answer("status", having(
        build(BuildState.WAITING, position=2, seconds_left=600.0), build(BuildState.WAITING, position=1),
        build(BuildState.WAITING, kind=BuildKind.PRECHECK),
        build(BuildState.RUNNING, progress=progress, seconds_left=90.0), build(BuildState.RUNNING),
    ))  # fmt: skip
    silent = answer("status", having(
        build(BuildState.WAITING, trouble="The cluster is silent."),
        build(BuildState.RUNNING, progress=progress, trouble="The cluster is silent."),
        build(BuildState.RUNNING, trouble="The cluster is silent."),
    ))  # fmt: skip
    assert silent.count(". ⚠️ The cluster is silent.") == 3
    assert "waits for 2 other builds to end, about 10 min left." in text
    assert "waits for 1 other build to end." in text
    assert "Precheck [`pr1-a`](http://bot/builds/pr1-a): is the next to run." in text
    assert "train, 30 of 120 steps, about 2 min left." in text
    assert "running." in text


def test_recheck_needs_nothing_more_than_the_look_that_was_taken() -> None:
    assert give("recheck", REQUEST) == ()


def test_explain_shows_a_checks_rules_with_what_they_weigh_here() -> None:
    levels = Levels(most="warning", rules={"similar-examples": "off"})
    request = replace(REQUEST, config=Config(checks={"examples": levels}), failing=("examples",))
    text = answer("explain", replace(request, arguments=("Examples",)))
    assert "| `too-few-examples` | warning |" in text
    assert "| `similar-examples` | off |" in text
    assert f"It fails at `{HEAD[:7]}`" in text
    assert "`docs/checks.md#examples`" in text
    assert "It does not fail" in answer("explain", replace(REQUEST, arguments=("yaml",)))


def test_a_check_that_there_is_not_is_answered_with_what_was_meant() -> None:
    assert "Did you mean `/espalier explain attribution`?" in refusal(
        "explain", replace(REQUEST, arguments=("atribution",))
    )
    assert "`yaml`" in refusal("explain", replace(REQUEST, arguments=("@everyone",)))
    assert "@everyone" not in refusal("explain", replace(REQUEST, arguments=("@everyone",)))
    assert refusal("explain", REQUEST).startswith("Name a check.")


VOTES = [
    ("approve", VoteKind.APPROVE), ("request-changes", VoteKind.REQUEST_CHANGES), ("uncertain", VoteKind.UNCERTAIN),
]  # fmt: skip


@pytest.mark.parametrize(("name", "kind"), VOTES)
@pytest.mark.parametrize("sha", [(), (HEAD[:7],), (HEAD.upper(),), (HEAD,)])
def test_a_word_on_a_head_is_a_vote_on_the_one_that_was_meant(name: str, kind: VoteKind, sha: tuple[str, ...]) -> None:
    assert give(name, replace(REQUEST, arguments=sha)) == (CastVote(kind=kind),)


@pytest.mark.parametrize("name", ["approve", "request-changes", "uncertain", "build", "precheck", "generate"])
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"arguments": ("1234567",)}, "not the head"),
        ({"arguments": ("now",)}, "no commit"),
        ({"arguments": ("abc",)}, "first 7"),
        ({"head_known": False}, "moved"),
    ],
)
def test_what_is_meant_for_another_head_is_refused(name: str, change: dict[str, object], words: str) -> None:
    assert words in refusal(name, replace(APPROVED, **change))  # type: ignore[arg-type] # a table of changes


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"login": "June"}, "own pull request"),
        ({"pull_state": "closed"}, "reopen"),
        ({"fallen": True, "arguments": (HEAD,)}, "closed, or given another base branch, about when you wrote or since"),
        ({"failing": ("dco", "yaml")}, "`dco`, `yaml` must pass"),
        ({"hold": HOLD}, "`oskar` put this pull request on hold"),
    ],
)
def test_an_approval_is_refused(change: dict[str, object], words: str) -> None:
    assert words in refusal("approve", replace(REQUEST, **change))  # type: ignore[arg-type] # a table of changes


def test_naming_the_head_approves_it_even_if_it_is_new() -> None:
    request = replace(REQUEST, head_known=False, arguments=(HEAD[:16],))
    assert give("approve", request) == (CastVote(kind=VoteKind.APPROVE),)


def test_a_few_digits_name_no_new_head_because_a_second_commit_with_them_can_be_made() -> None:
    request = replace(REQUEST, head_known=False, arguments=(HEAD[:15],))
    assert f"add `{HEAD[:16]}`" in refusal("approve", request)


@pytest.mark.parametrize("name", ["request-changes", "uncertain", "reject"])
def test_only_what_is_open_is_decided(name: str) -> None:
    request = replace(REQUEST, pull_state="merged", arguments=() if name != "reject" else ("why",))
    assert "is merged" in refusal(name, request)


def test_words_in_the_place_of_a_commit_are_told_where_they_go() -> None:
    told = refusal("request-changes", replace(REQUEST, arguments=("please", "add", "more")))
    assert "`please` is no commit" in told
    assert "on a line of its own" in told


def test_a_rejection_gives_its_reason_and_may_name_the_head() -> None:
    vote = CastVote(kind=VoteKind.REJECT, reason="The model can do this.")
    words = ("The", "model", "can", "do", "this.")
    assert give("reject", replace(REQUEST, arguments=words)) == (vote,)
    assert give("reject", replace(REQUEST, arguments=(HEAD[:16], *words), head_known=False)) == (vote,)
    assert "moved" in refusal("reject", replace(REQUEST, arguments=words, head_known=False))
    assert "the reason" in refusal("reject", REQUEST)
    assert "the reason" in refusal("reject", replace(REQUEST, arguments=(HEAD,)))
    older = replace(REQUEST, arguments=(OTHER[:7], "is", "wrong"))
    assert "is not the head of this pull request any more" in refusal("reject", older)
    defaced = replace(REQUEST, arguments=("Defaced", "text"))
    assert give("reject", defaced) == (CastVote(kind=VoteKind.REJECT, reason="Defaced text"),)


def test_a_hold_stops_the_builds_that_go_on_and_stands_once() -> None:
    running, ended = build(BuildState.RUNNING, kind=BuildKind.RELEASE, name="v2-a"), build(BuildState.SUCCEEDED)
    request = replace(having(running, ended), arguments=("asking", "the", "licensor"))
    stop = StopBuild(build_id="v2-a", reason="@tamsin put the pull request on hold.")
    assert give("hold", request) == (PutOnHold(reason="asking the licensor"), stop)
    assert give("hold", REQUEST) == (PutOnHold(reason=""),)


def test_a_hold_is_ended_where_there_is_one() -> None:
    assert give("unhold", replace(REQUEST, hold=HOLD)) == (EndHold(),)


def test_a_word_on_a_hold_that_changes_nothing_is_answered_and_still_counts_as_said() -> None:
    reply, step = give("hold", replace(REQUEST, hold=HOLD))
    assert isinstance(reply, Reply)
    assert (reply.text, step) == (
        "This pull request is on hold already; `/espalier unhold` ends that.", PutOnHold(reason="")
    )  # fmt: skip
    assert give("unhold", REQUEST) == (Reply(text="This pull request is not on hold."), EndHold())


def test_a_word_on_a_hold_that_is_older_than_the_last_one_is_refused_and_stops_no_build() -> None:
    late = replace(having(build(BuildState.RUNNING)), late_on_hold=True)
    assert "this pull request is not on hold. Write it once more" in refusal("hold", late)
    assert "this pull request stays on hold" in refusal("unhold", replace(late, hold=HOLD))


KINDS = [("build", BuildKind.CANDIDATE), ("precheck", BuildKind.PRECHECK), ("generate", BuildKind.GENERATE)]


@pytest.mark.parametrize(("name", "kind"), KINDS)
def test_a_head_is_built_once_at_a_time_in_each_way(name: str, kind: BuildKind) -> None:
    assert give(name, APPROVED) == (StartBuild(kind=kind),)
    assert give(name, replace(APPROVED, pull_state="merged")) == (StartBuild(kind=kind),)
    running = having(build(BuildState.FAILED, kind=kind), build(BuildState.RUNNING, kind=kind))
    assert "is running for this head already" in refusal(name, running)
    old = build(BuildState.RUNNING, kind=kind, head_sha=OTHER)
    assert give(name, having(build(BuildState.FAILED, kind=kind), old)) == (StartBuild(kind=kind),)
    release = build(BuildState.RUNNING, kind=BuildKind.RELEASE)
    assert give(name, having(release)) == (StartBuild(kind=kind),)


@pytest.mark.parametrize("name", ["build", "precheck", "generate"])
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"leaves": ()}, "nothing to train on"),
        ({"pull_state": "closed"}, "reopen"),
        ({"hold": replace(HOLD, reason="")}, "on hold; a triager may write `/espalier unhold`"),
        ({"hold": HOLD}, "on hold (the licence is being"),
    ],
)
def test_a_build_is_refused(name: str, change: dict[str, object], words: str) -> None:
    assert words in refusal(name, replace(APPROVED, **change))  # type: ignore[arg-type] # a table of changes


def test_a_candidate_needs_an_approval_and_what_comes_before_needs_checks_that_pass() -> None:
    assert "is not approved" in refusal("build", REQUEST)
    assert give("precheck", REQUEST) == (StartBuild(kind=BuildKind.PRECHECK),)
    assert give("generate", REQUEST) == (StartBuild(kind=BuildKind.GENERATE),)


@pytest.mark.parametrize("name", ["precheck", "generate"])
@pytest.mark.parametrize("check", ["yaml", "pii", "secrets"])
def test_what_a_check_found_private_or_broken_is_shown_to_no_model(name: str, check: str) -> None:
    assert f"`{check}` must pass" in refusal(name, replace(REQUEST, failing=(check,)))


USED_UP = replace(AMPLE, used=Amount(builds=10, gpu_minutes=0))
TOO_LONG = replace(AMPLE, used=Amount(builds=0, gpu_minutes=240.3))


@pytest.mark.parametrize("name", ["build", "precheck", "generate", "retry"])
@pytest.mark.parametrize(
    ("budget", "words"),
    [
        (replace(BUDGET, of_author=USED_UP), "`june` has used 10 of 10 builds"),
        (replace(BUDGET, of_author=TOO_LONG), "`june` has used 240 of 240 GPU minutes"),
        (replace(BUDGET, of_repository=USED_UP), "This repository has used 10 of 10 builds"),
    ],
)
def test_a_quota_that_is_used_up_says_when_there_is_more_and_who_may_allow_it(
    name: str, budget: Budget, words: str
) -> None:
    request = having(build(BuildState.FAILED), request=replace(APPROVED, budget=budget))
    text = refusal(name, request)
    assert text.startswith(words)
    assert "at 00:00 UTC, in 2 h 30 min" in text
    assert Role.APPROVER.people in text
    assert "`/espalier allow june [BUILDS] [MINUTES]`" in text


@pytest.mark.parametrize("name", ["build", "precheck", "generate"])
def test_where_nobody_keeps_quotas_nothing_is_refused_for_them(name: str) -> None:
    assert give(name, replace(APPROVED, budget=None))


def test_budget_shows_what_is_used_and_left() -> None:
    text = answer("budget", REQUEST)
    assert "| pull requests of `june` | 3 of 10 | 7 | 12 of 240 | 228 |" in text
    assert "all pull requests of this repository" in text
    spent = answer("budget", replace(REQUEST, budget=replace(BUDGET, of_author=TOO_LONG)))
    assert "| 0 of 10 | 10 | 240 of 240 | 0 |" in spent
    assert "workflows alone" in refusal("budget", replace(REQUEST, budget=None))


@pytest.mark.parametrize(
    ("words", "allowed"),
    [
        ("june", Allow(login="june", builds=10, gpu_minutes=240)),
        ("@june 5", Allow(login="june", builds=5, gpu_minutes=240)),
        ("june 1 90", Allow(login="june", builds=1, gpu_minutes=90)),
        ("renovate[bot] 0 0", Allow(login="renovate[bot]", builds=0, gpu_minutes=0)),
    ],
)
def test_an_author_is_allowed_more_today(words: str, allowed: Allow) -> None:
    step, reply = give("allow", replace(REQUEST, arguments=tuple(words.split())))
    assert step == allowed
    assert isinstance(reply, Reply)
    assert f"`{allowed.login}` may use {allowed.builds:,} more build" in reply.text
    quotas = Config(quotas=QuotasPolicy(author_builds=2, author_gpu_minutes=20))
    assert give("allow", replace(REQUEST, arguments=("june",), config=quotas))[0] == Allow(
        login="june", builds=2, gpu_minutes=20
    )


@pytest.mark.parametrize(
    "words", ["", "june many", "june 5 90 1", "june -1", "june 1000000", "june 1.5", "a/b", "june ٣"]
)
def test_what_nobody_can_be_allowed_is_refused(words: str) -> None:
    assert "Write `/espalier allow USER" in refusal("allow", replace(REQUEST, arguments=tuple(words.split())))


def test_cancel_stops_what_belongs_to_the_pull_request_alone_and_a_release_where_it_is_named() -> None:
    builds = (
        build(BuildState.RUNNING), build(BuildState.FAILED, name="pr1-b"),
        build(BuildState.WAITING, kind=BuildKind.PRECHECK, name="pr1-c"),
        build(BuildState.RUNNING, kind=BuildKind.RELEASE, name="v2-a"),
    )  # fmt: skip
    why = "@tamsin cancelled it."
    stops = (StopBuild(build_id="pr1-a", reason=why), StopBuild(build_id="pr1-c", reason=why))
    request = having(*builds)
    assert give("cancel", request) == (CallOff(own=False), *stops)
    assert give("cancel", replace(request, arguments=("v2-a",))) == (StopBuild(build_id="v2-a", reason=why),)
    assert "is no build" in refusal("cancel", replace(request, arguments=("pr1-b",)))


def test_a_cancel_that_finds_nothing_to_stop_is_answered_and_still_counts_as_said() -> None:
    told = Reply(text="No build of this pull request waits or runs.")
    assert give("cancel", REQUEST) == (CallOff(own=False), told)
    starter = replace(having(build(BuildState.RUNNING)), login="june", role=Role.STARTER)
    called_off, told = give("cancel", starter)
    assert called_off == CallOff(own=True)
    assert isinstance(told, Reply)
    assert told.text.startswith("Somebody else started that")


def test_what_was_ordered_after_a_cancel_was_written_goes_on_and_that_is_said() -> None:
    older, newer = build(BuildState.RUNNING), build(BuildState.WAITING, name="pr1-b")
    request = replace(having(newer, older), newer=frozenset({"pr1-b"}))
    called_off, stop, told = give("cancel", request)
    assert (called_off, stop) == (CallOff(own=False), StopBuild(build_id="pr1-a", reason="@tamsin cancelled it."))
    assert isinstance(told, Reply)
    assert "it goes on: [`pr1-b`](http://bot/builds/pr1-b). Write `/espalier cancel` again" in told.text
    named = replace(request, arguments=("pr1-b",))
    assert give("cancel", named) == (StopBuild(build_id="pr1-b", reason="@tamsin cancelled it."),)


@pytest.mark.parametrize("name", ["build", "precheck", "generate", "retry"])
def test_what_was_ordered_before_a_cancel_and_is_heard_of_after_it_is_refused(name: str) -> None:
    request = replace(having(build(BuildState.FAILED)), called_off=True)
    assert "were cancelled after you wrote" in refusal(name, request)
    assert "once more" in refusal(name, request)


def test_who_started_a_build_may_cancel_and_retry_it_and_nobody_elses() -> None:
    mine, other = build(BuildState.RUNNING, name="pr1-b", asked_by="june"), build(BuildState.RUNNING)
    request = replace(having(other, mine), login="june", role=Role.STARTER)
    assert give("cancel", request) == (CallOff(own=True), StopBuild(build_id="pr1-b", reason="@june cancelled it."))
    assert "Somebody else started that" in refusal("cancel", replace(request, arguments=("pr1-a",)))
    failed = replace(having(build(BuildState.FAILED)), login="june", role=Role.STARTER)
    assert "Somebody else started that" in refusal("retry", failed)
    own = replace(having(build(BuildState.FAILED, asked_by="june")), login="june", role=Role.STARTER)
    assert give("retry", own) == (StartBuild(kind=BuildKind.CANDIDATE),)


@pytest.mark.parametrize("kind", [BuildKind.CANDIDATE, BuildKind.PRECHECK, BuildKind.GENERATE])
def test_retry_starts_the_last_that_failed_in_the_same_way(kind: BuildKind) -> None:
    builds = (build(BuildState.SUCCEEDED), build(BuildState.STOPPED, kind=kind, name="pr1-b"), build(BuildState.FAILED))
    assert give("retry", having(*builds)) == (StartBuild(kind=kind),)
    assert give("retry", replace(having(*builds), arguments=("pr1-b",))) == (StartBuild(kind=kind),)


def test_what_cannot_be_tried_again_is_refused() -> None:
    assert "No build of this pull request failed" in refusal("retry", having(build(BuildState.SUCCEEDED)))
    assert "is no build" in refusal("retry", replace(having(build(BuildState.FAILED)), arguments=("pr9",)))
    release = having(build(BuildState.FAILED, kind=BuildKind.RELEASE))
    assert "/espalier release" in refusal("retry", release)
    assert "the head is" in refusal("retry", having(build(BuildState.FAILED, head_sha=OTHER)))
    unapproved = having(build(BuildState.FAILED), request=REQUEST)
    assert "is not approved" in refusal("retry", unapproved)


def test_a_release_needs_something_merged_and_none_in_the_making() -> None:
    merged = replace(REQUEST, unreleased=(1, 2))
    assert give("release", merged) == (StartRelease(),)
    assert "the first such merge starts one" in refusal("release", REQUEST)
    assert "Nothing was merged since v4" in refusal("release", replace(REQUEST, versions=("v4", "v3"), version="v3"))
    assert "v4-a" in refusal("release", replace(merged, releasing="v4-a"))
    assert "on hold: #3, #4" in refusal("release", replace(REQUEST, withheld=(3, 4)))


@pytest.mark.parametrize("word", ["v2", "2", "V2"])
def test_an_earlier_version_becomes_the_current_one(word: str) -> None:
    request = replace(REQUEST, versions=("v3", "v2"), version="v3", arguments=(word,))
    step, reply = give("rollback", request)
    assert step == RollBack(version="v2")
    assert isinstance(reply, Reply)
    assert reply.text == "`v2` is the current version in place of `v3`; the next release becomes current again."


def test_the_current_version_is_not_changed_by_its_own_name_and_still_counts_as_chosen() -> None:
    request = replace(REQUEST, versions=("v3", "v2"), version="v3", arguments=("v3",))
    told = Reply(text="`v3` is the current version already.")
    assert give("rollback", request) == (RollBack(version="v3"), told)


def test_a_version_that_was_not_published_is_refused() -> None:
    request = replace(REQUEST, versions=("v3", "v2"), version="v3")
    assert "Published are `v3`, `v2`" in refusal("rollback", replace(request, arguments=("v9",)))
    assert "Name the version" in refusal("rollback", request)
    for arguments in ((), ("v3",)):
        assert "No version was published here yet" in refusal("rollback", replace(REQUEST, arguments=arguments))


def test_what_stands_in_place_of_a_commit_is_repeated_as_code_and_no_more() -> None:
    text = refusal("approve", replace(REQUEST, arguments=("`@everyone`" + "x" * 9000,)))
    assert text.startswith("`` `@everyone`xxx")
    assert len(text) < 200


def test_every_command_is_a_module_of_its_own_that_bears_its_name() -> None:
    for name, item in load_commands().items():
        module = inspect.getmodule(item.run)
        assert module is not None
        assert module.__name__ == f"bot.commands.{name.replace('-', '_')}"
