"""actions/triage without a server: real webhooks in, and what the forge shows afterwards."""

from collections.abc import Iterator
from typing import cast

import pytest

from tests.actions.world import Orchard, Pull, orchard
from tests.bot.world import ATTRIBUTION, Json, skill

LEAF = "compositional_skills/greetings/lantern"
OPENED, PUSHED, COMMENTED = "pull_request.opened", "pull_request.synchronize", "issue_comment.created"


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orchard]:
    with orchard(tmp_path_factory.mktemp("orchard")) as made:
        yield made


def good(folder: str = LEAF, word: str = "lantern") -> dict[str, str]:
    return {f"{folder}/qna.yaml": skill(word=word), f"{folder}/attribution.txt": ATTRIBUTION}


def triaged(here: Orchard, files: dict[str, str] | None = None, *, policy: str = "") -> Pull:
    """Give a pull request whose first run is over."""
    pull = here.taxonomy(policy=policy).open_pull(good() if files is None else files)
    pull.taxonomy.triage(OPENED)
    return pull


def approved(here: Orchard, *, policy: str = "") -> Pull:
    pull = triaged(here, policy=policy)
    pull.comment("Clear and new.\n\n/espalier approve")
    pull.taxonomy.triage(COMMENTED)
    assert "triage-approved" in pull.labels()
    return pull


def test_mistakes_are_labelled_reported_and_annotated(here: Orchard) -> None:
    pull = triaged(here, {f"{LEAF}/qna.yaml": skill(examples=2, trailing="  ")})

    assert pull.labels() == {"skill", "triage-requested-changes"}
    assert "examples" in str(pull.report()["body"])
    (run,) = pull.runs()
    assert (run["conclusion"], run["external_id"]) == ("failure", str(pull.number))
    annotations = pull.taxonomy.owner.items(f"{pull.taxonomy.path}/check-runs/{run['id']}/annotations")
    assert (f"{LEAF}/qna.yaml", 5) in {(item["path"], item["start_line"]) for item in annotations}


def test_a_second_event_edits_in_place_and_a_third_without_news_writes_nothing(here: Orchard) -> None:
    pull = triaged(here, {f"{LEAF}/qna.yaml": skill(examples=2)})
    first = pull.report()

    pull.push(good())
    pull.taxonomy.triage(PUSHED)

    second = pull.report()
    assert second["id"] == first["id"]
    assert second["body"] != first["body"]
    assert pull.labels() == {"skill", "triage-follow-up"}
    assert [run["conclusion"] for run in pull.runs()] == ["success"]
    again = pull.taxonomy.run("triage", "pull_request_target", pull.edited())
    assert again.code == 0, again.log
    assert ", 0 effects" in again.log


def test_a_strangers_command_is_refused_in_a_reply(here: Orchard) -> None:
    pull = triaged(here)
    pull.comment("/espalier approve", person=pull.taxonomy.stranger)

    pull.taxonomy.triage(COMMENTED)

    assert "triage-approved" not in pull.labels()
    (reply,) = pull.comments("espalier:reply")
    assert "@wren `/espalier approve` is for triagers" in str(reply["body"])


def test_a_comment_without_a_command_costs_no_request(here: Orchard) -> None:
    pull = triaged(here)
    pull.comment("Thank you!")
    outcome = pull.taxonomy.triage(COMMENTED)
    assert "of no concern" in outcome.log


def test_builds_and_releases_are_refused_where_nothing_runs_them(here: Orchard) -> None:
    pull = approved(here)
    pull.comment("/espalier build")
    outcome = pull.taxonomy.triage(COMMENTED)
    assert outcome.outputs == {"build": "", "pull-request": ""}
    pull.comment("/espalier release", person=pull.taxonomy.owner)
    pull.taxonomy.triage(COMMENTED)

    told = " ".join(str(item["body"]) for item in pull.comments("espalier:reply"))
    assert "No builds are set up here" in told
    assert "`release` is for a bot that always runs" in told


def test_rerunning_a_check_run_completes_it_anew(here: Orchard) -> None:
    pull = triaged(here)
    (run,) = pull.runs()
    payload = {"action": "rerequested", "check_run": run, **pull.edited()}
    payload.pop("pull_request")
    outcome = pull.taxonomy.run("triage", "check_run", payload)
    assert outcome.code == 0, outcome.log
    assert pull.runs()[0]["conclusion"] == "success"


def test_a_job_that_was_granted_too_little_says_so_on_the_runs_page(here: Orchard) -> None:
    pull = here.taxonomy().open_pull(good())
    payload = cast("Json", pull.taxonomy.receive(OPENED).payload)
    less = {"contents": "read", "issues": "write", "pull_requests": "write"}
    outcome = pull.taxonomy.run("triage", "pull_request_target", payload, permissions=less)
    assert outcome.code == 1
    (annotation,) = outcome.annotations
    assert "Compare the `permissions`" in annotation.text


def test_a_token_for_another_repository_is_not_used(here: Orchard) -> None:
    pull = triaged(here)
    payload = pull.edited()
    cast("Json", payload["repository"])["full_name"] = "june/elsewhere"
    outcome = pull.taxonomy.run("triage", "pull_request_target", payload)
    assert outcome.code == 2
    assert "not for june/elsewhere" in outcome.log
