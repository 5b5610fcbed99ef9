"""actions/build: a build that a command ordered goes to a cluster, and its scores come back to the pull request."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.actions.harness import Outcome
from tests.actions.world import Orchard, Pull, orchard
from tests.bot.world import ATTRIBUTION, skill, wait
from tests.fakes.jobs_api import Cluster, jobs_api

LEAF = "compositional_skills/greetings/lantern"
GOOD = {f"{LEAF}/qna.yaml": skill(), f"{LEAF}/attribution.txt": ATTRIBUTION}
BUILDS = {"builds": "true"}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orchard]:
    with orchard(tmp_path_factory.mktemp("orchard")) as made:
        yield made


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with jobs_api(tmp_path) as made:
        yield made


def ordered(here: Orchard) -> tuple[Pull, dict[str, str]]:
    """Give an approved pull request, and what triage says of the build that was ordered on it."""
    pull = here.taxonomy().open_pull(GOOD)
    pull.taxonomy.triage("pull_request.opened", inputs=BUILDS)
    pull.comment("/espalier approve\n/espalier build")  # the second rests on the first
    outcome = pull.taxonomy.triage("issue_comment.created", inputs=BUILDS)
    return pull, outcome.outputs


def build(pull: Pull, cluster: Cluster, folder: Path, outputs: dict[str, str]) -> Outcome:
    inputs = {
        **outputs,
        "ray-address": cluster.address,
        "ray-token-file": str(cluster.token_file),
        "artifacts": str(folder / "artifacts"),
    }
    return pull.taxonomy.run("build", "issue_comment", {}, inputs=inputs)


def test_an_ordered_build_is_trained_and_its_scores_are_posted(here: Orchard, cluster: Cluster, tmp_path: Path) -> None:
    pull, outputs = ordered(here)
    (waiting,) = pull.runs("espalier / build")
    assert waiting["status"] == "in_progress"
    assert outputs["build"] in str(pull.report()["body"])

    outcome = build(pull, cluster, tmp_path, outputs)

    assert (outcome.code, outcome.outputs) == (0, {"state": "succeeded"}), outcome.log
    assert len(pull.comments("<!-- espalier:result")) == 1
    (run,) = pull.runs("espalier / build")
    assert run["conclusion"] == "success"
    job = cluster.jobs[outputs["build"]]
    assert job.entrypoint.startswith("python3 -m runner run --artifacts")
    again = build(pull, cluster, tmp_path, outputs)
    assert (again.code, again.outputs) == (0, {"state": "succeeded"})
    assert len(cluster.jobs) == 1


def test_a_build_that_fails_fails_the_step_and_says_why(here: Orchard, cluster: Cluster, tmp_path: Path) -> None:
    pull, outputs = ordered(here)
    cluster.behaviour = "fail"
    outcome = build(pull, cluster, tmp_path, outputs)
    assert (outcome.code, outcome.outputs) == (1, {"state": "failed"}), outcome.log
    assert [run["conclusion"] for run in pull.runs("espalier / build")] == ["failure"]


def test_a_build_of_a_head_that_moved_is_not_started(here: Orchard, cluster: Cluster, tmp_path: Path) -> None:
    pull, outputs = ordered(here)
    head = pull.head
    pull.push({f"{LEAF}/qna.yaml": skill(word="lamp")})

    outcome = build(pull, cluster, tmp_path, outputs)

    assert (outcome.code, outcome.outputs) == (0, {"state": "stopped"}), outcome.log
    assert cluster.jobs == {}
    assert [run["conclusion"] for run in pull.runs("espalier / build", sha=head)] == ["cancelled"]


def test_a_build_that_is_cancelled_before_it_started_is_not_started(
    here: Orchard, cluster: Cluster, tmp_path: Path
) -> None:
    pull, outputs = ordered(here)
    pull.comment("/espalier cancel")
    pull.taxonomy.triage("issue_comment.created", inputs=BUILDS)
    assert [run["conclusion"] for run in pull.runs("espalier / build")] == ["cancelled"]

    outcome = build(pull, cluster, tmp_path, outputs)

    assert (outcome.code, outcome.outputs, cluster.jobs) == (0, {"state": "stopped"}, {})
    pull.comment("/espalier build")  # and another may be ordered
    assert pull.taxonomy.triage("issue_comment.created", inputs=BUILDS).outputs["build"]


def test_a_build_that_runs_is_stopped_by_a_command(here: Orchard, cluster: Cluster, tmp_path: Path) -> None:
    pull, outputs = ordered(here)
    cluster.behaviour = "wait"
    with ThreadPoolExecutor() as pool:
        running = pool.submit(build, pull, cluster, tmp_path, outputs)
        wait(lambda: outputs["build"] in cluster.jobs, what="the job")
        wait(lambda: "Trains and measures" in str(pull.runs("espalier / build")), what="the check run")
        pull.comment("/espalier cancel")
        pull.taxonomy.triage("issue_comment.created", inputs=BUILDS)
        outcome = running.result()

    assert (outcome.code, outcome.outputs) == (0, {"state": "stopped"}), outcome.log
    assert cluster.jobs[outputs["build"]].stopped
    assert [run["conclusion"] for run in pull.runs("espalier / build")] == ["cancelled"]


def test_a_build_that_nobody_ordered_is_refused(here: Orchard, cluster: Cluster, tmp_path: Path) -> None:
    pull = here.taxonomy().open_pull(GOOD)
    outcome = build(pull, cluster, tmp_path, {"build": "pr1-abc", "pull-request": str(pull.number)})
    assert outcome.code == 2
    assert "knows no build pr1-abc" in outcome.log
    assert cluster.jobs == {}
