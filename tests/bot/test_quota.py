"""What builds may use on one day: the day, what is left, and when there is more."""

from datetime import UTC, datetime, timedelta, timezone

from bot.quota import Amount, Budget, Share, day_start, shortage

NONE, SOME = Amount(builds=0, gpu_minutes=0), Amount(builds=2, gpu_minutes=30)
LATE = datetime(2026, 11, 28, 23, 59, 30, tzinfo=UTC)


def share(*, used: Amount = NONE, limit: Amount = SOME) -> Share:
    return Share(limit=limit, used=used)


def test_a_day_begins_at_midnight_in_utc_wherever_the_clock_stands() -> None:
    there = datetime(2026, 11, 29, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    assert day_start(there) == datetime(2026, 11, 28, tzinfo=UTC)
    budget = Budget(author="june", of_author=share(), of_repository=share(), now=LATE)
    assert budget.renewed_at == datetime(2026, 11, 29, tzinfo=UTC)


def test_something_is_lacking_once_either_is_used_up() -> None:
    assert share().lacking is None
    assert share(used=Amount(builds=1, gpu_minutes=29.9)).lacking is None
    assert share(used=Amount(builds=2, gpu_minutes=0)).lacking == "2 of 2 builds"
    assert share(used=Amount(builds=1, gpu_minutes=30)).lacking == "30 of 30 GPU minutes"
    assert share(limit=NONE).lacking == "0 of 0 builds"


def test_the_authors_quota_is_named_before_the_repositorys() -> None:
    out = share(used=SOME)
    budget = Budget(author="june", of_author=out, of_repository=out, now=LATE)
    assert str(shortage(budget, may_allow="approvers")).startswith("`june` has used 2 of 2 builds")
    told = shortage(Budget(author="june", of_author=share(), of_repository=out, now=LATE), may_allow="approvers")
    assert told == (
        "This repository has used 2 of 2 builds that there are for today; there are new ones at 00:00 UTC, in 30 s, "
        "and approvers may write `/espalier allow june [BUILDS] [MINUTES]` before."
    )
    assert shortage(Budget(author="june", of_author=share(), of_repository=share(), now=LATE), may_allow="a") is None
