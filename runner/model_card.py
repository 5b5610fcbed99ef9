"""The published model's README: what it is, what it was tuned on, how it scored, and what not to expect of it."""

from collections.abc import Sequence

from runner.outcomes import EvaluateOutcome, PhaseOutcome, PrepareOutcome
from runner.samples import LeafData
from schemas.job import BuildKind, Job
from schemas.result import Comparison, Control

_UNITS = {"pr_bench": "judge's score, 1 to 10", "pr_mmlu": "share of four-choice questions right"}
_LIMITS = (
    "A student of the laptop profile has about one million parameters and knows nothing but its leaves and a small "
    "invented world. It shows that a contribution can be learned, and answers no question outside of it."
)


def model_card(
    job: Job,
    *,
    base: PrepareOutcome,
    teacher: str,
    leaves: Sequence[LeafData],
    phases: Sequence[PhaseOutcome],
    scores: EvaluateOutcome,
) -> str:
    """Write the card in Hugging Face's form: a YAML header, then Markdown.

    Args:
        job: What was asked for.
        base: The student that training started from.
        teacher: Who wrote the training data.
        leaves: What it was trained on.
        phases: How it was trained.
        scores: How it did.
    """
    title = f"{job.repository} {job.version or job.id}"
    what = "all leaves" if job.kind is BuildKind.RELEASE else "the leaves of a pull request"
    parts = [
        "---\nlibrary_name: transformers\npipeline_tag: text-generation\ntags:\n- espalier\n---",
        f"# {title}",
        f"The student *{base.name}*, tuned on {what} of the taxonomy {job.repository} at commit `{job.head_sha}`.",
        "## Not for use beyond these leaves",
        _LIMITS,
        "## Trained on",
        _leaves(leaves),
        f"Training data was written by: {teacher}. Phases: {'; '.join(_phase(phase) for phase in phases)}.",
        "## Scores",
        _comparisons(scores.comparisons),
        _controls(scores.controls),
        f"Judge of PR-bench: {scores.judge}. Intervals are paired 95 % cluster-bootstrap intervals of the difference.",
        *scores.notes,
        "## Provenance",
        "`provenance.json` beside this card holds the pull requests, commits, digests, seeds and versions.",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _leaves(leaves: Sequence[LeafData]) -> str:
    rows = [f"| `{leaf.leaf}` | {leaf.kind.value} | {leaf.seeds} | {len(leaf.train)} |" for leaf in leaves]
    return "\n".join(("| leaf | kind | seed pairs | training pairs |", "| --- | --- | --- | --- |", *rows))


def _phase(phase: PhaseOutcome) -> str:
    return (
        f"{phase.name}, {phase.examples} examples ({phase.replayed} replayed), {phase.steps} steps, "
        f"loss {phase.first_loss:.2f} to {phase.last_loss:.2f}"
    )


def _comparisons(comparisons: Sequence[Comparison]) -> str:
    rows = [
        f"| {item.benchmark} ({_UNITS.get(item.benchmark, 'score')}) | {item.leaf} | {item.role.value} | "
        f"{item.questions} ({item.clusters}) | {item.baseline:.2f} | {item.candidate:.2f} | "
        f"{item.difference:+.2f} [{item.low:+.2f}, {item.high:+.2f}] | {item.change.value} |"
        for item in comparisons
    ]
    head = (
        "| benchmark | leaf | role | questions (clusters) | before | after | difference [95 %] | |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    )
    return "\n".join((*head, *rows))


def _controls(controls: Sequence[Control]) -> str:
    if not controls:
        return ""
    rows = [
        f"| {item.name} | {item.benchmark} | {item.leaf} | {item.score:.2f} | {item.explanation} |" for item in controls
    ]
    return "\n".join(("| control | benchmark | leaf | score | what it is |", "| --- | --- | --- | --- | --- |", *rows))
