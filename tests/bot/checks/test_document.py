"""What is wrong with a knowledge leaf's document, on the line where it is written."""

from dataclasses import replace

import pytest

from bot.check import NotLooked
from bot.checks.document import RULES, document
from bot.facts import DocumentLook, DocumentState, DocumentText
from bot.findings import Finding
from schemas.config import Config, DocumentPolicy
from tests.bot.checks.mending import mended
from tests.bot.checks.pulls import HEAD, KNOWLEDGE_FOLDER, knowledge, pull, skill

REPO = "https://github.com/ada/quays"
TEXT = "".join(f"The quay has {number} bollards.\n\n" for number in range(5))
READ = DocumentLook(state=DocumentState.READ, files=(DocumentText(path="quay.md", text=TEXT),))


def found(text: str, look: DocumentLook | None = READ, config: Config | None = None) -> list[Finding]:
    facts = pull(text, folder=KNOWLEDGE_FOLDER, config=config)
    return list(document(replace(facts, documents=None if look is None else {KNOWLEDGE_FOLDER: look})))


def written(*, repo: str = REPO, commit: str = HEAD, pattern: str = "'*.md'") -> str:
    return knowledge().replace(REPO, repo).replace(HEAD, commit).replace("'*.md'", pattern)


def line_of(text: str, start: str) -> int:
    return next(at for at, line in enumerate(text.split("\n"), start=1) if line.strip().startswith(start))


def test_a_document_that_holds_the_contexts_has_nothing() -> None:
    assert found(knowledge()) == []


def test_nobody_looked_is_no_pass_and_says_how_to_look() -> None:
    with pytest.raises(NotLooked, match="--fetch-documents"):
        found(knowledge(), None)


def test_skills_have_no_document() -> None:
    assert list(document(pull(skill()))) == []


def test_a_file_that_cannot_be_read_is_no_pass() -> None:
    with pytest.raises(NotLooked, match="readable"):
        found("a: |b\n")


@pytest.mark.parametrize(
    ("repo", "better"),
    [
        ("git@github.com:ada/quays.git", "https://github.com/ada/quays.git"),
        ("ssh://git@github.com/ada/quays", "https://github.com/ada/quays"),
        ("http://github.com/ada/quays", "https://github.com/ada/quays"),
        ("https://github.com/ada/quays/blob/main/quay.md", "https://github.com/ada/quays"),
        ("https://gitlab.com/ada/quays/-/tree/main", "https://gitlab.com/ada/quays"),
    ],
)
def test_an_address_of_another_kind_is_mended(repo: str, better: str) -> None:
    text = written(repo=repo)
    (finding,) = found(text, None)
    assert (finding.rule, finding.line) == ("address", line_of(text, "repo:"))
    assert f"`{better}`" in finding.message
    assert mended(text, finding) == text.replace(repo, better)


@pytest.mark.parametrize(
    "repo", ["tbd", "git@git.example.org:a/b.git", "https://u:p@github.com/a/b", "file:///etc", "'-x'"]
)
def test_what_is_no_address_is_told_how_one_looks(repo: str) -> None:
    (finding,) = found(written(repo=repo))
    assert (finding.rule, finding.fix) == ("address", None)
    assert "`https://github.com/owner/name.git`" in finding.message


def test_a_host_off_the_list_is_told_with_the_list() -> None:
    (finding,) = found(written(repo="https://git.example.org/a/b"))
    assert finding.rule == "host"
    assert "`git.example.org`" in finding.message
    assert "`codeberg.org`" in finding.message
    config = Config(document=DocumentPolicy(hosts=("git.example.org",)))
    assert found(written(repo="https://git.example.org/a/b"), config=config) == []


@pytest.mark.parametrize("commit", ["HEAD", "tbd", "0123abc", "main", f"{HEAD}0"])
def test_a_commit_is_a_full_sha(commit: str) -> None:
    text = written(commit=commit)
    (finding,) = found(text)
    assert (finding.rule, finding.line, finding.fix) == ("commit", line_of(text, "commit:"), None)


