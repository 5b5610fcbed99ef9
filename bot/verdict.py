"""From findings, votes and builds to the triage state, and from that to all that GitHub should show; pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.facts import PullRequestFacts
from bot.findings import CheckResult
from bot.github_values import CheckRunBody, PullView
from bot.kind_words import KIND_WORDS
from bot.labels import (
    BUILD_READY,
    DECIDED,
    HOLD,
    PRECHECK,
    SDG_FAILED,
    TOPIC,
    label_name,
    path_labels,
    triage_names,
)
from bot.neutralise import prose
from bot.records import HandLabel, Vote, VoteKind
from bot.report_status import Actor, BuildState, BuildStatus, Decision, Hold, ReportStatus, TriageState
from schemas.config import Config
from schemas.job import BuildKind, Job

TRIAGE_RUN = "espalier / triage"
BUILD_RUNS = {
    BuildKind.CANDIDATE: "espalier / build",
    BuildKind.PRECHECK: "espalier / precheck",
    BuildKind.GENERATE: "espalier / generate",
}

STATES = {
    VoteKind.REQUEST_CHANGES: TriageState.REQUESTED_CHANGES,
    VoteKind.UNCERTAIN: TriageState.UNCERTAIN,
    VoteKind.REJECT: TriageState.REJECTED,
}
CONCLUSIONS = {BuildState.SUCCEEDED: "success", BuildState.FAILED: "failure", BuildState.STOPPED: "cancelled"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """All that the verdict rests on."""

    pull: PullView
    facts: PullRequestFacts
    results: tuple[CheckResult, ...]
    votes: tuple[Vote, ...]
    """Votes on the present head, the oldest first."""
    previous: TriageState | None
    """The triage state that stood before."""
    builds: tuple[BuildStatus, ...]
    app: str
    page_url: str
    policy_problem: str | None
    hands: tuple[HandLabel, ...] = ()
    """Labels that people set or took off while this head stood."""
    own_labels: frozenset[str] = frozenset()
    """Those of the labels that we set: what else stands is people's."""
    hold: Hold | None = None
    """What keeps it from being built, approved and released."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """Which labels should stand, and which of ours should not."""

    wanted: frozenset[str]
    unwanted: frozenset[str]
    own: frozenset[str] = frozenset()
    """Those of the wanted ones that we set, or will: only these may be taken off again."""


def failing(results: Iterable[CheckResult]) -> tuple[str, ...]:
    """Name the checks that fail."""
    return tuple(result.id for result in results if result.status == "fail")


def approvers(votes: Iterable[Vote]) -> tuple[str, ...]:
    """Name those whose word on this head is an approval."""
    return tuple(vote.login for vote in votes if vote.approves)


def has_approval(votes: Sequence[Vote], *, needed: int) -> bool:
    """Tell whether the votes on a head approve it: nobody asks for changes, and as many agree as the policy says."""
    return all(vote.approves for vote in votes) and len(approvers(votes)) >= needed


def is_approved(situation: Situation) -> bool:
    """Tell whether exactly this head is approved, by votes and not by a label, and no check fails."""
    return not failing(situation.results) and has_approval(situation.votes, needed=situation.facts.config.approvals)


def decide_state(situation: Situation) -> TriageState:
    """Find the one triage state.

    People's newest word that is no approval outweighs approvals, and errors do. A head without either that follows one
    with either, or an approved one, waits for another look.
    """
    if is_approved(situation):
        return TriageState.APPROVED
    if situation.pull.state != "open" and situation.previous is not None:
        return situation.previous
    label, word = _label_by_hand(situation), _newest_word(situation.votes)
    if label is not None:
        return label
    if word is not None:
        return STATES[word.kind]
    if failing(situation.results):
        return TriageState.REQUESTED_CHANGES
    return TriageState.NEEDED if situation.previous in {None, TriageState.NEEDED} else TriageState.FOLLOW_UP


def decide_next(state: TriageState, situation: Situation) -> Actor:
    """Tell who has to act next."""
    builds = [build for build in situation.builds if build.head_sha == situation.facts.head_sha]
    if situation.pull.state != "open":
        return Actor.NOBODY
    if any(not build.state.ended for build in builds):
        return Actor.BOT
    asked = state is TriageState.REQUESTED_CHANGES or bool(failing(situation.results))
    if asked and state is not TriageState.REJECTED:
        return Actor.AUTHOR
    scored = (build for build in builds if build.kind is BuildKind.CANDIDATE)
    goes_on = state is TriageState.APPROVED and situation.hold is None
    if goes_on and any(build.state is BuildState.SUCCEEDED for build in scored):
        return Actor.APPROVER
    return Actor.TRIAGER


def decide(situation: Situation) -> ReportStatus:
    """Decide all that the report says beyond the findings."""
    state = decide_state(situation)
    approved, needed = approvers(situation.votes), situation.facts.config.approvals
    merged = situation.pull.state == "merged"
    trains = any(leaf.qna is not None for leaf in situation.facts.leaves)
    return ReportStatus(
        state=state,
        next=decide_next(state, situation),
        app=situation.app,
        page_url=situation.page_url,
        approved_sha=situation.facts.head_sha if is_approved(situation) else None,
        approved_by=approved,
        approvals_needed=needed,
        builds=situation.builds,
        merged=merged,
        first_contribution=situation.pull.first_contribution,
        policy_problem=situation.policy_problem,
        decided=decision(situation, state),
        hold=situation.hold,
        unapproved_merge=merged and trains and not has_approval(situation.votes, needed=needed),
    )


def decision(situation: Situation, state: TriageState) -> Decision | None:
    """Find whose word a pull request's state follows, and why; None where it follows from checks alone.

    Of one that is not open any more a rejection alone is told: what was rejected is closed, and its author looks why.
    """
    told = situation.pull.state == "open" or (situation.pull.state == "closed" and state is TriageState.REJECTED)
    if state is TriageState.APPROVED or not told:
        return None
    label = _label_by_hand(situation)
    if label is not None:
        return Decision(label=label_name(label, situation.facts.config))
    word = _newest_word(situation.votes)
    return None if word is None else Decision(login=word.login, reason=word.reason)


def _newest_word(votes: Sequence[Vote]) -> Vote | None:
    return next((vote for vote in reversed(votes) if not vote.approves), None)


def _label_by_hand(situation: Situation) -> TriageState | None:
    """Find a state that people decided on by setting its label, unless somebody said a newer word on this head."""
    config, standing = situation.facts.config, set(situation.pull.labels)
    fresh = {hand.name.lower() for hand in situation.hands if hand.present}
    for state in DECIDED:
        name = label_name(state, config)
        newest = name.lower() in fresh or not situation.votes
        if name in standing and name not in situation.own_labels and newest:
            return state
    return None


def previous_state(labels: Sequence[str], config: Config) -> TriageState | None:
    """Read the state that stood before from the labels; where several stand, the one that asks for most care."""
    names = triage_names(config)
    found = {names[label] for label in labels if label in names}
    by_care = (
        TriageState.REJECTED,
        TriageState.REQUESTED_CHANGES,
        TriageState.UNCERTAIN,
        TriageState.FOLLOW_UP,
        TriageState.APPROVED,
        TriageState.NEEDED,
    )
    return next((state for state in by_care if state in found), None)


def decide_labels(situation: Situation, state: TriageState) -> Labels:
    """Tell which labels should stand.

    A label that a person set or took off while this head stood stays as they left it. Beyond that, only triage states
    are ever taken off, of which one stands at a time, and labels that we set.
    """
    config, own = situation.facts.config, situation.own_labels
    standing = set(situation.pull.labels)
    by_hand = {hand.name.lower(): hand.present for hand in situation.hands}
    triage = frozenset(triage_names(config))
    wanted = {label_name(key, config) for key in path_labels(file.path for file in situation.facts.files)}
    wanted |= {label_name(key, config) for key in stages(situation)}
    if situation.hold is not None:
        wanted.add(label_name(HOLD, config))
    held = {name for name in triage & standing if by_hand.get(name.lower(), False)}
    if not held:
        wanted.add(label_name(state, config))
    wanted = {name for name in wanted if by_hand.get(name.lower(), True)}
    unwanted = {name for name in (triage | own) - held - wanted if not by_hand.get(name.lower(), False)}
    return Labels(
        wanted=frozenset(wanted), unwanted=frozenset(unwanted), own=frozenset((wanted - standing) | (wanted & own))
    )


def stages(situation: Situation) -> Iterator[str]:
    """Tell which stages of the pipeline stand for this head, by their labels' keys."""
    head = situation.facts.head_sha
    builds = [build for build in situation.builds if build.kind.bound and build.head_sha == head]
    tried = [build for build in builds if build.state is not BuildState.STOPPED]
    trains = any(leaf.qna is not None for leaf in situation.facts.leaves)
    goes_on = is_approved(situation) and situation.pull.state == "open" and situation.hold is None
    if goes_on and trains and not tried:
        yield PRECHECK
    if any(build.state is BuildState.SUCCEEDED and build.improved for build in builds):
        yield BUILD_READY
    ended = next((build for build in tried if build.state.ended and build.kind is not BuildKind.PRECHECK), None)
    if ended is not None and ended.state is BuildState.FAILED and ended.failed_stage == "generate":
        yield SDG_FAILED
    topics = (finding for result in situation.results if result.id == "topics" for finding in result.findings)
    if any(finding.rule.startswith("avoid-") for finding in topics):
        yield TOPIC


