"""What outlives a run without a database: the memory in the report comment, and what it takes to forge it."""

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import cast

import pytest

from bot.carried import read_block, write_block
from bot.records import Vote, VoteKind
from bot.report_status import REPORT_MARKER
from tests.actions.world import Orchard, Pull, orchard
from tests.bot.world import ATTRIBUTION, Json, commit, git, skill

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
    pull.taxonomy.follow(OPENED)
    return pull


def approved(here: Orchard, *, policy: str = "") -> Pull:
    pull = triaged(here, policy=policy)
    pull.comment("Clear and new.\n\n/espalier approve")
    pull.taxonomy.follow(COMMENTED)
    assert "triage-approved" in pull.labels()
    return pull


def test_a_triagers_approval_moves_the_label_outlives_the_run_and_dies_on_a_push(here: Orchard) -> None:
    pull = approved(here)

    pull.look_again()

    assert "triage-approved" in pull.labels()
    pull.push({f"{LEAF}/qna.yaml": skill(word="lamp")})
    pull.taxonomy.follow(PUSHED)
    assert pull.labels() == {"skill", "triage-follow-up"}


def test_an_approval_written_before_the_head_moved_is_not_meant_for_it(here: Orchard) -> None:
    pull = triaged(here)
    pull.comment("/espalier approve")
    time.sleep(1.1)  # the time of a comment has whole seconds
    pull.push({f"{LEAF}/qna.yaml": skill(word="lamp")})

    pull.taxonomy.follow(PUSHED, COMMENTED)

    assert "triage-approved" not in pull.labels()
    assert "The head moved" in str(pull.comments("espalier:reply")[0]["body"])


def test_a_run_that_is_started_again_repeats_no_command(here: Orchard) -> None:
    pull = triaged(here)
    pull.comment("/espalier approve")
    received = pull.taxonomy.receive(COMMENTED)
    pull.taxonomy.attend("issue_comment", cast("Json", received.payload))
    assert "triage-approved" in pull.labels()
    pull.comment("/espalier request-changes")
    pull.taxonomy.follow(COMMENTED)

    pull.taxonomy.attend("issue_comment", cast("Json", received.payload))

    assert "triage-requested-changes" in pull.labels()


def test_a_vote_goes_with_the_comment_that_it_was_cast_by(here: Orchard) -> None:
    pull = approved(here)
    (vote,) = (
        item for item in pull.taxonomy.owner.items(f"{pull.issue}/comments") if "approve" in str(item["body"])
        and cast("Json", item["user"])["login"] == "tamsin"
    )  # fmt: skip
    pull.taxonomy.triager.ask("DELETE", f"{pull.taxonomy.path}/issues/comments/{vote['id']}")

    pull.look_again()

    assert "triage-approved" not in pull.labels()


def test_a_forged_vote_and_a_copied_memory_count_for_nothing(here: Orchard) -> None:
    pull = triaged(here)
    report = pull.report()
    name = f"orchard/{pull.taxonomy.name}"
    carried = read_block(str(report["body"]), repository=name, number=pull.number)
    assert carried is not None
    forged = replace(carried, votes=(vote("tamsin", comment=cast("int", report["id"])),))
    # A stranger's comment that looks like the report, and, what takes write access, the report itself.
    pull.comment(f"{REPORT_MARKER}\n{write_block(forged)}\nHello", person=pull.taxonomy.stranger)
    body = str(report["body"]).replace(write_block(carried), write_block(forged))
    assert body != report["body"]
    pull.taxonomy.owner.ask("PATCH", f"{pull.taxonomy.path}/issues/comments/{report['id']}", body=body)

    pull.look_again()

    assert "triage-approved" not in pull.labels()
    assert len(pull.comments(REPORT_MARKER)) == 1


def test_an_old_approval_proves_no_vote_for_a_newer_head(here: Orchard) -> None:
    pull = approved(here)
    (cast_by,) = (
        item for item in pull.taxonomy.owner.items(f"{pull.issue}/comments") if "approve" in str(item["body"])
        and cast("Json", item["user"])["login"] == "tamsin"
    )  # fmt: skip
    time.sleep(1.1)  # the time of a comment has whole seconds
    pull.push({f"{LEAF}/qna.yaml": skill(word="lamp")})
    pull.taxonomy.follow(PUSHED)
    report = pull.report()
    carried = read_block(str(report["body"]), repository=f"orchard/{pull.taxonomy.name}", number=pull.number)
    assert carried is not None
    forged = replace(carried, votes=(vote("tamsin", comment=cast("int", cast_by["id"])),))
    body = str(report["body"]).replace(write_block(carried), write_block(forged))
    assert body != report["body"]
    pull.taxonomy.owner.ask("PATCH", f"{pull.taxonomy.path}/issues/comments/{report['id']}", body=body)

    pull.look_again()

    assert "triage-approved" not in pull.labels()


