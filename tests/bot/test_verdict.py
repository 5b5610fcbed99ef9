"""The verdict: one triage state, who acts next, and which labels stand for it."""

import json
import re
import sys
from dataclasses import replace
from importlib import resources

import pytest

from bot.check import CHECKS, Check, run_checks
from bot.facts import ChangedFile, FileStatus, LeafFiles, PullRequestFacts
from bot.findings import CheckResult, Finding, Level
from bot.github_values import CheckRunView, PullView
from bot.labels import COLOURS, DESCRIPTIONS, path_labels
from bot.present import given_up
from bot.records import HandLabel, Vote, VoteKind
from bot.report_status import Actor, BuildState, BuildStatus, Decision, Hold, TriageState
from bot.verdict import (
    Situation,
    build_run,
    decide,
    decide_labels,
    decide_next,
    decide_state,
    has_approval,
    outdated,
    previous_state,
    stages,
    stale_candidates,
)
from schemas.config import Config, Levels
from schemas.job import BuildKind, Job

HEAD, OTHER = "a" * 40, "b" * 40
PULL = PullView(
    number=7, title="t", body="b", author="june", state="open", base_ref="main", base_sha=OTHER, head_sha=HEAD,
    labels=(), url="u", first_contribution=False, merged_at=None,
)  # fmt: skip
FILE = ChangedFile(path="knowledge/quay/qna.yaml", status=FileStatus.ADDED, mode="100644", content=b"", size=0)
FACTS = PullRequestFacts(
    repository="orchard/taxonomy", number=7, author="june", title="t", body="b", base_ref="main", base_sha=OTHER,
    head_sha=HEAD, files=(FILE,), leaves=(), commits=(), commits_complete=True, config=Config(),
)  # fmt: skip
PASS = CheckResult(id="yaml", findings=())
FAIL = CheckResult(id="yaml", findings=(Finding(rule="r", level=Level.ERROR, message="m"),))
YES, NO, UNSURE, NEVER = (
    Vote(login="tamsin", kind=kind, reason=reason)
    for kind, reason in (
        (VoteKind.APPROVE, ""), (VoteKind.REQUEST_CHANGES, ""), (VoteKind.UNCERTAIN, ""), (VoteKind.REJECT, "Copied."),
    )
)  # fmt: skip
HOLD = Hold(login="oskar", reason="", at="2026-11-28T10:00:00.000Z")
CALM = Situation(
    pull=PULL, facts=FACTS, results=(PASS,), votes=(), previous=None, builds=(), app="espalier", page_url="p",
    policy_problem=None,
)  # fmt: skip


def build(state: BuildState, *, sha: str = HEAD, kind: BuildKind = BuildKind.CANDIDATE) -> BuildStatus:
    return BuildStatus(id="b", kind=kind, state=state, head_sha=sha, page_url="p")


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({}, TriageState.NEEDED),
        ({"results": (FAIL,)}, TriageState.REQUESTED_CHANGES),
        ({"results": (FAIL,), "votes": (YES,)}, TriageState.REQUESTED_CHANGES),
        ({"votes": (YES,)}, TriageState.APPROVED),
        ({"votes": (NO,)}, TriageState.REQUESTED_CHANGES),
        ({"votes": (YES, replace(NO, login="oskar"))}, TriageState.REQUESTED_CHANGES),
        ({"votes": (UNSURE,)}, TriageState.UNCERTAIN),
        ({"votes": (NEVER,)}, TriageState.REJECTED),
        ({"votes": (NEVER,), "results": (FAIL,)}, TriageState.REJECTED),
        ({"votes": (NEVER, replace(NO, login="oskar"))}, TriageState.REQUESTED_CHANGES),
        ({"votes": (NO, replace(UNSURE, login="oskar"))}, TriageState.UNCERTAIN),
        ({"votes": (UNSURE, replace(YES, login="oskar"))}, TriageState.UNCERTAIN),
        ({"previous": TriageState.NEEDED}, TriageState.NEEDED),
        ({"previous": TriageState.REJECTED}, TriageState.FOLLOW_UP),
        ({"previous": TriageState.UNCERTAIN}, TriageState.FOLLOW_UP),
        ({"previous": TriageState.REQUESTED_CHANGES}, TriageState.FOLLOW_UP),
        ({"previous": TriageState.FOLLOW_UP}, TriageState.FOLLOW_UP),
        ({"previous": TriageState.APPROVED}, TriageState.FOLLOW_UP),
        ({"pull": replace(PULL, state="merged"), "previous": TriageState.APPROVED}, TriageState.APPROVED),
        ({"pull": replace(PULL, state="merged")}, TriageState.NEEDED),
    ],
)
def test_exactly_one_state_follows(change: dict[str, object], state: TriageState) -> None:
    assert decide_state(replace(CALM, **change)) is state  # type: ignore[arg-type] # a table of changes


