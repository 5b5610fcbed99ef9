"""Measure the recipe over seeds: the demo's contributed leaves, from generation to scores, without Ray.

Prints one line for each leaf and seed and a table at the end, and appends each result to a file, so that a measurement
that was broken off goes on where it stopped: `python scripts/measure_seeds.py --out seeds.jsonl --seeds 10`.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path

import torch

from runner import corpus
from runner.evaluation import Contest, Marking, evaluate
from runner.exam import exam
from runner.generation import generate_leaf
from runner.outcomes import EvaluateOutcome
from runner.profiles import profile
from runner.rule_teacher import RuleTeacher
from runner.samples import LeafData
from runner.student import base_student, load_student
from runner.tuning import TuneTask, tune
from schemas.leaf import Leaf, leaf_of
from schemas.result import Change, Role
from schemas.safe_yaml import load

for _name in ("pr_bench", "pr_mmlu"):
    import_module(f"runner.benchmarks.{_name}")

DEMO = Path(__file__).parent.parent / "espalier" / "demo"
CONTRIBUTED = (
    "knowledge/coasts/lights_of_skerrin_coast",
    "compositional_skills/customs/gate_greetings",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentText:
    """A document of the demo."""

    path: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one leaf gave under one seed."""

    leaf: str
    seed: int
    benchmark: str
    questions: int
    clusters: int
    baseline: float
    candidate: float
    difference: float
    low: float
    high: float
    control: float
    control_difference: float
    control_low: float
    control_high: float
    retrieval: float | None
    retention: dict[str, list[float]]
    train: int
    tune_seconds: float
    control_seconds: float
    evaluate_seconds: float


def folders() -> dict[str, Path]:
    """Find every leaf of the demo, contributed ones in their mended form."""
    roots = [DEMO / "taxonomy", *sorted((DEMO / "contributions").glob("*/fixed"))]
    return {str(file.parent.relative_to(root)): file.parent for root in roots for file in root.rglob("qna.yaml")}


def read_leaf(path: str) -> tuple[Leaf, tuple[DocumentText, ...]]:
    """Read a leaf of the demo with its documents."""
    text = (folders()[path] / "qna.yaml").read_text(encoding="utf-8")
    text = text.replace("{{documents_url}}", "https://example.org/d.git").replace("{{documents_commit}}", "0" * 40)
    leaf = leaf_of(f"{path}/qna.yaml", load(text.encode()).value)
    patterns = () if leaf.document is None else leaf.document.patterns
    files = sorted(file for pattern in patterns for file in (DEMO / "documents").glob(pattern))
    return leaf, tuple(DocumentText(path=file.name, text=file.read_text(encoding="utf-8")) for file in files)


def generate(path: str, seed: int) -> LeafData:
    """Generate a leaf's data with the rules."""
    leaf, documents = read_leaf(path)
    return generate_leaf(leaf, documents, teacher=RuleTeacher(), seed=seed)


def measure(path: str, seed: int, student: Path, others: Sequence[str]) -> tuple[Row, EvaluateOutcome]:
    """Generate, tune candidate and control, evaluate; as a candidate build does."""
    chosen = profile("laptop")
    data = generate(path, seed)
    rest = [generate(other, seed) for other in others]
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        seconds = []
        for shuffled in (False, True):
            task = TuneTask(student=str(student), leaves=(data,), profile="laptop", seed=seed, shuffled=shuffled)
            tune(task, Path(scratch) / str(shuffled), advance=lambda *_: None)
            seconds.append(time.monotonic() - began)
            began = time.monotonic()
        contest = Contest(
            baseline=load_student(str(student)),
            candidate=load_student(f"{scratch}/False"),
            control=load_student(f"{scratch}/True"),
        )
    base = corpus.world(chosen.base.seed).held_out(random.Random(chosen.base.seed))  # noqa: S311 - no secret
    marking = Marking(most_tokens=chosen.answer_tokens, seed=seed, advance=lambda _: None)
    outcome = evaluate(contest, exam([data, *rest], targets=[path], base=base), marking)
    target = next(item for item in outcome.comparisons if item.role is Role.TARGET)
    control = next(item for item in outcome.controls if item.difference is not None)
    retrieval = next((item.score for item in outcome.controls if item.difference is None), None)
    row = Row(
        leaf=path,
        seed=seed,
        benchmark=target.benchmark,
        questions=target.questions,
        clusters=target.clusters,
        baseline=target.baseline,
        candidate=target.candidate,
        difference=target.difference,
        low=target.low,
        high=target.high,
        control=control.score,
        control_difference=control.difference or 0.0,
        control_low=control.low or 0.0,
        control_high=control.high or 0.0,
        retrieval=retrieval,
        retention={
            f"{item.benchmark} {item.leaf}": [item.baseline, item.candidate, item.low, item.high]
            for item in outcome.comparisons
            if item.role is Role.RETENTION
        },
        train=len(data.train),
        tune_seconds=seconds[0],
        control_seconds=seconds[1],
        evaluate_seconds=time.monotonic() - began,
    )
    return row, outcome


def table(rows: Sequence[Row]) -> str:
    """Write the measurements as a Markdown table."""
    lines = [
        "| leaf | seed | n (clusters) | baseline | candidate | difference | control difference | retrieval | train s |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in sorted(rows, key=lambda item: (item.leaf, item.seed)):
        retrieval = "-" if row.retrieval is None else f"{row.retrieval:.2f}"
        lines.append(
            f"| {row.leaf.rpartition('/')[2]} | {row.seed} | {row.questions} ({row.clusters}) | {row.baseline:.2f} | "
            f"{row.candidate:.2f} | {row.difference:+.2f} [{row.low:+.2f}, {row.high:+.2f}] | "
            f"{row.control_difference:+.2f} [{row.control_low:+.2f}, {row.control_high:+.2f}] | "
            f"{retrieval} | {row.tune_seconds:.0f} |"
        )
    for leaf in sorted({row.leaf for row in rows}):
        own = [row for row in rows if row.leaf == leaf]
        wins = sum(row.low > 0 for row in own)
        false_wins = sum(row.control_low > 0 for row in own)
        lines.append(f"\n{leaf}: {wins} of {len(own)} {Change.IMPROVED}; control {false_wins} of {len(own)}.")
    return "\n".join(lines)


def main() -> int:
    """Measure what is not measured yet, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("seeds.jsonl"))
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "espalier")
    parser.add_argument("--student", type=Path, help="the student's folder; the laptop profile's base if none is given")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--leaf", action="append", help="a leaf's folder; the contributed ones if none is given")
    parser.add_argument("--others", action="store_true", help="ask retention on all leaves of the taxonomy too")
    options = parser.parse_args()
    torch.set_num_threads(1)
    student = options.student or base_student(options.cache, lambda **_: None)
    lines = options.out.read_text(encoding="utf-8").splitlines() if options.out.exists() else []
    rows = [Row(**json.loads(line)) for line in lines]
    done = {(row.leaf, row.seed) for row in rows}
    for seed in range(options.seeds):
        for path in options.leaf or CONTRIBUTED:
            if (path, seed) in done:
                continue
            others = [other for other in folders() if other not in {path, *CONTRIBUTED}] if options.others else []
            row, _ = measure(path, seed, student, others)
            rows.append(row)
            with options.out.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(row)) + "\n")
            print(json.dumps(asdict(row)), flush=True)
    print(table(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
