"""What builds of pull requests may use of the cluster on one day, what they used, and what is said of it; pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from bot.neutralise import code
from bot.report_progress import duration


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """Builds, and minutes that they run on the cluster."""

    builds: int
    gpu_minutes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one author, or one repository, may use today and has used."""

    limit: Amount
    """By the policy, with what was allowed beyond it today."""
    used: Amount

    @property
    def lacking(self) -> str | None:
        """What is used up, in a few words; None if there is some of both left."""
        if self.used.builds >= self.limit.builds:
            return f"{self.used.builds:,} of {self.limit.builds:,} builds"
        if self.used.gpu_minutes >= self.limit.gpu_minutes:
            return f"{self.used.gpu_minutes:,.0f} of {self.limit.gpu_minutes:,.0f} GPU minutes"
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Where the quotas stand for the author of a pull request and for its repository."""

    author: str
    of_author: Share
    of_repository: Share
    now: datetime

    @property
    def renewed_at(self) -> datetime:
        """When a new day begins, and with it new quotas."""
        return day_start(self.now) + timedelta(days=1)


def day_start(now: datetime) -> datetime:
    """Give the midnight in UTC that the day of a time began with."""
    return datetime.combine(now.astimezone(UTC).date(), time(), tzinfo=UTC)


def shortage(budget: Budget, *, may_allow: str) -> str | None:
    """Say in one line that a quota is used up, when that ends, and who may allow more; None if there is some left.

    Args:
        budget: Where the quotas stand.
        may_allow: Those who may allow more, as people say it.
    """
    for share, whose in (
        (budget.of_author, f"{code(budget.author)} has"),
        (budget.of_repository, "This repository has"),
    ):
        if share.lacking is not None:
            return (
                f"{whose} used {share.lacking} that there are for today; there are new ones at 00:00 UTC, in "
                f"{duration((budget.renewed_at - budget.now).total_seconds())}, and {may_allow} may write "
                f"`/espalier allow {budget.author} [BUILDS] [MINUTES]` before."
            )
    return None


def render_budget(budget: Budget) -> str:
    """Write what is used and what is left, for the author and for the repository."""
    rows = [
        _row(f"pull requests of {code(budget.author)}", budget.of_author),
        _row("all pull requests of this repository", budget.of_repository),
    ]
    return (
        "| today | builds | left | GPU minutes | left |\n| --- | --- | --- | --- | --- |\n" + "\n".join(rows) + "\n\n"
        "GPU minutes are those that builds run on the cluster; releases do not count. There are new ones at 00:00 UTC, "
        f"in {duration((budget.renewed_at - budget.now).total_seconds())}."
    )


def _row(whose: str, share: Share) -> str:
    used, limit = share.used, share.limit
    builds, minutes = max(limit.builds - used.builds, 0), max(limit.gpu_minutes - used.gpu_minutes, 0.0)
    return (
        f"| {whose} | {used.builds:,} of {limit.builds:,} | {builds:,} "
        f"| {used.gpu_minutes:,.0f} of {limit.gpu_minutes:,.0f} | {minutes:,.0f} |"
    )
