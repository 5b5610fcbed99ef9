"""An approval is worth one commit, by one person, who may still give it."""

import json

import pytest

from bot.command import Role, load_commands
from schemas.codec import decode
from schemas.job import Job
from tests.attacks.scenes import (
    LEAF,
    approved,
    checked,
    deliver,
    finish,
    good,
    heard,
    installation,
    jobs,
    outsider,
    reactions,
)
from tests.bot.world import Json, Pull, World, skill, wait


def test_what_was_approved_is_what_is_built_and_what_is_reported(here: World) -> None:
    pull = approved(here)
    sha = pull.head
    here.cluster.behaviour = "wait"
    pull.comment("/espalier build")
    wait(lambda: pull.comments("train goes on"), what="progress")
    finish(here)
    wait(lambda: pull.conclusion("espalier / build", sha=sha) == "success", what="the build's end")
    (written,) = jobs(here, sha)
    job = decode(Job, written.read_bytes())
    assert (job.head_sha, [part.head_sha for part in job.pull_requests]) == (sha, [sha])
    wait(lambda: pull.comments("<!-- espalier:result"), what="the result")
    assert f"Scores of `{sha[:7]}`" in pull.comments("<!-- espalier:result")[0]


def test_a_push_after_the_approval_is_not_built_with_it(here: World) -> None:
    pull = approved(here)
    new = pull.push({f"{LEAF}/qna.yaml": skill(word="trojan")})
    checked(pull)
    comment = pull.comment("/espalier build")
    wait(lambda: reactions(pull, comment) == ["confused"], what="the refusal")
    wait(lambda: pull.comments("is not approved"), what="the reason")
    assert not jobs(here, new)


def test_a_head_that_moves_unseen_before_the_dispatch_stops_it_and_that_is_said(here: World) -> None:
    first, second = approved(here), approved(here)
    here.cluster.behaviour = "wait"
    first.comment("/espalier build")
    wait(lambda: first.comments("train goes on"), what="the first build's progress")
    second.comment("/espalier build")
    wait(lambda: second.check_runs("espalier / build"), what="the second build in the queue")
    old = second.head

    here.bot.end()
    new = second.push({f"{LEAF}/qna.yaml": skill(word="trojan")})  # its delivery finds nobody
    finish(here)
    here.bot.start()

    wait(lambda: second.conclusion("espalier / build", sha=old) == "cancelled", what="the stopped build")
    assert not jobs(here, old)
    assert not jobs(here, new)
    run = second.check_runs("espalier / build", sha=old)[0]
    assert "The head moved" in json.dumps(run["output"])


def test_a_command_is_judged_by_what_its_author_may_do_when_it_runs(here: World) -> None:
    pull = checked(here.repository().open_pull(good()))
    here.bot.end()
    comment = pull.comment("/espalier approve")
    here.owner.ask("DELETE", f"{pull.repository.path}/collaborators/tamsin")
    here.bot.start()
    assert deliver(here, "issue_comment", payload(here, pull, comment)) == 202
    wait(lambda: reactions(pull, comment) == ["confused"], what="the refusal")
    assert "triage-approved" not in pull.labels()


@pytest.mark.parametrize("policy", ["", "teams:\n  triagers: []\n  approvers: []\n"])
def test_an_empty_list_of_teams_lets_nobody_in(here: World, policy: str) -> None:
    pull = checked(here.repository(policy=policy).open_pull(good()))
    stranger = outsider(here)
    privileged = [command.name for command in load_commands().values() if command.needs >= Role.TRIAGER]
    assert {"approve", "build", "release"} <= set(privileged)
    for command in privileged:
        comment = pull.comment(f"/espalier {command}", person=stranger)
        wait(lambda comment=comment: reactions(pull, comment) == ["confused"], what=f"the refusal of {command}")
    heard(pull)
    assert not pull.labels() & {"triage-approved", "triage-rejected", "triage-uncertain"}
    assert not jobs(here, pull.head)


def test_nobody_approves_their_own_by_editing_what_a_triager_wrote(here: World) -> None:
    pull = checked(here.repository().open_pull(good()))
    invitation = here.owner.ask("PUT", f"{pull.repository.path}/collaborators/june", permission="write")
    if isinstance(invitation, dict):
        here.contributor.ask("PATCH", f"/user/repository_invitations/{invitation['id']}")
    comment = pull.comment("I shall look at it tomorrow.")
    path = f"{pull.repository.path}/issues/comments/{comment['id']}"
    here.contributor.ask("PATCH", path, body="I looked.\n\n/espalier approve")
    wait(lambda: reactions(pull, comment) == ["confused"], what="the refusal")
    wait(lambda: pull.comments("Nobody approves their own"), what="the reason")
    assert "triage-approved" not in pull.labels()


def test_a_replayed_approval_approves_no_newer_head(here: World) -> None:
    pull = checked(here.repository().open_pull(good()))
    comment = pull.comment("/espalier approve")
    wait(lambda: "triage-approved" in pull.labels(), what="the approval")
    pull.push({f"{LEAF}/qna.yaml": skill(word="trojan")})
    checked(pull)
    wait(lambda: "triage-approved" not in pull.labels(), what="the fall of the approval")
    assert deliver(here, "issue_comment", payload(here, pull, comment)) == 202
    heard(pull)
    assert "triage-approved" not in pull.labels()


def payload(here: World, pull: Pull, comment: Json) -> bytes:
    """Write the delivery of a comment as GitHub does, as far as anybody reads it."""
    name = pull.repository.path.removeprefix("/repos/")
    told = {
        "action": "created",
        "repository": {"full_name": name, "default_branch": "main"},
        "installation": {"id": installation(here)},
        "issue": {"number": pull.number, "pull_request": {"url": "https://example.org"}},
        "comment": comment,
        "sender": comment["user"],
    }
    return json.dumps(told).encode()
