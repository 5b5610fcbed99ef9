"""From a knowledge leaf's documents to pairs: chunk by chunk, each pair tied to the sentence that it rests on."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from runner.asking import Asking
from runner.filters import reason_against_knowledge
from runner.prompts import Ask, Example, Step
from runner.replies import read_pairs
from runner.samples import Origin, Sample
from runner.wording import content, normalise, sentences, words
from schemas.leaf import Leaf

_CHUNK_SENTENCES = 6
_CHUNK_WORDS = 160
_MOST_CHUNKS = 40
MOST_FACTS = 4000
"""Sentences of a leaf that are read at all: a book of 200 pages."""
_PAIRS_A_PROMPT = 24
_PAIRS_A_SENTENCE = 24
_EXAMPLES = 3


class DocumentText(Protocol):
    """A document file: its path in its repository, and its text."""

    @property
    def path(self) -> str:
        """Path below the repository's root."""

    @property
    def text(self) -> str:
        """Markdown or plain text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A sentence of a document; its key names the cluster of all questions about it."""

    key: str
    sentence: str


def facts_of(documents: Sequence[DocumentText]) -> tuple[Fact, ...]:
    """Take the documents apart into sentences, keyed by path and place; of a whole library the first part."""
    found = (
        Fact(key=f"{document.path}#{number}", sentence=sentence)
        for document in sorted(documents, key=lambda document: document.path)
        for number, sentence in enumerate(dict.fromkeys(sentences(document.text)))
    )
    return tuple(islice(found, MOST_FACTS))


def chunks_of(facts: Sequence[Fact]) -> tuple[tuple[Fact, ...], ...]:
    """Put neighbouring sentences of one document together, so many as make a short prompt."""
    chunks: list[list[Fact]] = []
    for fact in facts:
        last = chunks[-1] if chunks else []
        same = bool(last) and _path(last[0]) == _path(fact)
        size = sum(len(other.sentence.split()) for other in last) + len(fact.sentence.split())
        if same and len(last) < _CHUNK_SENTENCES and size <= _CHUNK_WORDS:
            last.append(fact)
        else:
            chunks.append([fact])
    if len(chunks) > _MOST_CHUNKS:
        step = len(chunks) / _MOST_CHUNKS
        chunks = [chunks[int(index * step)] for index in range(_MOST_CHUNKS)]
    return tuple(tuple(chunk) for chunk in chunks)


def asks(leaf: Leaf, chunks: Sequence[Sequence[Fact]]) -> tuple[tuple[Ask, Sequence[Fact]], ...]:
    """Write the prompts: several parts for each chunk, each with examples of this leaf alone."""
    seeds = [(example, pair) for example in leaf.seed_examples for pair in example.pairs]
    found = []
    for number, chunk in enumerate(chunks):
        parts = math.ceil(len(chunk) * _PAIRS_A_SENTENCE / _PAIRS_A_PROMPT)
        shown = [seeds[(number * _EXAMPLES + i) % len(seeds)][1] for i in range(min(_EXAMPLES, len(seeds)))]
        examples = tuple(Example(context=None, question=pair.question, answer=pair.answer) for pair in shown)
        passage = " ".join(fact.sentence for fact in chunk)
        found += [
            (
                Ask(
                    step=Step.PAIRS,
                    topic=leaf.subject,
                    examples=examples,
                    text=passage,
                    count=_PAIRS_A_PROMPT,
                    part=part,
                    parts=parts,
                ),
                chunk,
            )
            for part in range(1, parts + 1)
        ]
    return tuple(found)


def knowledge_samples(leaf: Leaf, facts: Sequence[Fact], asking: Asking) -> tuple[tuple[Sample, ...], int]:
    """Ask the teacher about every chunk, and keep what is faithful to it.

    Returns:
        The samples, and how many pairs the teacher gave.
    """
    put = asks(leaf, chunks_of(facts))
    kept: list[Sample] = []
    given = 0
    for reply, (ask, chunk) in zip(asking.put([ask for ask, _ in put]), put, strict=True):
        read = read_pairs(reply)
        asking.dropped.update(read.dropped)
        given += len(read.pairs)
        for question, written in read.pairs:
            answer = _short(question, written)
            reason = reason_against_knowledge(question, answer, passage=ask.text or "", topic=leaf.subject)
            fact = _fact_of(question, answer, chunk)
            if reason is None and fact is not None:
                kept.append(_sample(leaf, fact.key, Origin.TEACHER, question, answer))
            else:
                asking.dropped[reason or "answer not in one sentence"] += 1
    return tuple(kept), given


def seed_samples(leaf: Leaf, facts: Sequence[Fact]) -> tuple[Sample, ...]:
    """Turn the seed pairs into samples, tied to the sentences that they rest on where there are such."""
    found = []
    for example in leaf.seed_examples:
        for pair in example.pairs:
            fact = _fact_of(pair.question, pair.answer, facts)
            key = f"seed: {normalise(pair.question)}" if fact is None else fact.key
            found.append(_sample(leaf, key, Origin.SEED, pair.question, pair.answer))
    return tuple(found)


def _short(question: str, answer: str) -> str:
    """Take the full stop off an answer that is no sentence of its own."""
    return answer.rstrip(".") if len(answer.split()) < len(question.split()) else answer


def _sample(leaf: Leaf, key: str, origin: Origin, question: str, answer: str) -> Sample:
    return Sample(leaf=leaf.path, cluster=key, origin=origin, context=None, question=question, answer=answer)


def _fact_of(question: str, answer: str, facts: Sequence[Fact]) -> Fact | None:
    """Find the sentence that holds the answer and most of the question's words."""
    wanted = content(answer) or frozenset(words(answer))
    asked = content(question)
    best: tuple[float, Fact] | None = None
    for fact in facts:
        told = content(fact.sentence) | frozenset(words(fact.sentence))
        if wanted <= told and asked & told:
            score = len(asked & told) / len(asked)
            if best is None or score > best[0]:
                best = (score, fact)
    return None if best is None else best[1]


def _path(fact: Fact) -> str:
    return fact.key.rpartition("#")[0]
