"""Questions that rules ask about a statement: each part of the clause in turn, each in several wordings."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from runner.clauses import Adjunct, Clause, NounType, noun_type, parse_clause
from runner.english import is_plural, lowered
from runner.interrogatives import Asked, asked_by, numbered
from runner.wording import content

_ADVERBS = {NounType.PLACE: "where", NounType.YEAR: "when", NounType.DAY: "when", NounType.MONTH: "when"}
_LOCATIVE = frozenset(("in", "at", "on", "near"))
_OF = re.compile(r"the (?P<part>[a-z][\w -]*?) of (?P<whole>.+)")
_GAP = "____"
_LEADS = ("please tell me", "I would like to know")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A question with its answer, as a rule wrote it."""

    question: str
    answer: str


def questions(sentence: str, *, topic: str) -> tuple[Pair, ...]:
    """Ask about every part of a statement; fall back to gaps where the rules do not understand it."""
    clause = parse_clause(sentence)
    pairs = [] if clause is None else list(_clause_pairs(clause))
    if not pairs:
        pairs = list(_gaps(sentence))
    unique = dict.fromkeys((_tidy(pair.question), pair.answer) for pair in [*pairs, *_reworded(pairs, topic)])
    return tuple(Pair(question=question, answer=answer) for question, answer in unique)


def _reworded(pairs: list[Pair], topic: str) -> Iterator[Pair]:
    """Ask each answer's first and last question again, with the topic named, and more politely."""
    about = f"about {_topic(topic)}: " if topic else ""
    for answer in dict.fromkeys(pair.answer for pair in pairs):
        asked = [pair.question for pair in pairs if pair.answer == answer]
        for question, lead in zip((asked[0], asked[-1]), _LEADS, strict=True):
            if about:
                yield Pair(question=f"{about}{lowered(_tidy(question))}", answer=answer)
            yield Pair(question=f"{lead}: {lowered(_tidy(question))}", answer=answer)


def _topic(topic: str) -> str:
    plain = topic.replace("_", " ")
    return f"{plain[:1].lower()}{plain[1:]}" if plain[1:2].islower() else plain


def _clause_pairs(clause: Clause) -> Iterator[Pair]:
    if clause.copula:
        yield from _copula(clause)
        return
    for wording in _subject(clause):
        yield Pair(question=wording, answer=numbered(clause.subject)[0] or clause.subject)
    if clause.object is not None:
        for wording in _object(clause, clause.object):
            yield Pair(question=wording, answer=numbered(clause.object)[0] or clause.object)
    for index, adjunct in enumerate(clause.adjuncts):
        others = tuple(other for i, other in enumerate(clause.adjuncts) if i != index)
        for wording in _adjunct(replace(clause, adjuncts=others), adjunct):
            yield Pair(question=wording, answer=adjunct.noun)


def _subject(clause: Clause) -> Iterator[str]:
    asked = asked_by(clause.subject)
    number, counted = numbered(clause.subject)
    tail = _tail(clause)
    if number:
        yield f"How many {counted} {clause.finite} {tail}?"
        if clause.object is not None and clause.verb.base != "have":
            yield f"By how many {counted} {_be(clause.object, clause)} {clause.object} {clause.verb.participle}?"
            yield f"{clause.object} {_be(clause.object, clause)} {clause.verb.participle} by how many {counted}?"
        return
    finite = replace(clause, subject="it").finite
    yield f"{asked.pronoun} {finite} {tail}?"
    if asked.noun is not None:
        yield f"Which {asked.noun} {finite} {tail}?"
        yield f"Name the {asked.noun} {asked.relative} {finite} {tail}."
    if clause.object is not None and not clause.passive:
        yield from _subject_by_object(clause, clause.object, asked)
    elif clause.adjuncts and asked.noun is not None:
        yield from _subject_by_adjunct(clause, clause.adjuncts[0], asked, finite)
    elif clause.object is not None and asked.noun is not None:
        kind = noun_type(clause.object)
        yield f"Take {clause.object}. Which {asked.noun} {finite} so?"
        if kind is NounType.COLOUR:
            yield f"{clause.object} is the colour of which {asked.noun}?"
            yield f"Which {asked.noun} has {clause.object} for its colour?"


