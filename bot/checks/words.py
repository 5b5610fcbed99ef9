"""Whether the texts of each leaf are as short as its pipeline needs them, in words of any script."""

from collections.abc import Iterator

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
    for path, kind, loaded in readable(facts):
        found.extend(_leaf(path, kind, loaded, facts.config.words))
    if not found and not all_readable(facts):
        raise NotLooked(UNREAD)
    yield from found


def _leaf(path: str, kind: Kind, loaded: Loaded, policy: WordsPolicy) -> Iterator[Finding]:
    total = 0
    for seed in seeds(loaded):
        if seed.context is not None:
            count = count_words(seed.context.value)
            yield from _judge(path, "context", count, policy.context, policy, seed.context.position)
        for pair in seed.pairs:
            for name, text in (("question", pair.question), ("answer", pair.answer)):
                if text is None:
                    continue
                count = count_words(text.value)
                total += count
                if kind is Kind.KNOWLEDGE:
                    yield from _judge(path, name, count, policy.answer, policy, text.position)
    yield from _judge(path, "file", total, policy.file, policy, loaded.key_position([SEEDS]))


def _judge(path: str, name: str, count: int, limit: int, policy: WordsPolicy, position: Position) -> Iterator[Finding]:
    what = "The questions and answers of this file have" if name == "file" else f"This {name} has"
    together = " together" if name == "file" else ""
    if count > limit:
        over = count - limit
        message = f"{what} {count:,} words{together}, and {limit:,} is the most. {_ADVICE[name]}: {over:,} must go."
        yield _finding(f"{name}-too-long", path, position, message)
    elif count * _WHOLE >= limit * (_WHOLE - policy.margin):
        message = f"{what} {count:,} words{together}; {limit:,} is the most, so there is not much room left."
        yield _finding(f"{name}-long", path, position, message)


def _finding(rule: str, path: str, position: Position, message: str) -> Finding:
    level = RULES[rule][0]
    return Finding(rule=rule, level=level, path=path, line=position.line, column=position.column, message=message)
