"""The demo's own taxonomy, documents and contributions, as files to write into repositories."""

from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """A pull request in two states: as people really write it, and mended."""

    name: str
    """Folder below contributions/, also the branch."""
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
    """Give the two pull requests that the demo plays, knowledge first, with `{{name}}` filled in."""
    return tuple(
        Contribution(
            name=folder.name,
            title=(folder / "title.txt").read_text(encoding="utf-8").strip(),
            body=(folder / "body.md").read_text(encoding="utf-8"),
            broken=_files(folder / "broken", placeholders),
            fixed=_files(folder / "fixed", placeholders),
        )
        for folder in sorted((HERE / "contributions").iterdir())
        if folder.is_dir()
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
