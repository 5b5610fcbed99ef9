"""The words that ask for a noun phrase: who, which bell, what colour, how many ringers."""

from dataclasses import dataclass

from runner.clauses import NounType, noun_type


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How to ask for a noun phrase."""

    noun: str | None
    """The common noun to ask by (`which bell`), None where there is none."""
    pronoun: str
    person: bool

    @property
    def which(self) -> str:
        """What stands in the noun phrase's place."""
        if self.noun is None or self.person:
            return self.pronoun
        return f"{'what' if self.noun in {'colour', 'material'} else 'which'} {self.noun}"

    @property
    def whom(self) -> str:
        """What stands in its place after a preposition."""
        return "whom" if self.person else self.which

    @property
    def relative(self) -> str:
        """The relative pronoun that refers to it."""
        return "who" if self.person else "that"


def asked_by(noun: str, *, preposition: str | None = None) -> Asked:
    """Find the words that ask for a noun phrase, given the preposition before it."""
    kind = noun_type(noun, preposition=preposition)
    if kind is NounType.PERSON:
        return Asked(noun="person", pronoun="who", person=True)
    if kind is NounType.THING:
        return Asked(noun=noun.split(" of ", maxsplit=1)[0].rsplit(maxsplit=1)[-1], pronoun="what", person=False)
    if kind in {NounType.OTHER, NounType.NUMBER}:
        return Asked(noun=None, pronoun="what", person=False)
    return Asked(noun=kind.value, pronoun="what", person=False)


def numbered(noun: str) -> tuple[str, str]:
    """Split `nine ringers` into the number and what is counted; two empty texts where nothing is counted."""
    first, _, counted = noun.partition(" ")
    return (first, counted) if counted and noun_type(noun) is NounType.NUMBER else ("", "")
