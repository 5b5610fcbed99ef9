"""The operator's handbook names metrics and log lines that the bot really has."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = re.sub(r"\n  (?=\S)", " ", (ROOT / "docs" / "operations.md").read_text(encoding="utf-8"))
METRICS = set(re.findall(r'"(espalier_\w+)"', (ROOT / "bot" / "metrics.py").read_text(encoding="utf-8")))


def said() -> str:
    """Give every text in the bot's code, one a line, with `…` for what varies."""
    found = set()
    for path in (ROOT / "bot").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = (str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
                found.add("".join(parts))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(re.sub(r"%[.\d]*[sdfr]", "…", node.value))
    return "\n".join(sorted(found))


def spans(mark: str) -> list[str]:
    lines = re.findall(rf"^- \*\*{mark}\*\*[^\n]*", TEXT, flags=re.MULTILINE)
    return [span for line in lines for span in re.findall(r"`([^`]+)`", line)]


def test_every_metric_that_is_named_is_there() -> None:
    named = set(re.findall(r"espalier_[a-z_]+", TEXT))
    assert len(named) > 5
    assert named - METRICS == set()


def test_every_metric_that_is_there_is_named() -> None:
    assert [name for name in sorted(METRICS) if name not in TEXT] == []


def test_every_log_line_that_is_named_is_one_that_the_bot_writes() -> None:
    lines, code = spans("Log"), said()
    assert len(lines) > 20
    assert [line for line in lines if line not in code] == []


@pytest.mark.parametrize("path", sorted((ROOT / "docs").glob("*.md")), ids=lambda path: path.name)
def test_every_file_that_a_document_links_is_there(path: Path) -> None:
    linked = re.findall(r"\]\((?!https?:|#)([^)#]+)\)", path.read_text(encoding="utf-8"))
    assert [link for link in linked if not (path.parent / link).exists()] == []
