"""Leaves that are there already are told: by path, by bytes, by wording; in the tree and in other pull requests."""

import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.check import NotLooked
from bot.checks.duplicates import duplicates
from bot.facts import ChangedFile, FileStatus, LeafFiles, OtherLeaf, PullRequestFacts
from bot.findings import Finding
from bot.gather_local import gather_range
from bot.neighbours import Shelf, among, blob_sha, leaf_url, print_of, prints
from bot.sketch import sketch
from schemas.config import Config, DuplicatesPolicy
from tests.bot.checks.pulls import SKILL_FOLDER, pull, skill
from tests.fakes.git_server import commit_files, git
from tests.patience import HANG_S

ELSEWHERE = "compositional_skills/songs/kettle"
PAGE = "http://forge.test/orchard/taxonomy"


def other(text: str, folder: str = ELSEWHERE, *, number: int | None = None) -> OtherLeaf:
    known = print_of(folder, text.encode())
    url = f"{PAGE}/blob/main/{folder}/qna.yaml" if number is None else f"{PAGE}/pull/{number}"
    return OtherLeaf(folder=folder, digest=known.digest, sketch=known.sketch, url=url, pull=number)


def long(word: str = "kettle", *, count: int = 30) -> str:
    rows = "".join(
        f"  - question: What does {word} number {n} sing at {n * 7} o'clock?\n    answer: It hums tune {n * 3} twice.\n"
        for n in range(count)
    )
    return f"version: 3\ncreated_by: ada\ntask_description: Name the song.\nseed_examples:\n{rows}"


def found(facts: PullRequestFacts, *others: OtherLeaf) -> list[Finding]:
    return list(duplicates(replace(facts, others=others)))


def rules(facts: PullRequestFacts, *others: OtherLeaf) -> list[tuple[str, str]]:
    return [(finding.rule, finding.level.value) for finding in found(facts, *others)]


def with_leaf(facts: PullRequestFacts, folder: str, text: str) -> PullRequestFacts:
    content = text.encode()
    path = f"{folder}/qna.yaml"
    file = ChangedFile(path=path, status=FileStatus.ADDED, mode="100644", content=content, size=len(content))
    leaf = LeafFiles(folder=folder, qna=file, attribution=b"x")
    return replace(facts, files=(*facts.files, file), leaves=(*facts.leaves, leaf))


def as_status(facts: PullRequestFacts, status: FileStatus, previous: str | None = None) -> PullRequestFacts:
    file = replace(facts.files[0], status=status, previous_path=previous)
    return replace(facts, files=(file,), leaves=(replace(facts.leaves[0], qna=file),))


def test_nobody_looked_is_no_pass() -> None:
    with pytest.raises(NotLooked):
        list(duplicates(pull()))


def test_a_leaf_like_no_other_has_nothing() -> None:
    assert rules(pull(), other(long("beacon"))) == []
    assert rules(pull()) == []


def test_a_path_that_is_taken_is_an_error_for_a_new_leaf_alone() -> None:
    taken = other(long("beacon"), SKILL_FOLDER)
    (finding,) = found(pull(), taken)
    assert (finding.rule, finding.level.value, finding.path) == ("path-taken", "error", f"{SKILL_FOLDER}/qna.yaml")
    assert taken.url in finding.message
    assert rules(as_status(pull(), FileStatus.MODIFIED), taken) == []
    assert rules(as_status(pull(), FileStatus.RENAMED, "knowledge/x/qna.yaml"), taken) == [("path-taken", "error")]


def test_the_same_bytes_elsewhere_are_an_error() -> None:
    assert rules(pull(), other(skill())) == [("identical", "error")]


def test_a_leaf_that_moves_is_no_copy_of_itself() -> None:
    moved = as_status(pull(), FileStatus.RENAMED, f"{ELSEWHERE}/qna.yaml")
    assert rules(moved, other(skill())) == []
    gone = ChangedFile(path=f"{ELSEWHERE}/qna.yaml", status=FileStatus.REMOVED, mode="000000", content=None, size=0)
    assert rules(replace(pull(), files=(*pull().files, gone)), other(skill())) == []


def test_a_copy_in_another_pull_request_blocks_neither_whichever_number_is_lower() -> None:
    assert rules(pull(), other(skill(), number=3)) == [("identical-proposed", "warning")]
    assert rules(pull(), other(skill(), number=9)) == [("identical-proposed", "warning")]


