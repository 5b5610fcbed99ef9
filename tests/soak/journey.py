"""A pull request's whole way, from a broken leaf to a build's scores; each step waits for what the bot makes of it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.bot.world import ATTRIBUTION, Pull, Repository, World, skill, wait
from tests.soak.state import Shown, shown

LEAF = "compositional_skills/greetings/lantern"
PATIENCE = 240.0
"""Seconds for one step: a limit without Retry-After alone costs a minute."""


@dataclass(slots=True, kw_only=True)
class Journey:
    """A pull request under way."""

    pull: Pull
    heads: list[str] = field(default_factory=list)

    def state(self) -> Shown:
        return shown(self.pull, self.heads, jobs_of(self.pull))

    def wait(self, seen: Callable[[], object], what: str) -> None:
        wait(seen, what=f"{what} of {self.pull.repository.name}", seconds=PATIENCE)


def jobs_of(pull: Pull) -> list[str]:
    """Give the ids of the jobs that the cluster was given for a pull request."""
    folder = pull.world.artifacts / "builds"
    told = (path for path in folder.glob("*/job.json") if path.parent.name in pull.world.cluster.jobs)
    return [
        path.parent.name for path in told if f'"{pull.repository.path.removeprefix("/repos/")}"' in path.read_text()
    ]


def travel(repository: Repository) -> Journey:
    """Walk the whole way."""
    broken = {f"{LEAF}/qna.yaml": skill(examples=2, trailing="  ")}
    pull = repository.open_pull(broken)
    journey = Journey(pull=pull, heads=[pull.head])
    journey.wait(lambda: pull.conclusion() == "failure", "the failing check run")
    journey.wait(lambda: pull.labels() == {"skill", "triage-requested-changes"}, "the first labels")
    journey.wait(lambda: len(pull.comments("<!-- espalier:report -->")) == 1, "the report")

    pull.comment("/espalier approve", person=repository.world.contributor)
    journey.wait(lambda: pull.comments("is for triagers"), "the refusal")
    repository.world.triager.post(f"{pull.issue}/labels", labels=["theirs"])

    journey.heads.append(pull.push({f"{LEAF}/qna.yaml": skill(), f"{LEAF}/attribution.txt": ATTRIBUTION}))
    journey.wait(lambda: pull.check_runs("espalier / triage"), "the second check run")
    journey.wait(lambda: pull.labels() == {"skill", "theirs", "triage-follow-up"}, "the labels of the new head")

    pull.comment("Clear and new.\n\n/espalier approve")
    journey.wait(lambda: "triage-approved" in pull.labels(), "the approval")
    pull.comment("/espalier build")
    journey.wait(lambda: pull.conclusion("espalier / build") == "success", "the build's check run")
    journey.wait(lambda: pull.comments("<!-- espalier:result"), "the scores")
    settle(repository.world)
    return journey


def settle(world: World) -> None:
    """Wait until the bot has nothing to do any more."""
    if world.relay is not None:
        world.relay.wait()

    def idle() -> bool:
        text = world.bot.get("/metrics").text
        left = any(f'espalier_deliveries{{state="{state}"}}' in text for state in ("pending", "running"))
        return "espalier_database_up 1" in text and not left

    for _ in range(2):  # what a handling ends with may bring the next one
        wait(idle, what="a bot without work", seconds=PATIENCE)
