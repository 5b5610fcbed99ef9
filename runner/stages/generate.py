"""Stage: leaves and documents at their pinned commits become samples to train on and held-out questions."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from random import Random

import runner
from runner.apart import Apart, keep_apart
from runner.artifacts import cached, digest_of, digest_of_folder, read_leaf_data, write_leaf_data, write_value
from runner.generation import generate_leaf, prompts_planned
from runner.rule_teacher import RuleTeacher
from runner.samples import GENERATE, GenerateOutcome, LeafData
from runner.sources import DocumentFile, Taxonomy, read_document, read_taxonomy
from runner.stage import WHOLE, Build, Report, stage
from runner.teacher import EndpointTeacher, Teacher
from schemas.errors import LeafError, UserError
from schemas.job import BuildKind, Job
from schemas.leaf import Kind, Leaf

RETENTION_LEAVES = 2
"""How many other leaves of each kind a candidate's retention is measured on."""
_RETENTION_BENCH = 16
_RETENTION_CHOICES = 32
_CACHE_VERSION = 3
"""Counts up when generation itself changes, so that what a model wrote for an older one is not taken again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """A leaf with the documents that it rests on."""

    leaf: Leaf
    documents: tuple[DocumentFile, ...]


@stage(order=20, kinds=WHOLE | {BuildKind.GENERATE})
def generate(build: Build, report: Report) -> None:
    """Generate the data of the job's leaves, and for a pull request's a little of other leaves, held out only."""
    job = build.job
    taxonomy = read_taxonomy(job.taxonomy_url, job.head_sha, build.cache)
    sources, left_out = _sources(job, taxonomy, build.cache)
    with _teacher(job) as teacher:
        data = _generate_all(sources, build, teacher, report, left_out)
        others, unasked = _retention(build, taxonomy) if job.kind.bound else ([], {})
        apart = keep_apart(data, others)
        write_leaf_data(build.folder, [*apart.trained, *apart.others])
        write_value(build.folder, GENERATE, _outcome(teacher, apart, left_out=left_out, unasked=unasked))


def _generate_all(
    sources: Sequence[_Source], build: Build, teacher: Teacher, report: Report, left_out: dict[str, str]
) -> list[LeafData]:
    """Generate leaf after leaf; a release's bad leaf is added to `left_out`.

    Raises:
        LeafError: if a pull request's leaf, or every leaf, cannot be generated.
        UserError: if the job names no leaf.
    """
    planned = {source.leaf.path: prompts_planned(source.leaf, source.documents) for source in sources}
    told = _Told(report=report, total=sum(planned.values()))
    data: list[LeafData] = []
    for source in sources:
        told.begin(source.leaf.path, planned[source.leaf.path])
        try:
            data.append(_leaf_data(source, build, teacher, told.one))
        except LeafError as error:
            if build.job.kind.bound:
                raise
            left_out[source.leaf.path] = str(error)
        told.end()
    if not data and not left_out:
        raise UserError("The job names no leaf: add one to job.json's leaves.")
    if not data:
        path, reason = next(iter(left_out.items()))
        raise LeafError(reason, leaf=path)
    return data


@contextmanager
def _teacher(job: Job) -> Iterator[Teacher]:
    """Give the job's teacher: rules, or the model that it names.

    Raises:
        UserError: if a model's URL is given without its name.
    """
    if job.teacher_url is None:
        yield RuleTeacher()
        return
    if job.teacher_model is None:
        raise UserError("Name the teacher's model too: --teacher-model beside --teacher-url.")
    key = os.environ.get("ESPALIER_TEACHER_KEY")
    teacher = EndpointTeacher(url=job.teacher_url, model=job.teacher_model, key=key)
    try:
        yield teacher
    finally:
        teacher.close()


def _sources(job: Job, taxonomy: Taxonomy, cache: Path) -> tuple[list[_Source], dict[str, str]]:
    """Read the job's leaves and their documents; a release goes on without those that cannot be read.

    Raises:
        LeafError: if a pull request's leaf cannot be read.
    """
    found: list[_Source] = []
    left_out: dict[str, str] = {}
    for path in job.leaves:
        try:
            found.append(_source(taxonomy.leaf(path), job, cache))
        except LeafError as error:
            if job.kind.bound:
                raise
            left_out[path] = str(error)
    return found, left_out


def _source(leaf: Leaf, job: Job, cache: Path) -> _Source:
    if leaf.kind is Kind.SKILL:
        return _Source(leaf=leaf, documents=())
    if leaf.document is None:
        raise LeafError(
            f"{leaf.path}/qna.yaml names no document: add document.repo, document.commit and document.patterns.",
            leaf=leaf.path,
        )
    documents = read_document(leaf.document, hosts=job.document_hosts, cache=cache, leaf=leaf.path)
    return _Source(leaf=leaf, documents=documents)


def _leaf_data(source: _Source, build: Build, teacher: Teacher, tell: Callable[[], None]) -> LeafData:
    """Generate a leaf's data once: a build of the same leaf, documents, seed and teacher takes it over.

    What a model wrote costs minutes and is not written twice alike; what rules wrote stands as long as the rules do.
    """

    def make(folder: Path) -> None:
        data = generate_leaf(source.leaf, source.documents, teacher=teacher, seed=build.job.seed, tell=tell)
        write_leaf_data(folder, [data])

    digest = digest_of(
        _CACHE_VERSION,
        replace(source.leaf, document=None),
        sorted(file.path + file.blob_sha for file in source.documents),
        build.job.seed,
        teacher.name,
        _rules() if isinstance(teacher, RuleTeacher) else None,
    )
    return read_leaf_data(cached("generate", digest, cache=build.cache, make=make))[0]


@cache
def _rules() -> str:
    """Name the rules by the runner's own source."""
    return digest_of_folder(Path(runner.__file__).parent, "*.py")


