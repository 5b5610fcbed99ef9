"""What is installed is locked: every requirement to one version, every file of it to its hash, torch to its version."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "requirements"
LOCKS = sorted(path for path in FOLDER.glob("*.txt") if path.name != "torch.txt")
PIN = re.compile(r"(?P<name>[A-Za-z0-9._-]+)==(?P<version>\S+)(?P<hashes>(?: \\\n +--hash=sha256:[0-9a-f]{64})+)$")
TORCH = re.compile(r"^torch==(\S+)$", re.MULTILINE)


def pins(path: Path) -> dict[str, str]:
    """Give versions by name, and let nothing stand in a lock that is not held to a hash."""
    lines = path.read_text(encoding="utf-8").split("\n")
    text = "\n".join(line for line in lines if line and not line.lstrip().startswith("#"))
    entries = re.split(r"\n(?! )", text)
    found = {entry: PIN.fullmatch(entry) for entry in entries}
    assert [entry for entry, match in found.items() if match is None] == []
    return {_plain(match["name"]): match["version"] for match in found.values() if match is not None}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def needed(path: Path) -> set[str]:
    """Give the names that an .in file asks for, with those that it includes."""
    names: set[str] = set()
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("-r "):
            names |= needed(path.parent / line.removeprefix("-r "))
        elif line and not line.startswith(("#", "-c ")):
            names.add(_plain(re.split(r"[\[=<>; ]", line)[0]))
    return names


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.stem)
def test_a_lock_holds_all_that_is_asked_for_and_each_file_to_a_hash(path: Path) -> None:
    assert needed(path.with_suffix(".in")) - {"torch"} <= set(pins(path))


def test_all_locks_agree() -> None:
    versions: dict[str, set[str]] = {}
    for path in LOCKS:
        for name, version in pins(path).items():
            versions.setdefault(name, set()).add(version)
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


def test_torch_has_one_version_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (version,) = TORCH.findall((FOLDER / "torch.txt").read_text(encoding="utf-8"))
    assert f"torch=={version}" in project["optional-dependencies"]["runner"]


@pytest.mark.parametrize(
    ("extra", "lock"), [(None, "base"), ("bot", "bot"), ("bot", "run"), ("runner", "run"), ("dev", "dev")]
)
def test_what_the_package_declares_is_in_the_lock_that_is_installed_for_it(extra: str | None, lock: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = project["dependencies"] if extra is None else project["optional-dependencies"][extra]
    names = {_plain(re.split(r"[\[=<>; ]", line)[0]) for line in declared} - {"torch"}
    locked = set(pins(FOLDER / f"{lock}.txt")) | (set(pins(FOLDER / "run.txt")) if lock == "dev" else set())
    assert names - locked == set()
