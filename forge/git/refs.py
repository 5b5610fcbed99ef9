"""Names of commits: listed, resolved and moved, each move only from where the mover saw it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from forge.git.process import GitError, git

ZERO = "0" * 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Ref:
    """A ref and the object that it names."""

    name: str
    sha: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefUpdate:
    """A ref's move; `ZERO` before means created, after means deleted."""

    name: str
    before: str
    after: str

    @property
    def branch(self) -> str | None:
        """The branch's name, or None if this is no branch."""
        return self.name.removeprefix("refs/heads/") if self.name.startswith("refs/heads/") else None


def list_refs(folder: Path, prefix: str = "refs/") -> list[Ref]:
    """List the refs whose names start with a prefix, by name, without those of pull requests."""
    # Git's own patterns end at a slash, or are globs: the last word is left to us.
    pattern = prefix.rpartition("/")[0]
    format_ = "--format=%(objectname) %(objecttype) %(refname)"
    lines = git(folder, "for-each-ref", format_, pattern).decode(errors="replace").splitlines()
    parts = [line.split(" ", 2) for line in lines]
    return [
        Ref(name=name, sha=sha, kind=kind)
        for sha, kind, name in parts
        if name.startswith(prefix) and (prefix.startswith("refs/pull") or not name.startswith("refs/pull/"))
    ]


def branches_at(folder: Path, sha: str) -> list[str]:
    """List the branches whose tip is a commit."""
    return [ref.name.removeprefix("refs/heads/") for ref in list_refs(folder, "refs/heads/") if ref.sha == sha]


def read_ref(folder: Path, name: str) -> Ref | None:
    """Read one ref by its full name."""
    return next((ref for ref in list_refs(folder, name) if ref.name == name), None)


def resolve(folder: Path, *revisions: str) -> list[str | None]:
    """Find the commit behind each revision (a branch, tag, full ref or SHA); None where there is none."""
    asked = "".join(f"{revision}^{{commit}}\n" if _is_plain(revision) else "\n" for revision in revisions)
    answers = git(folder, "cat-file", "--batch-check=%(objectname) %(objecttype)", stdin=asked.encode()).decode()
    lines = answers.splitlines()
    return [line.split(" ")[0] if line.endswith(" commit") else None for line in lines]


def resolve_branch(folder: Path, branch: str) -> str | None:
    """Find the tip of a branch."""
    return resolve(folder, f"refs/heads/{branch}")[0]


def move(folder: Path, update: RefUpdate) -> bool:
    """Create, move or delete a ref; false if it is no longer where the update says, or may not be so named."""
    command = f"update {update.name}\0{update.after}\0{update.before}\0"
    if update.after == ZERO:
        command = f"delete {update.name}\0{update.before}\0"
    try:
        git(folder, "update-ref", "-z", "--stdin", stdin=command.encode())
    except GitError:
        return False
    return True


def place(folder: Path, name: str, sha: str) -> None:
    """Set a ref of our own, wherever it was."""
    git(folder, "update-ref", name, sha)


def set_head(folder: Path, branch: str) -> None:
    """Make a branch the default one."""
    git(folder, "symbolic-ref", "HEAD", f"refs/heads/{branch}")


def is_valid_name(folder: Path, name: str) -> bool:
    """Say whether git allows a ref of this full name."""
    try:
        git(folder, "check-ref-format", name)
    except GitError:
        return False
    return True


def parse_updates(lines: Sequence[str]) -> tuple[RefUpdate, ...]:
    """Read the lines that git gives to a post-receive hook."""
    parts = [line.split(" ", 2) for line in lines]
    return tuple(RefUpdate(name=name, before=before, after=after) for before, after, name in parts)


def _is_plain(revision: str) -> bool:
    # `HEAD~2`, `a..b` and `:path` are git's language, not the API's.
    return (
        bool(revision) and not set(revision) & set("~^:?*[\\ \n\0\t") and ".." not in revision and "@{" not in revision
    )


def resolve_any(folder: Path, name: str) -> str | None:
    """Find the commit that a SHA, a branch, a tag or a ref such as `heads/main` names; None if there is none."""
    candidates = [name, f"refs/heads/{name}", f"refs/tags/{name}", f"refs/{name}"]
    # A branch comes before a SHA only where the name is no SHA in full.
    if len(name) != len(ZERO):
        candidates = [*candidates[1:], name]
    return next((sha for sha in resolve(folder, *candidates) if sha is not None), None)
