"""The schedule of releases: what is wrong with one, and when its time has come."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from schemas.config import parse_config
from schemas.cron import has_come, problem_of
from schemas.errors import UserError

SUNDAY = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
MONDAYS = "0 3 * * 1"


@pytest.mark.parametrize("schedule", [MONDAYS, "*/15 * * * *", "0 0 29 2 *", "30 4 1,15 JAN-JUN mon"])
def test_a_schedule_that_cron_takes_has_no_problem(schedule: str) -> None:
    assert problem_of(schedule) is None
    assert parse_config(f"build: {{schedule: '{schedule}'}}").build.schedule == schedule


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        ("60 3 * * 1", "its minute must lie within 0 to 59"),
        ("0 24 * * 1", "its hour must lie within 0 to 23"),
        ("0 3 0 * *", "its day of the month"),
        ("0 3 * 13 *", "its month must lie within 1 to 12"),
        ("0 3 * * 8", "its day of the week must lie within 0 to 7"),
        ("5-2 3 * * *", "its minute"),
        ("*/0 3 * * *", "its minute"),
        ("0 0 30 2 *", "its day of the month"),
        ("0 0 */20 * 1L", "names a time that does not come"),
    ],
)
def test_a_schedule_that_cannot_be_is_told_on_its_line_with_one_that_can(schedule: str, words: str) -> None:
    assert words in str(problem_of(schedule))
    with pytest.raises(UserError) as caught:
        parse_config(f"build:\n  profile: laptop\n  schedule: '{schedule}'\n")
    assert "Line 3: build.schedule " in str(caught.value)
    assert words in str(caught.value)
    assert "0 3 * * 1 is every Monday at three" in str(caught.value)


def test_other_than_five_fields_are_no_schedule() -> None:
    assert "must be five fields" in str(problem_of("0 0 3 * * 1"))
    with pytest.raises(UserError, match="schedule must be five fields of cron"):
        parse_config("build: {schedule: '@daily'}")
    with pytest.raises(UserError, match=r"build\.schedule"):
        parse_config(f"build: {{schedule: '{'1' * 300} * * * *'}}")


def test_its_time_has_come_once_it_lies_between_then_and_now() -> None:
    three = datetime(2026, 11, 30, 3, 0, tzinfo=UTC)
    second = timedelta(seconds=1)
    assert not has_come(MONDAYS, since=SUNDAY, now=three - second)
    assert has_come(MONDAYS, since=SUNDAY, now=three)
    assert not has_come(MONDAYS, since=three, now=three + timedelta(days=6))
    assert has_come(MONDAYS, since=SUNDAY, now=three + timedelta(days=70))


def test_the_schedule_is_in_utc_wherever_the_clock_stands() -> None:
    there = timezone(timedelta(hours=-5))
    assert has_come(MONDAYS, since=SUNDAY.astimezone(there), now=datetime(2026, 11, 29, 22, 0, tzinfo=there))
    assert not has_come(MONDAYS, since=SUNDAY.astimezone(there), now=datetime(2026, 11, 29, 21, 59, tzinfo=there))


def test_quotas_have_sensible_defaults_and_are_whole_numbers() -> None:
    quotas = parse_config("quotas: {author_builds: 0, repository_gpu_minutes: 90}").quotas
    assert (quotas.author_builds, quotas.author_gpu_minutes) == (0, 240)
    assert (quotas.repository_builds, quotas.repository_gpu_minutes) == (50, 90)
    with pytest.raises(UserError, match=r"quotas\.author_builds"):
        parse_config("quotas: {author_builds: -1}")
    with pytest.raises(UserError, match=r"did you mean author_builds\?"):
        parse_config("quotas: {author_build: 3}")
