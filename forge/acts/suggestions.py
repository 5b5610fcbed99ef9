"""Suggestions in comments on lines: what they would write, whether they still fit, and the commit that takes one."""

import re
from dataclasses import dataclass

from forge.acts.accounts import signature
from forge.acts.commits import FileWrite, write_file
from forge.errors import ApiError, UnprocessableError
from forge.forge import Actor, Forge
from forge.git import objects
from forge.records import Pull, Repository, ReviewComment
from forge.roles import Role, role_of

BLOCK = re.compile(r"^(?P<fence>`{3,})suggestion[ \t]*\n(?P<text>.*?)^(?P=fence)`*[ \t]*$\n?", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """Lines of a file as they are, and as a comment would have them."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    fits: bool
    """Whether the head still holds the lines that it was made for."""


def find(forge: Forge, repository: Repository, pull: Pull, comment: ReviewComment) -> Suggestion | None:
    """Read a comment's suggestion; None if it makes none, or stands on no line of the new side."""
    match = BLOCK.search(comment.body.replace("\r\n", "\n"))
    if match is None or comment.line is None or comment.side != "RIGHT":
        return None
    first = comment.start_line or comment.line
    before = _lines(forge, repository, comment.commit_id, comment.path)[first - 1 : comment.line]
    now = _lines(forge, repository, pull.head_sha, comment.path)[first - 1 : comment.line]
    after = match["text"].removesuffix("\n")
    return Suggestion(
        before=tuple(_text(before)), after=tuple(after.split("\n")) if match["text"] else (), fits=before == now != []
    )


def without_block(body: str) -> str:
    """Give what a comment says besides its suggestion."""
    return BLOCK.sub("", body.replace("\r\n", "\n"), count=1)


def accept(forge: Forge, actor: Actor, repository: Repository, pull: Pull, comment_id: int, *, message: str) -> str:
    """Write a suggestion into the pull request's branch, in a commit of who accepts it; give the commit's SHA.

    Raises:
        ApiError: 403 if neither the branch nor the base is theirs to write, 404 if there is no such suggestion.
        UnprocessableError: if the lines have changed since, or the branch is gone.
    """
    comment = forge.store.first(ReviewComment, "id = ? AND pull_id = ?", comment_id, pull.id)
    suggestion = None if comment is None else find(forge, repository, pull, comment)
    if comment is None or suggestion is None or comment.line is None:
        raise ApiError(404, "There is no such suggestion.")
    head = forge.store.first(Repository, "id = ?", pull.head_repository_id) if pull.head_repository_id else None
    if head is None:
        raise UnprocessableError("The branch of this pull request is gone.")
    theirs = role_of(forge, head, actor.user) >= Role.WRITE
    if not theirs and not (pull.maintainer_can_modify and role_of(forge, repository, actor.user) >= Role.WRITE):
        raise ApiError(403, "Only the author, or who may write to the repository, can accept a suggestion.")
    if not suggestion.fits:
        raise UnprocessableError("These lines have changed since the suggestion was made.")
    folder = forge.folder(head)
    entry = objects.find_entry(folder, pull.head_sha, comment.path)
    if entry is None:
        raise UnprocessableError("The file is gone.")
    lines = objects.read_blob(folder, entry.sha).splitlines(keepends=True)
    first = (comment.start_line or comment.line) - 1
    lines[first : comment.line] = [f"{line}\n".encode() for line in suggestion.after]
    write = FileWrite(
        path=comment.path,
        content=b"".join(lines),
        message=message.strip() or "Apply a suggestion from review",
        branch=pull.head_ref,
        sha=entry.sha,
        author=signature(actor.user),
        committer=signature(actor.user),
    )
    return write_file(forge, actor, head, write).commit


def _lines(forge: Forge, repository: Repository, commit: str, path: str) -> list[bytes]:
    folder = forge.folder(repository)
    entry = objects.find_entry(folder, commit, path)
    return [] if entry is None or entry.kind != "blob" else objects.read_blob(folder, entry.sha).splitlines()


def _text(lines: list[bytes]) -> list[str]:
    return [line.decode("utf-8", errors="replace") for line in lines]
