"""Merges of a head into a base, as commits, without a working tree."""

from dataclasses import dataclass
from pathlib import Path

from forge.git.history import Commit, log
from forge.git.objects import Signature, write_commit
from forge.git.process import run


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """The tree of a merge, or None where both sides changed the same lines."""

    tree: str | None


def merge_tree(folder: Path, base: str, head: str) -> Merge:
    """Merge two commits into a tree.

    Fails with `GitError` if git can do no such merge, for histories that never met.
    """
    done = run(folder, "merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", base, head, codes=(0, 1))
    return Merge(tree=done.stdout.split(b"\0")[0].decode() if done.returncode == 0 else None)


def merge_commit(
    folder: Path, *, base: str, head: str, message: str, author: Signature, committer: Signature
) -> str | None:
    """Store the merge of a head into a base; None if they conflict."""
    tree = merge_tree(folder, base, head).tree
    if tree is None:
        return None
    return write_commit(folder, tree=tree, parents=(base, head), message=message, author=author, committer=committer)


def squash_commit(
    folder: Path, *, base: str, head: str, message: str, author: Signature, committer: Signature
) -> str | None:
    """Store all that the head adds as one commit on the base; None if they conflict."""
    tree = merge_tree(folder, base, head).tree
    if tree is None:
        return None
    return write_commit(folder, tree=tree, parents=(base,), message=message, author=author, committer=committer)


def rebase_commits(folder: Path, *, base: str, head: str, committer: Signature) -> str | None:
    """Store the head's commits again on top of the base, merges left out; None if one conflicts."""
    tip, tip_tree = base, None
    for commit in log(folder, "--no-merges", f"{base}..{head}", reverse=True):
        tree = _pick(folder, commit, tip=tip)
        if tree is None:
            return None
        if tree == (tip_tree or log(folder, tip, limit=1)[0].tree):
            continue
        author = Signature(name=commit.author.name, email=commit.author.email, date=commit.author.date)
        tip = write_commit(
            folder, tree=tree, parents=(tip,), message=commit.message, author=author, committer=committer
        )
        tip_tree = tree
    return tip


def _pick(folder: Path, commit: Commit, *, tip: str) -> str | None:
    # Git before 2.40 cannot be told the merge base, so two commits without history are made that have the right one.
    author = Signature(name="pick", email="pick@localhost")
    if not commit.parents:
        return merge_tree(folder, tip, commit.sha).tree
    parent_tree = log(folder, commit.parents[0], limit=1)[0].tree
    tip_tree = log(folder, tip, limit=1)[0].tree
    root = write_commit(folder, tree=parent_tree, parents=(), message="", author=author, committer=author)
    ours = write_commit(folder, tree=tip_tree, parents=(root,), message="", author=author, committer=author)
    theirs = write_commit(folder, tree=commit.tree, parents=(root,), message="", author=author, committer=author)
    return merge_tree(folder, ours, theirs).tree