def test_as_many_must_approve_as_the_policy_says() -> None:
    two = replace(CALM, facts=replace(FACTS, config=Config(approvals=2)), votes=(YES,))
    assert decide_state(two) is TriageState.NEEDED
    assert decide_state(replace(two, votes=(YES, replace(YES, login="oskar")))) is TriageState.APPROVED


@pytest.mark.parametrize(
    ("state", "change", "actor"),
    [
        (TriageState.NEEDED, {}, Actor.TRIAGER),
        (TriageState.REQUESTED_CHANGES, {}, Actor.AUTHOR),
        (TriageState.APPROVED, {}, Actor.TRIAGER),
        (TriageState.APPROVED, {"builds": (build(BuildState.WAITING),)}, Actor.BOT),
        (TriageState.APPROVED, {"builds": (build(BuildState.SUCCEEDED),)}, Actor.APPROVER),
        (TriageState.APPROVED, {"builds": (build(BuildState.SUCCEEDED, sha=OTHER),)}, Actor.TRIAGER),
        (TriageState.APPROVED, {"builds": (build(BuildState.FAILED),)}, Actor.TRIAGER),
        (TriageState.APPROVED, {"builds": (build(BuildState.SUCCEEDED, kind=BuildKind.GENERATE),)}, Actor.TRIAGER),
        (TriageState.NEEDED, {"builds": (build(BuildState.RUNNING, kind=BuildKind.PRECHECK),)}, Actor.BOT),
        (TriageState.NEEDED, {"builds": (build(BuildState.SUCCEEDED, kind=BuildKind.PRECHECK),)}, Actor.TRIAGER),
        (TriageState.APPROVED, {"builds": (build(BuildState.SUCCEEDED),), "hold": HOLD}, Actor.TRIAGER),
        (TriageState.APPROVED, {"pull": replace(PULL, state="merged")}, Actor.NOBODY),
        (TriageState.REJECTED, {"results": (FAIL,)}, Actor.TRIAGER),
        (TriageState.UNCERTAIN, {"results": (FAIL,)}, Actor.AUTHOR),
        (TriageState.UNCERTAIN, {}, Actor.TRIAGER),
    ],
)
def test_somebody_acts_next(state: TriageState, change: dict[str, object], actor: Actor) -> None:
    assert decide_next(state, replace(CALM, **change)) is actor  # type: ignore[arg-type] # a table of changes


@pytest.mark.parametrize(
    ("label", "results", "actor", "state"),
    [
        ("triage-uncertain", (PASS,), Actor.TRIAGER, TriageState.UNCERTAIN),
        ("triage-uncertain", (FAIL,), Actor.AUTHOR, TriageState.UNCERTAIN),
        ("triage-rejected", (FAIL,), Actor.TRIAGER, TriageState.REJECTED),
    ],
)
def test_a_label_by_which_people_decided_is_the_state(
    label: str, results: tuple[CheckResult, ...], actor: Actor, state: TriageState
) -> None:
    labelled = replace(CALM, pull=replace(PULL, labels=(label,)), results=results)
    status = decide(labelled)
    assert (status.decided, status.next, status.state) == (Decision(label=label), actor, state)
    assert decide(replace(labelled, results=(PASS,), votes=(YES,))).state is TriageState.APPROVED
    ours = replace(labelled, results=(PASS,), own_labels=frozenset({label}))
    assert decide_state(ours) is TriageState.NEEDED


def test_of_a_label_and_a_command_the_newer_word_counts() -> None:
    both = replace(CALM, pull=replace(PULL, labels=("triage-rejected",)), votes=(NO,))
    assert decide_state(both) is TriageState.REQUESTED_CHANGES
    assert "triage-rejected" in decide_labels(both, TriageState.REQUESTED_CHANGES).unwanted
    assert decide_state(replace(both, hands=by_hand("triage-rejected"))) is TriageState.REJECTED


def test_a_decision_is_told_with_who_made_it_and_why() -> None:
    assert decide(replace(CALM, votes=(NEVER,))).decided == Decision(login="tamsin", reason="Copied.")
    assert decide(replace(CALM, votes=(YES,))).decided is None
    assert decide(CALM).decided is None