def test_a_rejection_with_its_reason_and_a_hold_outlive_the_run(here: Orchard) -> None:
    pull = triaged(here)
    pull.comment("/espalier reject The model can do this.\n/espalier hold We ask the licensor.")
    pull.taxonomy.follow(COMMENTED)

    pull.look_again()

    assert pull.labels() == {"skill", "triage-rejected", "on-hold"}
    assert "`tamsin` rejected this: The model can do this." in str(pull.report()["body"])
    pull.push({f"{LEAF}/qna.yaml": skill(word="lamp")})
    pull.taxonomy.follow(PUSHED)
    assert pull.labels() == {"skill", "triage-follow-up", "on-hold"}
    pull.comment("/espalier unhold")
    pull.taxonomy.follow(COMMENTED)
    pull.look_again()
    assert "on-hold" not in pull.labels()


def test_a_cancel_outlives_the_run_and_calls_off_what_was_ordered_before_it(here: Orchard) -> None:
    pull = approved(here)
    pull.comment("/espalier build")
    late = cast("Json", pull.taxonomy.receive(COMMENTED).payload)
    pull.comment("/espalier cancel")
    cancelled = cast("Json", pull.taxonomy.receive(COMMENTED).payload)

    for payload in (cancelled, late):
        pull.taxonomy.attend("issue_comment", payload, ESPALIER_BUILDS="true")

    assert pull.comments("No build of this pull request waits or runs.")
    assert pull.comments("were cancelled after you wrote")
    assert not pull.runs("espalier / build")


def test_what_needs_a_bot_that_always_runs_says_so(here: Orchard) -> None:
    pull = triaged(here)
    for command in ("release", "rollback v1", "allow june", "budget"):
        pull.comment(f"/espalier {command}", person=pull.taxonomy.owner)
        pull.taxonomy.follow(COMMENTED)
    said = [str(comment["body"]) for comment in pull.comments()]
    assert sum("served by workflows alone" in body for body in said) == 4


def vote(login: str, *, comment: int) -> Vote:
    return Vote(login=login, kind=VoteKind.APPROVE, comment=comment)


def test_a_memory_that_cannot_be_read_fails_closed_and_is_written_anew(here: Orchard) -> None:
    pull = approved(here)
    report = pull.report()
    body = re.sub(r"espalier:state v1 \{", "espalier:state v1 {broken ", str(report["body"]))
    pull.taxonomy.owner.ask("PATCH", f"{pull.taxonomy.path}/issues/comments/{report['id']}", body=body)

    pull.look_again()

    assert "triage-approved" not in pull.labels()
    assert "{broken" not in str(pull.report()["body"])


def test_a_broken_policy_leaves_the_last_good_one_in_force(here: Orchard) -> None:
    pull = triaged(here, policy="approvals: 2\n")
    home, owner = pull.taxonomy.home, pull.taxonomy.owner
    commit(home, {".github/espalier.yml": "approvals: [\n"}, "Break the policy", person=owner)
    git(home, "push", "--quiet", "origin", "HEAD:main")
    pull.comment("/espalier approve")

    pull.taxonomy.follow(COMMENTED)

    assert "triage-approved" not in pull.labels()  # two are needed, as before
    assert "policy" in str(pull.report()["body"])


def test_dco_is_set_to_pass_by_an_approver_for_one_head(here: Orchard) -> None:
    pull = here.taxonomy().open_pull(good(), signed=False)
    pull.taxonomy.follow(OPENED)
    pull.comment("/espalier dco-pass", person=pull.taxonomy.triager)  # may approve, and not this
    pull.taxonomy.follow(COMMENTED)
    assert [run["conclusion"] for run in pull.runs()] == ["failure"]

    pull.comment("/espalier dco-pass", person=pull.taxonomy.owner)
    pull.taxonomy.follow(COMMENTED)
    pull.look_again()

    assert pull.runs()[0]["conclusion"] == "success"
    pull.push({f"{LEAF}/qna.yaml": skill(word="lamp")})
    pull.taxonomy.follow(PUSHED)
    assert pull.runs()[0]["conclusion"] == "failure"


def test_a_label_that_a_person_took_off_stays_off_until_the_next_push(here: Orchard) -> None:
    pull = triaged(here)
    pull.taxonomy.owner.ask("DELETE", f"{pull.issue}/labels/skill")
    pull.taxonomy.follow("pull_request.unlabeled")
    pull.look_again()
    assert pull.labels() == {"triage-needed"}

    pull.push({f"{LEAF}/qna.yaml": skill(word="lamp")})
    pull.taxonomy.follow(PUSHED)
    assert "skill" in pull.labels()
