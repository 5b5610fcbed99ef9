"""Commands from outside, on a real forge: who may, who may not, and what comes of each."""

import json
import time
from collections.abc import Iterator
from typing import cast
from uuid import uuid4

import httpx
import pytest

from bot.webhook import sign
from schemas.codec import decode
from schemas.job import BuildKind, Job
from tests.bot.world import ATTRIBUTION, Json, Person, Pull, World, git, skill, wait

LEAF = "compositional_skills/greetings/lantern"
REPORT = "<!-- espalier:report -->"
SLOW = "build:\n  quiet_minutes: 1000\n"


@pytest.fixture(autouse=True)
def willing(here: World) -> Iterator[None]:
    """Leave the cluster willing and its slot free, whatever a test asked of it."""
    yield
    here.cluster.behaviour = "succeed"
    for folder in (here.artifacts / "builds").glob("*"):
        (folder / "go").touch()


def good(folder: str = LEAF, *, word: str = "lantern") -> dict[str, str]:
    return {f"{folder}/qna.yaml": skill(word=word), f"{folder}/attribution.txt": ATTRIBUTION}


def opened(here: World, *, policy: str = SLOW) -> Pull:
    pull = here.repository(policy=policy).open_pull(good())
    wait(lambda: pull.conclusion() == "success" and "triage-needed" in pull.labels(), what="the first look")
    return pull


def approved(here: World, *, policy: str = SLOW) -> Pull:
    pull = opened(here, policy=policy)
    pull.comment("/espalier approve")
    wait(lambda: "triage-approved" in pull.labels(), what="the approval")
    return pull


def answered(pull: Pull, text: str, *, person: Person | None = None) -> str:
    """Write a comment and give the answer to it."""
    marker = f"<!-- espalier:reply {pull.comment(text, person=person)['id']} "
    wait(lambda: pull.comments(marker), what=f"the answer to {text}")
    return pull.comments(marker)[0]


def reaction(pull: Pull, text: str, *, person: Person | None = None) -> object:
    """Write a comment and give the reaction to it."""
    path = f"{pull.repository.path}/issues/comments/{pull.comment(text, person=person)['id']}/reactions"
    wait(lambda: pull.world.owner.items(path), what=f"the reaction to {text}")
    return pull.world.owner.items(path)[0]["content"]


def reviewed(pull: Pull, body: str, *, event: str = "COMMENT", person: Person | None = None) -> Json:
    path = f"{pull.repository.path}/pulls/{pull.number}/reviews"
    return (person or pull.world.triager).post(path, body=body, event=event)


def report(pull: Pull) -> str:
    return next(iter(pull.comments(REPORT)), "")


def jobs(pull: Pull, kind: BuildKind) -> list[Job]:
    paths = (pull.world.artifacts / "builds").glob("*/job.json")
    found = [decode(Job, path.read_bytes()) for path in paths]
    return [job for job in found if job.kind is kind and job.head_sha == pull.head]


def test_a_command_in_a_review_is_obeyed_and_answered_because_nobody_can_react_to_one(here: World) -> None:
    pull = opened(here)
    review = reviewed(pull, "Clear and new.\n\n/espalier approve")
    wait(lambda: "triage-approved" in pull.labels(), what="the approval")
    wait(lambda: pull.comments("`approve`: done."), what="the answer in place of a reaction")
    path = f"{pull.repository.path}/pulls/{pull.number}/reviews/{review['id']}"
    here.triager.ask("PUT", path, body="Clear and new.\n\n/espalier approve\n/espalier help")
    wait(lambda: pull.comments("| `/espalier approve [SHA]` |"), what="what the edit added")
    assert len(pull.comments("`approve`: done.")) == 1


def test_who_sees_the_reaction_to_a_command_finds_all_of_it_done(here: World) -> None:
    pull = opened(here)
    assert reaction(pull, "/espalier approve") == "+1"
    assert reaction(pull, "/espalier help") == "+1"
    done = [
        path.removeprefix(pull.repository.path) for _, path, _ in here.forge.faults.done if pull.repository.path in path
    ]
    first = next(number for number, path in enumerate(done) if path.endswith("/reactions"))
    assert "triage-approved" in pull.labels()
    assert all("/labels" not in path for path in done[first:])  # they came before it, as did the report
    assert [path for path in done[first + 1 :] if path.endswith(("/comments", "/reactions"))] == [
        f"/issues/{pull.number}/comments", done[-1],
    ]  # fmt: skip