def test_a_commit_in_upper_case_is_mended() -> None:
    text = written(commit=HEAD.upper())
    assert mended(text, found(text)[0]) == knowledge()


def test_a_pattern_stays_within_the_repository() -> None:
    text = written(pattern="../*.md")
    (finding,) = found(text)
    assert (finding.rule, finding.line) == ("patterns", line_of(text, "- ../"))


@pytest.mark.parametrize(
    ("state", "rule", "line"),
    [
        (DocumentState.HOST_REFUSED, "host", "repo:"),
        (DocumentState.NO_REPOSITORY, "no-repository", "repo:"),
        (DocumentState.NO_COMMIT, "no-commit", "commit:"),
        (DocumentState.NO_FILES, "no-files", "- '*.md'"),
        (DocumentState.TOO_LARGE, "too-large", "- '*.md'"),
        (DocumentState.UNREACHABLE, "unreachable", "repo:"),
    ],
)
def test_what_came_of_fetching_stands_on_its_line(state: DocumentState, rule: str, line: str) -> None:
    (finding,) = found(knowledge(), DocumentLook(state=state, detail="is `@everyone` there"))
    assert (finding.rule, finding.level, finding.line) == (rule, RULES[rule][0], line_of(knowledge(), line))


def test_what_is_written_wrong_is_not_told_twice() -> None:
    (finding,) = found(written(commit="HEAD"), DocumentLook(state=DocumentState.NO_COMMIT))
    assert finding.rule == "commit"


def test_a_context_that_is_not_in_the_document_is_told_with_the_nearest_passage() -> None:
    text = knowledge().replace("The quay has 3 bollards.", "The quay has 3 iron bollards.")
    (finding,) = found(text)
    assert (finding.rule, finding.line) == ("context-not-found", line_of(text, "- context: The quay has 3"))
    assert "`The quay has 3 bollards" in finding.message
    assert "`quay.md`" in finding.message


def test_a_pdf_is_not_read_and_this_is_said() -> None:
    look = replace(READ, files=(DocumentText(path="quay.pdf", text=None),))
    (finding,) = found(knowledge(), look)
    assert (finding.rule, finding.level.value) == ("not-compared", "notice")


def test_files_of_several_types_and_of_types_that_are_not_read_are_told() -> None:
    files = (*READ.files, DocumentText(path="q.pdf", text=None), DocumentText(path="README", text=None))
    rules = [finding.rule for finding in found(knowledge(), replace(READ, files=files))]
    assert rules == ["types", "mixed-types", "not-compared"]


@pytest.mark.parametrize(
    "text", ["document: x\n", "document:\n  repo: 5\n", "document:\n  repo: a\n  commit: b\n  patterns: []\n", "- a\n"]
)
def test_what_is_no_document_is_left_to_the_schema(text: str) -> None:
    assert found(text) == []


def test_a_context_like_nothing_in_the_document_is_told_so() -> None:
    text = knowledge().replace("The quay has 3 bollards.", "Quantum foam bubbles under pressure.")
    (finding,) = found(text)
    assert "nor anything like it" in finding.message


def test_contexts_that_take_too_long_to_look_for_are_not_compared() -> None:
    text = knowledge().replace("The quay has 3 bollards.", "Foam is no quay. " * 400)
    files = (DocumentText(path="quay.md", text=TEXT + "one two three " * 200_000),)
    rules = [finding.rule for finding in found(text, replace(READ, files=files))]
    assert rules == ["not-compared"]


def test_many_contexts_that_are_not_there_are_not_all_told() -> None:
    assert len(found(knowledge(contexts=40), replace(READ, files=(DocumentText(path="a.md", text="x"),)))) == 20


def test_an_address_that_stands_twice_on_its_line_is_told_and_not_mended() -> None:
    text = knowledge().replace(
        "repo: https://github.com/ada/quays", "repo: http://github.com/a/b # http://github.com/a/b"
    )
    (finding,) = found(text)
    assert (finding.rule, finding.fix) == ("address", None)
