"""Plain English statements taken apart: who does what to whom, where and when, as far as rules can tell."""

import re
from dataclasses import dataclass
from enum import StrEnum

from runner.english import (
    BE,
    BY_BASE,
    BY_PAST,
    BY_THIRD,
    COLOURS,
    DAYS,
    DETERMINERS,
    MATERIALS,
    MONTHS,
    NUMBERS,
    PREPOSITIONS,
    Verb,
    is_plural,
    participle_verb,
)

_LONGEST = 30
_COMPOUND = re.compile(
    r"[;:()\"\u201c\u201d?!]|, | (?:because|although|while|but|who|whose|which|that|when|where|if|not) |"
    r" and \w+ (?:is|are|was|were|has) "
)
_MADE = frozenset(["of", "from", "with"])
_TIMES = frozenset(["in", "since", "until", "before", "after", "from"])
_PLACES = frozenset(["in", "at", "on", "near", "from", "to", "behind", "beside", "above", "below"])


class NounType(StrEnum):
    """What a noun phrase names, as far as its shape tells."""

    PERSON = "person"
    PLACE = "place"
    YEAR = "year"
    DAY = "day"
    MONTH = "month"
    NUMBER = "number"
    COLOUR = "colour"
    MATERIAL = "material"
    THING = "thing"
    """A definite thing with a common noun, such as `the Heron ferry`."""
    OTHER = "other"


_NAMED = (
    (DAYS, NounType.DAY),
    (MONTHS, NounType.MONTH),
    (COLOURS, NounType.COLOUR),
    (MATERIALS, NounType.MATERIAL),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjunct:
    """A prepositional phrase at the end of a clause."""

    preposition: str
    noun: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """A statement of one subject and one verb; a passive with an agent is told in the active."""

    subject: str
    verb: Verb
    past: bool
    passive: bool
    """Whether the subject suffers the verb, by an agent that is not named."""
    object: str | None
    """Object of an active verb, complement of `be`, or what a passive ends in (`painted ochre`)."""
    adjuncts: tuple[Adjunct, ...]

    @property
    def copula(self) -> bool:
        """Whether the clause says only what the subject is."""
        return self.verb.base == "be"

    @property
    def be(self) -> str:
        """The form of `be` that agrees with the subject."""
        return ("were" if self.past else "are") if is_plural(self.subject) else ("was" if self.past else "is")

    @property
    def do(self) -> str:
        """The form of `do` that agrees with the subject."""
        return "did" if self.past else "do" if is_plural(self.subject) else "does"

    @property
    def finite(self) -> str:
        """The verb as it stands after its subject."""
        if self.copula:
            return self.be
        if self.passive:
            return f"{self.be} {self.verb.participle}"
        return self.verb.past if self.past else self.verb.base if is_plural(self.subject) else self.verb.third


def parse_clause(sentence: str) -> Clause | None:
    """Take a simple statement apart; None where the rules do not understand it."""
    tokens = sentence.strip().rstrip(".").split()
    if not sentence.strip().endswith(".") or len(tokens) > _LONGEST or _COMPOUND.search(sentence):
        return None
    for index in range(1, len(tokens) - 1):
        if not _subject_like(tokens[:index]):
            continue
        clause = _clause_at(tokens, index)
        if clause is not None:
            return clause
    return None


def _subject_like(tokens: list[str]) -> bool:
    last = tokens[-1].lower()
    first = tokens[0].lower()
    return (
        last not in DETERMINERS
        and last not in PREPOSITIONS
        and last not in {"of", "and", "or"}
        and first not in PREPOSITIONS
        and first not in {"it", "he", "she", "they", "this", "these", "there", "we", "you", "i", "if"}
        and (last not in NUMBERS or len(tokens) == 1)
    )


def _clause_at(tokens: list[str], index: int) -> Clause | None:
    subject, word, rest = " ".join(tokens[:index]), tokens[index].lower(), tokens[index + 1 :]
    if word in BE:
        return _after_be(subject, rest, past=word in {"was", "were"})
    present = (BY_BASE if is_plural(subject) else BY_THIRD).get(word)
    verb = present or BY_PAST.get(word)
    return None if verb is None else _clause(subject, verb, rest, past=present is None, passive=False)


def _after_be(subject: str, rest: list[str], *, past: bool) -> Clause | None:
    verb = participle_verb(rest[0])
    if verb is not None and len(rest) > 1:
        return _passive(subject, verb, rest[1:], past=past)
    if rest[0].lower() in {"a", "an"}:
        return None  # "is a" defines: asking back needs more than rules
    return _clause(subject, BY_BASE["be"], rest, past=past, passive=False)


def _passive(subject: str, verb: Verb, rest: list[str], *, past: bool) -> Clause | None:
    clause = _clause(subject, verb, rest, past=past, passive=True)
    if clause is None:
        return None
    # "by Oda Brill" and "by the guild" act; "by hand" and "by night" do not.
    agents = [
        adjunct
        for adjunct in clause.adjuncts
        if adjunct.preposition == "by" and (adjunct.noun[0].isupper() or adjunct.noun.split()[0] in DETERMINERS)
    ]
    if len(agents) != 1 or clause.object is not None:
        return clause
    return Clause(
        subject=agents[0].noun,
        verb=verb,
        past=past,
        passive=False,
        object=_noun(subject.split()),
        adjuncts=tuple(adjunct for adjunct in clause.adjuncts if adjunct is not agents[0]),
    )


def _clause(subject: str, verb: Verb, rest: list[str], *, past: bool, passive: bool) -> Clause | None:
    head: list[str] = []
    adjuncts: list[Adjunct] = []
    while rest:
        word = rest[0].lower()
        if word in PREPOSITIONS or (word == "of" and not head and not adjuncts):
            end = next((i for i in range(1, len(rest)) if rest[i].lower() in PREPOSITIONS), len(rest))
            if end == 1:
                return None
            adjuncts.append(Adjunct(preposition=word, noun=_noun(rest[1:end])))
            rest = rest[end:]
        else:
            head.append(rest[0])
            rest = rest[1:]
    if not head and not adjuncts:
        return None
    return Clause(
        subject=_noun(subject.split()),
        verb=verb,
        past=past,
        passive=passive,
        object=_noun(head) if head else None,
        adjuncts=tuple(adjuncts),
    )


def _noun(tokens: list[str]) -> str:
    first = tokens[0]
    lowered = first.lower() in DETERMINERS or first.lower() in NUMBERS
    return " ".join([first.lower() if lowered else first, *tokens[1:]])


def noun_type(noun: str, *, preposition: str | None = None) -> NounType:
    """Tell what a noun phrase names, by its words and by the preposition before it."""
    tokens = noun.split()
    lowered = noun.lower()
    if re.fullmatch(r"1\d{3}|20\d{2}", noun) and preposition in _TIMES:
        return NounType.YEAR
    for table, named in _NAMED:
        if named is NounType.MATERIAL and preposition not in _MADE:
            continue
        if lowered in table or (len(tokens) == 1 and lowered.rstrip("s") in table):
            return named
    if tokens[0].lower() in NUMBERS or re.fullmatch(r"\d[\d,.]*", tokens[0]):
        return NounType.NUMBER
    if tokens[0] == "the" and len(tokens) > 1 and tokens[-1].islower():
        return NounType.THING
    if all(token[0].isupper() for token in tokens) and not (len(tokens) == 1 and is_plural(noun)):
        return NounType.PLACE if preposition in _PLACES else NounType.PERSON
    return NounType.OTHER
