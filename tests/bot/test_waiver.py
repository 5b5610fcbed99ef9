from bot.findings import CheckResult, Finding, Fix, Level
from bot.waiver import BUTTON, can_be_waived, waive

HEAD = "a" * 40
UNSIGNED = Finding(
    rule="missing", level=Level.ERROR, commit=HEAD, message="The sign-off is missing.", fix=Fix(description="Sign off")
)
FAILS = (CheckResult(id="dco", findings=(UNSIGNED,)), CheckResult(id="yaml", findings=(UNSIGNED,)))


def test_errors_of_dco_become_notices_that_name_who_set_it() -> None:
    dco, yaml = waive(FAILS, login="tamsin", head_sha=HEAD)
    assert dco.status == "warn"
    assert "`tamsin` set DCO to pass" in dco.findings[0].message
    assert {finding.level for finding in dco.findings} == {Level.NOTICE}
    assert all(finding.fix is None for finding in dco.findings)
    assert yaml is FAILS[1]


def test_waiving_twice_says_it_once() -> None:
    once = waive(FAILS, login="tamsin", head_sha=HEAD)
    assert waive(once, login="tamsin", head_sha=HEAD) == once


def test_there_is_something_to_waive_only_where_dco_fails() -> None:
    assert can_be_waived(FAILS)
    assert not can_be_waived(waive(FAILS, login="tamsin", head_sha=HEAD))
    assert not can_be_waived(FAILS[1:])


def test_the_button_is_one_that_github_takes() -> None:
    assert (len(BUTTON.label) <= 20, len(BUTTON.description) <= 40, len(BUTTON.identifier) <= 20) == (True, True, True)
