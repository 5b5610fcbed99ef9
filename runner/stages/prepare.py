"""Stage one: the student that training starts from, made or found; for a precheck the released model."""

import time
from pathlib import Path

from runner.artifacts import released_folder, write_value
from runner.disk import new_folder
from runner.outcomes import PREPARE, PrepareOutcome
from runner.profiles import profile
from runner.stage import WHOLE, Build, Report, stage
from runner.student import base_digest, base_student, load_student, save_student, student_digest
from schemas.errors import UserError
from schemas.job import BuildKind, ReleasedModel


@stage(order=10, kinds=WHOLE | {BuildKind.PRECHECK})
def prepare(build: Build, report: Report) -> None:
    """Make the profile's base student, or find it in the cache; or take the one that was released or asked for."""
    began = time.monotonic()
    released, asked = build.job.model, build.job.student
    if released is not None:
        report(done=0, total=1, unit="students", message=f"looking at the released model {released.version}")
        folder = _released(build, released)
        name, made = f"released model {released.version}", False
    elif asked is not None:
        report(done=0, total=1, unit="students", message=f"loading the student {asked}")
        folder = _given(build, asked)
        name, made = asked, False
    else:
        chosen = profile(build.job.profile)
        known = build.cache / "students" / base_digest(chosen)
        made = not known.is_dir()
        folder = base_student(build.cache, report, profile=chosen)
        name = f"{chosen.name} base {folder.name[:8]}"
    report(done=1, total=1, unit="students", message=f"the student is ready: {name}")
    outcome = PrepareOutcome(
        name=name,
        path=str(folder.absolute()),
        digest=student_digest(folder),
        made=made,
        seconds=time.monotonic() - began,
    )
    write_value(build.folder, PREPARE, outcome)


def _released(build: Build, model: ReleasedModel) -> Path:
    """Find a released model below the artifacts, and make sure that it is the one that was released.

    Raises:
        UserError: if it is not there any more, or another one stands in its place.
    """
    folder = released_folder(build.folder, model.folder)
    if folder is None:
        raise UserError(
            f"The current model {model.version} is not in {model.folder} below the artifacts any more: bring that "
            "folder back, or make a new release with `/espalier release`."
        )
    if student_digest(folder) != model.digest:
        raise UserError(
            f"What stands in {model.folder} is not what was released as {model.version}: bring that folder back, or "
            "make a new release with `/espalier release`."
        )
    return folder


def _given(build: Build, asked: str) -> Path:
    """Keep a copy with safetensors and a chat template in the build's folder, whatever form it came in."""
    folder = build.folder / "students" / "baseline"
    with new_folder(folder) as fresh:
        save_student(load_student(asked), fresh)
    return folder
