"""`explain`: what a check looks at, and how much its findings weigh here."""

from collections.abc import Iterator

from bot.check import load_checks
from bot.command import Request, Role, command
from bot.comment import nearest
from bot.neutralise import cell
from bot.steps import Reply, Step
from schemas.config import Levels
from schemas.errors import UserError


@command(needs=Role.ANYONE, arguments="CHECK")
def explain(request: Request) -> Iterator[Step]:
    """Say what a check looks at, its rules, and what each weighs by this repository's policy.

    For example: `/espalier explain attribution`.

    Raises:
        UserError: if there is no such check.
    """
    checks = {check.id: check for check in load_checks()}
    name = request.arguments[0].lower() if request.arguments else ""
    if name not in checks:
        meant = nearest(name, checks) if name else None
        hint = (
            f"Did you mean `/espalier explain {meant}`?"
            if meant
            else f"The checks are {', '.join(f'`{each}`' for each in checks)}."
        )
        raise UserError(f"There is no such check. {hint}" if name else f"Name a check. {hint}")
    check = checks[name]
    levels = request.config.checks.get(name, Levels())
    rows = "\n".join(
        f"| `{rule}` | {levels.weight(rule, level)} | {cell(wrong)} |" for rule, (level, wrong) in check.rules.items()
    )
    stands = "It fails" if name in request.failing else "It does not fail"
    yield Reply(
        text=f"**`{name}`**: {check.summary} {stands} at `{request.head_sha[:7]}`.\n\n"
        f"| rule | here | what is wrong |\n| --- | --- | --- |\n{rows}\n\n"
        f"The policy's `checks.{name}` says what each weighs; `docs/checks.md#{name}` of Espalier tells more."
    )
