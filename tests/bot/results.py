"""A build's job and result for the tests of its comment."""

from dataclasses import replace

from schemas.job import BuildKind, Job, PullRequestPart
from schemas.result import (
    Ability,
    Change,
    Comparison,
    Control,
    DataFile,
    DataSample,
    Failure,
    Generated,
    LeafCount,
    Precheck,
    Provenance,
    Result,
    Role,
    SeedAnswer,
    SideBySide,
    Status,
)

KNOWLEDGE = "knowledge/harbours/pell_quay"
SKILL = "compositional_skills/writing/kettle_songs"
HEAD = "0123456789abcdef0123456789abcdef01234567"


def job(*, kind: BuildKind = BuildKind.CANDIDATE, student: str | None = None) -> Job:
    parts = (PullRequestPart(number=7, head_sha=HEAD, leaves=(KNOWLEDGE,)),)
    if kind is BuildKind.RELEASE:
        parts += (PullRequestPart(number=8, head_sha=HEAD, leaves=(SKILL,)),)
    return Job(
        id="b-7-0123456",
        kind=kind,
        repository="orchard/taxonomy",
        taxonomy_url="http://forge.test/orchard/taxonomy.git",
        head_sha=HEAD,
        pull_requests=parts,
        leaves=tuple(leaf for part in parts for leaf in part.leaves),
        version="v3" if kind is BuildKind.RELEASE else None,
        student=student,
    )


def comparison(
    leaf: str = KNOWLEDGE,
    *,
    benchmark: str = "pr_mmlu",
    role: Role = Role.TARGET,
    change: Change = Change.IMPROVED,
    baseline: float = 0.258,
    candidate: float = 0.617,
    low: float = 0.241,
    high: float = 0.468,
) -> Comparison:
    return Comparison(
        benchmark=benchmark,
        leaf=leaf,
        role=role,
        questions=120,
        clusters=40,
        baseline=baseline,
        candidate=candidate,
        difference=candidate - baseline,
        low=low,
        high=high,
        change=change,
    )


def bench(leaf: str = SKILL) -> Comparison:
    return comparison(leaf, benchmark="pr_bench", baseline=1.2, candidate=6.4, low=4.1, high=6.3)


def controls(*, improved: bool = False) -> tuple[Control, ...]:
    return (
        Control(
            name="shuffled answers",
            benchmark="pr_mmlu",
            leaf=KNOWLEDGE,
            questions=120,
            score=0.41 if improved else 0.267,
            difference=0.152 if improved else 0.009,
            low=0.08 if improved else -0.06,
            high=0.22 if improved else 0.08,
            change=Change.IMPROVED if improved else Change.UNCLEAR,
            explanation="the same training on answers that belong to other questions",
        ),
        Control(
            name="retrieval",
            benchmark="pr_mmlu",
            leaf=KNOWLEDGE,
            questions=120,
            score=0.93,
            difference=None,
            low=None,
            high=None,
            change=None,
            explanation="no model: the sentence of the document that matches best",
        ),
    )


def sample(number: int = 1, *, leaf: str = KNOWLEDGE, text: str | None = None) -> SideBySide:
    return SideBySide(
        leaf=leaf,
        question=text or f"How many bollards has pier {number} of Pell Quay?",
        context=text,
        reference=text or f"It has {number}7 bollards.",
        original=text or "the the red",
        tuned=text or f"It has {number}7 bollards.",
        original_score=1.0,
        tuned_score=9.5,
    )


def provenance() -> Provenance:
    return Provenance(
        base="espalier-student-1m",
        base_digest="5f" * 32,
        teacher="rules (no language model)",
        judge="lexical (recall of the reference's distinguishing words)",
        model="model",
        model_digest="ab" * 32,
        data_digest="cd" * 32,
        seeds={"data": 0, "train": 0},
        counts=(LeafCount(leaf=KNOWLEDGE, seeds=15, generated=900, kept=640, train=480, bench=40, mmlu=120),),
        seconds={"prepare": 0.4, "generate": 3.2, "train": 61.0, "evaluate": 9.6, "publish": 0.8},
        versions={"torch": "2.13.0", "ray": "2.60.0"},
        notes=("Scores compare this student with itself before training.",),
    )