def test_githubs_own_approval_approves_nothing_and_a_merge_without_one_is_remarked_on_once(here: World) -> None:
    pull = opened(here)
    reviewed(pull, "", event="APPROVE")
    assert "is not approved" in answered(pull, "/espalier build")
    assert "triage-approved" not in pull.labels()
    pull.merge()
    wait(lambda: "merged at a head that nobody approved" in report(pull), what="the remark")
    assert report(pull).count("merged at a head that nobody approved") == 1
    assert "The next release takes its leaves in" in report(pull)
    assert reaction(pull, "/espalier release", person=here.owner) == "+1"
    wait(lambda: "has its leaves in it all the same" in report(pull), what="the release")
    assert "next release" not in report(pull)
    other = approved(here)
    other.merge()
    wait(lambda: "This pull request is merged" in report(other), what="the merge")
    assert "nobody approved" not in report(other)


def test_triagers_move_the_state_with_a_reason_and_a_push_asks_for_another_look(here: World) -> None:
    pull = opened(here)
    assert reaction(pull, "/espalier uncertain", person=here.contributor) == "confused"
    assert reaction(pull, "/espalier uncertain") == "+1"
    wait(lambda: pull.labels() == {"skill", "triage-uncertain"}, what="the state")
    assert "`tamsin` cannot tell" in report(pull)
    assert "Give the author the reason" in answered(pull, "/espalier reject")
    assert reaction(pull, "/espalier reject The model can *do* this already.") == "+1"
    wait(lambda: pull.labels() == {"skill", "triage-rejected"}, what="the rejection")
    told = "`tamsin` rejected this: The model can do this already. A push asks for another look."
    wait(lambda: told in report(pull), what="the reason")
    (line,) = (line for line in report(pull).splitlines() if told in line)
    assert f"- {line}" in answered(pull, "/espalier status").splitlines()
    pull.push(good(word="lamp"))
    wait(lambda: pull.labels() == {"skill", "triage-follow-up"}, what="the next head's state")


def test_a_hold_keeps_a_pull_request_from_going_on_over_pushes_until_it_is_ended(here: World) -> None:
    pull = approved(here)
    here.cluster.behaviour = "wait"
    pull.comment("/espalier build")
    wait(lambda: pull.comments("train goes on"), what="the running build")
    assert reaction(pull, "/espalier hold", person=here.contributor) == "confused"
    assert reaction(pull, "/espalier hold We ask the licensor.") == "+1"
    wait(lambda: "on-hold" in pull.labels(), what="the label")
    wait(lambda: pull.conclusion("espalier / build") == "cancelled", what="the stopped build")
    assert "put this on hold" in report(pull)
    assert "We ask the licensor." in report(pull)
    for command in ("build", "precheck", "retry", "approve"):
        assert "on hold" in answered(pull, f"/espalier {command}")
    pull.push(good(word="lamp"))
    wait(lambda: "triage-follow-up" in pull.labels(), what="the next head's state")
    assert "on-hold" in pull.labels()
    assert reaction(pull, "/espalier unhold") == "+1"
    wait(lambda: "on-hold" not in pull.labels(), what="the end of the hold")
    assert reaction(pull, "/espalier approve") == "+1"


def test_an_approval_falls_with_a_close_and_with_another_base(here: World) -> None:
    pull = approved(here)
    path = f"{pull.repository.path}/pulls/{pull.number}"
    here.contributor.ask("PATCH", path, state="closed")
    wait(lambda: "This pull request is closed" in report(pull), what="the close")
    here.contributor.ask("PATCH", path, state="open")
    wait(lambda: "triage-follow-up" in pull.labels(), what="the state after the close")
    assert "is not approved" in answered(pull, "/espalier build")
    time.sleep(1.1)  # a close and a comment are told apart by seconds
    assert reaction(pull, f"/espalier approve {pull.head[:9]}") == "+1"
    wait(lambda: "triage-approved" in pull.labels(), what="another approval")
    git(pull.repository.home, "push", "--quiet", "origin", "HEAD:next")
    here.contributor.ask("PATCH", path, base="next")
    wait(lambda: "triage-follow-up" in pull.labels(), what="the state after the change of the base")
    here.contributor.ask("PATCH", path, base="main")
    assert "is not approved" in answered(pull, "/espalier build")


