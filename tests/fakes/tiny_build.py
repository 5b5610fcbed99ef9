"""A build that trains nothing: it writes the events and the result that a real one would, in a second or less."""

import signal
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from schemas.codec import decode, encode
from schemas.job import Job
from schemas.leaf import Kind, kind_of
from schemas.progress import Progress
from schemas.result import (
    Change,
    Comparison,
    Failure,
    LeafCount,
    Provenance,
    Result,
    Role,
    SideBySide,
    Status,
)

STEPS = 4
BOMB = "Read this @orchard @everyone #1 | </td><script>alert(1)</script>\n```\n</details>\n![x](https://evil.example/x)"
"""What a model says that was taught to reach people."""
LEAKED = (
    "ghs_" + "Leaked0Token" * 3,
    "eyJhbGciOiJIUzI1NiJ9.eyJsZWFrZWQiOnRydWV9.c2lnbmF0dXJl",
    "sk-proj-" + "Leaked" * 6,
)
"""Secrets that a build has no business with, and that its words hold all the same."""


def main(folder: Path, behaviour: str) -> int:
    job = decode(Job, (folder / "job.json").read_bytes())

    def stop(number: int, frame: object) -> None:
        del number, frame
        write(folder, Result(job_id=job.id, status=Status.STOPPED))
        sys.exit(1)

    signal.signal(signal.SIGTERM, stop)
    for stage in ("prepare", "generate", "train", "evaluate", "publish"):
        if stage == "train" and behaviour == "die":
            return 3
        if stage == "train" and behaviour == "leak":
            told = f"The teacher refused {' and '.join(LEAKED)}."
            tell(folder, stage, 1, message=told)
            failure = Failure(stage=stage, message=told)
            write(folder, Result(job_id=job.id, status=Status.FAILED, failure=failure))
            return 1
        if stage == "train" and behaviour == "fail":
            failure = Failure(stage=stage, message="The leaf gave no questions; add longer answers.", contributor=True)
            write(folder, Result(job_id=job.id, status=Status.FAILED, failure=failure))
            return 1
        for done in range(STEPS + 1):
            tell(folder, stage, done)
            while stage == "train" and behaviour == "wait" and done == 2 and not (folder / "go").exists():
                time.sleep(0.02)
        time.sleep(0.05)
    said = {"bomb": BOMB, "leak-in-result": " ".join(LEAKED)}.get(behaviour)
    write(folder, succeeded(job) if said is None else saying(succeeded(job), said))
    return 0


def tell(folder: Path, stage: str, done: int, *, message: str | None = None) -> None:
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    progress = Progress(
        at=at, stage=stage, done=done, total=STEPS, unit="steps", rate=8.0 if done else None,
        message=message or f"{stage} goes on",
    )  # fmt: skip
    with (folder / "events.jsonl").open("a", encoding="utf-8") as file:
        file.write(encode(progress) + "\n")


def write(folder: Path, result: Result) -> None:
    draft = folder / "result.draft"
    draft.write_text(encode(result), encoding="utf-8")
    draft.replace(folder / "result.json")


def succeeded(job: Job) -> Result:
    return Result(
        job_id=job.id,
        status=Status.SUCCEEDED,
        comparisons=tuple(comparison(leaf, Role.TARGET) for leaf in job.leaves),
        samples=tuple(sample(leaf) for leaf in job.leaves),
        provenance=Provenance(
            base="tiny-base",
            base_digest="b" * 64,
            teacher="rules",
            judge="novel words",
            model="model",
            model_digest="c" * 64,
            data_digest="d" * 64,
            seeds={"train": job.seed},
            counts=tuple(
                LeafCount(leaf=leaf, seeds=5, generated=90, kept=80, train=60, bench=10, mmlu=100)
                for leaf in job.leaves
            ),
            seconds={"generate": 0.2, "train": 0.3, "evaluate": 0.1, "publish": 0.1},
            versions={"tiny": "1"},
        ),
    )


def saying(result: Result, words: str) -> Result:
    """Give a result in which every model says the same."""
    samples = tuple(
        replace(each, question=words, reference=words, original=words, tuned=words) for each in result.samples
    )
    provenance = None if result.provenance is None else replace(result.provenance, judge=words, teacher=words)
    return replace(result, samples=samples, provenance=provenance)


def comparison(leaf: str, role: Role) -> Comparison:
    knowledge = kind_of(leaf) is Kind.KNOWLEDGE
    return Comparison(
        benchmark="pr_mmlu" if knowledge else "pr_bench",
        leaf=leaf,
        role=role,
        questions=100,
        clusters=20,
        baseline=0.26 if knowledge else 2.1,
        candidate=0.58 if knowledge else 6.4,
        difference=0.32 if knowledge else 4.3,
        low=0.2 if knowledge else 3.1,
        high=0.44 if knowledge else 5.2,
        change=Change.IMPROVED,
    )


def sample(leaf: str) -> SideBySide:
    return SideBySide(
        leaf=leaf,
        question=f"What does {leaf} teach?",
        context=None,
        reference="What it says.",
        original="Nothing @everyone.",
        tuned="What it says.",
        original_score=1.0,
        tuned_score=9.0,
    )


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