def seed_answer(
    number: int = 1, *, leaf: str = KNOWLEDGE, text: str | None = None, score: float | None = 1.0
) -> SeedAnswer:
    return SeedAnswer(
        leaf=leaf,
        question=text or f"How many bollards has pier {number} of Pell Quay?",
        context=text,
        expected=text or f"Pier {number} has {number}7 bollards.",
        actual=text or "the pier of the red quay",
        score=score,
    )


def prechecked(*leaves: Ability, answers: tuple[SeedAnswer, ...] | None = None, released: bool = True) -> Result:
    """Give what a precheck found; without leaves, one of knowledge that the model knows nothing of."""
    asked = leaves or (Ability(leaf=KNOWLEDGE, questions=3, score=1.4, capable=False),)
    found = Precheck(
        model="released model v3" if released else "laptop base 5f5f5f5f",
        released=released,
        threshold=8.0,
        leaves=asked,
        answers=tuple(
            seed_answer(number, leaf=leaf.leaf, score=leaf.score)
            for leaf in asked
            for number in range(1, leaf.questions + 1)
        )
        if answers is None
        else answers,
    )
    made = replace(
        provenance(),
        base=found.model,
        teacher=None,
        model=None,
        model_digest=None,
        data_digest=None,
        seeds={"build": 0},
        counts=(),
        seconds={"prepare": 0.4, "precheck": 2.2},
        notes=("Questions on knowledge were asked alone.",),
    )
    return Result(job_id="b-7-0123456", status=Status.SUCCEEDED, precheck=found, provenance=made, seconds=2.6)


def data_sample(number: int = 1, *, leaf: str = KNOWLEDGE, text: str | None = None) -> DataSample:
    return DataSample(
        leaf=leaf,
        context=text,
        question=text or f"What stands at pier {number}?",
        answer=text or f"A lamp of {number} wicks.",
    )


def generated(*, samples: tuple[DataSample, ...] | None = None, counts: tuple[LeafCount, ...] | None = None) -> Result:
    """Give what a build of data alone wrote."""
    dropped = {"not faithful to the passage": 140, "duplicate": 96, "answer could not be read": 24}
    own = (replace(provenance().counts[0], dropped=dropped),) if counts is None else counts
    made = replace(
        provenance(),
        base=None,
        base_digest=None,
        judge=None,
        model=None,
        model_digest=None,
        seconds={"generate": 3.2},
        counts=own,
        notes=("Questions and answers were written by rules, not by a model.",),
    )
    return Result(
        job_id="b-7-0123456",
        status=Status.SUCCEEDED,
        generated=Generated(
            samples=tuple(data_sample(number) for number in range(1, 5)) if samples is None else samples,
            files=(DataFile(name="0000.json", leaf=KNOWLEDGE, size=184_212, sha256="ef" * 32),),
        ),
        provenance=made,
        seconds=3.2,
    )


def result(
    *,
    rows: tuple[Comparison, ...] | None = None,
    samples: tuple[SideBySide, ...] | None = None,
    yardsticks: tuple[Control, ...] | None = None,
    status: Status = Status.SUCCEEDED,
    failure: Failure | None = None,
) -> Result:
    if status is not Status.SUCCEEDED:
        return Result(job_id="b-7-0123456", status=status, failure=failure)
    kept = comparison(
        "other leaves",
        role=Role.RETENTION,
        change=Change.UNCLEAR,
        baseline=0.25,
        candidate=0.24,
        low=-0.06,
        high=0.04,
    )
    return Result(
        job_id="b-7-0123456",
        status=status,
        comparisons=(comparison(), bench(KNOWLEDGE), kept) if rows is None else rows,
        controls=controls() if yardsticks is None else yardsticks,
        samples=tuple(sample(number) for number in range(1, 5)) if samples is None else samples,
        provenance=provenance(),
    )