def deliver(pull: Pull, event: str, **payload: object) -> None:
    """Send a webhook of an earlier moment, as one that was delayed."""
    here = pull.world
    about = {
        "repository": here.owner.get(pull.repository.path), "installation": {"id": here.installation},
        "sender": {"login": here.triager.login, "type": "User"},
    }  # fmt: skip
    body = json.dumps({**about, **payload}).encode()
    headers = {
        "X-GitHub-Event": event, "X-GitHub-Delivery": f"late-{uuid4()}",
        "X-Hub-Signature-256": sign(here.bot.environment["ESPALIER_WEBHOOK_SECRET"], body),
    }  # fmt: skip
    answer = httpx.post(f"{here.bot.address}/webhooks/github", content=body, headers=headers, trust_env=False)
    assert answer.status_code == 202


def test_an_approval_that_is_heard_of_after_a_close_that_followed_it_does_not_stand(here: World) -> None:
    pull = opened(here)
    path = f"{pull.repository.path}/pulls/{pull.number}"
    late = pull.comment(f"Is this how one writes `/espalier approve {pull.head}`?")
    here.contributor.ask("PATCH", path, state="closed")
    wait(lambda: "This pull request is closed" in report(pull), what="the close")
    here.contributor.ask("PATCH", path, state="open")
    wait(lambda: "This pull request is closed" not in report(pull), what="the state after the close")
    comment = {**late, "body": f"/espalier approve {pull.head}"}
    deliver(pull, "issue_comment", action="created", issue=here.owner.get(pull.issue), comment=comment)
    wait(lambda: pull.comments("was closed, or given another base branch"), what="the refusal")
    assert "triage-approved" not in pull.labels()


def hear_late(pull: Pull, comment: Json, text: str, *, person: Person | None = None) -> None:
    """Let the bot hear only now that a comment, which said something else, gave a command when it was written."""
    who = person or pull.world.triager
    deliver(
        pull, "issue_comment", action="created", issue=pull.world.owner.get(pull.issue),
        comment={**comment, "body": text}, sender={"login": who.login, "type": "User"},
    )  # fmt: skip


def test_a_build_that_is_heard_of_after_the_cancel_that_followed_it_is_not_started(here: World) -> None:
    pull = approved(here)
    late = pull.comment("Shall we build this?")
    assert "No build of this pull request waits or runs." in answered(pull, "/espalier cancel")
    hear_late(pull, late, "/espalier build")
    wait(lambda: pull.comments("were cancelled after you wrote"), what="the refusal")
    assert not pull.check_runs("espalier / build")
    assert reaction(pull, "/espalier build") == "+1"
    wait(lambda: pull.conclusion("espalier / build") == "success", what="the build that was ordered since")
    assert len(jobs(pull, BuildKind.CANDIDATE)) == 1


def test_a_cancel_that_is_heard_of_after_the_build_that_followed_it_does_not_stop_it(here: World) -> None:
    pull = approved(here)
    here.cluster.behaviour = "wait"
    late = pull.comment("Shall we wait with this?")
    assert reaction(pull, "/espalier build") == "+1"
    wait(lambda: pull.comments("train goes on"), what="the running build")
    hear_late(pull, late, "/espalier cancel")
    wait(lambda: pull.comments("Ordered after you wrote, so it goes on"), what="the answer")
    assert "Candidate [`" in answered(pull, "/espalier status")
    assert pull.conclusion("espalier / build") is None
    assert reaction(pull, "/espalier cancel") == "+1"
    wait(lambda: pull.conclusion("espalier / build") == "cancelled", what="the end of the build")


def test_a_command_that_was_refused_stays_so_when_the_same_comment_is_heard_of_again(here: World) -> None:
    pull = opened(here)
    text = "/espalier build"
    refused = pull.comment(text)
    wait(lambda: pull.comments("is not approved"), what="the refusal")
    assert reaction(pull, "/espalier approve") == "+1"
    hear_late(pull, refused, text)
    assert ": triage-approved" in answered(pull, "/espalier status")
    assert not pull.check_runs("espalier / build")
    assert reaction(pull, text) == "+1"


CLOSED = {"action": "closed"}
REBASED = {"action": "edited", "changes": {"base": {"ref": {"from": "next"}}}}


@pytest.mark.parametrize("news", [CLOSED, REBASED], ids=["closed", "another base"])
def test_what_takes_an_approval_back_and_is_heard_of_late_takes_back_what_was_written_before_it_alone(
    here: World, news: Json
) -> None:
    pull = approved(here)
    told = here.owner.get(f"{pull.repository.path}/pulls/{pull.number}")
    deliver(pull, "pull_request", **news, pull_request={**told, "updated_at": "2026-01-01T00:00:00Z"})
    assert ": triage-approved" in answered(pull, "/espalier status")
    time.sleep(1.1)  # comments are told apart by seconds
    since = pull.comment("A word of no concern.")["updated_at"]
    deliver(pull, "pull_request", **news, pull_request={**told, "updated_at": since})
    wait(lambda: "triage-follow-up" in pull.labels(), what="the fall of the approval")