def _retention(build: Build, taxonomy: Taxonomy) -> tuple[list[LeafData], dict[str, str]]:
    """Hold out a few questions of other leaves, always by rules: the same for every build of one commit and seed.

    Returns:
        The leaves, and why others could not be asked about now, though nothing is wrong with them.
    """
    job = build.job
    found: list[LeafData] = []
    unasked: dict[str, str] = {}
    rng = Random(f"{job.seed}\0retention")  # noqa: S311 - repeatable, not secret
    for kind in Kind:
        paths = sorted(path for path, leaf in taxonomy.leaves.items() if leaf.kind is kind and path not in job.leaves)
        rng.shuffle(paths)
        taken = 0
        for path in paths:
            if taken == RETENTION_LEAVES:
                break
            try:
                source = _source(taxonomy.leaves[path], job, build.cache)
                data = _leaf_data(source, build, RuleTeacher(), lambda: None)
            except LeafError:
                continue  # another contributor's leaf: it is told where it is built, and any other serves as well
            except UserError as error:
                unasked[path] = str(error)
                continue
            found.append(_sampled(data, rng))
            taken += 1
    return found, unasked


def _sampled(data: LeafData, rng: Random) -> LeafData:
    return replace(
        data,
        train=(),
        documents=(),
        kept=0,
        bench=tuple(rng.sample(data.bench, min(_RETENTION_BENCH, len(data.bench)))),
        mmlu=tuple(rng.sample(data.mmlu, min(_RETENTION_CHOICES, len(data.mmlu)))),
        notes=(),
    )


def _outcome(teacher: Teacher, apart: Apart, *, left_out: dict[str, str], unasked: dict[str, str]) -> GenerateOutcome:
    others = apart.others
    notes = [note for leaf in apart.trained for note in leaf.notes]
    notes += [f"{path} was left out of this release: {reason}" for path, reason in left_out.items()]
    notes += [f"Retention could not be asked about {path}: {reason}" for path, reason in unasked.items()]
    if isinstance(teacher, RuleTeacher):
        notes.append("Questions and answers were written by rules, not by a model.")
    elif others:
        notes.append("The retention questions of other leaves were written by rules, not by the teacher.")
    completed = any(leaf.completed for leaf in apart.trained)
    return GenerateOutcome(
        teacher=f"{teacher.name}, completed by rules" if completed else teacher.name,
        left_out=left_out,
        retention=tuple(leaf.leaf for leaf in others),
        notes=tuple(notes),
    )


class _Told:
    """Counts answered prompts over all leaves for the progress lines."""

    def __init__(self, *, report: Report, total: int) -> None:
        self._report = report
        self._total = total
        self._before = 0
        self._done = 0
        self._planned = 0
        self._leaf = ""

    def begin(self, leaf: str, planned: int) -> None:
        """Say which leaf is at work now."""
        self._leaf, self._planned = leaf, planned
        self._say()

    def one(self) -> None:
        """Count one answered prompt; more than were planned do not count twice."""
        self._done = min(self._done + 1, self._planned)
        self._say()

    def end(self) -> None:
        """Count the leaf as finished, whatever it took."""
        self._before += self._planned
        self._done = 0
        self._say()

    def _say(self) -> None:
        done = self._before + self._done
        self._report(done=done, total=self._total, unit="prompts", message=f"writing questions for {self._leaf}")
