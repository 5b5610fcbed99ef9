"""Stage: the tuned student in Hugging Face layout, with its card and all that it rests on."""

import json
import platform
import shutil
from dataclasses import asdict
from importlib.metadata import version

from runner.artifacts import digest_of, model_folder, read_leaf_data, read_value, write_value
from runner.disk import new_folder, write_atomically
from runner.model_card import model_card
from runner.outcomes import (
    EVALUATE,
    PREPARE,
    PUBLISH,
    TRAIN,
    EvaluateOutcome,
    PrepareOutcome,
    PublishOutcome,
    TrainOutcome,
)
from runner.samples import GENERATE, GenerateOutcome
from runner.stage import Build, Report, stage
from runner.student import student_digest
from schemas.job import Job

_PACKAGES = ("torch", "transformers", "tokenizers", "safetensors", "ray")


@stage(order=50)
def publish(build: Build, report: Report) -> None:
    """Copy the model to model/, with README.md and provenance.json in it, all of it or nothing."""
    prepared = read_value(PrepareOutcome, build.folder, PREPARE)
    generated = read_value(GenerateOutcome, build.folder, GENERATE)
    trained = read_value(TrainOutcome, build.folder, TRAIN)
    scores = read_value(EvaluateOutcome, build.folder, EVALUATE)
    everything = read_leaf_data(build.folder)
    leaves = [leaf for leaf in everything if leaf.leaf in build.job.leaves]
    report(done=0, total=2, unit="parts", message="writing the model")
    digest = student_digest(build.folder / trained.model)
    card = model_card(
        build.job, base=prepared, teacher=generated.teacher, leaves=leaves, phases=trained.phases, scores=scores
    )
    provenance = {
        "job": _public(build.job),
        "base": {"name": prepared.name, "digest": prepared.digest},
        "teacher": generated.teacher,
        "judge": scores.judge,
        "data_digest": digest_of(*everything),
        "leaf_digests": {leaf.leaf: digest_of(leaf) for leaf in leaves},
        "model_digest": digest,
        "seeds": trained.seeds,
        "settings": dict(build.settings),
        "phases": [asdict(phase) for phase in trained.phases],
        "versions": {"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}},
    }
    target = model_folder(build.folder)
    with new_folder(target) as fresh:
        shutil.copytree(build.folder / trained.model, fresh, dirs_exist_ok=True)
        report(done=1, total=2, unit="parts", message="writing its card and provenance")
        write_atomically(fresh / "README.md", card)
        text = json.dumps(provenance, indent=1, sort_keys=True, ensure_ascii=False)
        write_atomically(fresh / "provenance.json", text)
    write_value(build.folder, PUBLISH, PublishOutcome(model=target.name, model_digest=digest))
    report(done=2, total=2, unit="parts", message="the model is published")


def _public(job: Job) -> dict[str, object]:
    """Write the job down without the teacher's URL, which may hold a key; the teacher is named beside it."""
    return {name: value for name, value in asdict(job).items() if name != "teacher_url"}
