"""One student tuned from its base to the end, step by step, from a checkpoint where there is one."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_model, save_model

from runner.disk import new_folder, saying_full
from runner.inference import Student
from runner.outcomes import PhaseOutcome
from runner.profiles import Optimisation, Profile, profile
from runner.recipe import Phase, phases, shuffle_answers
from runner.samples import LeafData
from runner.student import load_student, save_student
from runner.training import Optimiser, train

_TUNED_FOR_WIDTH = 144
"""Width at which the profile's rates were found; wider models take smaller steps (arXiv 2203.03466)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TuneTask:
    """What to tune, on what, and where it goes."""

    student: str
    """Folder or id of the student that it starts from."""
    leaves: tuple[LeafData, ...]
    profile: str
    seed: int
    shuffled: bool
    """Whether this is the control, trained on shuffled answers without the document's text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuned:
    """How tuning went."""

    phases: tuple[PhaseOutcome, ...]
    resumed: bool


class Tuning:
    """A student on its way; `advance` is one step, and what `save` writes `load` goes on from."""

    def __init__(self, task: TuneTask) -> None:
        self.profile: Profile = profile(task.profile)
        torch.set_num_threads(1)
        torch.manual_seed(task.seed)
        self.student: Student = load_student(task.student)
        leaves = shuffle_answers(task.leaves, task.seed) if task.shuffled else task.leaves
        self.phases: tuple[Phase, ...] = phases(self.student, leaves, self.profile, seed=task.seed)
        self.batches = [batch for phase in self.phases for batch in phase.batches]
        self.optimiser = Optimiser(self.student.model, _rates(self.student, self.profile.tune.optimisation))
        self.losses: list[float] = []
        self.resumed = False

    @property
    def total(self) -> int:
        """Steps from the beginning to the end."""
        return len(self.batches)

    @property
    def step(self) -> int:
        """Steps that are done."""
        return len(self.losses)

    @property
    def phase(self) -> str:
        """Name of the phase that the next step belongs to."""
        left = self.step
        for phase in self.phases:
            if left < len(phase.batches):
                return phase.name
            left -= len(phase.batches)
        return self.phases[-1].name

    def advance(self) -> float:
        """Train one step, and return its loss."""
        batch = self.batches[self.step]
        (loss,) = train(
            self.student.model,
            [batch],
            optimiser=self.optimiser,
            total=self.total,
            start=self.step,
            parts=self.profile.parts,
        )
        self.losses.append(loss)
        return loss

    def save(self, folder: Path) -> None:
        """Write a checkpoint into an existing folder."""
        with saying_full(folder):
            save_model(self.student.model, str(folder / "model.safetensors"))
            torch.save([part.state_dict() for part in self.optimiser.parts], folder / "optimiser.pt")
            (folder / "losses.json").write_text(json.dumps(self.losses), encoding="utf-8")

    def load(self, folder: Path) -> None:
        """Go on from a checkpoint that the same task wrote."""
        load_model(self.student.model, str(folder / "model.safetensors"))
        states = torch.load(folder / "optimiser.pt", weights_only=True)
        for part, state in zip(self.optimiser.parts, states, strict=True):
            part.load_state_dict(state)
        self.losses = [float(loss) for loss in json.loads((folder / "losses.json").read_text(encoding="utf-8"))]
        self.resumed = True

    def publish(self, target: Path) -> None:
        """Write the student in Hugging Face layout, whole or not at all."""
        with new_folder(target) as folder:
            save_student(self.student, folder)

    def outcome(self) -> Tuned:
        """Say how it went, by phase."""
        done = []
        start = 0
        for item in self.phases:
            losses = self.losses[start : start + len(item.batches)]
            start += len(item.batches)
            done.append(
                PhaseOutcome(
                    name=item.name,
                    examples=item.examples,
                    replayed=item.replayed,
                    steps=len(item.batches),
                    tokens=item.tokens,
                    first_loss=losses[0],
                    last_loss=losses[-1],
                )
            )
        return Tuned(phases=tuple(done), resumed=self.resumed)


def _rates(student: Student, plan: Optimisation) -> Optimisation:
    width = int(getattr(student.model.config, "hidden_size", _TUNED_FOR_WIDTH))
    return plan.scaled(min(1.0, _TUNED_FOR_WIDTH / width))


def tune(task: TuneTask, target: Path, *, advance: Callable[[int, int, str], None]) -> Tuned:
    """Tune a student from beginning to end in this process, without checkpoints.

    Args:
        task: What to tune.
        target: Folder that the tuned student is written to.
        advance: Told of steps done, steps in all, and what is being done.
    """
    tuning = Tuning(task)
    while tuning.step < tuning.total:
        phase = tuning.phase
        loss = tuning.advance()
        advance(tuning.step, tuning.total, f"{phase} phase, loss {loss:.2f}")
    tuning.publish(target)
    return tuning.outcome()
