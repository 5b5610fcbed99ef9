"""What the stages of a build handed over, put together as its result; each kind of build has its own."""

import hashlib
import platform
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from runner.artifacts import data_files, digest_of, read_leaf_data, read_value
from runner.exam import spread
from runner.outcomes import (
    EVALUATE,
    PRECHECK,
    PREPARE,
    PUBLISH,
    TRAIN,
    EvaluateOutcome,
    PrecheckOutcome,
    PrepareOutcome,
    PublishOutcome,
    TrainOutcome,
)
from runner.samples import GENERATE, GenerateOutcome, LeafData, Origin
from runner.stage import Build
from schemas.job import BuildKind
from schemas.result import DataFile, DataSample, Generated, LeafCount, Provenance, Result, Status

PACKAGES = ("torch", "transformers", "ray")
"""Libraries whose versions move the numbers, beside Python itself."""
_SAMPLES = 4
"""Generated pairs shown of each leaf."""


def conclude(build: Build, seconds: Mapping[str, float]) -> Result:
    """Gather what the stages of a build that went well handed over.

    Args:
        build: The build, all of whose stages have run.
        seconds: How long each stage took.
    """
    result = Result(job_id=build.job.id, status=Status.SUCCEEDED)
    if build.job.kind is BuildKind.PRECHECK:
        return _prechecked(result, build, seconds)
    if build.job.kind is BuildKind.GENERATE:
        return _written(result, build, seconds)
    return _scored(result, build, seconds)


def _scored(result: Result, build: Build, seconds: Mapping[str, float]) -> Result:
    scores = read_value(EvaluateOutcome, build.folder, EVALUATE)
    student = read_value(PrepareOutcome, build.folder, PREPARE)
    trained = read_value(TrainOutcome, build.folder, TRAIN)
    published = read_value(PublishOutcome, build.folder, PUBLISH)
    made = _data_provenance(build, seconds)
    return replace(
        result,
        comparisons=scores.comparisons,
        controls=scores.controls,
        samples=scores.samples,
        provenance=replace(
            made,
            base=student.name,
            base_digest=student.digest,
            judge=scores.judge,
            model=published.model,
            model_digest=published.model_digest,
            seeds={**made.seeds, **trained.seeds},
            notes=tuple(dict.fromkeys((*made.notes, *scores.notes))),
        ),
    )


def _prechecked(result: Result, build: Build, seconds: Mapping[str, float]) -> Result:
    found = read_value(PrecheckOutcome, build.folder, PRECHECK)
    student = read_value(PrepareOutcome, build.folder, PREPARE)
    made = replace(
        _provenance(build, seconds),
        base=student.name,
        base_digest=student.digest,
        judge=found.judge,
        notes=found.notes,
    )
    return replace(result, precheck=found.precheck, provenance=made)


def _written(result: Result, build: Build, seconds: Mapping[str, float]) -> Result:
    files = zip(data_files(build.folder), read_leaf_data(build.folder), strict=True)
    own = [(path, leaf) for path, leaf in files if leaf.leaf in build.job.leaves]
    generated = Generated(
        samples=tuple(sample for _, leaf in own for sample in _samples(leaf)),
        files=tuple(_file(path, leaf.leaf) for path, leaf in own),
    )
    return replace(result, generated=generated, provenance=_data_provenance(build, seconds))


def _provenance(build: Build, seconds: Mapping[str, float]) -> Provenance:
    """Say what every build rests on."""
    return Provenance(
        base=None,
        base_digest=None,
        teacher=None,
        judge=None,
        model=None,
        model_digest=None,
        data_digest=None,
        seeds={"build": build.job.seed},
        counts=(),
        seconds=dict(seconds),
        versions={"python": platform.python_version(), **{name: version(name) for name in PACKAGES}},
    )


def _data_provenance(build: Build, seconds: Mapping[str, float]) -> Provenance:
    """Say what a build with data of its own rests on, as far as generation knows."""
    generated = read_value(GenerateOutcome, build.folder, GENERATE)
    leaves = read_leaf_data(build.folder)
    return replace(
        _provenance(build, seconds),
        teacher=generated.teacher,
        data_digest=digest_of(*leaves),
        counts=tuple(_count(leaf) for leaf in leaves if leaf.leaf in build.job.leaves),
        notes=tuple(dict.fromkeys((*generated.notes, *(note for leaf in leaves for note in leaf.notes)))),
        left_out=generated.left_out,
    )


def _count(leaf: LeafData) -> LeafCount:
    return LeafCount(
        leaf=leaf.leaf,
        seeds=leaf.seeds,
        generated=leaf.generated,
        kept=leaf.kept,
        train=len(leaf.train),
        bench=len(leaf.bench),
        mmlu=len(leaf.mmlu),
        dropped=leaf.dropped,
    )


def _samples(leaf: LeafData) -> Sequence[DataSample]:
    """Pick what a teacher wrote at equal distances over the leaf, so that nobody chooses it."""
    return [
        DataSample(leaf=item.leaf, context=item.context, question=item.question, answer=item.answer)
        for item in spread([item for item in leaf.train if item.origin is not Origin.SEED], _SAMPLES)
    ]


def _file(path: Path, leaf: str) -> DataFile:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return DataFile(name=path.name, leaf=leaf, size=path.stat().st_size, sha256=digest)
