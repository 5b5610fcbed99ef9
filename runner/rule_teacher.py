"""A teacher made of rules: it reads the prompt that a model would read, and answers in the format that is asked for."""

from collections.abc import Sequence
from random import Random

from runner.english import lowered
from runner.prompts import Ask, Step, read_ask
from runner.rule_questions import questions
from runner.rule_slots import Alignment, align, fill
from runner.teacher import Message
from runner.wording import sentences

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
            return "\n".join(_part(_pairs(ask), ask, rng))
        alignment = align(ask.examples)
        if ask.step is Step.CONTEXTS:
            return "\n".join(_part([] if alignment is None else _contexts(alignment, rng), ask, rng))
        return "\n".join(_part(_seeds_again(ask) if alignment is None else _questions(alignment, rng), ask, rng))


def _part(pool: list[str], ask: Ask, rng: Random) -> list[str]:
    rng.shuffle(pool)
    return pool[(ask.part - 1) * ask.count : ask.part * ask.count]


def _pairs(ask: Ask) -> list[str]:
    return [
        f"Q: {pair.question}\nA: {pair.answer}"
        for sentence in sentences(ask.text or "")
        for pair in questions(sentence, topic=ask.topic)
    ]


def _contexts(alignment: Alignment, rng: Random) -> list[str]:
    templates = sorted({wording.context for wording in alignment.wordings if wording.context is not None})
    return [
        f"C: {' '.join(fill(rng.choice(templates), [filler.given for filler in chosen]).split())}"
        for chosen in alignment.combinations(rng)
        if templates
    ]


def _questions(alignment: Alignment, rng: Random) -> list[str]:
    templates = sorted({wording.question for wording in alignment.wordings})
    combinations = alignment.combinations(rng) if any("\0" in template for template in templates) else [()]
    return [
        f"Q: {_led(lead, fill(template, [filler.given for filler in chosen]))}"
        for chosen in combinations
        for template in templates
        for lead in _LEADS
    ]


def _led(lead: str, question: str) -> str:
    return question if lead == "{}" else lead.format(lowered(question))


def _seeds_again(ask: Ask) -> list[str]:
    return [f"Q: {_led(lead, example.question)}" for example in ask.examples for lead in _LEADS[1:]]


def _answer(ask: Ask, question: str) -> str:
    alignment = align(ask.examples)
    if alignment is not None:
        return alignment.answer(question if ask.text is None else f"{ask.text}\n{question}") or ""
    for example in ask.examples:
        if any(_led(lead, example.question) == question for lead in _LEADS) and example.context == ask.text:
            return example.answer
    return ""
