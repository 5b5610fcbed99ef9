"""A leaf's data: enough of it, split without a leak, balanced, the same each time, and told where it falls short."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from threading import Event

import pytest

from runner.generation import FEWEST_CHOICES, generate_leaf, prompts_planned
from runner.prompts import Step, read_ask
from runner.rule_teacher import RuleTeacher
from runner.samples import LeafData, Origin
from runner.sources import DocumentFile
from runner.teacher import Message, Refused
from runner.wording import frame, normalise, overlap
from schemas.codec import encode
from schemas.errors import LeafError, UserError
from schemas.leaf import Kind, QuestionAnswer, SeedExample
from tests.runner.demo_leaves import DemoLeaf, demo_leaf, demo_leaves

KNOWLEDGE = [found for found in demo_leaves() if found.leaf.kind is Kind.KNOWLEDGE]
SKILLS = [found for found in demo_leaves() if found.leaf.kind is Kind.SKILL]


@cache
def generated(found: DemoLeaf, *, seed: int = 0) -> LeafData:
    return generate_leaf(found.leaf, found.documents, teacher=RuleTeacher(), seed=seed)


def name_of(found: DemoLeaf) -> str:
    return found.leaf.path.rpartition("/")[2]


knowledge_leaves = pytest.mark.parametrize("found", KNOWLEDGE, ids=name_of)
skill_leaves = pytest.mark.parametrize("found", SKILLS, ids=name_of)
seeds = pytest.mark.parametrize("seed", [0, 1])


class Scripted:
    """A teacher whose replies a test writes."""

    name = "scripted"

    def __init__(self, reply: str | None, *, parallel: int = 1) -> None:
        self.reply = reply
        self.parallel = parallel

    def chat(self, messages: Sequence[Message], *, seed: int, max_tokens: int) -> str:
        assert read_ask(messages).step in Step
        assert seed >= 0
        assert max_tokens > 0
        if self.reply is None:
            raise Refused("too long")
        return self.reply


@seeds
@knowledge_leaves
def test_a_knowledge_leaf_gives_enough_to_train_on_and_a_hundred_choice_questions(found: DemoLeaf, seed: int) -> None:
    data = generated(found, seed=seed)
    assert 400 <= len(data.train) <= 800
    assert FEWEST_CHOICES <= len(data.mmlu) <= 200
    assert not data.notes
    assert len({question.cluster for question in data.mmlu}) >= 24


@seeds
@skill_leaves
def test_a_skill_leaf_gives_enough_to_train_on_and_forty_questions(found: DemoLeaf, seed: int) -> None:
    data = generated(found, seed=seed)
    assert 100 <= len(data.train) <= 450
    assert len(data.bench) >= 40
    assert len({question.cluster for question in data.bench}) >= 20
    assert all((question.context is not None) == found.leaf.grounded for question in data.bench)


@seeds
@knowledge_leaves
def test_no_held_out_wording_of_a_fact_is_trained_on(found: DemoLeaf, seed: int) -> None:
    data = generated(found, seed=seed)
    questions = {normalise(sample.question) for sample in data.train}
    asked = {(normalise(sample.answer), frame(sample.question)) for sample in data.train}
    for item in data.mmlu:
        gold = normalise(item.choices[item.gold])
        assert normalise(item.question) not in questions
        assert (gold, frame(item.question)) not in asked
        assert all(
            overlap(item.question, sample.question) < 1 or frame(item.question) != frame(sample.question)
            for sample in data.train
            if normalise(sample.answer) == gold
        )


@seeds
@knowledge_leaves
def test_every_held_out_fact_is_also_trained_on_in_other_words(found: DemoLeaf, seed: int) -> None:
    data = generated(found, seed=seed)
    known = {(sample.cluster, normalise(sample.answer)) for sample in data.train}
    assert all((item.cluster, normalise(item.choices[item.gold])) in known for item in data.mmlu)


@seeds
@skill_leaves
def test_held_out_combinations_are_never_trained_on_though_all_their_parts_are(found: DemoLeaf, seed: int) -> None:
    data = generated(found, seed=seed)
    answers = {normalise(sample.answer) for sample in data.train}
    inputs = {frame(f"{sample.context or ''} {sample.question}") for sample in data.train}
    parts = Counter(word for answer in answers for word in answer.split())
    for question in data.bench:
        assert normalise(question.reference) not in answers
        assert frame(f"{question.context or ''} {question.question}") not in inputs
        assert all(parts[word] >= 3 for word in normalise(question.reference).split())
    assert not {sample.cluster for sample in data.train} & {question.cluster for question in data.bench}


@seeds
@knowledge_leaves
def test_choices_cannot_be_told_by_position_or_by_how_often_an_answer_stands(found: DemoLeaf, seed: int) -> None:
    data = generated(found, seed=seed)
    positions = Counter(item.gold for item in data.mmlu)
    assert max(positions.values()) - min(positions.values()) <= 1
    right = Counter(item.choices[item.gold] for item in data.mmlu)
    wrong = Counter(choice for item in data.mmlu for i, choice in enumerate(item.choices) if i != item.gold)
    assert all(abs(wrong[answer] - 3 * right[answer]) <= 1 for answer in right.keys() | wrong.keys())
    assert all(len({normalise(choice) for choice in item.choices}) == 4 for item in data.mmlu)


def test_choices_are_of_one_type() -> None:
    data = generated(demo_leaf("lights_of_skerrin_coast"))
    years = {"1671", "1704", "1688", "1752", "1719", "1643"}
    colours = {"green", "blue", "red", "orange", "yellow", "purple"}
    for group in (years, colours):
        assert all(set(item.choices) <= group or not set(item.choices) & group for item in data.mmlu)
        assert any(set(item.choices) <= group for item in data.mmlu)


@pytest.mark.parametrize("found", demo_leaves(), ids=name_of)
def test_seed_examples_are_all_trained_on(found: DemoLeaf) -> None:
    data = generated(found)
    seeds = {(sample.context, sample.question, sample.answer) for sample in data.train if sample.origin is Origin.SEED}
    grounded = found.leaf.grounded
    for example in found.leaf.seed_examples:
        for pair in example.pairs:
            assert (example.context if grounded else None, pair.question, pair.answer) in seeds
    assert len(seeds) == data.seeds


@pytest.mark.parametrize("name", ["bells_of_orrin_vale", "lamp_signals", "quay_slates"])
def test_the_same_leaf_gives_the_same_data_wherever_its_documents_come_from(name: str) -> None:
    found = demo_leaf(name)
    first = encode(generated(found))
    generated.cache_clear()
    assert encode(generated(found)) == first
    assert encode(generated(found, seed=1)) != first
    if found.leaf.document is not None:
        moved = replace(found.leaf, document=replace(found.leaf.document, repo="http://127.0.0.1:9/other.git"))
        assert encode(generated(replace(found, leaf=moved))) == first


def test_counts_tell_what_became_of_everything() -> None:
    data = generated(demo_leaf("bells_of_orrin_vale"))
    assert data.kept <= len(data.train) + data.generated
    assert data.generated + data.seeds == sum(data.dropped.values()) + data.kept
    assert data.seeds == 15


def test_progress_is_told_once_a_prompt_and_planned_before() -> None:
    for name in ("bells_of_orrin_vale", "lamp_signals"):
        found = demo_leaf(name)
        told: list[None] = []
        generate_leaf(
            found.leaf, found.documents, teacher=RuleTeacher(), seed=0, tell=lambda told=told: told.append(None)
        )
        assert len(told) == prompts_planned(found.leaf, found.documents)


@pytest.mark.parametrize("reply", ["", "I cannot help with that.", "Q: Who?\nA: Me", "Q: " + "x " * 999])
@pytest.mark.parametrize("name", ["bells_of_orrin_vale", "lamp_signals", "quay_slates"])
def test_a_model_that_gives_nothing_usable_is_completed_by_rules_and_that_is_told(name: str, reply: str) -> None:
    found = demo_leaf(name)
    data = generate_leaf(found.leaf, found.documents, teacher=Scripted(reply, parallel=3), seed=0)
    assert any(f"that scripted wrote for {found.leaf.path}, 0 could be used" in note for note in data.notes)
    assert len(data.bench or data.mmlu) >= 40


@pytest.mark.parametrize("parallel", [1, 3])
@pytest.mark.parametrize("name", ["bells_of_orrin_vale", "lamp_signals", "quay_slates"])
def test_a_model_that_refuses_everything_is_not_silently_replaced(name: str, parallel: int) -> None:
    found = demo_leaf(name)
    with pytest.raises(UserError, match=r"scripted refused all of \d+ prompts: check that --teacher-model .* too long"):
        generate_leaf(found.leaf, found.documents, teacher=Scripted(None, parallel=parallel), seed=0)


def test_a_model_that_refuses_some_prompts_is_asked_the_others() -> None:
    class Choosy(Scripted):
        def chat(self, messages: Sequence[Message], *, seed: int, max_tokens: int) -> str:
            if read_ask(messages).part == 1:
                raise Refused("too long")
            return super().chat(messages, seed=seed, max_tokens=max_tokens)

    found = demo_leaf("bells_of_orrin_vale")
    data = generate_leaf(found.leaf, found.documents, teacher=Choosy("Q: Who?\nA: Me"), seed=0)
    assert data.dropped["prompt refused"] > 0


def test_what_a_model_writes_is_taken_beside_the_seeds() -> None:
    found = demo_leaf("bells_of_orrin_vale")
    reply = "Q: Which smith made the Brannoch bell ring first?\nA: Oda Brill"
    data = generate_leaf(found.leaf, found.documents, teacher=Scripted(reply), seed=0)
    everything = [sample.question for sample in data.train] + [item.question for item in data.mmlu]
    assert "Which smith made the Brannoch bell ring first?" in everything


def test_a_stopped_build_does_not_wait_for_the_teacher() -> None:
    waiting = Event()

    class Slow(Scripted):
        def chat(self, messages: Sequence[Message], *, seed: int, max_tokens: int) -> str:
            waiting.wait(60)
            return super().chat(messages, seed=seed, max_tokens=max_tokens)

    class First(Slow):
        def chat(self, messages: Sequence[Message], *, seed: int, max_tokens: int) -> str:
            if read_ask(messages).part == 1:
                raise KeyboardInterrupt
            return super().chat(messages, seed=seed, max_tokens=max_tokens)

    found = demo_leaf("lamp_signals")
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        generate_leaf(found.leaf, (), teacher=First("", parallel=4), seed=0)
    waiting.set()
    assert time.monotonic() - began < 30


def test_an_unfaithful_model_is_not_believed() -> None:
    found = demo_leaf("bells_of_orrin_vale")
    data = generate_leaf(
        found.leaf, found.documents, teacher=Scripted("Q: Who cast the Brannoch bell in iron?\nA: Joseph Haydn"), seed=0
    )
    assert all(sample.answer != "Joseph Haydn" for sample in data.train)
    assert data.dropped["answer not in the passage"] > 0


def test_an_error_of_the_teacher_ends_the_leaf() -> None:
    class Broken(Scripted):
        def chat(self, messages: Sequence[Message], *, seed: int, max_tokens: int) -> str:
            super().chat(messages, seed=seed, max_tokens=max_tokens)
            raise UserError("cannot be reached")

    found = demo_leaf("lamp_signals")
    for parallel in (1, 4):
        with pytest.raises(UserError, match="cannot be reached"):
            generate_leaf(found.leaf, (), teacher=Broken("", parallel=parallel), seed=0)


def test_a_skill_that_rules_cannot_extend_names_itself_and_says_what_to_do() -> None:
    pairs = [("What is up?", "The sky."), ("Who goes there?", "A friend of mine."), ("Why is it so?", "Because.")]
    examples = tuple(
        SeedExample(context=None, pairs=(QuestionAnswer(question=question, answer=answer),))
        for question, answer in pairs
    )
    leaf = replace(demo_leaf("lamp_signals").leaf, path="compositional_skills/odd", seed_examples=examples)
    with pytest.raises(LeafError, match=r"compositional_skills/odd: .*repeat their parts") as caught:
        generate_leaf(leaf, (), teacher=RuleTeacher(), seed=0)
    assert caught.value.leaf == "compositional_skills/odd"


@pytest.mark.parametrize("text", ["", "# Only a heading\n", "Yes. No.\n", "Nothing to ask about here at all.\n"])
def test_documents_without_facts_are_said_so(text: str) -> None:
    leaf = demo_leaf("bells_of_orrin_vale").leaf
    with pytest.raises(LeafError, match=leaf.path):
        generate_leaf(leaf, (DocumentFile(path="a.md", text=text, blob_sha="0"),), teacher=RuleTeacher(), seed=0)


def test_few_facts_are_told_with_their_number() -> None:
    found = demo_leaf("bells_of_orrin_vale")
    (document,) = found.documents
    short = replace(document, text="\n\n".join(document.text.split("\n\n")[:9]))
    data = generate_leaf(found.leaf, (short,), teacher=RuleTeacher(), seed=0)
    assert 0 < len(data.mmlu) < FEWEST_CHOICES
    assert any(f"has only {len(data.mmlu)} choice questions" in note for note in data.notes)


def test_many_small_files_are_one_source_of_choices() -> None:
    found = demo_leaf("bells_of_orrin_vale")
    (document,) = found.documents
    parts = document.text.split("\n## ")[1:]
    files = tuple(
        DocumentFile(path=f"{number}.md", text=f"## {part}", blob_sha=str(number)) for number, part in enumerate(parts)
    )
    data = generate_leaf(found.leaf, files, teacher=RuleTeacher(), seed=0)
    assert len(data.mmlu) >= FEWEST_CHOICES
    assert len(data.documents) == len(files)


def test_of_a_library_a_part_is_asked_about_and_that_is_told() -> None:
    found = demo_leaf("bells_of_orrin_vale")
    names = [f"{first}{second}" for first in ("Bra", "Ko", "Tes", "Mil", "Ves") for second in ("dan", "lop", "rik")]
    text = "\n\n".join(
        f"The {name}{number} bell hangs in {name}wick{number}. The {name}{number} bell needs nine ringers."
        for number in range(200)
        for name in names
    )
    library = (DocumentFile(path="a.md", text=text, blob_sha="1"),)
    data = generate_leaf(found.leaf, library, teacher=RuleTeacher(), seed=0)
    assert data.notes == (
        f"Of the first 4000 sentences of {found.leaf.path}, 240 were asked about, in passages spread evenly over them.",
    )
    assert len(data.passages) == 4000
    assert len(data.mmlu) <= 200


class Quiz(Scripted):
    """A model that asks and answers yes-or-no questions."""

    def chat(self, messages: Sequence[Message], *, seed: int, max_tokens: int) -> str:
        ask = read_ask(messages)
        assert (seed, max_tokens > 0) == (0, True)
        if ask.step is Step.ANSWERS:
            return "\n".join(f"{i}. {'yes' if 'red' in q else 'no'}" for i, q in enumerate(ask.questions, start=1))
        colours = ["red", "blue", "green", "dark red"]
        return "\n".join(f"Q: Is the flag number {ask.part} of ship {n} {colours[n % 4]}?" for n in range(8))


def test_a_skill_that_chooses_between_few_answers_holds_out_whole_questions() -> None:
    pairs = [("Is the flag red?", "yes"), ("Is the flag blue?", "no"), ("Is the ship red?", "yes")]
    examples = tuple(SeedExample(context=None, pairs=(QuestionAnswer(question=q, answer=a),)) for q, a in pairs)
    leaf = replace(demo_leaf("lamp_signals").leaf, seed_examples=examples)
    data = generate_leaf(leaf, (), teacher=Quiz(""), seed=0)
    assert len({question.cluster for question in data.bench}) == len(data.bench) >= 20
    assert {question.reference for question in data.bench} == {"yes", "no"}
    assert not {sample.question for sample in data.train} & {question.question for question in data.bench}