def _subject_by_object(clause: Clause, thing: str, asked: Asked) -> Iterator[str]:
    adjuncts = _adjuncts(clause)
    if clause.verb.base == "have":
        yield f"{thing} {'belong' if is_plural(thing) else 'belongs'} to {asked.whom}?"
        yield f"To {asked.whom} do {thing} belong?" if is_plural(thing) else f"To {asked.whom} does {thing} belong?"
        return
    be = _be(thing, clause)
    yield f"By {asked.whom} {be} {thing} {clause.verb.participle} {adjuncts}?"
    yield f"{thing} {be} {clause.verb.participle} by {asked.whom} {adjuncts}?"
    if asked.noun is not None:
        yield f"By which {asked.noun} {be} {thing} {clause.verb.participle} {adjuncts}?"
        yield f"{thing} {be} {clause.verb.participle} by which {asked.noun} {adjuncts}?"
    if noun_type(thing) is NounType.THING:
        yield f"Take {thing}. {asked.pronoun} {replace(clause, subject='it').finite} it {adjuncts}?"


def _subject_by_adjunct(clause: Clause, adjunct: Adjunct, asked: Asked, finite: str) -> Iterator[str]:
    others = _tail(replace(clause, adjuncts=clause.adjuncts[1:]))
    kind = noun_type(adjunct.noun, preposition=adjunct.preposition)
    yield f"{adjunct.preposition} {adjunct.noun}, which {asked.noun} {finite} {others}?"
    if kind is NounType.PLACE and adjunct.preposition in _LOCATIVE:
        yield f"Think of {adjunct.noun}. Which {asked.noun} {finite} {others} there?"
        yield f"{adjunct.noun} is the place of which {asked.noun}?"
    elif kind in _ADVERBS:
        yield f"Think of {adjunct.noun}. Which {asked.noun} {finite} {others} then?"
        yield f"{adjunct.noun} is the {kind.value} of which {asked.noun}?"
    else:
        yield f"Think of {adjunct.noun}. Which {asked.noun} {finite} {others} {adjunct.preposition} it?"


def _object(clause: Clause, thing: str) -> Iterator[str]:
    kind = noun_type(thing)
    number, counted = numbered(thing)
    asked = asked_by(thing)
    which = f"how many {counted}" if number else asked.which
    lead, end = _inverted(clause)
    adjuncts = _adjuncts(clause)
    yield f"{which} {lead} {clause.subject} {end} {adjuncts}?"
    yield f"{clause.subject} {clause.finite} {which} {adjuncts}?"
    if number:
        yield f"What number of {counted} {lead} {clause.subject} {end} {adjuncts}?"
        yield f"Say what number of {counted} {clause.subject} {clause.finite} {adjuncts}."
        if clause.verb.base == "have":
            yield f"What is the number of {counted} of {clause.subject}?"
    elif asked.noun is not None and not clause.passive:
        yield f"Name the {asked.noun} {asked.relative} {clause.subject} {clause.finite} {adjuncts}."
        yield f"Name the {asked.noun} {clause.verb.participle} by {clause.subject} {adjuncts}."
        yield f"{clause.verb.participle} by {clause.subject}: {which}?"
    elif kind is NounType.OTHER:
        yield f"Say what {clause.subject} {clause.finite} {adjuncts}."
    if not clause.passive and clause.verb.base != "have":
        plural = number or (is_plural(thing) and kind is not NounType.OTHER)
        be = ("were" if clause.past else "are") if plural else ("was" if clause.past else "is")
        yield f"{which} {be} {clause.verb.participle} by {clause.subject} {adjuncts}?"
        yield f"By {clause.subject}, {which} {be} {clause.verb.participle} {adjuncts}?"
    yield from _taken(clause, f"{which} {lead} it {end} {adjuncts}?")


def _adjunct(clause: Clause, adjunct: Adjunct) -> Iterator[str]:
    preposition = adjunct.preposition
    asked = asked_by(adjunct.noun, preposition=preposition)
    number, counted = numbered(adjunct.noun)
    which = f"how many {counted}" if number else asked.whom
    kind = noun_type(adjunct.noun, preposition=preposition)
    lead, end = _inverted(clause)
    thing = clause.object or ""
    if clause.passive:
        end, thing = f"{end} {thing}", ""
    told = f"{clause.subject} {clause.finite} {clause.object or ''}"
    adverb = _ADVERBS.get(kind) if kind is not NounType.PLACE or preposition in _LOCATIVE else None
    if adverb is not None:
        yield f"{adverb} {lead} {clause.subject} {end} {thing}?"
        yield f"{told} {adverb}?"
        yield f"Say {adverb} {told}."
        yield from _taken(clause, f"{adverb} {lead} it {end} {thing}?")
    else:
        yield f"{which} {lead} {clause.subject} {end} {thing} {preposition}?"
        if not clause.passive and not thing:
            yield f"What {'was' if clause.past else 'is'} {clause.verb.participle} {preposition} by {clause.subject}?"
    yield f"{preposition} {which} {lead} {clause.subject} {end} {thing}?"
    yield f"{told} {preposition} {which}?"
    if asked.noun is not None and not number:
        yield f"Name the {asked.noun} {preposition} which {told}."
    else:
        yield f"Say what {told} {preposition}."
    yield from _taken(clause, f"{preposition} {which} {lead} it {end} {thing}?")


