"""The hidden block comes back as it was written, whatever it holds, and is taken for nothing where it is broken."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.carried import MAX_BLOCK, Carried, read_block, with_block, write_block
from bot.plan import with_marker
from bot.records import Build, Cancel, Ground, HandLabel, HoldWord, Obeyed, Vote, VoteKind
from bot.report_status import REPORT_MARKER, BuildState, Hold, TriageState
from schemas.job import BuildKind, Job, PullRequestPart

HEAD = "abcdef0123456789" * 2 + "01234567"
EMPTY = Carried(
    repository="orchard/taxonomy", number=3, head_sha=HEAD, head_seen_at="2026-11-20T10:00:00.000Z",
    triage=TriageState.NEEDED, labels=(), own_labels=(),
)  # fmt: skip
REPORT = f"{REPORT_MARKER}\n\n## All checks pass\n"


def build(number: int, *, leaves: int = 1, pull: int = 3) -> Build:
    part = PullRequestPart(number=pull, head_sha=HEAD, leaves=())
    job = Job(
        id=f"pr3-{number}", kind=BuildKind.CANDIDATE, repository="orchard/taxonomy", taxonomy_url="https://x/t.git",
        head_sha=HEAD, pull_requests=(part,), leaves=tuple(f"compositional_skills/{leaf}/x" for leaf in range(leaves)),
    )  # fmt: skip
    return Build(job=job, installation=0, state=BuildState.WAITING, asked_by="tamsin", created_at="now")


def read(body: str) -> Carried | None:
    return read_block(body, repository="orchard/taxonomy", number=3)


@given(
    labels=st.lists(st.text(max_size=50), max_size=20),
    login=st.text(max_size=40),
    words=st.text(max_size=100),
    comment=st.integers(0, 2**53),
)
@settings(deadline=None)
def test_a_block_is_read_as_it_was_written(labels: list[str], login: str, words: str, comment: int) -> None:
    carried = replace(
        EMPTY,
        labels=tuple(labels),
        hands=tuple(HandLabel(name=name, present=True) for name in labels),
        votes=(Vote(login=login, kind=VoteKind.REJECT, reason=words, comment=comment),),
        obeyed=(Obeyed(source=f"comment-{comment}", words=words),),
        sign_off_waived_by=login,
        ground=Ground(base_ref=words, fell_at="2026-11-28T10:00:00.000Z"),
        hold=HoldWord(hold=Hold(login=login, reason=words, at="then"), at="then", comment=comment),
        cancels=(Cancel(at="then", comment=comment), Cancel(whose=login, at="then")),
    )
    text = write_block(carried)
    assert len(text) <= MAX_BLOCK
    assert not re.search(r"[<>&@#]|--!?>", text.removeprefix("<!-- ").removesuffix(" -->"))
    if len(text) < MAX_BLOCK - 2_000:
        assert read(with_block(REPORT, carried)) == carried


@given(st.text(max_size=300), st.integers(0, 400))
@settings(deadline=None)
def test_a_broken_block_is_none_or_a_whole_one(rubbish: str, at: int) -> None:
    body = with_block(REPORT, EMPTY)
    found = read(body[:at] + rubbish + body[at:])
    assert found is None or isinstance(found, Carried)


@pytest.mark.parametrize(
    "body",
    [
        "",
        REPORT,
        f"Hello\n{with_block(REPORT, EMPTY)}",
        with_block(REPORT, EMPTY).replace("state v1", "state v2"),
        with_block(REPORT, EMPTY).replace('"number": 3', '"number": 4'),
        with_block(REPORT, EMPTY).replace("orchard/taxonomy", "june/taxonomy"),
        with_block(REPORT, EMPTY).replace('"labels": []', '"labels": ' + "[" * 5_000),
        with_block(REPORT, EMPTY).replace('"votes": []', '"votes": [{"login": "x", "approves": "yes"}]'),
        f"{REPORT_MARKER}\n<!-- espalier:state v1 {{{' ' * 100_000}",
    ],
    ids=["nothing", "none", "not at the start", "later version", "another number", "another repository", "deep",
         "mistyped", "endless"],
)  # fmt: skip
def test_what_is_not_whole_known_and_ours_counts_as_empty(body: str) -> None:
    assert read(body) is None


def test_the_block_survives_a_report_that_is_cut() -> None:
    carried = replace(EMPTY, votes=(Vote(login="tamsin", kind=VoteKind.APPROVE, comment=9),))
    cut = with_marker(REPORT_MARKER, with_block(REPORT + "x" * 70_000, carried))
    assert len(cut) <= 65_536
    assert read(cut) == carried


def test_builds_of_other_pull_requests_and_with_hostile_names_are_not_taken_over() -> None:
    body = with_block(REPORT, replace(EMPTY, builds=(build(1), build(2, pull=4))))
    found = read(body)
    assert found is not None
    assert found.builds == (build(1),)
    assert read(body.replace("pr3-1", "../../etc")) is None


def test_old_builds_and_commands_go_first_where_it_gets_too_long() -> None:
    carried = replace(
        EMPTY,
        votes=tuple(Vote(login=f"t{number}", kind=VoteKind.APPROVE, comment=number) for number in range(20)),
        obeyed=tuple(Obeyed(source=f"comment-{number}", words="approve " + "x" * 90) for number in range(500)),
        builds=tuple(build(number, leaves=400) for number in range(5)),
    )
    text = write_block(carried)
    assert len(text) <= MAX_BLOCK
    found = read(f"{REPORT_MARKER}\n{text}\n")
    assert found is not None
    assert found.votes == carried.votes
    assert found.obeyed == carried.obeyed[-50:]
    assert found.builds == ()
