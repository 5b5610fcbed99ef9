"""What the bot remembers, in each engine: votes, labels, builds, merges and versions."""

from bot.records import Build, HandLabel, Merge, Obeyed, Pull, Vote, VoteKind
from bot.report_status import BuildState, TriageState
from bot.store import Store
from bot.store.database import now
from schemas.job import BuildKind, Job, PullRequestPart
from schemas.progress import Progress
from schemas.result import Result, Status

HEAD, OTHER = "a" * 40, "b" * 40


def build(build_id: str = "pr1-a", *, kind: BuildKind = BuildKind.CANDIDATE, version: str | None = None) -> Build:
    part = PullRequestPart(number=1, head_sha=HEAD, leaves=("knowledge/quay",))
    job = Job(
        id=build_id, kind=kind, repository="orchard/taxonomy", taxonomy_url="http://127.0.0.1/x.git", head_sha=HEAD,
        pull_requests=(part,), leaves=part.leaves, version=version,
    )  # fmt: skip
    return Build(job=job, installation=5, state=BuildState.WAITING, asked_by="tamsin", created_at=now())


def test_what_people_did_to_labels_is_forgotten_when_the_head_moves(store: Store) -> None:
    place = ("orchard/taxonomy", 7)
    store.heads.note_label(*place, head_sha=HEAD, label=HandLabel(name="Skill", present=True))
    store.heads.note_label(*place, head_sha=HEAD, label=HandLabel(name="skill", present=False))
    assert store.heads.labels(*place, head_sha=HEAD) == (HandLabel(name="skill", present=False),)
    assert store.heads.labels(*place, head_sha=OTHER) == ()
    store.heads.forget_labels(*place, ["SKILL", "other"])
    assert store.heads.labels(*place, head_sha=HEAD) == ()


def test_a_sign_off_is_waived_for_one_head_alone(store: Store) -> None:
    store.heads.waive_sign_off("orchard/taxonomy", 7, head_sha=HEAD, login="tamsin")
    assert store.heads.sign_off_waived_by("orchard/taxonomy", 7, head_sha=HEAD) == "tamsin"
    assert store.heads.sign_off_waived_by("orchard/taxonomy", 7, head_sha=OTHER) is None
    assert store.heads.sign_off_waived_by("orchard/taxonomy", 8, head_sha=HEAD) is None


def test_a_head_is_known_from_when_it_was_first_seen(store: Store) -> None:
    store.pulls.see_head("r", 1, 5, head_sha=HEAD, at="2026-01-01T00:00:00.000Z")
    store.pulls.see_head("r", 1, 5, head_sha=HEAD, at="2026-01-02T00:00:00.000Z")
    pull = store.pulls.get("r", 1)
    assert pull is not None
    assert pull.head_seen_at == "2026-01-01T00:00:00.000Z"
    store.pulls.see_head("r", 1, 5, head_sha=OTHER, at="2026-01-03T00:00:00.000Z")
    store.pulls.see_head("r", 1, 5, head_sha=HEAD, at="2026-01-04T00:00:00.000Z")
    pull = store.pulls.get("r", 1)
    assert pull is not None
    assert pull.head_seen_at == "2026-01-04T00:00:00.000Z"


def test_a_pull_request_is_kept_as_it_stands_and_its_seen_head_stays(store: Store) -> None:
    store.pulls.see_head("r", 1, 5, head_sha=HEAD, at="2026-01-01T00:00:00.000Z")
    pull = Pull(
        repository="r", number=1, installation=5, title="Add", author="june", state="open", head_sha=OTHER,
        head_seen_at="", triage=TriageState.NEEDED, labels=("skill", "theirs"), own_labels=("skill",), url="u",
        updated_at="",
    )  # fmt: skip
    store.pulls.save(pull)
    kept = store.pulls.get("r", 1)
    assert kept is not None
    assert (kept.head_sha, kept.triage, kept.labels) == (HEAD, TriageState.NEEDED, ("skill", "theirs"))
    assert store.pulls.list(repository="r", state="open") == (kept,)
    assert store.pulls.list(state="merged") == ()


def test_votes_belong_to_one_head_and_the_last_word_counts(store: Store) -> None:
    first = Vote(login="tamsin", kind=VoteKind.REJECT, reason="Copied.", base_ref="main", comment=8)
    last = Vote(login="tamsin", kind=VoteKind.APPROVE, base_ref="main", comment=9)
    store.pulls.vote("r", 1, head_sha=HEAD, vote=first)
    assert store.pulls.votes("r", 1, head_sha=HEAD) == (first,)
    store.pulls.vote("r", 1, head_sha=HEAD, vote=last)
    assert store.pulls.votes("r", 1, head_sha=HEAD) == (last,)
    assert store.pulls.votes("r", 1, head_sha=OTHER) == ()


