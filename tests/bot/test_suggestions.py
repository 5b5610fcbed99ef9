"""Fixes offered as suggestions: on lines that the diff shows, once each, and never with anything private."""

from dataclasses import replace

import pytest

from bot.effects import CommentOnLines, DeleteLineComment, Effect, suggestion_key
from bot.facts import ChangedFile, PullRequestFacts
from bot.findings import CheckResult, Finding, Fix, Level, Rename, Replacement
from bot.github_values import LineCommentView
from bot.plan import Current, Desired, plan
from bot.suggestions import Review, Suggestion, key_of, review, shown_lines, suggest
from bot.verdict import Labels
from schemas.config import Config, Levels, SuggestionsPolicy
from tests.bot.checks.pulls import HEAD, pull

PATH = "compositional_skills/writing/kettle_songs/qna.yaml"
TEXT = "version: 3  \ncreated_by: ada\ntask_description: `x`\nseed_examples:\n  - question: a\n"


def facts(text: str = TEXT, *, shown: tuple[tuple[int, int], ...] = ((1, 99),), most: int = 20) -> PullRequestFacts:
    made = pull(text, config=Config(suggestions=SuggestionsPolicy(most=most)))
    (file,) = made.files
    return replace(made, files=(replace(file, shown=shown),))


def finding(first: int, last: int, text: str, *, level: Level = Level.ERROR, rule: str = "trailing-spaces") -> Finding:
    fix = Fix(description="Mend it", replacements=(Replacement(path=PATH, first=first, last=last, text=text),))
    return Finding(rule=rule, level=level, path=PATH, line=first, message="Delete the spaces.", fix=fix)


def suggested(*findings: Finding, made: PullRequestFacts | None = None, check: str = "yaml") -> tuple[Suggestion, ...]:
    return suggest(made or facts(), [CheckResult(id=check, findings=findings)])


def test_a_fix_becomes_a_suggestion_with_the_lines_to_write() -> None:
    (made,) = suggested(finding(1, 1, "version: 3"))
    assert (made.path, made.first, made.last) == (PATH, 1, 1)
    assert made.body.splitlines()[1:] == ["Delete the spaces.", "", "```suggestion", "version: 3", "```"]
    assert key_of(made.body) == made.key


def test_a_fence_is_longer_than_any_in_the_text() -> None:
    (made,) = suggested(finding(3, 3, "task_description: ```x```"))
    assert "````suggestion\ntask_description: ```x```\n````" in made.body


@pytest.mark.parametrize(
    ("first", "expected"), [(2, (2, 2, "new\ncreated_by: ada")), (6, (5, 5, "  - question: a\nnew"))]
)
def test_what_is_inserted_takes_a_line_that_is_there_with_it(first: int, expected: tuple[int, int, str]) -> None:
    (made,) = suggested(finding(first, first - 1, "new"))
    assert (made.first, made.last) == expected[:2]
    assert f"suggestion\n{expected[2]}\n```" in made.body


def test_only_lines_of_the_diff_are_commented_on() -> None:
    assert not suggested(finding(1, 1, "version: 3"), made=facts(shown=((2, 5),)))
    assert suggested(finding(2, 2, "x"), made=facts(shown=((2, 5),)))
    assert shown_lines("@@ -0,0 +1,5 @@\n+a\n@@ -9 +12 @@ def\n@@ -20,3 +30,0 @@\n") == ((1, 5), (12, 12))
    assert shown_lines(None) == ()


def test_renames_advice_and_a_last_line_s_end_are_left_to_the_report() -> None:
    renamed = replace(finding(1, 1, "x"), fix=Fix(description="Rename", renames=(Rename(path=PATH, to="b"),)))
    advice = replace(finding(1, 1, "x"), fix=Fix(description="Run this"))
    assert not suggested(renamed, advice, finding(5, 5, "end", rule="new-line-at-end-of-file"))


