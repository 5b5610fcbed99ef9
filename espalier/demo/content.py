"""The demo's own taxonomy, documents and contributions, as files to write into repositories."""

from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
CONTRIBUTIONS = (
    ("lights_of_skerrin_coast", "iseult-carrow", "Add the lights of the Skerrin coast"),
    ("gate_greetings", "lorne-vasey", "Add the greetings at the gate of Wethermoor"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """A pull request in two states: as people really write it, and mended."""

    name: str
    """Folder below contributions/, also the branch."""
    author: str
    """Login of the contributor, as in the leaf's created_by."""
    title: str
    body: str
    broken: dict[str, str]
    fixed: dict[str, str]


def documents() -> dict[str, str]:
    """Give the documents repository's files by path."""
    return _files(HERE / "documents", {})


def taxonomy(placeholders: dict[str, str]) -> dict[str, str]:
    """Give the taxonomy's files by path, with `{{name}}` filled in."""
    return _files(HERE / "taxonomy", placeholders)


def contributions(placeholders: dict[str, str]) -> tuple[Contribution, ...]:
    """Give the two pull requests that the demo plays, with `{{name}}` filled in."""
    return tuple(
        Contribution(
            name=name,
            author=author,
            title=title,
            body=(HERE / "contributions" / name / "pull_request.md").read_text(encoding="utf-8"),
            broken=_files(HERE / "contributions" / name / "broken", placeholders),
            fixed=_files(HERE / "contributions" / name / "fixed", placeholders),
        )
        for name, author, title in CONTRIBUTIONS
    )


def _files(root: Path, placeholders: dict[str, str]) -> dict[str, str]:
    files = {}
    for path in sorted(root.rglob("*")):
        if path.is_file():
            text = path.read_bytes().decode("utf-8")
            for name, value in placeholders.items():
                text = text.replace("{{" + name + "}}", value)
            files[path.relative_to(root).as_posix()] = text
    return files
