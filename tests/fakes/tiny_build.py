"""A build that trains nothing: it writes the events and the result that a real one would, in a second or less."""

import signal
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from schemas.codec import decode, encode
from schemas.job import BuildKind, Job
from schemas.leaf import Kind, kind_of
from schemas.progress import STAGES, Progress
from schemas.result import (
    Ability,
    Change,
    Comparison,
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
    stages = STAGES[job.kind]
    longest = "train" if "train" in stages else stages[-1]
    for stage in stages:
        if stage == longest and behaviour == "die":
            return 3
        if stage == longest and behaviour == "leak":
            told = f"The teacher refused {' and '.join(LEAKED)}."
            tell(folder, stage, 1, message=told)
            failure = Failure(stage=stage, message=told)
            write(folder, Result(job_id=job.id, status=Status.FAILED, failure=failure))
            return 1
        if stage == longest and behaviour == "fail":
            failure = Failure(stage=stage, message="The leaf gave no questions; add longer answers.", contributor=True)
            write(folder, Result(job_id=job.id, status=Status.FAILED, failure=failure))
            return 1
        for done in range(STEPS + 1):
            tell(folder, stage, done)
            while stage == longest and behaviour == "wait" and done == 2 and not (folder / "go").exists():
                time.sleep(0.02)
        time.sleep(0.05)
    if job.version is not None:
        (folder / "model").mkdir(exist_ok=True)
    said = {"bomb": BOMB, "leak-in-result": " ".join(LEAKED)}.get(behaviour)
    result = OUTCOMES[job.kind](folder, job)
    write(folder, result if said is None else saying(result, said))
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


def prechecked(_folder: Path, job: Job) -> Result:
    return Result(
        job_id=job.id,
        status=Status.SUCCEEDED,
        precheck=Precheck(
            model=f"released model {job.model.version}" if job.model else "tiny base",
            released=job.model is not None,
            threshold=job.capable_score,
            leaves=tuple(Ability(leaf=leaf, questions=1, score=1.5, capable=False) for leaf in job.leaves),
            answers=tuple(
                SeedAnswer(
                    leaf=leaf,
                    question=f"What does {leaf} teach?",
                    context=None,
                    expected="What it says.",
                    actual="Nothing @everyone.",
                    score=1.5,
                )
                for leaf in job.leaves
            ),
        ),
        seconds=1.25,
    )


def written(folder: Path, job: Job) -> Result:
    (folder / "data").mkdir(exist_ok=True)
    text = '{"leaf": "tiny"}\n'
    files = []
    for number, leaf in enumerate(job.leaves):
        (folder / "data" / f"{number:04}.json").write_text(text)
        files.append(DataFile(name=f"{number:04}.json", leaf=leaf, size=len(text), sha256="e" * 64))
    samples = tuple(
        DataSample(leaf=leaf, context=None, question="Who calls?", answer="@everyone") for leaf in job.leaves
    )
    return replace(
        succeeded(folder, job),
        comparisons=(),
        samples=(),
        generated=Generated(samples=samples, files=tuple(files)),
    )


def succeeded(_folder: Path, job: Job) -> Result:
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
    asked, made = result.precheck, result.generated
    if asked is not None:
        answers = (replace(each, question=words, expected=words, actual=words) for each in asked.answers)
        asked = replace(asked, model=words, answers=tuple(answers))
    if made is not None:
        made = replace(made, samples=tuple(replace(each, question=words, answer=words) for each in made.samples))
    return replace(result, samples=samples, provenance=provenance, precheck=asked, generated=made)


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


OUTCOMES = {
    BuildKind.CANDIDATE: succeeded,
    BuildKind.RELEASE: succeeded,
    BuildKind.PRECHECK: prechecked,
    BuildKind.GENERATE: written,
}

if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
