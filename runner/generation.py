"""One leaf's data from end to end: seeds and documents in; samples to train on and held-out questions out."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from runner.asking import Asking, Tell
from runner.choices import build_choices
from runner.deduplicate import deduplicate
from runner.generate_knowledge import MOST_FACTS, DocumentText, Fact, chunks_of, facts_of, knowledge_samples
from runner.generate_knowledge import asks as knowledge_asks
from runner.generate_knowledge import seed_samples as knowledge_seeds
from runner.generate_skill import seed_samples as skill_seeds
from runner.generate_skill import skill_prompts, skill_samples, tied
from runner.held_out import Split, split_knowledge, split_skill
from runner.rule_teacher import RuleTeacher
from runner.samples import BenchQuestion, ChoiceQuestion, LeafData, Origin, Sample
from runner.teacher import Teacher
from schemas.errors import LeafError
from schemas.leaf import Kind, Leaf

FEWEST_CHOICES = 100
"""How many choice questions a knowledge leaf should have; fewer are told."""
_FEWEST_HELD_OUT = 20
"""Below this the rules complete what a model gave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """A leaf's samples, split, with what is known about how they came about."""

    split: Split
    given: int
    dropped: Counter[str]
    notes: tuple[str, ...]


def generate_leaf(
    leaf: Leaf, documents: Sequence[DocumentText], *, teacher: Teacher, seed: int, tell: Tell = lambda: None
) -> LeafData:
    """Generate a leaf's data.

    Args:
        leaf: The leaf; where its documents come from makes no difference, only what they say.
        documents: The files of a knowledge leaf; none for a skill.
        teacher: Who writes questions and answers.
        seed: The same leaf, documents, teacher and seed give the same data, as far as the teacher repeats itself.
        tell: Called after each prompt that was answered.

    Raises:
        LeafError: if nothing is left to train on or to hold out; it names the leaf and what to do.
    """
    facts = facts_of(documents)
    if leaf.kind is Kind.KNOWLEDGE and not facts:
        raise LeafError(
            f"{leaf.path}: the documents hold no sentences; name Markdown or text files of prose in document.patterns.",
            leaf=leaf.path,
        )
    draft = _draft(leaf, facts, teacher=teacher, seed=seed, tell=tell)
    choices, notes = _choices(leaf, draft.split, seed=seed)
    measured = len(choices) if leaf.kind is Kind.KNOWLEDGE else len(draft.split.held_out)
    completed = measured < _FEWEST_HELD_OUT and not isinstance(teacher, RuleTeacher)
    if completed:
        draft = _completed(leaf, facts, draft, teacher=teacher, seed=seed)
        choices, notes = _choices(leaf, draft.split, seed=seed)
    data = LeafData(
        leaf=leaf.path,
        kind=leaf.kind,
        seeds=sum(len(example.pairs) for example in leaf.seed_examples),
        generated=draft.given,
        kept=len(draft.split.train) + len(draft.split.held_out),
        train=draft.split.train,
        documents=_prose(facts),
        bench=() if leaf.kind is Kind.KNOWLEDGE else tuple(_bench(sample) for sample in draft.split.held_out),
        mmlu=choices,
        passages=tuple(fact.sentence for fact in facts),
        dropped=dict(sorted((draft.dropped + Counter(draft.split.dropped)).items())),
        notes=(*draft.notes, *_partly_asked(leaf, facts), *notes),
        completed=completed,
    )
    _refuse_empty(leaf, data)
    return data


def prompts_planned(leaf: Leaf, documents: Sequence[DocumentText]) -> int:
    """Foretell how many prompts a leaf takes, as far as that is known before the first."""
    if leaf.kind is Kind.SKILL:
        return skill_prompts(leaf)
    return len(knowledge_asks(leaf, chunks_of(facts_of(documents))))


def _draft(leaf: Leaf, facts: Sequence[Fact], *, teacher: Teacher, seed: int, tell: Tell) -> _Draft:
    asking = Asking(teacher=teacher, seed=seed, tell=tell)
    samples, given = _asked(leaf, facts, asking)
    return _settled(leaf, facts, samples, given=given, dropped=asking.dropped, seed=seed)


def _completed(leaf: Leaf, facts: Sequence[Fact], draft: _Draft, *, teacher: Teacher, seed: int) -> _Draft:
    """Let the rules write what a weak model did not, beside what it did; the data's notes say so."""
    asking = Asking(teacher=RuleTeacher(), seed=seed, tell=lambda: None)
    samples, given = _asked(leaf, facts, asking)
    everything = (*draft.split.train, *draft.split.held_out)
    own = tuple(sample for sample in everything if sample.origin is not Origin.SEED)
    written = "questions" if leaf.kind is Kind.SKILL else "pairs"
    note = (
        f"Of {draft.given} {written} that {teacher.name} wrote for {leaf.path}, {len(own)} could be used, too few to "
        "measure anything by: rules wrote more training pairs and held-out questions beside them."
    )
    completed = _settled(
        leaf, facts, (*own, *samples), given=draft.given + given, dropped=draft.dropped + asking.dropped, seed=seed
    )
    return _Draft(
        split=completed.split, given=completed.given, dropped=completed.dropped, notes=(*completed.notes, note)
    )


