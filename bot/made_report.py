"""How a build was made, as a comment tells it, folded: models, digests, seeds, time, and what became of each leaf."""

from collections.abc import Mapping, Sequence

from bot.neutralise import cell, code, prose
from bot.report_progress import duration
from schemas.result import LeafCount, Provenance

_ROWS = 40
_NOTES = 20
_BEFORE, _ASKED = "Student before training", "Model that was asked"


def fold_provenance(provenance: Provenance, leaves: Sequence[str]) -> str:
    """Write what the numbers rest on; what this kind of build does without has no row.

    Args:
        provenance: What the build says of itself.
        leaves: The leaves whose counts are shown.
    """
    given = (
        (_BEFORE if provenance.model else _ASKED, _digest(provenance.base, provenance.base_digest)),
        ("Teacher", _named(provenance.teacher)),
        ("Judge", _named(provenance.judge)),
        ("Model", _digest(provenance.model, provenance.model_digest)),
        ("Data", None if provenance.data_digest is None else code(provenance.data_digest[:16])),
        ("Seeds", _pairs({name: str(seed) for name, seed in provenance.seeds.items()})),
        ("Time", _pairs({stage: duration(seconds) for stage, seconds in provenance.seconds.items()})),
        ("Versions", _pairs(provenance.versions)),
    )
    rows = [f"| {name} | {value} |" for name, value in given if value is not None]
    table = "\n".join(["| | |", "| --- | --- |", *rows])
    counts = [count for count in provenance.counts if count.leaf in leaves]
    notes = "\n".join(f"- {prose(note, limit=400)}" for note in provenance.notes[:_NOTES])
    body = "\n\n".join(part for part in (table, count_table(counts), notes) if part)
    return f"<details>\n<summary>How it was made</summary>\n\n{body}\n\n</details>"


def count_table(counts: Sequence[LeafCount]) -> str:
    """Write what generation made of each leaf; nothing of none."""
    if not counts:
        return ""
    rows = [
        f"| {cell(count.leaf)} | {count.seeds:,} | {count.generated:,} | {count.kept:,} | {count.train:,} "
        f"| {count.bench:,} | {count.mmlu:,} |"
        for count in counts[:_ROWS]
    ]
    if len(counts) > _ROWS:
        rows.append(f"| … and {len(counts) - _ROWS} more leaves | | | | | | |")
    head = (
        "| Leaf | Seeds | Generated | Kept | To train on | PR-bench | PR-mmlu |\n"
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    )
    return "\n".join([head, *rows])


def _named(name: str | None) -> str | None:
    return None if name is None else cell(name)


def _digest(name: str | None, digest: str | None) -> str | None:
    return None if name is None else f"{cell(name)} {code((digest or '')[:16])}"


def _pairs(values: Mapping[str, str]) -> str:
    return (
        ", ".join(f"{cell(name, limit=40)} {cell(value, limit=40)}" for name, value in list(values.items())[:_ROWS])
        or "—"
    )
