"""From a skill's seed examples to pairs: contexts first where the skill is grounded, then questions, then answers."""

from collections.abc import Sequence
from dataclasses import replace

from runner.asking import Asking
from runner.filters import Lengths, reason_against_question, reason_against_skill
from runner.prompts import Ask, Example, Step
from runner.replies import read_answers, read_texts
from runner.samples import Origin, Sample
from runner.wording import content, frame, normalise, words
from schemas.leaf import Leaf

_QUESTIONS_A_PROMPT = 20
_QUESTION_PARTS = 24
_CONTEXTS_A_PROMPT = 25
_CONTEXT_PARTS = 6
_QUESTIONS_A_CONTEXT = 3
_SHOWN = 12
"""Seed examples in one prompt; more than most leaves have."""
_FEWEST_ANSWERS = 8
_ROOM = 3.0
"""How many times longer or shorter than the seeds' answers an answer may be."""


def examples_of(leaf: Leaf) -> tuple[Example, ...]:
    """Give the seed examples as prompts show them."""
    return tuple(
        Example(context=example.context, question=pair.question, answer=pair.answer)
        for example in leaf.seed_examples
        for pair in example.pairs
    )


def skill_samples(leaf: Leaf, asking: Asking) -> tuple[tuple[Sample, ...], int]:
    """Ask the teacher for contexts, questions and answers, and keep what is in form.

    Returns:
        The samples, not yet tied to combinations, and how many questions the teacher gave.
    """
    blank = Ask(step=Step.QUESTIONS, topic=leaf.subject, examples=examples_of(leaf)[:_SHOWN])
    asked, given = _questions(leaf, blank, asking)
    put = [
        replace(blank, step=Step.ANSWERS, text=context, questions=batch, count=len(batch))
        for context, questions in asked
        for batch in _batches(questions, _QUESTIONS_A_PROMPT)
    ]
    seeds = [len(words(example.answer)) for example in examples_of(leaf)]
    lengths = Lengths(fewest=max(1, int(min(seeds) / _ROOM)), most=max(3, int(max(seeds) * _ROOM)))
    kept: list[Sample] = []
    for reply, ask in zip(asking.put(put), put, strict=True):
        read = read_answers(reply, count=len(ask.questions))
        asking.dropped.update(read.dropped)
        for question, answer in zip(ask.questions, read.answers, strict=True):
            if answer is None:
                continue
            reason = reason_against_skill(question, answer, lengths=lengths)
            if reason is None:
                kept.append(_sample(leaf, Origin.TEACHER, ask.text, question, answer))
            else:
                asking.dropped[reason] += 1
    return tuple(kept), given


def skill_prompts(leaf: Leaf) -> int:
    """Foretell how many prompts a skill takes, if the teacher gives all that it is asked for."""
    if leaf.grounded:
        return _CONTEXT_PARTS * (1 + 2 * _CONTEXTS_A_PROMPT)
    return 2 * _QUESTION_PARTS


def seed_samples(leaf: Leaf) -> tuple[Sample, ...]:
    """Turn the seed examples into samples."""
    return tuple(
        _sample(leaf, Origin.SEED, example.context, example.question, example.answer) for example in examples_of(leaf)
    )


def tied(samples: Sequence[Sample]) -> tuple[Sample, ...]:
    """Tie samples to their combinations.

    Where answers are many, one answer is one combination, whatever the wording; where a skill only chooses between a
    few answers, each input is a combination of its own.
    """
    answers = {normalise(sample.answer) for sample in samples}
    if len(answers) >= _FEWEST_ANSWERS:
        return tuple(replace(sample, cluster=normalise(sample.answer)) for sample in samples)
    return tuple(
        replace(sample, cluster=" ".join(frame(f"{sample.context or ''} {sample.question}"))) for sample in samples
    )


def _questions(leaf: Leaf, blank: Ask, asking: Asking) -> tuple[list[tuple[str | None, tuple[str, ...]]], int]:
    if leaf.grounded:
        contexts: list[str | None] = [*_contexts(blank, asking)]
        put = [replace(blank, text=context, count=_QUESTIONS_A_CONTEXT) for context in contexts]
    else:
        contexts = [None] * _QUESTION_PARTS
        put = [
            replace(blank, count=_QUESTIONS_A_PROMPT, part=part, parts=_QUESTION_PARTS)
            for part in range(1, _QUESTION_PARTS + 1)
        ]
    known = frozenset(
        word for example in blank.examples for word in content(f"{example.context or ''} {example.question}")
    )
    asked: list[tuple[str | None, tuple[str, ...]]] = []
    seen: set[tuple[str, str]] = set()
    given = 0
    for reply, context in zip(asking.put(put), contexts, strict=True):
        read = read_texts(reply, mark="q")
        asking.dropped.update(read.dropped)
        given += len(read.texts)
        fit: list[str] = []
        for question in read.texts:
            key = (normalise(context or ""), normalise(question))
            reason = (
                "exact duplicate" if key in seen else reason_against_question(question, context=context, seeds=known)
            )
            seen.add(key)
            if reason is None:
                fit.append(question)
            else:
                asking.dropped[reason] += 1
        if fit:
            asked.append((context, tuple(fit)))
    return asked, given


def _contexts(blank: Ask, asking: Asking) -> list[str]:
    put = [
        replace(blank, step=Step.CONTEXTS, count=_CONTEXTS_A_PROMPT, part=part, parts=_CONTEXT_PARTS)
        for part in range(1, _CONTEXT_PARTS + 1)
    ]
    found: dict[str, str] = {}
    for reply in asking.put(put):
        read = read_texts(reply, mark="c")
        asking.dropped.update(read.dropped)
        for context in read.texts:
            if normalise(context) in found:
                asking.dropped["exact duplicate"] += 1
            else:
                found[normalise(context)] = context
    return list(found.values())


def _batches(questions: Sequence[str], size: int) -> list[tuple[str, ...]]:
    return [tuple(questions[start : start + size]) for start in range(0, len(questions), size)]


def _sample(leaf: Leaf, origin: Origin, context: str | None, question: str, answer: str) -> Sample:
    return Sample(leaf=leaf.path, cluster="", origin=origin, context=context, question=question, answer=answer)