def _asked(leaf: Leaf, facts: Sequence[Fact], asking: Asking) -> tuple[tuple[Sample, ...], int]:
    return skill_samples(leaf, asking) if leaf.kind is Kind.SKILL else knowledge_samples(leaf, facts, asking)


def _settled(
    leaf: Leaf, facts: Sequence[Fact], samples: Sequence[Sample], *, given: int, dropped: Counter[str], seed: int
) -> _Draft:
    """Deduplicate the whole leaf, then split it."""
    skill = leaf.kind is Kind.SKILL
    seeds = skill_seeds(leaf) if skill else knowledge_seeds(leaf, facts)
    kept = deduplicate((*seeds, *samples))
    rng = _rng(leaf, seed, "split")
    split = split_skill(tied(kept.samples), rng=rng) if skill else split_knowledge(kept.samples, rng=rng)
    return _Draft(split=split, given=given, dropped=dropped + Counter(kept.dropped), notes=())


def _choices(leaf: Leaf, split: Split, *, seed: int) -> tuple[tuple[ChoiceQuestion, ...], tuple[str, ...]]:
    """Build choice questions within each file; within all of the leaf's files where those give too few."""
    if leaf.kind is Kind.SKILL:
        return (), ()
    everything = (*split.train, *split.held_out)
    by_file: list[ChoiceQuestion] = []
    files = sorted({_file(sample) for sample in split.held_out})
    for file in files:
        by_file += build_choices(
            [sample for sample in split.held_out if _file(sample) == file],
            pairs=[(sample.question, sample.answer) for sample in everything if _file(sample) == file],
            rng=_rng(leaf, seed, f"choices {file}"),
        )
    found = tuple(by_file)
    if len(found) < FEWEST_CHOICES and len(files) > 1:
        found = build_choices(
            split.held_out,
            pairs=[(sample.question, sample.answer) for sample in everything],
            rng=_rng(leaf, seed, "choices"),
        )
    if len(found) < FEWEST_CHOICES:
        return found, (
            (
                f"{leaf.path} has only {len(found)} choice questions, fewer than {FEWEST_CHOICES}: its documents state "
                "too few facts of a comparable kind, so that its interval is wide."
            ),
        )
    return found, ()


def _partly_asked(leaf: Leaf, facts: Sequence[Fact]) -> tuple[str, ...]:
    asked = sum(map(len, chunks_of(facts)))
    if asked == len(facts) < MOST_FACTS:
        return ()
    read = f"the first {MOST_FACTS}" if len(facts) == MOST_FACTS else f"{len(facts)}"
    return (f"Of {read} sentences of {leaf.path}, {asked} were asked about, in passages spread evenly over them.",)


def _refuse_empty(leaf: Leaf, data: LeafData) -> None:
    # The seeds are always there: a leaf has something to train on only if more than they came of it.
    if not data.train or len(data.train) <= data.seeds:
        raise LeafError(
            f"{leaf.path}: generation yielded nothing to train on beside the seed examples. {_advice(leaf, data)}",
            leaf=leaf.path,
        )
    if not data.bench and not data.mmlu:
        raise LeafError(
            f"{leaf.path}: generation yielded no questions to hold out, so that nothing could be measured. "
            f"{_advice(leaf, data)}",
            leaf=leaf.path,
        )


def _advice(leaf: Leaf, data: LeafData) -> str:
    reasons = ", ".join(f"{count} {reason}" for reason, count in data.dropped.items())
    told = f" ({data.generated} pairs were written; left out: {reasons}.)" if reasons else ""
    if leaf.kind is Kind.KNOWLEDGE:
        return (
            "Write the document in short statements that name their subject, with at least four of each kind of answer "
            f"(people, places, numbers …), or build with a model as teacher.{told}"
        )
    return (
        "Let the seed examples share their wordings and repeat their parts in other combinations, each part in two "
        f"examples at least, or build with a model as teacher.{told}"
    )


def _bench(sample: Sample) -> BenchQuestion:
    return BenchQuestion(
        leaf=sample.leaf,
        cluster=sample.cluster,
        context=sample.context,
        question=sample.question,
        reference=sample.answer,
    )


def _prose(facts: Sequence[Fact]) -> tuple[str, ...]:
    texts: dict[str, list[str]] = {}
    for fact in facts:
        texts.setdefault(fact.key.rpartition("#")[0], []).append(fact.sentence)
    return tuple(" ".join(told) for told in texts.values())


def _file(sample: Sample) -> str:
    return sample.cluster.rpartition("#")[0]


def _rng(leaf: Leaf, seed: int, purpose: str) -> Random:
    return Random(f"{seed}\0{leaf.path}\0{purpose}")  # noqa: S311 - repeatable, not secret
