"""Whether the texts of each leaf are as short as its pipeline needs them, in words of any script."""

from collections.abc import Iterator
from dataclasses import replace

from bot.check import NotLooked, Rules, check
from bot.facts import PullRequestFacts
from bot.findings import Finding, Level
from bot.reading import UNREAD, all_readable, readable
from bot.seeds import SEEDS, seeds
from bot.words import count_words
from schemas.config import WordsPolicy
from schemas.leaf import Kind
from schemas.safe_yaml import Loaded, Position

RULES: Rules = {
    "file-too-long": (Level.ERROR, "the questions and answers of a file have too many words together"),
    "context-too-long": (Level.ERROR, "a context has too many words"),
    "question-too-long": (Level.ERROR, "a question on knowledge has too many words"),
    "answer-too-long": (Level.ERROR, "an answer on knowledge has too many words"),
    "file-long": (Level.WARNING, "the questions and answers of a file are close to the limit of words"),
    "context-long": (Level.WARNING, "a context is close to the limit of words"),
    "question-long": (Level.WARNING, "a question on knowledge is close to the limit of words"),
    "answer-long": (Level.WARNING, "an answer on knowledge is close to the limit of words"),
}

_WHOLE = 100
_ADVICE = {
    "file": "Delete the examples that add least, or shorten the answers",
    "context": "Split the passage into two examples, or cut what no question asks about",
    "question": "Ask one thing, and leave the passage to the context",
    "answer": "Keep what answers the question",
}


@check
def words(facts: PullRequestFacts) -> Iterator[Finding]:
    """Count the words of every leaf's contexts, questions and answers.

    Raises:
        NotLooked: if nothing was found, but not every file could be read.
    """
    found: list[Finding] = []
    for path, kind, loaded in readable(facts, foreseen=True):
        found.extend(_leaf(path, kind, loaded, facts.config.words))
    if not found and not all_readable(facts, foreseen=True):
        raise NotLooked(UNREAD)
    yield from found


def _leaf(path: str, kind: Kind, loaded: Loaded, policy: WordsPolicy) -> Iterator[Finding]:
    total = 0
    for seed in seeds(loaded):
        if seed.context is not None:
            finding = _judge(path, "context", count_words(seed.context.value), policy.context, policy)
            if finding is not None:
                yield _placed(finding, seed.context.position)
        for pair in seed.pairs:
            for name, text in (("question", pair.question), ("answer", pair.answer)):
                if text is None:
                    continue
                count = count_words(text.value)
                total += count
                finding = _judge(path, name, count, policy.answer, policy) if kind is Kind.KNOWLEDGE else None
                if finding is not None:
                    yield _placed(finding, text.position)
    finding = _judge(path, "file", total, policy.file, policy)
    if finding is not None:
        yield _placed(finding, loaded.key_position([SEEDS]))


def _judge(path: str, name: str, count: int, limit: int, policy: WordsPolicy) -> Finding | None:
    what = "The questions and answers of this file have" if name == "file" else f"This {name} has"
    together = " together" if name == "file" else ""
    if count > limit:
        over = count - limit
        message = f"{what} {count:,} words{together}, and {limit:,} is the most. {_ADVICE[name]}: {over:,} must go."
        return Finding(rule=f"{name}-too-long", level=Level.ERROR, path=path, message=message)
    if count * _WHOLE >= limit * (_WHOLE - policy.margin):
        message = f"{what} {count:,} words{together}; {limit:,} is the most, so there is not much room left."
        return Finding(rule=f"{name}-long", level=Level.WARNING, path=path, message=message)
    return None


def _placed(finding: Finding, place: Position) -> Finding:
    return replace(finding, line=place.line, column=place.column)
