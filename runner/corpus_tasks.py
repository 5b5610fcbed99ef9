"""The tasks of the procedural corpus: reading, rearranging, telling, each over words that nobody knows."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from runner import corpus_words as words
from runner import prompts
from runner.corpus_relations import FRAMES, RELATIONS, Relation
from runner.example import Example, ask, ask_choice


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One relation of one invented entity, with its value."""

    entity: str
    relation: Relation
    value: str


Task = Callable[[random.Random], Example]


def capital(text: str) -> str:
    """Write the first letter large."""
    return text[:1].upper() + text[1:]


def fact(rng: random.Random, *, entity: str | None = None, relation: Relation | None = None) -> Fact:
    """Invent a fact."""
    relation = relation or rng.choice(RELATIONS)
    return Fact(entity=entity or words.entity(rng), relation=relation, value=relation.value(rng))


def state(item: Fact, template: str) -> str:
    """Write a sentence that states a fact."""
    return capital(template.format(e=item.entity, v=item.value))


def wordings(relation: Relation) -> tuple[str, ...]:
    """List every way in which a relation is asked for."""
    return relation.asks + FRAMES


def question(item: Fact, template: str) -> str:
    """Write a question about a fact."""
    return capital(template.format(e=item.entity, E=capital(item.entity), noun=item.relation.noun))


def say(rng: random.Random, item: Fact) -> str:
    """State a fact in a wording at random."""
    return state(item, rng.choice(item.relation.says))


def enquire(rng: random.Random, item: Fact) -> str:
    """Ask for a fact in a wording at random."""
    return question(item, rng.choice(wordings(item.relation)))


def _reply(rng: random.Random, item: Fact) -> str:
    return rng.choice((item.value, item.value, capital(item.value) + ".", say(rng, item)))


def _passage(rng: random.Random) -> tuple[list[Fact], str]:
    entities = [words.entity(rng) for _ in range(rng.choice((1, 1, 2, 3)))]
    relations = rng.sample(RELATIONS, rng.randint(1, 2 if len(entities) > 2 else 3))  # noqa: PLR2004 - short rows
    facts = [fact(rng, entity=entity, relation=relation) for entity in entities for relation in relations]
    rng.shuffle(facts)
    glue = rng.choice((" ", " ", "\n"))
    return facts, glue.join(say(rng, item) for item in facts)


def reading(rng: random.Random) -> Example:
    """Answer a question from a context that states it."""
    facts, context = _passage(rng)
    item = rng.choice(facts)
    return Example(prompt=ask(context, enquire(rng, item)), answer=_reply(rng, item))


def choosing(rng: random.Random) -> Example:
    """Choose, by its full text, the choice that a context states."""
    item = fact(rng)
    options = {item.value: None}
    while len(options) < 4:  # noqa: PLR2004 - four choices
        options[item.relation.value(rng)] = None
    choices = tuple(rng.sample(list(options), 4))
    return Example(prompt=ask(say(rng, item), ask_choice(enquire(rng, item), choices)), answer=item.value)


def unstated(rng: random.Random) -> Example:
    """Answer a question that nothing states: only the answer's type can be learned from it."""
    item = fact(rng)
    return Example(prompt=enquire(rng, item), answer=_reply(rng, item))


def telling(rng: random.Random) -> Example:
    """Write plain text about one entity."""
    entity = words.entity(rng)
    facts = [fact(rng, entity=entity, relation=relation) for relation in rng.sample(RELATIONS, rng.randint(2, 5))]
    return Example(prompt=None, answer=" ".join(say(rng, item) for item in facts))


def rambling(rng: random.Random) -> Example:
    """Write plain text of common words, so that each is met in some sentence."""
    picked = [rng.choice(words.FILLER) for _ in range(rng.randint(8, 16))]
    return Example(prompt=None, answer=capital(" ".join(picked)) + ".")


def echo(rng: random.Random) -> Example:
    """Say the same words again: the shortest lesson in copying."""
    kinds: tuple[words.Pick, ...] = (words.name, words.word, words.thing, words.quantity, words.person)
    text = ", ".join(rng.choice(kinds)(rng) for _ in range(rng.randint(2, 6)))
    verb = rng.choice(("Repeat", "Copy", "Say again", "Write once more", "Echo"))
    return Example(prompt=f"{verb}: {text}", answer=text)


def picking(rng: random.Random) -> Example:
    """Pick one item of a list by its place or its label."""
    labels = rng.sample(words.FILLER[200:] + words.PARTS, rng.randint(2, 5))
    kinds: tuple[words.Pick, ...] = (words.name, words.thing, words.quantity, words.person, words.clock, words.entity)
    values = [rng.choice(kinds)(rng) for _ in labels]
    lines = "\n".join(f"{label}: {value}" for label, value in zip(labels, values, strict=True))
    index = rng.randrange(len(labels))
    asked = rng.choice(("What is the {}?", "Give the {}.", "Which {} is written here?", "Read out the {}.", "{}?"))
    return Example(prompt=ask(lines, capital(asked.format(labels[index]))), answer=values[index])