def test_a_rejection_is_told_on_a_closed_pull_request_too_and_nothing_else_is() -> None:
    closed = replace(CALM, votes=(NEVER,), pull=replace(PULL, state="closed"), previous=TriageState.REJECTED)
    assert decide(closed).decided == Decision(login="tamsin", reason="Copied.")
    assert decide(replace(closed, pull=replace(PULL, state="merged"))).decided is None
    assert decide(replace(closed, votes=(UNSURE,), previous=TriageState.UNCERTAIN)).decided is None


def test_a_hold_is_told_and_labelled_whatever_the_state() -> None:
    held = replace(CALM, hold=HOLD, votes=(YES,))
    assert decide(held).hold is HOLD
    assert decide_labels(held, TriageState.APPROVED).wanted >= {"on-hold", "triage-approved"}
    over = replace(CALM, pull=replace(PULL, labels=("on-hold",)), own_labels=frozenset({"on-hold"}))
    assert "on-hold" in decide_labels(over, TriageState.NEEDED).unwanted
    theirs = replace(over, own_labels=frozenset())
    assert "on-hold" not in decide_labels(theirs, TriageState.NEEDED).unwanted


def test_a_merge_of_a_head_that_nobody_approved_is_remarked_on() -> None:
    merged = replace(CALM, pull=replace(PULL, state="merged"), facts=replace(FACTS, leaves=(LEAF,)))
    assert decide(merged).unapproved_merge
    assert not decide(replace(merged, votes=(YES,))).unapproved_merge
    assert not decide(replace(merged, votes=(YES,), results=(FAIL,))).unapproved_merge
    assert not decide(replace(merged, facts=FACTS)).unapproved_merge
    assert not decide(replace(merged, pull=PULL)).unapproved_merge


def test_an_approval_is_told_with_its_head() -> None:
    status = decide(replace(CALM, votes=(YES,)))
    assert (status.approved_sha, status.approved_by) == (HEAD, ("tamsin",))
    assert decide(CALM).approved_sha is None


def test_the_state_before_is_read_from_renamed_labels_and_the_most_careful_counts() -> None:
    config = Config(labels={"triage-approved": "ok"})
    assert previous_state(("ok",), config) is TriageState.APPROVED
    assert previous_state(("ok", "triage-requested-changes"), config) is TriageState.REQUESTED_CHANGES
    assert previous_state(("triage-approved",), config) is None


def test_only_path_labels_that_the_bot_set_are_taken_off() -> None:
    labels = decide_labels(replace(CALM, own_labels=frozenset({"skill", "triage-needed"})), TriageState.NEEDED)
    assert labels.wanted == {"knowledge", "triage-needed"}
    assert "skill" in labels.unwanted
    assert "ci" not in labels.unwanted
    assert not labels.wanted & labels.unwanted


def test_a_state_that_people_decided_on_stands_alone_until_an_approval() -> None:
    held = replace(CALM, pull=replace(PULL, labels=("triage-uncertain",)))
    labels = decide_labels(held, TriageState.UNCERTAIN)
    assert labels.wanted == {"knowledge", "triage-uncertain"}
    assert "triage-uncertain" not in labels.unwanted | labels.own
    labels = decide_labels(held, TriageState.APPROVED)
    assert "triage-approved" in labels.wanted
    assert "triage-uncertain" in labels.unwanted


def by_hand(*names: str, present: bool = True) -> tuple[HandLabel, ...]:
    return tuple(HandLabel(name=name, present=present) for name in names)


def test_a_state_that_a_person_set_stands_alone_until_the_next_push() -> None:
    labelled = replace(PULL, labels=("triage-needed", "Triage-Approved"))
    config = Config(labels={"triage-approved": "Triage-Approved"})
    facts = replace(FACTS, config=config)
    held = replace(CALM, pull=labelled, facts=facts, hands=by_hand("triage-approved"))
    labels = decide_labels(replace(held, own_labels=frozenset({"triage-needed"})), TriageState.NEEDED)
    assert labels.wanted == {"knowledge"}
    assert "triage-needed" in labels.unwanted
    assert "Triage-Approved" not in labels.unwanted
    labels = decide_labels(replace(held, hands=()), TriageState.FOLLOW_UP)
    assert "triage-follow-up" in labels.wanted
    assert {"triage-needed", "Triage-Approved"} <= labels.unwanted


