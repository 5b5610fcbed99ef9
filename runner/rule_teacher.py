"""A teacher made of rules: it reads the prompt that a model would read, and answers in the format that is asked for."""

from collections.abc import Sequence
from random import Random
from typing import TypeVar

from runner.english import lowered
from runner.prompts import Ask, Step, read_ask
from runner.rule_questions import Pair, questions
from runner.rule_slots import Alignment, Filler, align, fill
from runner.teacher import Message
from runner.wording import sentences

T = TypeVar("T")
Combination = tuple[Filler, ...]

_LEADS = ("{}", "Tell me: {}", "Please answer this one: {}")


class RuleTeacher:
    """Asks by rules about plain sentences, and recombines what a skill's seeds show; it knows no language."""

    @property
    def name(self) -> str:
        """What the provenance calls it."""
        return "rules"

    @property
    def parallel(self) -> int:
        """One at a time: there is nothing to wait for."""
        return 1

    def chat(self, messages: Sequence[Message], *, seed: int, max_tokens: int) -> str:  # noqa: ARG002 - Teacher's own
        """Answer a prompt of `prompts`; parts of one ask bring different parts of one shuffled pool."""
        ask = read_ask(messages)
        rng = Random(f"{seed}\0{ask.step}\0{ask.topic}\0{ask.text}")  # noqa: S311 - repeatable, not secret
        if ask.step is Step.ANSWERS:
            return "\n".join(f"{i}. {_answer(ask, question)}" for i, question in enumerate(ask.questions, start=1))
        if ask.step is Step.PAIRS:
            return "\n".join(f"Q: {pair.question}\nA: {pair.answer}" for pair in _part(_pairs(ask), ask, rng))
        alignment = align(ask.examples)
        if alignment is None:
            return "\n".join(f"Q: {question}" for question in _part(_seeds_again(ask), ask, rng))
        if ask.step is Step.CONTEXTS:
            return "\n".join(f"C: {_filled(*drawn)}" for drawn in _part(_contexts(alignment, rng), ask, rng))
        drawn_questions = _part(_questions(alignment, rng), ask, rng)
        return "\n".join(f"Q: {_led(lead, _filled(template, chosen))}" for lead, template, chosen in drawn_questions)


def _part(pool: list[T], ask: Ask, rng: Random) -> list[T]:
    rng.shuffle(pool)
    return pool[(ask.part - 1) * ask.count : ask.part * ask.count]


def _pairs(ask: Ask) -> list[Pair]:
    return [pair for sentence in sentences(ask.text or "") for pair in questions(sentence, topic=ask.topic)]


def _contexts(alignment: Alignment, rng: Random) -> list[tuple[str, Combination]]:
    templates = sorted({wording.context for wording in alignment.wordings if wording.context is not None})
    return [(rng.choice(templates), chosen) for chosen in alignment.combinations(rng) if templates]


def _questions(alignment: Alignment, rng: Random) -> list[tuple[str, str, Combination]]:
    templates = sorted({wording.question for wording in alignment.wordings})
    slotted = any("\0" in template for template in templates)
    combinations = alignment.combinations(rng) if slotted else [()]
    return [(lead, template, chosen) for chosen in combinations for template in templates for lead in _LEADS]


def _filled(template: str, chosen: Combination) -> str:
    return " ".join(fill(template, [filler.given for filler in chosen]).split())


def _led(lead: str, question: str) -> str:
    return question if lead == "{}" else lead.format(lowered(question))


def _seeds_again(ask: Ask) -> list[str]:
    if ask.step is Step.CONTEXTS:
        return []
    return [_led(lead, example.question) for example in ask.examples for lead in _LEADS[1:]]


def _answer(ask: Ask, question: str) -> str:
    alignment = align(ask.examples)
    if alignment is not None:
        return alignment.answer(question if ask.text is None else f"{ask.text}\n{question}") or ""
    for example in ask.examples:
        if any(_led(lead, example.question) == question for lead in _LEADS) and example.context == ask.text:
            return example.answer
    return ""