def test_a_line_that_holds_something_private_is_never_repeated() -> None:
    private = CheckResult(
        id="pii", findings=(Finding(rule="email", level=Level.ERROR, path=PATH, line=1, message="m"),)
    )
    lint = CheckResult(id="yaml", findings=(finding(1, 1, "version: 3"), finding(2, 2, "created_by: b")))
    assert [made.first for made in suggest(facts(), [lint, private])] == [2]


def test_errors_come_first_and_no_more_than_the_policy_allows() -> None:
    findings = (finding(1, 1, "a", level=Level.WARNING), finding(2, 2, "b"), finding(3, 3, "c"))
    assert [made.first for made in suggested(*findings, made=facts(most=2))] == [2, 3]
    assert suggested(*findings, made=facts(most=0)) == ()


def test_of_two_that_touch_one_line_the_first_is_offered() -> None:
    assert [made.first for made in suggested(finding(1, 2, "a"), finding(2, 2, "b"))] == [1]


def test_the_key_stays_where_the_lines_move_and_tells_twins_apart() -> None:
    (before,) = suggested(finding(1, 1, "version: 3"))
    (after,) = suggested(finding(2, 2, "version: 3"), made=facts("# new\n" + TEXT))
    assert before.key == after.key
    twins = suggested(finding(1, 1, "a"), finding(2, 2, "a"), made=facts("b\nb\n"))
    assert len({made.key for made in twins}) == 2


def test_the_introduction_says_how_the_commit_is_signed_off() -> None:
    lint = [CheckResult(id="yaml", findings=(finding(1, 1, "version: 3"),))]
    assert "`Signed-off-by: Ada <ada@example.org>`" in review(facts(), lint).intro
    relaxed = replace(facts(), config=Config(checks={"dco": Levels(most="off")}))
    assert "Signed-off-by" not in review(relaxed, lint).intro


def planned(suggestions: tuple[Suggestion, ...], *standing: LineCommentView) -> tuple[Effect, ...]:
    current = Current(
        labels=frozenset(), comments=(), check_runs={}, known_labels=frozenset(), line_comments=standing
    )  # fmt: skip
    desired = Desired(
        labels=Labels(wanted=frozenset(), unwanted=frozenset()), label_looks={}, comments={}, check_runs=(),
        review=Review(sha=HEAD, intro="I can mend this.", suggestions=suggestions),
    )  # fmt: skip
    return plan(current, desired)


def standing(made: Suggestion, *, line: int | None, answered: bool = False) -> LineCommentView:
    return LineCommentView(id=11, body=made.body, line=line, answered=answered)


def test_a_suggestion_that_stands_is_not_made_again() -> None:
    (made,) = suggested(finding(1, 1, "version: 3"))
    (effect,) = planned((made,))
    assert isinstance(effect, CommentOnLines)
    assert [(comment.first, comment.last, comment.body) for comment in effect.comments] == [(1, 1, made.body)]
    assert planned((made,), standing(made, line=1)) == ()


def test_a_suggestion_that_fits_no_more_goes_unless_somebody_answered_it() -> None:
    (made,) = suggested(finding(1, 1, "version: 3"))
    assert planned((), standing(made, line=1)) == (DeleteLineComment(id=11, known_as=suggestion_key(HEAD, made.key)),)
    assert planned((), standing(made, line=1, answered=True)) == ()
    outdated = planned((made,), standing(made, line=None))
    assert [type(effect) for effect in outdated] == [DeleteLineComment, CommentOnLines]


def test_comments_of_ours_that_suggest_nothing_are_left_alone() -> None:
    assert planned((), LineCommentView(id=12, body="Thank you.", line=3)) == ()


def test_a_file_whose_bytes_are_unknown_gets_none() -> None:
    made = facts()
    unread = ChangedFile(path=PATH, status=made.files[0].status, mode="100644", content=None, size=9, shown=((1, 9),))
    assert suggested(finding(1, 1, "a"), made=replace(made, files=(unread,))) == ()
