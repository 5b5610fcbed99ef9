"""`status`: where the pull request stands, in a few lines."""

from collections.abc import Iterator

from bot.command import Request, Role, command
from bot.neutralise import code, prose
from bot.report_progress import duration, place_in_queue, render_decision
from bot.report_status import Actor, BuildState, BuildStatus, TriageState
from bot.steps import Reply, Step

SHOWN = 5
"""Builds; the report lists more."""


@command(needs=Role.ANYONE)
def status(request: Request) -> Iterator[Step]:
    """Say where this pull request and its builds stand, with their place in the queue and the time left."""
    where, short = request.status, f"`{request.head_sha[:7]}`"
    failing = ", ".join(f"`{name}`" for name in request.failing)
    lines = [
        f"Head {short}: {where.state}; {_next(request)}.",
        f"Failing checks: {failing}." if failing else "No check fails.",
    ]
    decision = render_decision(where)
    if decision:
        lines.append(decision)
    if request.hold is not None:
        why = f": {prose(request.hold.reason)}" if request.hold.reason else "."
        lines.append(f"On hold since {request.hold.at[:10]}, by {code(request.hold.login)}{why}")
    lines += [_build(build) for build in where.builds[:SHOWN]]
    lines.append(f"Current model: {request.version or 'none yet'}.")
    yield Reply(text="\n".join(f"- {line}" for line in lines))


def _next(request: Request) -> str:
    if request.status.next is Actor.NOBODY:
        return f"the pull request is {request.pull_state}"
    if request.status.state is TriageState.REJECTED and request.status.next is Actor.TRIAGER:
        return "nobody has to act"
    return f"next is the {request.status.next}"


def _build(build: BuildStatus) -> str:
    name = f"{build.kind.capitalize()} [`{build.id}`]({build.page_url})"
    left = f", about {duration(build.seconds_left)} left" if build.seconds_left is not None else ""
    trouble = f" ⚠️ {prose(build.trouble, limit=500)}" if build.trouble else ""
    if build.state is BuildState.WAITING:
        return f"{name}: {place_in_queue(build)}{left}.{trouble}"
    if build.state is BuildState.RUNNING and build.progress is not None:
        progress = build.progress
        return (
            f"{name}: {progress.stage}, {progress.done:,} of {progress.total:,} {prose(progress.unit, limit=20)}{left}."
            f"{trouble}"
        )
    return f"{name}: {build.state}{left}.{trouble}"
