"""Stage: the tuned student in Hugging Face layout, with its card and all that it rests on."""

import json
import platform
import shutil
from dataclasses import asdict
from importlib.metadata import version

from runner.artifacts import digest_of, model_folder, read_leaf_data, read_value, write_value
from runner.disk import saying_full, write_atomically
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

_PACKAGES = ("torch", "transformers", "tokenizers", "safetensors", "ray")


@stage(order=50)
def publish(build: Build, report: Report) -> None:
    """Copy the model to model/, and write README.md and provenance.json beside it."""
    prepared = read_value(PrepareOutcome, build.folder, PREPARE)
    generated = read_value(GenerateOutcome, build.folder, GENERATE)
    trained = read_value(TrainOutcome, build.folder, TRAIN)
    scores = read_value(EvaluateOutcome, build.folder, EVALUATE)
    everything = read_leaf_data(build.folder)
    leaves = [leaf for leaf in everything if leaf.leaf in build.job.leaves]
    report(done=0, total=2, unit="parts", message="writing the model")
    target = model_folder(build.folder)
    with saying_full(build.folder):
        shutil.copytree(build.folder / trained.model, target, dirs_exist_ok=True)
    digest = student_digest(target)
    report(done=1, total=2, unit="parts", message="writing its card and provenance")
    card = model_card(
        build.job, base=prepared, teacher=generated.teacher, leaves=leaves, phases=trained.phases, scores=scores
    )
    provenance = {
        "job": asdict(build.job),
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
    write_atomically(target / "README.md", card)
    write_atomically(target / "provenance.json", json.dumps(provenance, indent=1, sort_keys=True, ensure_ascii=False))
    write_value(build.folder, PUBLISH, PublishOutcome(model=target.name, model_digest=digest))
    report(done=2, total=2, unit="parts", message="the model is published")
