"""`status`: where the pull request stands, in a few lines."""

from collections.abc import Iterator

from bot.command import Reply, Request, Role, Step, command


@command(needs=Role.ANYONE)
def status(request: Request) -> Iterator[Step]:
    """Say where this pull request and its builds stand."""
    where = request.status
    failing = ", ".join(f"`{name}`" for name in request.failing)
    lines = [
        f"Head `{request.head_sha[:7]}`: {where.state}; next is the {where.next}."
        if where.next != "nobody"
        else f"Head `{request.head_sha[:7]}`: {where.state}; the pull request is {request.pull_state}.",
        f"Failing checks: {failing}." if failing else "No check fails.",
    ]
    lines += [f"Build [`{build.id}`]({build.page_url}): {build.state}." for build in where.builds[:5]]
    lines.append(f"Current model: {request.version or 'none yet'}.")
    yield Reply(text="\n".join(f"- {line}" for line in lines))