def test_a_label_that_a_person_took_off_is_not_put_back() -> None:
    bare = replace(CALM, hands=by_hand("knowledge", "triage-needed", present=False))
    assert not decide_labels(replace(bare, own_labels=frozenset({"knowledge"})), TriageState.NEEDED).wanted
    assert decide_labels(bare, TriageState.FOLLOW_UP).wanted == {"triage-follow-up"}


def test_a_label_that_a_person_set_is_not_ours_to_take_off() -> None:
    labelled = replace(CALM, pull=replace(PULL, labels=("knowledge", "ci")), hands=by_hand("knowledge"))
    labels = decide_labels(replace(labelled, own_labels=frozenset({"ci"})), TriageState.NEEDED)
    assert labels.own == {"triage-needed"}
    assert "ci" in labels.unwanted
    assert "knowledge" not in labels.unwanted


def test_a_label_that_stood_before_us_never_becomes_ours() -> None:
    labelled = replace(CALM, pull=replace(PULL, labels=("knowledge",)))
    assert decide_labels(labelled, TriageState.NEEDED).own == {"triage-needed"}
    ours = replace(labelled, own_labels=frozenset({"knowledge"}))
    assert decide_labels(ours, TriageState.NEEDED).own == {"knowledge", "triage-needed"}


LEAF = LeafFiles(folder="knowledge/quay", qna=FILE, attribution=b"")
READY = replace(CALM, facts=replace(FACTS, leaves=(LEAF,)), votes=(YES,))
AVOID = CheckResult(id="topics", findings=(Finding(rule="avoid-jokes", level=Level.WARNING, message="m"),))
BAD_DATA = replace(build(BuildState.FAILED), failed_stage="generate")


@pytest.mark.parametrize(
    ("change", "keys"),
    [
        ({}, {"precheck-generate-ready"}),
        ({"votes": ()}, set()),
        ({"hold": HOLD}, set()),
        ({"results": (FAIL,)}, set()),
        ({"facts": FACTS}, set()),
        ({"pull": replace(PULL, state="merged")}, set()),
        ({"builds": (build(BuildState.WAITING),)}, set()),
        ({"builds": (build(BuildState.STOPPED),)}, {"precheck-generate-ready"}),
        ({"builds": (build(BuildState.FAILED, sha=OTHER),)}, {"precheck-generate-ready"}),
        ({"builds": (build(BuildState.SUCCEEDED),)}, set()),
        ({"builds": (replace(build(BuildState.SUCCEEDED), improved=True),)}, {"community-build-ready"}),
        ({"builds": (replace(build(BuildState.SUCCEEDED, sha=OTHER), improved=True),)}, {"precheck-generate-ready"}),
        ({"builds": (BAD_DATA,)}, {"sdg-unsuccessful"}),
        ({"builds": (build(BuildState.RUNNING), BAD_DATA)}, {"sdg-unsuccessful"}),
        ({"builds": (build(BuildState.SUCCEEDED), BAD_DATA)}, set()),
        ({"builds": (replace(BAD_DATA, failed_stage="train"),)}, set()),
        ({"builds": (replace(BAD_DATA, kind=BuildKind.RELEASE),)}, {"precheck-generate-ready"}),
        ({"builds": (replace(BAD_DATA, kind=BuildKind.GENERATE),)}, {"sdg-unsuccessful"}),
        ({"builds": (build(BuildState.SUCCEEDED, kind=BuildKind.PRECHECK), BAD_DATA)}, {"sdg-unsuccessful"}),
        ({"builds": (build(BuildState.SUCCEEDED, kind=BuildKind.PRECHECK),)}, set()),
        ({"results": (AVOID,), "votes": ()}, {"topic-failure"}),
    ],
)
def test_stages_of_the_pipeline_are_told_by_labels(change: dict[str, object], keys: set[str]) -> None:
    situation = replace(READY, **change)  # type: ignore[arg-type] # a table of changes
    assert set(stages(situation)) == keys
    assert keys <= decide_labels(situation, TriageState.NEEDED).wanted


def test_every_label_of_the_policy_has_a_colour_and_a_description_that_github_takes() -> None:
    schema = json.loads(resources.files("schemas").joinpath("config.v1.json").read_text())
    keys = set(schema["properties"]["labels"]["propertyNames"]["enum"])
    assert keys == set(COLOURS) == set(DESCRIPTIONS)
    assert all(len(text) <= 100 for text in DESCRIPTIONS.values())
    assert all(re.fullmatch("[0-9a-f]{6}", colour) for colour in COLOURS.values())