def _taken(clause: Clause, question: str) -> Iterator[str]:
    """Name the subject first and ask about `it`, where it is a thing that takes `it`."""
    if noun_type(clause.subject) is NounType.THING and not is_plural(clause.subject):
        yield f"Take {clause.subject}. {question[:1].upper()}{question[1:]}"


def _copula(clause: Clause) -> Iterator[Pair]:
    value = clause.object
    if value is None:
        for adjunct in clause.adjuncts[:1]:
            asked = asked_by(adjunct.noun, preposition=adjunct.preposition)
            if noun_type(adjunct.noun, preposition=adjunct.preposition) is NounType.PLACE:
                yield Pair(question=f"Where {clause.be} {clause.subject}?", answer=adjunct.noun)
            yield Pair(
                question=f"{adjunct.preposition} {asked.whom} {clause.be} {clause.subject}?", answer=adjunct.noun
            )
            yield Pair(
                question=f"{clause.subject} {clause.be} {adjunct.preposition} {asked.whom}?", answer=adjunct.noun
            )
        return
    value = f"{value} {_adjuncts(clause)}".strip()
    asked = asked_by(value)
    which = asked.which if asked.noun is not None or asked.person else "what"
    wordings = [
        f"{which} {clause.be} {clause.subject}?",
        f"{clause.subject} {clause.be} {which}?",
        f"Say {which} {clause.subject} {clause.be}.",
    ]
    parts = _OF.fullmatch(clause.subject)
    if parts is not None:
        part, whole = parts["part"], parts["whole"]
        wordings += [
            f"{which} {clause.be} {whole}'s {part}?",
            f"Take {whole}. {which} {clause.be} its {part}?",
            f"{whole} has {which} for its {part}?",
            f"Tell me the {part} of {whole}.",
        ]
        if asked.noun is not None and not asked.person:
            wordings.append(f"Name the {asked.noun} of the {part} of {whole}.")
        yield from (Pair(question=wording, answer=whole) for wording in _whole(part, whole, value, clause))
    yield from (Pair(question=wording, answer=value) for wording in wordings)


def _whole(part: str, whole: str, value: str, clause: Clause) -> Iterator[str]:
    asked = asked_by(whole)
    if asked.noun is None or asked.person:
        return
    yield f"The {part} of which {asked.noun} {clause.be} {value}?"
    yield f"{value} {clause.be} the {part} of which {asked.noun}?"
    yield f"Which {asked.noun} has {value} for its {part}?"
    yield f"Of which {asked.noun} {clause.be} {value} the {part}?"
    yield f"Name the {asked.noun} whose {part} {clause.be} {value}."
    yield f"For which {asked.noun} {clause.be} the {part} {value}?"


def _gaps(sentence: str) -> Iterator[Pair]:
    """Leave out a name or a number: all that can be asked of a sentence that rules do not understand."""
    body = sentence.strip()
    spans = re.findall(r"(?<!^)\b(?:[A-Z][\w'\u2019-]+(?: [A-Z][\w'\u2019-]+)*|\d[\d,.]*\d|\d)\b", body)
    for span in dict.fromkeys(spans):
        if body.count(span) == 1 and content(span):
            gapped = body.replace(span, _GAP)
            before, after = gapped.rstrip(".").split(_GAP)
            yield Pair(question=f"Fill the gap: {gapped}", answer=span)
            if before.strip() and after.strip():
                yield Pair(
                    question=f"What is missing before “{after.strip()}” and after “{before.strip()}”?", answer=span
                )


def _inverted(clause: Clause) -> tuple[str, str]:
    return (clause.be, clause.verb.participle) if clause.passive else (clause.do, clause.verb.base)


def _be(noun: str, clause: Clause) -> str:
    return ("were" if clause.past else "are") if is_plural(noun) else ("was" if clause.past else "is")


def _adjuncts(clause: Clause) -> str:
    return " ".join(f"{adjunct.preposition} {adjunct.noun}" for adjunct in clause.adjuncts)


def _tail(clause: Clause) -> str:
    return f"{clause.object or ''} {_adjuncts(clause)}".strip()


def _tidy(question: str) -> str:
    text = re.sub(r"\s+([?.,:])", r"\1", " ".join(question.split()))
    return re.sub(r"(^|[.?] )([a-z])", lambda match: match[1] + match[2].upper(), text)
