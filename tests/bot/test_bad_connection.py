"""A bad connection to GitHub leaves what a good one does: each thing once, and nothing forgotten."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.bot.test_reconcile import leaf
from tests.bot.world import Pull, World, forge_server, wait, world
from tests.fakes.faults import FAULTS, PULL, READS, Fault, Nth, Plan, only
from tests.fakes.jobs_api import jobs_api


@pytest.fixture(autouse=True)
def good_line(here: World) -> Iterator[None]:
    yield
    here.forge.faults.plan = None


def creations(here: World, pull: Pull) -> Counter[str]:
    """Count what the forge made for the bot in this pull request's repository, by the last part of the path."""
    done = here.forge.faults.done
    made = (
        path.rsplit("/", 1)[-1] for verb, path, _ in done if verb == "POST" and path.startswith(pull.repository.path)
    )
    return Counter(made)


def shown(pull: Pull) -> None:
    """Wait for all that one look shows, and see that each of it stands once."""
    wait(lambda: pull.conclusion() == "success", what="the check run")
    wait(lambda: len(pull.comments("<!-- espalier:report -->")) == 1, what="the report")
    wait(lambda: pull.labels() == {"skill", "triage-needed"}, what="the labels")
    assert len(pull.check_runs("espalier / triage")) == 1


COMMENTS, RUNS = "issues/[0-9]+/comments$", "check-runs$"


@pytest.mark.parametrize(
    "fault",
    [
        only("server error after the act", verb="POST", path=COMMENTS),
        only("reset after the act", verb="POST", path=COMMENTS),
        only("server error after the act", verb="POST", path=RUNS),
        only("reset after the act", verb="POST", path=RUNS),
        only("server error after the act", verb="POST", path="labels$"),
        only("secondary limit with 403 and Retry-After", verb="POST", path=COMMENTS),
        only("secondary limit with 429 and Retry-After", verb="POST", path=RUNS),
        replace(FAULTS["primary limit with 403"], verbs=frozenset({"GET"})),
        only("expired token", verb="POST", path=COMMENTS),
        Fault(name="not there yet", status=404, message="Not Found", verbs=READS, paths=PULL),
    ],
    ids=lambda fault: f"{fault.name}, {fault.paths.pattern}",
)
def test_one_fault_changes_nothing_of_what_stands_in_the_end(here: World, fault: Fault) -> None:
    taxonomy = here.repository()
    here.forge.faults.met.clear()
    here.forge.faults.plan = Nth(fault)
    pull = taxonomy.open_pull(leaf())
    shown(pull)
    made = creations(here, pull)
    assert here.forge.faults.met == {fault.name: 1}
    assert (made["comments"], made["check-runs"]) == (1, 1)


def test_a_budget_of_creations_that_is_used_up_makes_deliveries_wait_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("thrifty")
    settings = {"ESPALIER_GITHUB_CREATIONS": "3/500"}
    with (
        jobs_api(folder) as cluster,
        forge_server(folder / "forge") as forge,
        world(folder, forge, cluster, settings=settings) as thrifty,
    ):
        taxonomy = thrifty.repository()
        pulls = [taxonomy.open_pull(leaf(word), branch=word) for word in ("harbour", "rudder")]
        wait(lambda: "as much as it may for now" in thrifty.bot.log.read_text(encoding="utf-8"), what="the first wait")
        wait(lambda: 'espalier_deliveries{state="pending"}' in thrifty.bot.get("/metrics").text, what="who waits")
        time.sleep(2)
        assert sum(sum(creations(thrifty, pull).values()) for pull in pulls[:1]) == 3
        assert thrifty.bot.get("/readyz").text == "ready\n"


def test_lost_answers_and_lists_that_lag_behind_at_the_same_time_make_nothing_twice(here: World) -> None:
    pulls = [here.repository().open_pull(leaf()) for _ in range(3)]
    for pull in pulls:
        shown(pull)
    here.forge.faults.plan = Plan("stale list", "server error after the act", seed=3, most=30)
    for pull in pulls:
        pull.push(leaf("beacon"))
        pull.comment("/espalier approve")
    for pull in pulls:
        wait(lambda pull=pull: "triage-approved" in pull.labels(), what="the approval")  # type: ignore[misc] # bound
    here.forge.faults.plan = None
    for pull in pulls:
        assert len(pull.comments("<!-- espalier:report -->")) == 1
        assert creations(here, pull)["comments"] == 1
        assert len(pull.check_runs("espalier / triage")) == 1