@pytest.mark.parametrize(
    ("path", "labels"),
    [
        ("knowledge/a/qna.yaml", {"knowledge"}),
        ("compositional_skills/a/README.md", {"skill"}),
        ("foundational_skills/a/qna.yaml", set()),
        (".github/workflows/x.yml", {"ci"}),
        ("docs/a.png", {"documentation"}),
        ("README.md", {"documentation"}),
        ("scripts/x.py", set()),
    ],
)
def test_paths_ask_for_labels(path: str, labels: set[str]) -> None:
    assert path_labels([path]) == labels


@pytest.mark.parametrize(
    ("state", "status", "conclusion"),
    [
        (BuildState.WAITING, "in_progress", None),
        (BuildState.RUNNING, "in_progress", None),
        (BuildState.SUCCEEDED, "completed", "success"),
        (BuildState.FAILED, "completed", "failure"),
        (BuildState.STOPPED, "completed", "cancelled"),
    ],
)
def test_a_build_has_a_check_run_that_always_ends(state: BuildState, status: str, conclusion: str | None) -> None:
    run = build_run(build(state), number=7)
    assert (run.status, run.conclusion, run.external_id) == (status, conclusion, "7")


@pytest.mark.parametrize(
    ("kind", "name", "title"),
    [
        (BuildKind.CANDIDATE, "espalier / build", "Scores are in"),
        (BuildKind.PRECHECK, "espalier / precheck", "Answers are in"),
        (BuildKind.GENERATE, "espalier / generate", "Data are in"),
    ],
)
def test_each_kind_of_a_pull_request_s_builds_has_a_check_run_of_its_own(
    kind: BuildKind, name: str, title: str
) -> None:
    run = build_run(build(BuildState.SUCCEEDED, kind=kind), number=7)
    assert (run.name, run.title) == (name, title)


def test_all_but_releases_of_another_head_are_stale() -> None:
    builds = (
        build(BuildState.RUNNING, sha=OTHER), build(BuildState.WAITING, sha=OTHER, kind=BuildKind.PRECHECK),
        build(BuildState.RUNNING, sha=OTHER, kind=BuildKind.GENERATE), build(BuildState.RUNNING),
        build(BuildState.STOPPED, sha=OTHER), build(BuildState.RUNNING, sha=OTHER, kind=BuildKind.RELEASE),
    )  # fmt: skip
    assert stale_candidates(builds, HEAD) == builds[:3]


JOB = Job(
    id="pr7-a", kind=BuildKind.CANDIDATE, repository="orchard/taxonomy", taxonomy_url="https://x.test/t.git",
    head_sha=HEAD, pull_requests=(), leaves=("knowledge/quay",),
)  # fmt: skip
INTO_MAIN = replace(YES, base_ref="main")


@pytest.mark.parametrize(
    ("kind", "pull", "votes", "hold", "words"),
    [
        (BuildKind.CANDIDATE, PULL, (INTO_MAIN,), None, None),
        (BuildKind.CANDIDATE, PULL, (), None, "The approval of aaaaaaa was taken back"),
        (BuildKind.CANDIDATE, PULL, (INTO_MAIN, replace(NO, login="oskar")), None, "was taken back"),
        (BuildKind.CANDIDATE, replace(PULL, base_ref="next"), (INTO_MAIN,), None, "was taken back"),
        (BuildKind.CANDIDATE, replace(PULL, head_sha=OTHER), (INTO_MAIN,), None, "moved from aaaaaaa to bbbbbbb"),
        (BuildKind.CANDIDATE, replace(PULL, state="closed"), (INTO_MAIN,), None, "was closed"),
        (BuildKind.CANDIDATE, replace(PULL, state="merged"), (INTO_MAIN,), None, None),
        (BuildKind.CANDIDATE, PULL, (INTO_MAIN,), HOLD, "is on hold"),
        (BuildKind.PRECHECK, PULL, (), None, None),
        (BuildKind.PRECHECK, replace(PULL, head_sha=OTHER), (), None, "moved"),
        (BuildKind.GENERATE, PULL, (), HOLD, "is on hold"),
    ],
)
def test_a_build_that_is_no_longer_what_was_asked_for_is_not_started(
    kind: BuildKind, pull: PullView, votes: tuple[Vote, ...], hold: Hold | None, words: str | None
) -> None:
    reason = outdated(replace(JOB, kind=kind), pull, votes=votes, hold=hold, needed=1)
    assert reason is None if words is None else words in str(reason)