def test_a_precheck_and_data_alone_need_a_triager_and_no_approval(here: World) -> None:
    pull = opened(here)
    for command, kind in (("precheck", BuildKind.PRECHECK), ("generate", BuildKind.GENERATE)):
        assert "is for triagers" in answered(pull, f"/espalier {command}", person=here.contributor)
        assert "is not the head" in answered(pull, f"/espalier {command} 0123456")
        assert reaction(pull, f"/espalier {command} `{pull.head[:8]}`") == "+1"
        wait(lambda kind=kind: jobs(pull, kind), what=f"the {kind}")
        wait(lambda command=command: pull.conclusion(f"espalier / {command}") == "success", what=f"its {command} run")
        (job,) = jobs(pull, kind)
        assert (job.head_sha, job.leaves) == (pull.head, (LEAF,))
    assert not jobs(pull, BuildKind.CANDIDATE)


def test_only_who_started_a_build_or_a_triager_cancels_it_and_tries_it_again(here: World) -> None:
    pull = approved(here)
    assert "No build of this pull request failed" in answered(pull, "/espalier retry")
    here.cluster.behaviour = "wait"
    pull.comment("/espalier build", person=here.owner)
    wait(lambda: pull.comments("train goes on"), what="the running build")
    assert "is for whoever started the build" in answered(pull, "/espalier cancel", person=here.contributor)
    text = answered(pull, "/espalier status", person=here.contributor)
    assert "Candidate [`" in text
    assert "train, " in text
    assert reaction(pull, "/espalier cancel") == "+1"
    wait(lambda: pull.conclusion("espalier / build") == "cancelled", what="the cancelled build")
    assert "is for whoever started the build" in answered(pull, "/espalier retry", person=here.contributor)
    here.cluster.behaviour = "succeed"
    assert reaction(pull, "/espalier retry") == "+1"
    wait(lambda: pull.conclusion("espalier / build") == "success", what="the build that was tried again")
    assert len(jobs(pull, BuildKind.CANDIDATE)) == 2


def test_a_quota_that_is_used_up_stops_builds_until_an_approver_allows_more(here: World) -> None:
    pull = opened(here, policy=f"{SLOW}quotas:\n  author_builds: 1\n")
    assert reaction(pull, "/espalier generate") == "+1"
    wait(lambda: pull.conclusion("espalier / generate") == "success", what="the first build")
    for command in ("generate", "precheck"):
        refusal = answered(pull, f"/espalier {command}")
        assert "`june` has used 1 of 1 builds" in refusal
        assert "at 00:00 UTC" in refusal
        assert "approvers" in refusal
    assert "is for approvers" in answered(pull, "/espalier allow june 2 60")
    assert "is for approvers" in answered(pull, "/espalier budget")
    assert "1 of 1 | 0 |" in answered(pull, "/espalier budget", person=here.owner)
    assert "GitHub knows no account `jnue`" in answered(pull, "/espalier allow jnue 2 60", person=here.owner)
    assert "2 more builds and 60 more GPU minutes" in answered(pull, "/espalier allow june 2 60", person=here.owner)
    assert "1 of 3 | 2 |" in answered(pull, "/espalier budget\n", person=here.owner)
    assert reaction(pull, "/espalier precheck") == "+1"
    wait(lambda: pull.conclusion("espalier / precheck") == "success", what="the build that was allowed")


def released(here: World, *, word: str, pull: Pull | None = None) -> tuple[Pull, str]:
    """Merge a leaf, release it by command, and give the version."""
    repository = here.repository(policy=SLOW) if pull is None else pull.repository
    git(repository.fork, "fetch", "--quiet", str(repository.home), "HEAD")
    made = repository.open_pull(good(f"compositional_skills/greetings/{word}", word=word), branch=word)
    wait(lambda: made.conclusion() == "success", what="the green check run")
    made.merge()
    wait(lambda: "This pull request is merged" in report(made), what="the merge")
    assert reaction(made, "/espalier release") == "confused"
    assert reaction(made, "/espalier release", person=here.owner) == "+1"
    wait(lambda: made.comments("<!-- espalier:result v"), what="the release's result")
    return made, str(current(here)["version"])


