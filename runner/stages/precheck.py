"""Stage: the current model is asked the seed questions of a pull request's leaves."""

import torch

from runner.artifacts import read_value, write_value
from runner.judge import LexicalJudge
from runner.outcomes import PRECHECK, PREPARE, PrecheckOutcome, PrepareOutcome
from runner.profiles import profile
from runner.seed_exam import ability, answer_seeds, seed_exam
from runner.sources import read_taxonomy
from runner.stage import Build, Report, stage
from runner.student import load_student
from schemas.errors import UserError
from schemas.job import BuildKind
from schemas.leaf import Kind, kind_of
from schemas.result import Precheck, SeedAnswer

_NOT_RELEASED = (
    "Nothing was released for this repository yet, so the base was asked, which training starts from: it stands in for "
    "a current model."
)
_ALONE = "Questions on knowledge were asked alone, without their context: nobody holds the document up when they ask."
_UNJUDGED = (
    "{count} of the expected answers hold no word that the judge could look for: look at those yourself, they count "
    "neither for the model nor against it."
)


@stage(order=15, kinds={BuildKind.PRECHECK})
def precheck(build: Build, report: Report) -> None:
    """Ask every seed question, and score each answer against the one that the contributor expects.

    Raises:
        UserError: if the job names no leaf.
    """
    job = build.job
    if not job.leaves:
        raise UserError("The job names no leaf: add one to job.json's leaves.")
    torch.set_num_threads(1)
    prepared = read_value(PrepareOutcome, build.folder, PREPARE)
    taxonomy = read_taxonomy(job.taxonomy_url, job.head_sha, build.cache)
    exams = [seed_exam(taxonomy.leaf(path)) for path in job.leaves]
    student = load_student(prepared.path)
    total = sum(len(exam.questions) for exam in exams)
    answers: list[SeedAnswer] = []
    done = 0

    def advance(more: int) -> None:
        nonlocal done
        done += more
        report(done=done, total=total, unit="questions", message=f"asking {prepared.name}")

    for exam in exams:
        answers += answer_seeds(student, exam, least_tokens=profile(job.profile).answer_tokens, advance=advance)
    leaves = tuple(
        ability(exam.leaf, [item for item in answers if item.leaf == exam.leaf], threshold=job.capable_score)
        for exam in exams
    )
    found = Precheck(
        model=prepared.name,
        released=job.model is not None,
        threshold=job.capable_score,
        leaves=leaves,
        answers=tuple(answers),
    )
    write_value(build.folder, PRECHECK, PrecheckOutcome(judge=LexicalJudge.name, precheck=found, notes=_notes(found)))


def _notes(found: Precheck) -> tuple[str, ...]:
    unjudged = sum(item.score is None for item in found.answers)
    told = {
        _NOT_RELEASED: not found.released,
        _ALONE: any(kind_of(item.leaf) is Kind.KNOWLEDGE for item in found.leaves),
        _UNJUDGED.format(count=unjudged): unjudged > 0,
    }
    return tuple(note for note, applies in told.items() if applies)
