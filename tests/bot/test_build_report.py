"""The result comment: what it says, in which order, and what a model cannot make it do."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from bot.build_report import render_result
from bot.plan import MAX_COMMENT
from bot.report_status import result_marker
from schemas.job import BuildKind
from schemas.result import Change, Failure, Result, Role, Status
from tests.bot.golden import golden
from tests.bot.results import KNOWLEDGE, SKILL, bench, comparison, controls, job, provenance, result, sample
from tests.bot.test_neutralise import NASTY, live, tokens

PAGE = "http://bot.test/builds/b-7-0123456"
FENCELESS = {"html_inline", "image", "fence", "blockquote_open", "hr"}


def render(outcome: Result, *, kind: BuildKind = BuildKind.CANDIDATE, number: int = 7) -> str:
    return render_result(job(kind=kind), outcome, number=number, page_url=PAGE)


def test_candidate_comment_is_as_it_was_read() -> None:
    text = render(result())
    assert text == golden("result_candidate.md", text)


def test_release_comment_is_as_it_was_read() -> None:
    rows = (comparison(), bench(SKILL), comparison("base corpus", role=Role.RETENTION, change=Change.UNCLEAR))
    text = render(result(rows=rows, samples=(sample(leaf=SKILL),)), kind=BuildKind.RELEASE, number=8)
    assert text == golden("result_release.md", text)


def test_failed_comment_is_as_it_was_read() -> None:
    failure = Failure(
        stage="generate",
        message="The address of the document answers 404: push the document, or correct `repo`.",
        leaf=KNOWLEDGE,
        contributor=True,
    )
    text = render(result(status=Status.FAILED, failure=failure))
    assert text == golden("result_failed.md", text)


def test_first_line_is_the_marker_of_the_build() -> None:
    assert render(result()).splitlines()[0] == result_marker("b-7-0123456")


def test_parts_come_in_their_order() -> None:
    text = render(result())
    heads = [
        "**Improved**",
        "| Benchmark |",
        "### Answers side by side",
        "### What it kept",
        "### Yardsticks",
        "<details>",
    ]
    assert sorted(heads, key=text.index) == heads


def test_teacher_and_judge_are_named_where_their_numbers_stand() -> None:
    table, answers = render(result()).split("### Answers side by side")
    assert "rules (no language model)" in table
    assert "lexical" in table
    assert "lexical" in answers.split("### What it kept")[0]


def test_mmlu_stands_in_per_cent_and_bench_from_one_to_ten() -> None:
    text = render(result(rows=(comparison(), bench(KNOWLEDGE)))).replace("\u00a0", " ")
    assert "| 25.8 % | 61.7 % | +35.9 points<br>+24.1 to +46.8 | 🟢 improved | 120 (40) |" in text
    assert "| 1.2 | 6.4 | +5.2<br>+4.1 to +6.3 | 🟢 improved | 120 (40) |" in text


@pytest.mark.parametrize(
    ("change", "low", "words"),
    [
        (Change.IMPROVED, 0.1, "**Improved** on questions that training never saw"),
        (Change.REGRESSED, -0.4, "**Regressed** on questions"),
        (Change.UNCLEAR, -0.1, "the interval includes zero"),
    ],
)
def test_verdict_follows_the_interval(change: Change, low: float, words: str) -> None:
    assert words in render(result(rows=(comparison(change=change, low=low),)))


def test_several_leaves_are_summed_up() -> None:
    rows = (comparison(), comparison("knowledge/other/leaf", change=Change.UNCLEAR))
    both = replace(job(), pull_requests=(), leaves=(KNOWLEDGE, "knowledge/other/leaf"))
    text = render_result(both, result(rows=rows), number=7, page_url=PAGE)
    assert "**Improved on 1, no clear change on 1** of 2 leaves" in text


def test_what_suffered_stands_in_the_verdict() -> None:
    kept = comparison("other leaves", role=Role.RETENTION, change=Change.REGRESSED)
    assert "⚠️ But PR-mmlu of other leaves suffered" in render(result(rows=(comparison(), kept)))


def test_release_gives_each_pull_request_its_own_rows() -> None:
    outcome = result(rows=(comparison(), bench(SKILL)))
    first = render(outcome, kind=BuildKind.RELEASE, number=7)
    second = render(outcome, kind=BuildKind.RELEASE, number=8)
    assert "| PR-mmlu | …/\u200bharbours/\u200bpell\\_quay |" in first
    assert "kettle" not in first.split("<details>")[0]
    assert "pell" not in second
    assert "`v3` is the current model now" in second


def test_control_that_gains_is_a_warning() -> None:
    assert "gained nothing clear" in render(result())
    assert "⚠️ The student trained on wrong answers gained too" in render(result(yardsticks=controls(improved=True)))


def test_retrieval_that_scores_higher_is_told() -> None:
    assert "Plain retrieval, which needs no training, scores higher" in render(result())


def test_small_student_is_named_with_what_it_does_not_show() -> None:
    assert "about one million parameters" in render(result())
    other = render_result(job(student="org/model"), result(), number=7, page_url=PAGE)
    assert "about one million" not in other


def test_failure_of_ours_asks_nothing_of_the_author() -> None:
    text = render(result(status=Status.FAILED, failure=Failure(stage="train", message="The disk is full.")))
    assert "There is nothing for the author to do" in text
    assert "`/espalier build` starts another one." in text


def test_stopped_and_reasonless_builds_say_so() -> None:
    assert "**This build was stopped**." in render(result(status=Status.STOPPED))
    assert "left no reason" in render(result(status=Status.FAILED))


def test_success_without_rows_is_no_empty_praise() -> None:
    assert "**No scores** were measured" in render(result(rows=(), samples=(), yardsticks=()))


def test_a_leaf_that_a_release_had_to_leave_out_is_told_first_with_its_reason() -> None:
    reason = f"{SKILL}: generation yielded no questions. Let the seed examples share their wordings."
    outcome = result(rows=(comparison(),), samples=())
    outcome = replace(outcome, provenance=replace(provenance(), left_out={SKILL: reason}))
    text = render(outcome, kind=BuildKind.RELEASE, number=8)
    first, rest = text.split("**Without this leaf**, which could not be trained on. ")
    assert first.strip().endswith("of `0123456`")
    assert "The release `v3` is the current model now." in rest
    assert f"- `{SKILL}`: generation yielded no questions. Let the seed examples share their wordings." in rest
    assert "mend that in a new pull request, and the next release takes it in." in rest.split("<details>")[0]
    assert "No scores" not in text
    assert "Without" not in render(outcome, kind=BuildKind.RELEASE, number=7)


def test_number_that_is_none_is_written_so() -> None:
    assert "n/a" in render(result(rows=(comparison(candidate=float("nan")),)))


@settings(deadline=None)
@given(NASTY)
def test_model_written_text_mentions_and_breaks_nothing(text: str) -> None:
    outcome = result(samples=tuple(sample(leaf=KNOWLEDGE, text=text or "x") for _ in range(3)))
    failure = Failure(stage=text[:9] or "x", message=text, leaf=text or None)
    for body in (render(outcome), render(result(status=Status.FAILED, failure=failure))):
        assert not live(body) & FENCELESS - {"html_inline"}
        inline = [token.content for token in tokens(body) if token.type == "html_inline"]
        assert set(inline) <= {"<sub>", "</sub>", "<br>"}
        links = {str(token.attrs.get("href")) for token in tokens(body) if token.type == "link_open"}
        assert links == {PAGE}
    rows = [token for token in tokens(render(outcome)) if token.type == "tr_open"]
    plain = [
        token for token in tokens(render(result(samples=tuple(sample(n) for n in range(3))))) if token.type == "tr_open"
    ]
    assert len(rows) == len(plain)


@pytest.mark.parametrize("size", [0, 1, 50, 400])
def test_comment_fits_whatever_comes(size: int) -> None:
    long = "@x <b> | " * 200
    leaves = tuple(f"{KNOWLEDGE}_{n}" for n in range(size))
    big = provenance()
    outcome = replace(
        result(
            rows=tuple(comparison(leaf) for leaf in leaves),
            samples=tuple(sample(leaf=leaf, text=long) for leaf in leaves),
            yardsticks=tuple(
                replace(control, leaf=leaf, explanation=long) for leaf in leaves for control in controls()
            ),
        ),
        provenance=replace(
            big,
            notes=(long,) * size,
            counts=tuple(replace(big.counts[0], leaf=leaf) for leaf in leaves),
            versions={f"{long}{n}": long for n in range(size)},
            left_out=dict.fromkeys(leaves, long),
        ),
    )
    wide = replace(job(), pull_requests=(), leaves=leaves or (KNOWLEDGE,))
    assert len(render_result(wide, outcome, number=7, page_url=PAGE)) <= MAX_COMMENT
