"""The description of the architecture names every module beside its folder, and none that is not there."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
SECTIONS = {
    "schemas": "The shared words", "bot": "The bot", "runner": "The runner", "sources": "What is fetched",
    "forge": "The forge", "espalier": "The demo",
}  # fmt: skip
REGISTRIES = frozenset({"checks", "commands", "stages", "benchmarks", "versions"})
"""Folders in which a new file is found and listed by itself, where they stand directly in bot or runner."""


def section(package: str) -> list[str]:
    """Give the rows of tables and the paragraphs that tell of a package."""
    text = re.search(rf"^## {SECTIONS[package]}\n(.*?)(?=^## |\Z)", TEXT, flags=re.MULTILINE | re.DOTALL)
    assert text is not None
    return [block for part in text[1].split("\n\n") for block in (part.split("\n") if part[:1] == "|" else [part])]


def named(text: str) -> set[str]:
    return set(re.findall(r"`([\w./]+)`", text))


def modules(package: str) -> Iterator[tuple[str, str]]:
    """Give the modules of a package: the folder in it, empty for its own, and the name."""
    for path in sorted((ROOT / package).rglob("*.py")):
        folder = path.parent.relative_to(ROOT / package).as_posix().removeprefix(".")
        listed = package in {"bot", "runner"} and not REGISTRIES.isdisjoint(folder.split("/"))
        if not listed and not path.stem.startswith("__"):
            yield folder, path.stem


@pytest.mark.parametrize("package", SECTIONS)
def test_every_module_is_named_beside_its_folder(package: str) -> None:
    here = sorted(modules(package))
    folders = {folder for folder, _ in here} - {""}
    told = set()
    for block in section(package):
        names = named(block)
        inside = {folder for folder in folders if f"{folder}/" in names} or {""}
        told |= {(folder, name) for folder in inside for name in names}
    assert len(here) > 3
    assert [f"{folder}/{name}".lstrip("/") for folder, name in here if (folder, name) not in told] == []


@pytest.mark.parametrize("package", SECTIONS)
def test_every_module_that_a_table_tells_of_is_there(package: str) -> None:
    there = {path.stem for path in (ROOT / package).rglob("*.py")}
    cells = [block.split(" | ")[0] for block in section(package) if block.startswith("|")]
    assert [name for cell in cells for name in sorted(named(cell)) if name.isidentifier() and name not in there] == []