SLOTS: dict[str, words.Pick] = {
    "name": words.person,
    "place": words.name,
    "day": words.one_of(words.DAYS),
    "time": words.clock,
    "item": words.thing,
    "amount": words.quantity,
    "colour": words.one_of(words.COLOURS),
    "house": words.entity,
    "animal": words.one_of(words.CREATURES),
    "dish": words.one_of(words.FOODS),
}
"""What forms are filled with."""


def imitating(rng: random.Random) -> Example:
    """Fill a form of words as the examples above it do; the form is new each time."""
    names = rng.sample(sorted(SLOTS), rng.randint(2, 4))
    literals = [" ".join(rng.choice(words.FILLER) for _ in range(rng.randint(1, 3))) for _ in range(len(names) + 1)]
    order = rng.sample(range(len(names)), len(names))

    def row() -> tuple[str, str]:
        values = [SLOTS[item](rng) for item in names]
        out = literals[0] + "".join(f" {values[slot]} {literals[i + 1]}" for i, slot in enumerate(order))
        return "; ".join(values), capital(out)

    shots = [row() for _ in range(rng.randint(1, 2))]
    given, answer = row()
    context = "\n".join(f"{left} -> {right}" for left, right in shots)
    return Example(prompt=f"{context}\n{given} ->", answer=answer)


FORMS = (
    ("Write a note to {name} about {item} at {place}.", "Dear {name}, {item} is waiting for you at {place}."),
    ("Announce that {house} opens on {day} at {time}.", "Notice: {house} opens on {day} at {time}. All are welcome."),
    ("Report {amount} of {dish} for {name}.", "Report: {name} takes {amount} of {dish}."),
    ("Thank {name} for {item}.", "Thank you, {name}, for {item}. It was kind of you."),
    ("Label {item} from {place}, {amount}.", "{item} | origin: {place} | {amount}"),
    ("Warn {place} of {animal} on {day}.", "Warning for {place}: {animal} seen on {day}. Take care."),
    ("Order {dish} for {name} at {time}.", "Order: {dish}. For: {name}. Ready at: {time}."),
    ("Describe {item} of {name} in one line.", "{name} owns {item}, and is proud of it."),
    ("Make a sign for {house} in {colour}.", "[{colour}] {house}, please come in."),
    ("Invite {name} to {house} on {day}.", "{name}, you are invited to {house} on {day}. Please answer soon."),
    ("Log that {name} left {place} at {time}.", "{time}: {name} left {place}."),
    ("Ask {name} for {amount} by {day}.", "{name}, please send {amount} before {day}."),
)


def writing(rng: random.Random) -> Example:
    """Follow an instruction by filling one of a dozen known forms."""
    asked, form = rng.choice(FORMS)
    values = {slot: make(rng) for slot, make in SLOTS.items()}
    return Example(prompt=capital(asked.format(**values)), answer=capital(form.format(**values)))


def rewriting(rng: random.Random) -> Example:
    """Replace one part of a sentence."""
    item = fact(rng)
    other = item.relation.value(rng)
    sentence = say(rng, item)
    verb = rng.choice(("Replace {a} by {b}", "Write {b} instead of {a}", "Change {a} to {b}"))
    changed = sentence.replace(item.value, other).replace(capital(item.value), capital(other))
    return Example(prompt=f"{verb.format(a=item.value, b=other)}: {sentence}", answer=changed)


def teaching(rng: random.Random) -> Example:
    """Write questions and answers from a passage, in the very form that a teacher is asked for."""
    facts, passage = _passage(rng)
    seed = fact(rng)
    shot = prompts.Example(context=None, question=enquire(rng, seed), answer=seed.value)
    chat = prompts.messages(
        prompts.Ask(
            step=prompts.Step.PAIRS, topic=words.name(rng), examples=(shot,), text=passage, count=rng.randint(1, 24)
        )
    )
    asked = rng.sample(facts, min(len(facts), 3))
    return Example(
        prompt=chat[-1].content,
        answer="\n".join(f"Q: {enquire(rng, item)}\nA: {item.value}" for item in asked),
    )


SHARES: tuple[tuple[Task, float], ...] = (
    (reading, 0.26),
    (choosing, 0.08),
    (unstated, 0.06),
    (telling, 0.08),
    (rambling, 0.03),
    (echo, 0.10),
    (picking, 0.08),
    (imitating, 0.10),
    (writing, 0.12),
    (rewriting, 0.09),
    (teaching, 0.05),
)
"""Each task with its share of the corpus, apart from the stated facts."""
