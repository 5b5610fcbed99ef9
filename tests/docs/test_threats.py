"""The threat model names tests that are there, and the attacks that are tried are all named in it."""

import ast
import re
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
TEXT = (TESTS.parent / "docs" / "security.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`([\w/]+\.py)::(\w+)`", TEXT)


def names_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def test_every_test_that_the_threat_model_names_is_there() -> None:
    assert len(NAMED) > 50
    assert [f"{path}::{name}" for path, name in NAMED if name not in names_in(TESTS / path)] == []


def test_every_attack_that_is_tried_covers_a_threat() -> None:
    tried = {
        (f"attacks/{path.name}", name) for path in (TESTS / "attacks").glob("test_*.py") for name in names_in(path)
    }
    assert tried - set(NAMED) == set()


def test_no_threat_stands_without_a_test() -> None:
    threats = re.findall(r"^\*\*(.+?)\*\*.*?\n(?=\n|- )(.*?)(?:\n\n|\Z)", TEXT, flags=re.MULTILINE | re.DOTALL)
    assert len(threats) > 20
    assert [name for name, tests in threats if "::test_" not in tests] == []