def test_the_same_path_in_another_pull_request_is_linked() -> None:
    (finding,) = found(pull(), other(long("beacon"), SKILL_FOLDER, number=3))
    assert (finding.rule, finding.level.value) == ("proposed-twice", "warning")
    assert f"{PAGE}/pull/3" in finding.message


def test_nearly_the_same_words_are_a_warning_with_their_share() -> None:
    near = long().replace("tune 9 ", "tune nine ")
    (finding,) = found(pull(long()), other(near))
    assert (finding.rule, finding.level.value) == ("near-duplicate", "warning")
    assert " % of the wording" in finding.message.replace("%", " %")
    strict = Config(duplicates=DuplicatesPolicy(similarity=1.0))
    assert rules(pull(long(), config=strict), other(near)) == []


def test_leaves_of_one_pull_request_are_held_against_each_other_once() -> None:
    twice = with_leaf(pull(), "compositional_skills/a/kettle", skill())
    (finding,) = list(duplicates(twice))
    assert (finding.rule, finding.path) == ("identical", f"{SKILL_FOLDER}/qna.yaml")
    near = with_leaf(pull(long()), "compositional_skills/a/kettle", long().replace("tune 9 ", "tune nine "))
    assert [finding.rule for finding in duplicates(near)] == ["near-duplicate"]


def test_one_other_leaf_is_told_once_and_many_are_not_told_all() -> None:
    assert rules(pull(long()), other(long(), SKILL_FOLDER, number=3)) == [("identical-proposed", "warning")]
    near = [other(long().replace("tune 9 ", f"tune {n}x "), f"{ELSEWHERE}{n}") for n in range(9)]
    assert len(found(pull(long()), *near)) == 3


def test_many_copies_do_not_make_many_more_findings() -> None:
    facts = pull()
    for number in range(40):
        facts = with_leaf(facts, f"compositional_skills/a/{number:02}", skill())
    assert len(list(duplicates(facts))) <= 5 * 41


def test_empty_files_are_no_copies() -> None:
    assert rules(pull("\n"), other("\n")) == []


def test_leaves_of_a_tree_are_chosen_by_folder_digest_or_sketch() -> None:
    own = prints(pull(long()))
    tree = {
        SKILL_FOLDER: b"a", "knowledge/same": long().encode(), "knowledge/near": long(count=29).encode(),
        "knowledge/far": b"question: Quite another thing, in no word alike.",
    }  # fmt: skip
    assert [leaf.folder for leaf in among(own, tree)] == [SKILL_FOLDER, "knowledge/same", "knowledge/near"]


def test_pages_are_made_of_any_folder() -> None:
    url = leaf_url(f"{PAGE}/pull/7", "release/1", "knowledge/@ada #1")
    assert url == f"{PAGE}/blob/release%2F1/knowledge/%40ada%20%231/qna.yaml"
    assert leaf_url("", "main", "knowledge/a") == ""


def test_blob_names_are_gits() -> None:
    assert blob_sha(b"hello\n") == "ce013625030ba8dba906f756967f9e9ca394464a"


def test_a_whole_taxonomy_is_held_against_itself_in_little_time() -> None:
    made = [with_leaf(pull(), f"compositional_skills/a/{number:04}", long(f"w{number}")) for number in range(800)]
    facts = replace(pull(), leaves=tuple(each.leaves[1] for each in made))
    started = time.process_time()
    list(duplicates(facts))
    assert time.process_time() - started < HANG_S


@given(st.lists(st.text("abc \n", min_size=1, max_size=60), max_size=8), st.floats(0.1, 1))
def test_what_a_shelf_gives_is_as_alike_as_asked_for(texts: list[str], least: float) -> None:
    sketches = [sketch(text.encode()) for text in texts]
    for at, own in enumerate(sketches):
        near = list(Shelf(sketches).near(own, least=least))
        assert all(each.share >= least for each in near)
        assert not own or at in {each.place for each in near}


def test_a_path_that_the_base_took_meanwhile_is_known_in_a_checkout(tmp_path: Path) -> None:
    commit_files(tmp_path, "taxonomy", {"knowledge/old/qna.yaml": long("beacon")})
    home = tmp_path / "taxonomy"
    git(home, "checkout", "--quiet", "-b", "leaf")
    commit_files(tmp_path, "taxonomy", {f"{SKILL_FOLDER}/qna.yaml": long()})
    git(home, "checkout", "--quiet", "main")
    commit_files(tmp_path, "taxonomy", {f"{SKILL_FOLDER}/qna.yaml": long("torch")})
    facts = gather_range(home, base="main", head="leaf")
    assert [finding.rule for finding in duplicates(facts)] == ["path-taken"]