def build_run(build: BuildStatus, *, number: int) -> CheckRunBody:
    """Say in a check run of its own where a build of this pull request stands."""
    words = KIND_WORDS[build.kind]
    titles = {
        BuildState.WAITING: "Waits for its turn",
        BuildState.RUNNING: words.running,
        BuildState.SUCCEEDED: f"{words.outcome} are in",
        BuildState.FAILED: f"Ended without {words.outcome.lower()}",
        BuildState.STOPPED: "Was stopped",
    }
    told = prose(build.reason, limit=500) if build.reason else titles[build.state]
    return CheckRunBody(
        name=BUILD_RUNS[build.kind],
        head_sha=build.head_sha,
        external_id=str(number),
        details_url=build.page_url,
        status="completed" if build.state.ended else "in_progress",
        conclusion=CONCLUSIONS.get(build.state),
        title=titles[build.state],
        summary=f"{told}\n\nStages, progress and {words.outcome.lower()}: {build.page_url}",
    )


def outdated(job: Job, pull: PullView, *, votes: Sequence[Vote], hold: Hold | None, needed: int) -> str | None:
    """Say why a pull request's build is not to be started any more; None if it is still what was asked for.

    Args:
        job: The build.
        pull: The pull request as it is now.
        votes: The votes on the head that the build is of.
        hold: What keeps the pull request from being built.
        needed: How many approvals the policy asks for.
    """
    short = job.head_sha[:7]
    if pull.head_sha != job.head_sha:
        return f"The head moved from {short} to {pull.head_sha[:7]} after this was asked for, so it was not started."
    if pull.state == "closed":
        return "The pull request was closed, so this was not started."
    if hold is not None:
        return "The pull request is on hold, so this was not started; `/espalier unhold` ends that."
    standing = tuple(vote for vote in votes if not vote.approves or vote.base_ref == pull.base_ref)
    if job.kind.needs_approval and not has_approval(standing, needed=needed):
        return f"The approval of {short} was taken back, so this build was not started."
    return None


def stale_candidates(builds: Iterable[BuildStatus], head_sha: str) -> tuple[BuildStatus, ...]:
    """Give the pull request's own builds that wait or run for another head than this."""
    return tuple(build for build in builds if build.kind.bound and not build.state.ended and build.head_sha != head_sha)
