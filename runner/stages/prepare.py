"""Stage one: the student that training starts from, made or found."""

import time
from pathlib import Path

from runner.artifacts import write_value
from runner.disk import new_folder
from runner.outcomes import PREPARE, PrepareOutcome
from runner.profiles import profile
from runner.stage import Build, Report, stage
from runner.student import base_digest, base_student, load_student, save_student, student_digest


@stage(order=10)
def prepare(build: Build, report: Report) -> None:
    """Make the profile's base student, or find it in the cache; or load the one that was asked for."""
    began = time.monotonic()
    asked = build.job.student
    if asked is not None:
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


def _given(build: Build, asked: str) -> Path:
    """Keep a copy with safetensors and a chat template in the build's folder, whatever form it came in."""
    folder = build.folder / "students" / "baseline"
    with new_folder(folder) as fresh:
        save_student(load_student(asked), fresh)
    return folder
