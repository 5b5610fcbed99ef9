"""Misnamed files of a leaf, judged at once for what they hold."""

from dataclasses import replace

import pytest

from bot.check import run_checks
from bot.facts import ChangedFile, FileStatus, LeafFiles, PullRequestFacts
from bot.meant import as_meant
from tests.bot.checks.pulls import ATTRIBUTION, pull, skill

FOLDER = "compositional_skills/writing/kettle_songs"


def file(path: str, text: str | None, status: FileStatus = FileStatus.ADDED) -> ChangedFile:
    content = None if text is None else text.encode()
    return ChangedFile(path=path, status=status, mode="100644", content=content, size=len(content or b""))


def facts(*files: ChangedFile, leaves: tuple[LeafFiles, ...] = ()) -> PullRequestFacts:
    return replace(pull(), files=files, leaves=leaves)


def told(given: PullRequestFacts) -> set[tuple[str, str, str | None]]:
    return {(result.id, one.rule, one.path) for result in run_checks(given) for one in result.findings}


def test_all_that_is_wrong_in_a_misnamed_leaf_is_told_in_one_go_on_its_present_name() -> None:
    qna, source = f"{FOLDER}/qna.yml", f"{FOLDER}/kettle-attribution.txt"
    broken = facts(file(qna, skill(examples=2, version="")), file(source, "Title of work: x\n"))
    assert told(broken) >= {
        ("placement", "misnamed", qna),
        ("placement", "misnamed", source),
        ("examples", "too-few-examples", qna),
        ("schema", "version-missing", qna),
        ("attribution", "no-licence", source),
    }
    assert ("attribution", "missing", qna) not in told(broken)


def test_misnamed_leaf_that_is_right_needs_its_name_alone() -> None:
    right = facts(file(f"{FOLDER}/songs.yaml", skill()), file(f"{FOLDER}/attribution.md", ATTRIBUTION))
    assert {(check, rule) for check, rule, _ in told(right)} == {("placement", "misnamed")}


def test_misnamed_attribution_beside_a_leaf_is_not_missing() -> None:
    qna = file(f"{FOLDER}/qna.yaml", skill())
    leaf = LeafFiles(folder=FOLDER, qna=qna, attribution=None)
    wrong = facts(qna, file(f"{FOLDER}/attributions.txt", ATTRIBUTION), leaves=(leaf,))
    assert {(check, rule) for check, rule, _ in told(wrong)} == {("placement", "misnamed")}


def test_the_right_attribution_is_judged_where_there_are_two() -> None:
    qna, right = file(f"{FOLDER}/qna.yaml", skill()), file(f"{FOLDER}/attribution.txt", "License: MIT\n")
    leaf = LeafFiles(folder=FOLDER, qna=qna, attribution=right.content)
    both = facts(qna, right, file(f"{FOLDER}/attributions.txt", "License: MIT\n"), leaves=(leaf,))
    assert ("attribution", "fields-missing", right.path) in told(both)


@pytest.mark.parametrize(
    "other",
    [
        file(f"{FOLDER}/data.yaml", "songs: 3\n"),
        file(f"{FOLDER}/qna.yml", skill(), FileStatus.REMOVED),
        file(f"{FOLDER}/qna.yml", None),
        file("docs/kettles/qna.yml", skill()),
        file("knowledge/qna.yml", skill()),
        file("foundational_skills/math/qna.yml", skill()),
        file(f"{FOLDER}/attributions.txt", ATTRIBUTION),
    ],
)
def test_other_files_make_no_leaf(other: ChangedFile) -> None:
    assert as_meant(facts(other)).leaves == ()


def test_leaf_with_its_right_name_is_kept() -> None:
    given = pull()
    more = replace(given, files=(*given.files, file(f"{FOLDER}/qna.yml", skill(examples=1))))
    assert as_meant(more).leaves == given.leaves
    assert as_meant(given) is given