def test_a_check_that_breaks_is_reported_and_hides_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(facts: PullRequestFacts) -> None:
        raise RuntimeError(facts.head_sha)

    run_checks(FACTS)  # registers all
    monkeypatch.setitem(CHECKS, "broken", Check(id="broken", summary="s", run=broken))  # type: ignore[arg-type] # on purpose
    results = {result.id: result for result in run_checks(FACTS)}
    assert results["broken"].findings[0].rule == "broken"
    assert results["broken"].status == "warn"
    assert "dco" in results


def test_nothing_gets_past_a_check_that_can_block_by_breaking_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def fragile(facts: PullRequestFacts) -> None:
        raise RuntimeError(facts.head_sha)

    monkeypatch.setitem(CHECKS, "fragile", Check(id="fragile", summary="s", run=fragile))  # type: ignore[arg-type] # on purpose

    def status(rule: Level, **policy: str) -> str:
        monkeypatch.setattr(sys.modules[__name__], "RULES", {"r": (rule, "it is wrong")}, raising=False)
        levels = Levels(most=policy.get("most", "error"), rules={"r": policy["r"]} if "r" in policy else {})
        facts = replace(FACTS, config=Config(checks={"fragile": levels}))
        return next(result.status for result in run_checks(facts) if result.id == "fragile")

    assert status(Level.ERROR) == "fail"
    assert status(Level.WARNING) == "warn"
    assert status(Level.ERROR, most="warning") == "warn"
    assert status(Level.WARNING, r="error") == "fail"


def test_the_policy_caps_a_check_s_level_or_turns_it_off(monkeypatch: pytest.MonkeyPatch) -> None:
    strict = Check(id="strict", summary="s", run=lambda _: iter([Finding(rule="r", level=Level.ERROR, message="m")]))
    monkeypatch.setitem(CHECKS, "strict", strict)

    def status(level: str) -> str:
        facts = replace(FACTS, config=Config(checks={"strict": Levels(most=level)}))
        return next(result.status for result in run_checks(facts) if result.id == "strict")

    assert [status(level) for level in ("error", "warning", "notice", "off")] == ["fail", "warn", "warn", "skip"]


def test_outside_the_trees_only_sign_off_is_looked_at() -> None:
    facts = replace(FACTS, files=(replace(FILE, path="README.md"),))
    looked = {result.id for result in run_checks(facts) if result.skipped is None}
    assert looked == {"dco"}


def test_a_label_is_no_approval() -> None:
    labelled = replace(CALM, pull=replace(PULL, state="merged"), previous=TriageState.APPROVED)
    assert decide(labelled).approved_sha is None
    assert decide(replace(labelled, votes=(YES,))).approved_sha == HEAD


def test_a_merged_pull_request_can_still_be_approved() -> None:
    merged = replace(CALM, pull=replace(PULL, state="merged"), previous=TriageState.FOLLOW_UP)
    assert decide_state(merged) is TriageState.FOLLOW_UP
    assert decide_state(replace(merged, votes=(YES,))) is TriageState.APPROVED


def test_one_who_asks_for_changes_outweighs_any_number_of_approvals() -> None:
    assert has_approval((YES,), needed=1)
    assert not has_approval((YES,), needed=2)
    assert not has_approval((YES, replace(NO, login="oskar")), needed=1)


def test_the_reason_of_a_failed_build_formats_nothing_in_its_check_run() -> None:
    reason = "![x](http://tracker) <img src=x> @everyone"
    summary = build_run(replace(build(BuildState.FAILED), reason=reason), number=7).summary
    assert "![x](" not in summary
    assert "<img" not in summary
    assert "@everyone" not in summary


def test_of_a_build_that_nobody_remembers_the_check_run_ends_and_names_the_command_for_another() -> None:
    names = ("espalier / build", "espalier / precheck", "espalier / generate", "espalier / triage")
    standing = [
        CheckRunView(id=number, name=name, external_id="7", status="in_progress", summary="", annotations=0)
        for number, name in enumerate(names)
    ]
    runs = tuple(given_up(CALM, decide(CALM), standing))
    assert [run.name for run in runs] == list(names[:3])
    assert ["`/espalier " + run.name.rpartition(" ")[2] + "`" in run.summary for run in runs] == [True] * 3
    known = replace(CALM, builds=(build(BuildState.RUNNING), build(BuildState.RUNNING, kind=BuildKind.PRECHECK)))
    assert [run.name for run in given_up(known, decide(known), standing)] == ["espalier / generate"]