def test_a_broken_policy_leaves_the_last_good_one(store: Store) -> None:
    store.pulls.save_policy("r", good="approvals: 2", problem=None)
    store.pulls.save_policy("r", good=None, problem="line 3")
    assert store.pulls.policy("r") == ("approvals: 2", "line 3")
    store.pulls.save_policy("r", good="", problem=None)
    assert store.pulls.policy("r") == ("", None)


def test_builds_queue_in_the_order_they_were_asked_for(store: Store) -> None:
    for name in ("pr1-a", "pr1-b", "pr1-c"):
        store.builds.add(build(name))
    store.builds.start("pr1-b")
    assert [item.id for item in store.builds.queue()] == ["pr1-b", "pr1-a", "pr1-c"]
    progress = Progress(at=now(), stage="train", done=1, total=2, unit="steps", rate=None, message="m")
    store.builds.progress("pr1-b", progress)
    store.builds.submit("pr1-b")
    store.builds.ask_stop("pr1-b", "first")
    store.builds.ask_stop("pr1-b", "second")
    kept = store.builds.get("pr1-b")
    assert kept is not None
    assert (kept.progress, kept.submissions, kept.stop_reason) == (progress, 1, "first")
    result = Result(job_id="pr1-b", status=Status.STOPPED)
    store.builds.end("pr1-b", BuildState.STOPPED, reason="first", result=result)
    store.builds.post("pr1-b", BuildState.STOPPED)
    kept = store.builds.get("pr1-b")
    assert kept is not None
    assert (kept.state, kept.result, kept.posted) == (BuildState.STOPPED, result, BuildState.STOPPED)
    assert [item.id for item in store.builds.of_pull("orchard/taxonomy", 1)] == ["pr1-c", "pr1-b", "pr1-a"]
    assert store.builds.counts() == {"stopped": 1, "waiting": 2}


def test_a_merge_waits_until_a_release_holds_it(store: Store) -> None:
    part = PullRequestPart(number=1, head_sha=HEAD, leaves=("knowledge/quay",))
    merge = Merge(repository="r", installation=5, part=part, merged_at=now(), quiet_until=now())
    store.releases.merged(merge)
    store.releases.merged(merge)
    assert store.releases.unreleased("r") == (merge,)
    store.builds.add(build("v1-a", kind=BuildKind.RELEASE, version="v1"))
    store.releases.put_in((merge,), "v1-a")
    assert store.releases.unreleased("r") == ()
    store.builds.end("v1-a", BuildState.FAILED, reason="no", result=None)
    assert [item.build_id for item in store.releases.unreleased("r")] == ["v1-a"]
    store.builds.end("v1-a", BuildState.SUCCEEDED, reason=None, result=None)
    store.releases.publish(version=1, repository="r", build_id="v1-a")
    store.releases.publish(version=1, repository="r", build_id="v1-a")
    assert store.releases.unreleased() == ()
    assert [model.name for model in store.releases.models()] == ["v1"]


def test_a_command_that_was_carried_out_is_known(store: Store) -> None:
    done = Obeyed(source="comment-9", words="rollback v1", answer="It is.")
    assert store.pulls.answer("r", "comment-9", "rollback v1") is None
    store.pulls.note_obeyed("r", done)
    store.pulls.note_obeyed("r", done)
    assert store.pulls.answer("r", "comment-9", "rollback v1") == "It is."
    assert store.pulls.answer("r", "review-9", "rollback v1") is None
    assert store.pulls.obeyed("r") == (done,)


def test_news_of_an_older_head_that_comes_late_does_not_replace_the_newer(store: Store) -> None:
    store.pulls.see_head("r", 1, 5, head_sha=HEAD, at="2026-01-02T00:00:00.000Z")
    store.pulls.see_head("r", 1, 5, head_sha=OTHER, at="2026-01-01T00:00:00.000Z")
    pull = store.pulls.get("r", 1)
    assert pull is not None
    assert (pull.head_sha, pull.head_seen_at) == (HEAD, "2026-01-02T00:00:00.000Z")


def test_the_head_of_a_pull_request_that_is_older_than_the_bot_is_known_from_the_first_look(store: Store) -> None:
    before = now()
    store.pulls.save(
        Pull(
            repository="r",
            number=1,
            installation=5,
            title="Add",
            author="june",
            state="open",
            head_sha=HEAD,
            head_seen_at="",
            triage=None,
            labels=(),
            own_labels=(),
            url="u",
            updated_at="",
        )
    )
    pull = store.pulls.get("r", 1)
    assert pull is not None
    assert before <= pull.head_seen_at <= now()


def test_a_word_that_is_heard_of_late_does_not_replace_what_its_author_wrote_after_it(store: Store) -> None:
    for kind, at in ((VoteKind.REJECT, "2026-01-01T10:05:00.000Z"), (VoteKind.APPROVE, "2026-01-01T10:00:00.000Z")):
        store.pulls.vote("r", 1, head_sha="a" * 40, vote=Vote(login="tamsin", kind=kind), written_at=at)
    assert [vote.kind for vote in store.pulls.votes("r", 1, head_sha="a" * 40)] == [VoteKind.REJECT]
