"""The demo's leaves with their documents, as generation is given them."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from runner.sources import DocumentFile
from schemas.leaf import Leaf, leaf_of
from schemas.safe_yaml import load

DEMO = Path(__file__).parents[2] / "espalier" / "demo"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoLeaf:
    """A leaf and what it rests on."""

    leaf: Leaf
    documents: tuple[DocumentFile, ...]


@cache
def demo_leaves() -> tuple[DemoLeaf, ...]:
    """Read the taxonomy's leaves, and those of the two contributions in their fixed form."""
    roots = [DEMO / "taxonomy", *sorted((DEMO / "contributions").glob("*/fixed"))]
    return tuple(read(root, path) for root in roots for path in sorted(root.rglob("qna.yaml")))


def demo_leaf(name: str) -> DemoLeaf:
    """Find a leaf by the last part of its path."""
    return next(found for found in demo_leaves() if found.leaf.path.endswith(f"/{name}"))


def read(root: Path, path: Path) -> DemoLeaf:
    """Read one leaf below a root."""
    leaf = leaf_of(path.relative_to(root).as_posix(), load(path.read_bytes()).value)
    patterns = () if leaf.document is None else leaf.document.patterns
    documents = tuple(
        DocumentFile(path=name, text=(DEMO / "documents" / name).read_text(encoding="utf-8"), blob_sha="0" * 40)
        for name in patterns
    )
    return DemoLeaf(leaf=leaf, documents=documents)