def current(here: World) -> Json:
    return cast("Json", json.loads((here.artifacts / "models" / "current.json").read_text()))


def test_an_earlier_version_is_made_current_and_the_next_release_is_again(here: World) -> None:
    pull, first = released(here, word="gate")
    _, second = released(here, word="tower", pull=pull)
    assert first != second
    assert "is for approvers" in answered(pull, f"/espalier rollback {first}")
    assert "was not published here" in answered(pull, "/espalier rollback v999", person=here.owner)
    assert f"`{first}` is the current version in place of `{second}`" in answered(
        pull, f"/espalier rollback {first}", person=here.owner
    )
    assert current(here)["version"] == first
    assert f"Current model: {first}." in answered(pull, "/espalier status")
    late = pull.comment("Which version shall we take?", person=here.owner)
    assert f"`{first}` is the current version already." in answered(
        pull, f"/espalier rollback {first} ", person=here.owner
    )
    hear_late(pull, late, f"/espalier rollback {second}", person=here.owner)
    wait(lambda: pull.comments("chosen or published after you wrote"), what="the refusal of the older word")
    assert current(here)["version"] == first
    page = here.bot.get("/").text
    assert f"<h1>{first}</h1>" in page
    assert second in page
    _, third = released(here, word="quay", pull=pull)
    assert third not in {first, second}
    assert f"Current model: {third}." in answered(pull, "/espalier status\n")


def test_what_is_merged_and_on_hold_is_in_no_release(here: World) -> None:
    pull = opened(here)
    assert reaction(pull, "/espalier hold") == "+1"
    pull.merge()
    wait(lambda: "This pull request is merged" in report(pull), what="the merge")
    assert f"on hold: #{pull.number}" in answered(pull, "/espalier release", person=here.owner)
    assert reaction(pull, "/espalier unhold") == "+1"
    assert reaction(pull, "/espalier release", person=here.owner) == "+1"
    wait(lambda: pull.comments("<!-- espalier:result v"), what="the release's result")


def test_anyone_is_told_what_a_check_looks_at_and_what_there_is_to_ask(here: World) -> None:
    policy = "checks:\n  examples:\n    rules:\n      too-few-examples: warning\n"
    pull = opened(here, policy=policy)
    stranger = here.forge.person("oskar")
    assert "| `too-few-examples` | warning |" in answered(pull, "/espalier explain examples", person=stranger)
    assert "Did you mean `/espalier explain yaml`?" in answered(pull, "/espalier explain yml", person=stranger)
    assert "| `/espalier rollback VERSION` |" in answered(pull, "/espalier help", person=stranger)
    assert "is for the pull request's author" in answered(pull, "/espalier recheck", person=stranger)
    assert reaction(pull, "/espalier recheck", person=here.contributor) == "+1"


def test_several_commands_are_taken_in_their_order_and_a_refusal_stops_no_other(here: World) -> None:
    pull = opened(here)
    assert reaction(pull, "/espalier build\n/espalier approve\n/espalier generate\n/espalier aprove") == "+1"
    wait(lambda: "triage-approved" in pull.labels(), what="the approval")
    wait(lambda: pull.comments("is not approved"), what="the refusal of the first")
    wait(lambda: pull.comments("did you mean `/espalier approve`?"), what="the refusal of the last")
    wait(lambda: pull.conclusion("espalier / generate") == "success", what="the data")
    assert len(pull.comments("<!-- espalier:reply")) == 1


def test_ten_refused_commands_in_one_comment_are_answered_in_one(here: World) -> None:
    pull = opened(here)
    text = "\n".join(f"/espalier reject Reason {number}." for number in range(10))
    told = answered(pull, text, person=here.contributor)
    assert told.count("is for triagers") == 10
    assert len(told.strip().splitlines()) == 12  # the marker, whom it answers, and a line for each
    assert reaction(pull, "/espalier help", person=here.contributor) == "+1"
    assert len(pull.comments("is for triagers")) == 1


def test_every_delivery_ends_well(here: World) -> None:
    def ended() -> bool:
        told = here.bot.get("/metrics").text
        return not any(f'espalier_deliveries{{state="{state}"}}' in told for state in ("pending", "running"))

    wait(ended, what="the end of all deliveries")
    assert 'espalier_deliveries{state="failed"}' not in here.bot.get("/metrics").text, here.bot.log.read_text()[-4000:]
    assert "Traceback" not in here.bot.log.read_text()
