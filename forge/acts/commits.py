"""Commits made through the API: a file written or deleted, a ref moved."""

from dataclasses import dataclass

from forge.acts import pushes
from forge.acts.accounts import WEB, signature
from forge.errors import ApiError, InvalidError, NotFoundError, UnprocessableError
from forge.forge import Actor, Forge
from forge.git import objects, refs
from forge.git.history import is_ancestor
from forge.git.objects import Signature, TreeChange
from forge.git.process import GitError
from forge.git.refs import ZERO, RefUpdate
from forge.records import Repository


@dataclass(frozen=True, slots=True, kw_only=True)
class FileWrite:
    """A file to write (or delete, without content) on a branch; `sha` is the blob that it replaces."""

    path: str
    content: bytes | None
    message: str
    branch: str | None = None
    sha: str | None = None
    author: Signature | None = None
    committer: Signature | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The commit that wrote a file; `replaced` tells an update from something new."""

    commit: str
    replaced: bool


def write_file(forge: Forge, actor: Actor, repository: Repository, write: FileWrite) -> Written:
    """Write or delete a file in a commit of its own.

    Raises:
        ApiError: 404 for an unknown branch or nothing to delete, 409 if the file is no longer the one to replace,
            422 if its SHA is missing or the path is not allowed.
        InvalidError: if a field cannot be accepted.
        NotFoundError: if there is no such thing.
        UnprocessableError: if git takes no such name or date.
    """
    folder, branch = forge.folder(repository), write.branch or repository.default_branch
    tip = refs.resolve_branch(folder, branch)
    if tip is None and (write.branch is not None and refs.list_refs(folder, "refs/heads/")):
        raise NotFoundError(f"Branch {branch} not found")
    present = objects.find_entry(folder, tip, write.path) if tip else None
    if present is not None and write.sha is None:
        raise ApiError(422, 'Invalid request.\n\n"sha" wasn\'t supplied.')
    if present is not None and present.sha != write.sha:
        raise ApiError(409, f"{write.path} does not match {write.sha}")
    if present is None and write.content is None:
        raise NotFoundError
    try:
        blob = None if write.content is None else objects.write_blob(folder, write.content)
        tree = objects.write_tree(folder, tip, [TreeChange(path=write.path, sha=blob)])
    except GitError:
        raise InvalidError("Content", "path") from None
    author = write.author or signature(actor.user)
    committer = write.committer or (author if write.author else WEB)
    try:
        sha = objects.write_commit(
            folder, tree=tree, parents=(tip,) if tip else (), message=write.message, author=author, committer=committer
        )
    except GitError as error:
        raise UnprocessableError(f"The commit cannot be made: {error}") from error
    move_ref(forge, actor, repository, RefUpdate(name=f"refs/heads/{branch}", before=tip or ZERO, after=sha))
    return Written(commit=sha, replaced=present is not None)


def move_ref(forge: Forge, actor: Actor, repository: Repository, update: RefUpdate) -> None:
    """Move a ref and let everybody know who follows it.

    Raises:
        ApiError: 409 if somebody else moved it in between.
    """
    if not refs.move(forge.folder(repository), update):
        raise ApiError(409, "Reference cannot be updated")
    pushes.record(forge, actor, repository, (update,))


def create_ref(forge: Forge, actor: Actor, repository: Repository, name: str, sha: str) -> None:
    """Create a ref.

    Raises:
        UnprocessableError: 422 if it exists, is no ref's name, or there is no such object.
    """
    folder = forge.folder(repository)
    if not name.startswith("refs/") or name.count("/") < 2 or not refs.is_valid_name(folder, name):  # noqa: PLR2004 - refs/KIND/NAME
        raise UnprocessableError(f"{name} is not a valid ref name.")
    if name.startswith("refs/pull/"):
        raise UnprocessableError("Reference cannot be created")
    found = objects.kind_of(folder, sha)
    if found is None or (found[1] != "commit" and name.startswith("refs/heads/")):
        raise UnprocessableError("Object does not exist")
    if refs.read_ref(folder, name) is not None:
        raise UnprocessableError("Reference already exists")
    move_ref(forge, actor, repository, RefUpdate(name=name, before=ZERO, after=found[0]))


def update_ref(forge: Forge, actor: Actor, repository: Repository, name: str, sha: str, *, force: bool) -> None:
    """Move a ref, forward only unless forced.

    Raises:
        UnprocessableError: 422 if it does not exist, there is no such object, or it would not be a fast-forward.
    """
    folder = forge.folder(repository)
    present, found = refs.read_ref(folder, name), objects.kind_of(folder, sha)
    if present is None or name.startswith("refs/pull/"):
        raise UnprocessableError("Reference does not exist")
    if found is None or (found[1] != "commit" and name.startswith("refs/heads/")):
        raise UnprocessableError("Object does not exist")
    if not force and not is_ancestor(folder, present.sha, found[0]):
        raise UnprocessableError("Update is not a fast forward")
    if present.sha != found[0]:
        move_ref(forge, actor, repository, RefUpdate(name=name, before=present.sha, after=found[0]))


def delete_ref(forge: Forge, actor: Actor, repository: Repository, name: str) -> None:
    """Delete a ref.

    Raises:
        UnprocessableError: 422 if it does not exist or is the default branch.
    """
    present = refs.read_ref(forge.folder(repository), name)
    if present is None or name.startswith("refs/pull/"):
        raise UnprocessableError("Reference does not exist")
    if name == f"refs/heads/{repository.default_branch}":
        raise UnprocessableError("Cannot delete the default branch")
    move_ref(forge, actor, repository, RefUpdate(name=name, before=present.sha, after=ZERO))
