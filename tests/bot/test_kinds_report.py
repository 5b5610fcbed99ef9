"""The comments of a precheck and of a build of data alone: what they say, and what nobody's text makes them do."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from bot.build_report import render_result
from bot.plan import MAX_COMMENT
from schemas.job import BuildKind
from schemas.result import Ability, Failure, Result, Status
from tests.bot.golden import golden
from tests.bot.results import (
    KNOWLEDGE,
    SKILL,
    data_sample,
    generated,
    job,
    prechecked,
    provenance,
    result,
    seed_answer,
)
from tests.bot.test_neutralise import NASTY, live, tokens

PAGE = "http://bot.test/builds/b-7-0123456"
ABLE = Ability(leaf=SKILL, questions=5, score=9.2, capable=True)
UNABLE = Ability(leaf=KNOWLEDGE, questions=6, score=1.4, capable=False)
KINDS = (BuildKind.PRECHECK, BuildKind.GENERATE)


def render(outcome: Result, *, kind: BuildKind) -> str:
    return render_result(job(kind=kind), outcome, number=7, page_url=PAGE)


def test_precheck_comment_is_as_it_was_read() -> None:
    text = render(prechecked(UNABLE, ABLE), kind=BuildKind.PRECHECK)
    assert text == golden("result_precheck.md", text)


def test_precheck_comment_before_the_first_release_is_as_it_was_read() -> None:
    text = render(prechecked(released=False), kind=BuildKind.PRECHECK)
    assert text == golden("result_precheck_base.md", text)


def test_comment_of_data_alone_is_as_it_was_read() -> None:
    text = render(generated(), kind=BuildKind.GENERATE)
    assert text == golden("result_data.md", text)


@pytest.mark.parametrize(
    ("leaves", "words"),
    [
        ((ABLE,), "**The current model already can this**: `released model v3` scores"),
        ((UNABLE,), "**The current model cannot do this yet**"),
        ((ABLE, UNABLE), "**The current model already can 1 of 2 leaves**"),
        ((replace(ABLE, questions=0, score=None, capable=False),), "**The judge could score no answer**"),
    ],
)
def test_verdict_of_a_precheck_follows_its_leaves(leaves: tuple[Ability, ...], words: str) -> None:
    text = render(prechecked(*leaves), kind=BuildKind.PRECHECK)
    assert text.split("\n\n")[2].startswith(words)


def test_a_precheck_names_its_threshold_and_where_it_is_set() -> None:
    found = prechecked(ABLE)
    assert found.precheck is not None
    text = render(replace(found, precheck=replace(found.precheck, threshold=9.5)), kind=BuildKind.PRECHECK)
    assert "from a mean of 9.5 on: `precheck.score` in the policy" in text
    assert "A skill's are asked as they are written." in text
    assert "Questions on knowledge are asked alone" not in text


def test_an_answer_that_nobody_could_judge_is_shown_without_a_score() -> None:
    text = render(prechecked(answers=(seed_answer(score=None),)), kind=BuildKind.PRECHECK)
    assert "the pier of the red quay (not judged)" in text


def test_examples_come_in_turn_from_each_leaf_and_the_rest_is_counted() -> None:
    answers = (*(seed_answer(number) for number in range(20)), seed_answer(leaf=SKILL, text="Sing."))
    text = render(prechecked(UNABLE, ABLE, answers=answers), kind=BuildKind.PRECHECK)
    assert "| Sing." in text
    assert "13 more stand on the build's page." in text


def test_what_was_not_kept_is_told_by_filter_the_most_first() -> None:
    text = render(generated(), kind=BuildKind.GENERATE)
    assert "140 not faithful to the passage, 96 duplicate, 24 answer could not be read" in text
    assert f"[download the file]({PAGE}#data)" in text
    assert "480 pairs to train on and 160 held-out questions" in text


def test_data_of_which_nothing_was_kept_is_no_praise() -> None:
    nothing = replace(provenance().counts[0], kept=0, train=0, bench=0, mmlu=0)
    assert "**Nothing was kept**" in render(generated(counts=(nothing,), samples=()), kind=BuildKind.GENERATE)


@pytest.mark.parametrize(("kind", "outcome", "command"), [
    (BuildKind.PRECHECK, "answers", "/espalier precheck"), (BuildKind.GENERATE, "data", "/espalier generate"),
])  # fmt: skip
def test_a_failure_says_what_did_not_come_and_how_to_ask_again(kind: BuildKind, outcome: str, command: str) -> None:
    text = render(result(status=Status.FAILED, failure=Failure(stage="prepare", message="It is gone.")), kind=kind)
    assert f"**This build ended without {outcome}** at the stage `prepare`: It is gone." in text
    assert f"`{command}` starts another one." in text
    assert f"`{command}` starts another one." in render(result(status=Status.STOPPED), kind=kind)


@settings(deadline=None)
@given(NASTY)
def test_strangers_and_models_text_mentions_and_breaks_nothing(text: str) -> None:
    leaf = replace(UNABLE, leaf=text or "x")
    count = replace(provenance().counts[0], leaf=text, dropped={text: 3})
    nasty = (
        (BuildKind.PRECHECK, prechecked(leaf, answers=(seed_answer(text=text or "x", leaf=text),) * 3)),
        (BuildKind.GENERATE, generated(counts=(count,), samples=(data_sample(text=text or "x", leaf=text),) * 3)),
    )
    for kind, outcome in nasty:
        body = render(outcome, kind=kind)
        assert not live(body) & {"image", "fence", "blockquote_open", "hr"}
        inline = [token.content for token in tokens(body) if token.type == "html_inline"]
        assert set(inline) <= {"<sub>", "</sub>"}
        links = {str(token.attrs.get("href")) for token in tokens(body) if token.type == "link_open"}
        assert links <= {PAGE, f"{PAGE}#data"}
        rows = len([token for token in tokens(body) if token.type == "tr_open"])
        plain = (
            prechecked(answers=tuple(map(seed_answer, range(3))))
            if kind is BuildKind.PRECHECK
            else generated(samples=tuple(map(data_sample, range(3))))
        )
        assert rows == len([token for token in tokens(render(plain, kind=kind)) if token.type == "tr_open"])


@pytest.mark.parametrize("size", [1, 50, 400])
def test_comment_fits_whatever_comes(size: int) -> None:
    long = "@x <b> | " * 200
    leaves = tuple(f"{KNOWLEDGE}_{number}" for number in range(size))
    asked = prechecked(
        *(replace(UNABLE, leaf=leaf) for leaf in leaves),
        answers=tuple(seed_answer(text=long, leaf=leaf) for leaf in leaves),
    )
    count = replace(provenance().counts[0], dropped={f"{long}{number}": number for number in range(size)})
    data = generated(
        counts=tuple(replace(count, leaf=leaf) for leaf in leaves),
        samples=tuple(data_sample(text=long, leaf=leaf) for leaf in leaves),
    )
    for kind, outcome in zip(KINDS, (asked, data), strict=True):
        assert len(render(outcome, kind=kind)) <= MAX_COMMENT
