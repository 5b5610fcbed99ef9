from dataclasses import replace

import pytest

from bot.facts import ChangedFile, FileStatus, PullRequestFacts
from bot.policy_run import judge_change, policy_run, problems_of
from schemas.config import FILE
from schemas.config_problems import PolicyProblem
from tests.bot.checks.pulls import HEAD, pull

BROKEN = b"approvals: 2\nexamples:\n  skil: 3\n  knowledge_pairs: many\n"


def changing(content: bytes | None, *, status: FileStatus = FileStatus.MODIFIED, path: str = FILE) -> PullRequestFacts:
    previous = FILE if path != FILE else None
    file = ChangedFile(path=path, status=status, mode="100644", content=content, size=9, previous_path=previous)
    return replace(pull(), files=(file,), leaves=())


def test_each_mistake_is_annotated_on_its_line() -> None:
    run = policy_run(problems_of(BROKEN), head_sha=HEAD, external_id="7", details_url="http://bot.test", proposed=True)
    assert run.conclusion == "failure"
    assert run.title == "The policy has 2 mistakes"
    assert [(note.path, note.start_line) for note in run.annotations] == [(FILE, 3), (FILE, 4)]
    assert "did you mean skill?" in run.annotations[0].message
    assert "Line 4: examples.knowledge\\_pairs must be a whole number" in run.summary
    assert "before this is merged" in run.summary


def test_on_the_default_branch_the_last_good_policy_stays_in_force() -> None:
    run = policy_run(problems_of(b"a: ["), head_sha=HEAD, external_id="policy", details_url="", proposed=False)
    assert run.title == "The policy has a mistake"
    assert "the last good policy stays in force" in run.summary
    good = policy_run((), head_sha=HEAD, external_id="policy", details_url="", proposed=False)
    assert (good.conclusion, good.annotations) == ("success", ())


@pytest.mark.parametrize(
    ("facts", "problems"),
    [
        (pull(), None),
        (changing(b"approvals: 2\n"), 0),
        (changing(BROKEN), 2),
        (changing(None), 1),
        (changing(None, status=FileStatus.REMOVED), 0),
        (changing(None, status=FileStatus.RENAMED, path=".github/old.yml"), 0),
    ],
)
def test_a_pull_request_s_own_policy_is_judged(facts: PullRequestFacts, problems: int | None) -> None:
    found = judge_change(facts)
    assert (None if found is None else len(found)) == problems


def test_ever_so_many_mistakes_fit_and_a_stranger_s_words_do_nothing() -> None:
    text = "".join(f"'@everyone-{number}<img>': 1\n" for number in range(400))
    problems = problems_of(text.encode())
    run = policy_run(problems, head_sha=HEAD, external_id="7", details_url="", proposed=True)
    assert len(problems) == 400
    assert len(run.annotations) <= 50
    assert len(run.summary) < 60_000
    assert "… and 350 more." in run.summary
    assert "@everyone" not in run.summary
    assert "<img>" not in run.summary


def test_a_problem_without_a_line_of_its_own_stands_on_the_first() -> None:
    assert problems_of(b"? [a]\n: b\n")[0].line == 1
    assert isinstance(problems_of(b"\xff")[0], PolicyProblem)
