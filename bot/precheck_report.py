"""What a precheck says on a pull request: whether the current model already can, and how it answers."""

from collections.abc import Sequence

from bot.neutralise import cell, code, prose
from bot.score_words import ROWS, in_turn, leaf_cell, unit_of
from schemas.leaf import Kind, kind_of
from schemas.result import Ability, Precheck, Provenance, SeedAnswer

ANSWERS = 8
"""Seed questions shown side by side; all of them stand on the build's page."""
_CELL = 240
_OPEN = "the judge cannot tell"


def precheck_parts(found: Precheck, provenance: Provenance | None) -> list[str]:
    """Write the parts of the comment between its heading and how it was made.

    Args:
        found: What the model was asked, and what it said.
        provenance: Names the judge.
    """
    judge = prose((provenance and provenance.judge) or "not named", limit=160)
    return [_verdict(found), _table(found.leaves), _legend(found, judge), _answers(found)]


def _verdict(found: Precheck) -> str:
    judged = sum(leaf.questions for leaf in found.leaves)
    if not judged:
        return (
            "**The judge could score no answer**, since no expected one holds a word that it could look for. Look at "
            "the answers below yourself."
        )
    able = sum(leaf.capable for leaf in found.leaves)
    who = "The current model" if found.released else "The base"
    score = f"{code(found.model, limit=60)} scores {_score(found.score)} of 10 on {_questions(judged)}"
    if found.capable:
        text = (
            f"**{who} already can this**: {score}. A build would teach it little; examples that it gets wrong would "
            "teach it more."
        )
    elif able:
        text = f"**{who} already can {able} of {len(found.leaves)} leaves**: {score}. A build is for the others."
    else:
        text = f"**{who} cannot do this yet**: {score}. A build shows whether it can learn it."
    if found.released:
        return text
    return f"{text} Nothing was released for this repository yet, so the base was asked, which training starts from."


def _table(leaves: Sequence[Ability]) -> str:
    if not leaves:
        return ""
    rows = [
        f"| {leaf_cell(leaf.leaf)} | {leaf.questions} | {_score(leaf.score)} | {_word(leaf)} |"
        for leaf in leaves[:ROWS]
    ]
    if len(leaves) > ROWS:
        rows.append(f"| … and {len(leaves) - ROWS} more leaves, on the build's page | | | |")
    return "\n".join(("| Leaf | Judged | Score | |", "| --- | ---: | ---: | --- |", *rows))


def _word(leaf: Ability) -> str:
    if leaf.score is None:
        return f"⚪ {_OPEN}"
    return "🟢 already can" if leaf.capable else "🔴 not yet"


def _legend(found: Precheck, judge: str) -> str:
    kinds = {kind_of(leaf.leaf) for leaf in found.leaves}
    asked = []
    if Kind.KNOWLEDGE in kinds:
        asked.append("Questions on knowledge are asked alone, without their context.")
    if Kind.SKILL in kinds:
        asked.append("A skill's are asked as they are written.")
    return (
        f"<sub>Each answer is compared with the expected one and marked from 1 to 10 by the judge *{judge}*. A leaf "
        f"counts as something that the model already can from a mean of {_score(found.threshold)} on: `precheck.score` "
        f"in the policy. {' '.join(asked)} These are the questions that the leaf was written with: they say what the "
        "model knows now, and nothing of what a build would gain.</sub>"
    )


def _answers(found: Precheck) -> str:
    chosen = in_turn(found.answers, ANSWERS)
    if not chosen:
        return ""
    rows = [
        f"| {_question(item)} | {cell(item.expected, limit=_CELL)} | {cell(item.actual, limit=_CELL)} "
        f"({_score(item.score)}) |"
        for item in chosen
    ]
    more = len(found.answers) - len(chosen)
    last = [f"\n<sub>{more} more stand on the build's page.</sub>"] if more else []
    return "\n".join((
        "### Expected and actual",
        "",
        "| Seed question | Expected | Current model |",
        "| --- | --- | --- |",
        *rows,
        *last,
    ))


def _question(item: SeedAnswer) -> str:
    question = cell(item.question, limit=_CELL)
    return f"{question} *On the text:* {cell(item.context, limit=_CELL)}" if item.context else question


def _questions(count: int) -> str:
    return "1 seed question" if count == 1 else f"{count} seed questions"


def _score(score: float | None) -> str:
    return "not judged" if score is None else unit_of("pr_bench").score(score)
