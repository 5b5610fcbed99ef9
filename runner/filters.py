"""Which of a teacher's pairs are fit to train on: one reason for each that is not."""

import re
from dataclasses import dataclass
from itertools import pairwise

from runner.english import PREPOSITIONS
from runner.wording import content, normalise, words

_LONGEST_QUESTION = 60
_LONGEST_ANSWER = 60
_FAITHFUL = 0.8
_RELEVANT = 2
_POINTING = re.compile(
    r"\b(?:the|this|that|above|given|provided)\s+(?:passage|text|document|excerpt|paragraph|article|author|context|"
    r"sentence|section)\b|\baccording to (?:it|this)\b|\bmentioned (?:above|earlier|here)\b",
    re.IGNORECASE,
)
_UNNAMED = re.compile(
    r"^(?:\w+ )?(?:is|was|are|were|did|does|do|has|had|have) (?:it|he|she|they|this|that|these|those)\b|"
    r"^(?:it|he|she|they) (?!is \w+ and\b)(?:is|was|has|had|does|did)\b(?![^;,]*[;,])",
    re.IGNORECASE,
)
_REFUSING = re.compile(
    r"\b(?:as an? (?:ai|language model)|i (?:cannot|can't|am unable|do not know|don't know)|i'm sorry)\b", re.IGNORECASE
)
_NEVER_TWICE = frozenset({"the", "a", "an", "of", "is", "are", "was", "were", "what", "which", "who"})
_BRACKETS = (("(", ")"), ("[", "]"), ("{", "}"), ("\u201c", "\u201d"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Lengths:
    """How many words an answer may have."""

    fewest: int = 1
    most: int = _LONGEST_ANSWER


def reason_against_knowledge(question: str, answer: str, *, passage: str, topic: str) -> str | None:
    """Judge a pair about a passage.

    Returns:
        Why it cannot be trained on: None if it is faithful to the passage, relevant to it, and stands by itself.
    """
    reason = _against_form(question, answer, Lengths())
    if reason is not None:
        return reason
    told = content(passage)
    answered = content(answer) or frozenset(words(answer))
    if len(answered & (told | frozenset(words(passage)))) < _FAITHFUL * len(answered):
        return "answer not in the passage"
    if answered <= content(question):
        return "answer given away"
    asked = content(question)
    if len(asked & told) < min(_RELEVANT, len(asked)) or not asked & (told - content(topic)):
        return "question not about the passage"
    if _POINTING.search(question) or _UNNAMED.search(question):
        return "question does not stand by itself"
    return None


def reason_against_skill(question: str, answer: str, *, lengths: Lengths) -> str | None:
    """Judge a pair of a skill; None if it is in form and as long as the seeds' answers are."""
    return _against_form(question, answer, lengths)


def reason_against_question(question: str, *, context: str | None, seeds: frozenset[str]) -> str | None:
    """Judge a skill's question before it is answered.

    Args:
        question: What the teacher asks.
        context: What it is asked about, for a grounded skill.
        seeds: Content words of all the leaf's seed questions and contexts.

    Returns:
        Why it is not worth an answer, or None.
    """
    if not question:
        return "empty question or answer"
    if len(words(question)) > _LONGEST_QUESTION:
        return "too long"
    if not content(f"{context or ''} {question}") & seeds:
        return "question not of this skill"
    return _against_grammar(question)


def _against_form(question: str, answer: str, lengths: Lengths) -> str | None:
    if not normalise(question) or not normalise(answer):
        return "empty question or answer"
    if len(words(question)) > _LONGEST_QUESTION or len(words(answer)) > lengths.most:
        return "too long"
    if len(words(answer)) < lengths.fewest:
        return "answer too short"
    if normalise(question) == normalise(answer):
        return "answer repeats the question"
    if _REFUSING.search(answer):
        return "no answer"
    return _against_grammar(question)


def _against_grammar(question: str) -> str | None:
    said = [word.strip(",.;:?!") for word in question.lower().split()]
    bare = question.strip("\"'\u201c\u201d\u2018\u2019( ")
    if not bare.endswith(("?", ".", ":", "!", "_", ")")) or bare[:1].islower():
        return "no whole sentence"
    if any(one == other and (one in PREPOSITIONS or one in _NEVER_TWICE) for one, other in pairwise(said)):
        return "ungrammatical"
    if any(question.count(left) != question.count(right) for left, right in _BRACKETS):
        return "ungrammatical"
    return None
