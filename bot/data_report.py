"""What a build of data alone says on a pull request: how much was kept and why the rest was not, and a few samples."""

from collections.abc import Sequence

from bot.made_report import count_table
from bot.neutralise import cell, code, prose
from bot.score_words import in_turn, leaf_cell
from schemas.result import DataFile, DataSample, Generated, LeafCount, Provenance

SAMPLES = 8
"""Samples shown; a few of each leaf stand on the build's page, and all of them in its files."""
_CELL = 240
_REASONS = 8
_LEAVES = 12
_KILO, _MEGA = 1_000, 1_000_000


def data_parts(generated: Generated, provenance: Provenance | None, *, page_url: str) -> list[str]:
    """Write the parts of the comment between its heading and how it was made.

    Args:
        generated: Samples and files.
        provenance: Names the teacher, and counts what became of each leaf.
        page_url: The bot's page of the build, which serves the files.
    """
    counts = provenance.counts if provenance else ()
    teacher = prose((provenance and provenance.teacher) or "not named", limit=160)
    return [
        _verdict(counts),
        count_table(counts),
        _yield(counts),
        _legend(teacher),
        _samples(generated.samples),
        _files(generated.files, page_url),
    ]


def _verdict(counts: Sequence[LeafCount]) -> str:
    given, kept = sum(count.generated for count in counts), sum(count.kept for count in counts)
    train, held = sum(count.train for count in counts), sum(count.bench + count.mmlu for count in counts)
    if not kept:
        return "**Nothing was kept** of what was generated."
    leaves = "this leaf" if len(counts) == 1 else f"these {len(counts)} leaves"
    return (
        f"**{train:,} pairs to train on and {held:,} held-out questions** came of {leaves}: {given:,} were written, "
        f"and {kept:,} kept, the seed examples among them. `/espalier build` on this head takes exactly these over and "
        "generates nothing again."
    )


def _yield(counts: Sequence[LeafCount]) -> str:
    """Say by which filters how much was lost, the greatest losses first."""
    rows = []
    for count in counts[:_LEAVES]:
        losses = sorted(count.dropped.items(), key=lambda item: (-item[1], item[0]))
        told = ", ".join(f"{number:,} {prose(reason, limit=60)}" for reason, number in losses[:_REASONS])
        if told:
            more = f", and for {len(losses) - _REASONS} more reasons" if len(losses) > _REASONS else ""
            rows.append(f"- {code(count.leaf, limit=200)}: {told}{more}")
    if rows and len(counts) > _LEAVES:
        rows.append(f"- … and of {len(counts) - _LEAVES} more leaves, on the build's page")
    return "\n".join(("Not kept, by filter:", "", *rows)) if rows else ""


def _legend(teacher: str) -> str:
    return (
        f"<sub>Questions and answers were written by the teacher *{teacher}*. *Held-out* questions (PR-bench, PR-mmlu) "
        "are set aside before training sees anything, and none of them is shown here.</sub>"
    )


def _samples(samples: Sequence[DataSample]) -> str:
    chosen = in_turn(samples, SAMPLES)
    if not chosen:
        return ""
    rows = [f"| {leaf_cell(item.leaf)} | {_question(item)} | {cell(item.answer, limit=_CELL)} |" for item in chosen]
    return "\n".join(("### Samples", "", "| Leaf | Question | Answer |", "| --- | --- | --- |", *rows))


def _question(item: DataSample) -> str:
    question = cell(item.question, limit=_CELL)
    return f"{question} *On the text:* {cell(item.context, limit=_CELL)}" if item.context else question


def _files(files: Sequence[DataFile], page_url: str) -> str:
    if not files:
        return ""
    size = sum(file.size for file in files)
    what = "the file" if len(files) == 1 else f"the {len(files)} files"
    return f"All of it: [download {what}]({page_url}#data) from the build's page ({_bytes(size)})."


def _bytes(size: int) -> str:
    return f"{size / _MEGA:.1f} MB" if size >= _MEGA else f"{max(size / _KILO, 0.1):.1f} kB"
