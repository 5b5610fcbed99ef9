"""DCO set to pass by hand: what the check `dco` says once somebody who may do so has taken its errors back; pure."""

from dataclasses import replace

from bot.findings import CheckResult, Finding, Level
from bot.github_values import Button
from bot.neutralise import code

CHECK = "dco"
RULE = "set-to-pass"
BUTTON = Button(label="Set DCO to pass", description="This head only; needs write access", identifier="dco-pass")


def can_be_waived(results: tuple[CheckResult, ...]) -> bool:
    """Tell whether the check `dco` fails."""
    return any(result.id == CHECK and result.status == "fail" for result in results)


def waive(results: tuple[CheckResult, ...], *, login: str, head_sha: str) -> tuple[CheckResult, ...]:
    """Turn what `dco` found into notices, and name who did so; empty where it found nothing, and done once."""
    return tuple(_waived(result, login, head_sha) if result.id == CHECK else result for result in results)


def _waived(result: CheckResult, login: str, head_sha: str) -> CheckResult:
    if result.status != "fail":
        return result
    message = f"{code(login)} set DCO to pass for this commit, the head; the next push asks for sign-offs again."
    note = Finding(rule=RULE, level=Level.NOTICE, commit=head_sha, message=message)
    findings = (replace(finding, level=Level.NOTICE, fix=None) for finding in result.findings)
    return replace(result, findings=(note, *findings))
