"""What happens next on a pull request, who has to act, and how far its builds are, in words."""

from bot.kind_words import KIND_WORDS
from bot.neutralise import clean, code, fence, prose
from bot.report_status import Actor, BuildState, BuildStatus, Decision, ReportStatus, TriageState
from schemas.job import BuildKind
from schemas.progress import STAGES, Progress

WORDS = {
    "prepare": "getting the base student ready",
    "generate": "writing questions and answers out of the leaves",
    "train": "training the student",
    "precheck": "asking the current model the seed questions",
    "evaluate": "asking baseline and candidate the held-out questions",
    "publish": "writing the model and its card",
}
BUILDS_SHOWN = 6
ENDS = (".", "!", "?", "…", "。")
"""What ends a sentence."""
_BAR = 24
_MINUTE = 60
_HOUR = 3_600


def render_next(status: ReportStatus, *, errors: int, unrun: bool = False) -> str:
    """Say who has to act, and what to do.

    Args:
        status: Where the pull request stands.
        errors: What the author has to mend.
        unrun: Whether a check failed itself that could have blocked.
    """
    text = {
        Actor.AUTHOR: _author(errors, unrun=unrun),
        Actor.TRIAGER: _triager(status),
        Actor.APPROVER: "**An approver's turn.** The scores are in: if they convince you, merge. "
        "A release build with all leaves follows by itself.",
        Actor.BOT: "**Nobody's turn.** A build waits or runs; what comes of it is told in a comment of its own.",
        Actor.NOBODY: f"**Nobody's turn.** This pull request is {'merged' if status.merged else 'closed'}.",
    }[status.next]
    parts = (text, render_decision(status), _hold(status), _approval(status), _merged(status))
    return "\n\n".join(part for part in parts if part)


def render_decision(status: ReportStatus) -> str:
    """Say in one line whose word the state follows, why, and what comes after it; nothing where it follows none."""
    decided = status.decided
    if decided is None:
        return ""
    match status.state:
        case TriageState.REJECTED:
            return f"{_whose(decided, 'rejected this')} {_undoing(decided, closed=status.next is Actor.NOBODY)}"
        case TriageState.UNCERTAIN:
            return f"{_whose(decided, 'cannot tell')} People have to talk about it first."
        case _:
            return f"{_whose(decided, 'asked for changes')} A push answers that."


def render_builds(status: ReportStatus) -> str:
    """Say of each build where it stands, newest first."""
    lines = [_build(build) for build in status.builds[:BUILDS_SHOWN]]
    if len(status.builds) > BUILDS_SHOWN:
        lines.append(f"- … and {len(status.builds) - BUILDS_SHOWN} older ones on [the bot's page]({status.page_url})")
    return "\n".join(lines)


def bar(done: int, total: int, *, width: int = _BAR) -> str:
    """Draw how much is done, and give it in per cent."""
    share = 0.0 if total <= 0 else min(max(done / total, 0.0), 1.0)
    filled = int(share * width)
    return f"{'█' * filled}{'░' * (width - filled)} {int(share * 100):3d} %"


def duration(seconds: float) -> str:
    """Write a time as people say it: 40 s, 2 min, 1 h 5 min."""
    whole, minutes = max(round(seconds), 1), round(seconds / _MINUTE)
    if whole < _MINUTE:
        return f"{whole} s"
    if minutes * _MINUTE < _HOUR:
        return f"{minutes} min"
    return f"{minutes * _MINUTE // _HOUR} h {minutes * _MINUTE % _HOUR // _MINUTE} min"


def _author(errors: int, *, unrun: bool) -> str:
    if errors:
        return (
            "**The author's turn.** Mend what stands above and push to this branch. I look again by myself and keep "
            "this comment up to date, so there is no need to write here."
        )
    if unrun:
        return (
            "**An operator's turn.** A check of mine broke, and nothing is taken that it has not looked at. Once that "
            "is mended, `/espalier recheck` lets me look again; the author has nothing to do."
        )
    return "**The author's turn.** Push the changes that were asked for to this branch, and I ask for another look."


def _triager(status: ReportStatus) -> str:
    if status.state is TriageState.REJECTED:
        return "**Nobody's turn.** Thank you for the work that you put into it."
    if status.hold is not None:
        return "**A triager's turn.** Once nothing stands against it any more, `/espalier unhold` lets it go on."
    if status.state is TriageState.UNCERTAIN:
        return (
            "**A triager's turn.** `/espalier approve`, `/espalier request-changes` or `/espalier reject REASON` says "
            "what came of talking about it."
        )
    if status.state is TriageState.APPROVED:
        return "**A triager's turn.** `/espalier build` trains a student on this leaf and posts its scores here."
    again = "What was said before holds no longer: look again. " if status.state is TriageState.FOLLOW_UP else ""
    return (
        f"**A triager's turn.** {again}Is it in the right place, clear, and of use to a model? Then "
        "`/espalier approve` and `/espalier build`; if not, `/espalier request-changes` and say what is missing."
    )


def _whose(decided: Decision, what: str) -> str:
    """Say whose word it is, a person's by command or people's by a label, and why."""
    if not decided.login:
        return f"Maintainers {what}, as the label {code(decided.label)} says; their comments say why."
    if not decided.reason:
        return f"{code(decided.login)} {what}."
    reason = prose(decided.reason)
    return f"{code(decided.login)} {what}: {reason}{'' if reason.endswith(ENDS) else '.'}"


def _undoing(decided: Decision, *, closed: bool) -> str:
    """Say who can undo a rejection, and how."""
    again = "Once this is open again, a" if closed else "A"
    if not decided.login:
        return f"{again} triager undoes that by taking the label off, or by `/espalier approve` or another such word."
    return (
        f"{again} push asks for another look. Without one {code(decided.login)} undoes that by `/espalier approve`, "
        "and any triager by `/espalier uncertain` or `/espalier request-changes`."
    )


def _hold(status: ReportStatus) -> str:
    if status.hold is None:
        return ""
    why = f": {prose(status.hold.reason)}" if status.hold.reason else "."
    return (
        f"⏸️ {code(status.hold.login)} put this on hold on {status.hold.at[:10]}{why}\n\nUntil a triager writes "
        "`/espalier unhold` it is not built, approved or released, and pushes do not change that."
    )


def _merged(status: ReportStatus) -> str:
    if not status.unapproved_merge:
        return ""
    text = (
        "⚠️ This was merged at a head that nobody approved by `/espalier approve`; GitHub's own *Approve* says nothing "
        f"to me. {_release(status)}"
    )
    return text.rstrip()


def _release(status: ReportStatus) -> str:
    """Say which release has a merge's leaves in it, or takes them in; nothing of a merge on hold that none has."""
    releases = [build for build in status.builds if build.kind is BuildKind.RELEASE]
    done = next((build for build in releases if build.state is BuildState.SUCCEEDED), None)
    if done is not None:
        later = "`/espalier hold` keeps them out of the next" if status.hold is None else "the next goes without them"
        return f"The release {code(done.version or done.id)} has its leaves in it all the same; {later}."
    if status.hold is not None:
        return ""
    making = next((build for build in releases if not build.state.ended), None)
    if making is not None:
        name = code(making.version or making.id)
        return f"The release {name} is being made with its leaves all the same; `/espalier hold` stops that."
    return "The next release takes its leaves in all the same; `/espalier hold` keeps them out."


def _approval(status: ReportStatus) -> str:
    if not status.approved_by:
        return ""
    names = ", ".join(code(login) for login in status.approved_by[:10])
    text = f"Approved by {names}"
    if status.approved_sha:
        text += f" at {code(status.approved_sha[:7])}"
        if status.next is not Actor.NOBODY:
            text += "; another push takes the approval back"
    if len(status.approved_by) < status.approvals_needed:
        text += f" ({len(status.approved_by)} of {status.approvals_needed} that are needed)"
    return f"{text}."


def _build(build: BuildStatus) -> str:
    words = KIND_WORDS[build.kind]
    version = f" {code(build.version, limit=40)}" if build.version else ""
    head = f"- **{words.name}{version}** of {code(build.head_sha[:7])}, [{code(build.id)}]({build.page_url})"
    if build.state is BuildState.WAITING:
        return f"{head} {place_in_queue(build)}.{f' ⚠️ {prose(build.trouble, limit=500)}' if build.trouble else ''}"
    if build.state is BuildState.RUNNING:
        block = "\n".join(f"  {line}" for line in fence(_stages(build), info="text").split("\n"))
        trouble = f"  ⚠️ {prose(build.trouble, limit=500)}\n\n" if build.trouble else ""
        return f"{head} runs:\n\n{trouble}{block}\n"
    reason = f": {prose(build.reason)}" if build.reason else "."
    return {
        BuildState.SUCCEEDED: f"{head} is done; its {words.outcome.lower()} stand in a comment of their own.",
        BuildState.FAILED: f"{head} ended without {words.outcome.lower()}{reason}",
        BuildState.STOPPED: f"{head} was stopped{reason}",
    }[build.state]


def place_in_queue(build: BuildStatus) -> str:
    """Say what a waiting build waits for."""
    others = "1 other build" if build.position == 1 else f"{build.position} other builds"
    return f"waits for {others} to end" if build.position else "is the next to run"


def _stages(build: BuildStatus) -> str:
    progress, stages = build.progress, STAGES[build.kind]
    if progress is None:
        return "starting"
    current = stages.index(progress.stage) if progress.stage in stages else 0
    rows = [f"{stage:9s} done" for stage in stages[:current]]
    rows.append(f"{clean(progress.stage)[:9]:9s} {bar(progress.done, progress.total)}  {_pace(progress)}")
    rows.extend(f"{stage:9s} to come" for stage in stages[current + 1 :])
    words = " ".join(clean(progress.message).split())[:120] or WORDS.get(progress.stage, "")
    return "\n".join([*rows, "", words]).rstrip()


def _pace(progress: Progress) -> str:
    parts = [f"{progress.done:,} of {progress.total:,} {clean(progress.unit)[:20]}"]
    if progress.rate:
        parts.append(f"{progress.rate:,.1f}/s" if progress.rate >= 1 else f"{progress.rate * _MINUTE:,.1f}/min")
    if progress.seconds_left is not None and progress.done < progress.total:
        parts.append(f"about {duration(progress.seconds_left)} left")
    return " · ".join(parts)
