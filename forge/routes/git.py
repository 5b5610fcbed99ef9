"""Git's own objects: refs, blobs, trees and commits."""

import base64
from http import HTTPStatus

from forge.acts import commits
from forge.acts.accounts import signature
from forge.answers import Answer, created, no_content
from forge.body import Body
from forge.call import Call, Routes, listing
from forge.errors import ApiError, InvalidError, NotFoundError, UnprocessableError
from forge.git import objects, refs
from forge.git.history import FULL, read_commit
from forge.git.objects import Signature, TreeChange, TreeEntry
from forge.git.process import GitError
from forge.git.refs import Ref
from forge.roles import Role
from forge.shapes.commits import git_commit, ref_shape
from forge.shapes.repositories import repository_url
from forge.shapes.users import Shape, node_id

routes = Routes("Reference")
READ, WRITE = "contents:read", "contents:write"
BASE = "/repos/{owner}/{repo}/git"
ENTRIES = 100_000
"""A recursive tree lists at most so many entries: docs.github.com, get a tree."""
MODES = ("100644", "100755", "040000", "160000", "120000")


def _shape(call: Call, ref: Ref) -> Shape:
    return ref_shape(call.forge, call.repository, ref)


def _ref(call: Call, name: str) -> Answer:
    ref = refs.read_ref(call.forge.folder(call.repository), name)
    if ref is None:
        raise NotFoundError
    return Answer(content=_shape(call, ref))


@routes.add("GET", BASE + "/ref/{ref:path}", READ)
def get_ref(call: Call) -> Answer:
    """Describe a ref."""
    return _ref(call, f"refs/{call.path['ref']}")


@routes.add("GET", BASE + "/refs/{ref:path}", READ)
def get_ref_as_before(call: Call) -> Answer:
    """Describe a ref, at the older address that PyGithub still asks."""
    return _ref(call, f"refs/{call.path['ref']}")


@routes.add("GET", BASE + "/refs", READ)
def list_all_refs(call: Call) -> Answer:
    """List all refs, at the older address that PyGithub still asks."""
    return listing(call, refs.list_refs(call.forge.folder(call.repository)), lambda ref: _shape(call, ref))


@routes.add("GET", BASE + "/matching-refs/{ref:path}", READ)
def list_refs(call: Call) -> Answer:
    """List the refs whose names start as given."""
    found = refs.list_refs(call.forge.folder(call.repository), f"refs/{call.path['ref']}")
    return listing(call, found, lambda ref: _shape(call, ref))


@routes.add("POST", BASE + "/refs", WRITE, Role.WRITE)
def create_ref(call: Call) -> Answer:
    """Create a ref."""
    name = call.body.text("ref")
    commits.create_ref(call.forge, call.actor, call.repository, name, call.body.text("sha"))
    answer = _ref(call, name)
    return created(answer.content)


@routes.add("PATCH", BASE + "/refs/{ref:path}", WRITE, Role.WRITE)
def update_ref(call: Call) -> Answer:
    """Move a ref."""
    name, force = f"refs/{call.path['ref']}", call.body.flag("force")
    commits.update_ref(call.forge, call.actor, call.repository, name, call.body.text("sha"), force=force)
    return _ref(call, name)


@routes.add("DELETE", BASE + "/refs/{ref:path}", WRITE, Role.WRITE)
def delete_ref(call: Call) -> Answer:
    """Delete a ref."""
    commits.delete_ref(call.forge, call.actor, call.repository, f"refs/{call.path['ref']}")
    return no_content()


@routes.add("GET", BASE + "/blobs/{sha}", READ)
def get_blob(call: Call) -> Answer:
    """Read a blob.

    Raises:
        NotFoundError: if there is none.
    """
    folder, sha = call.forge.folder(call.repository), call.path["sha"]
    if not FULL.fullmatch(sha):
        raise NotFoundError
    try:
        content = objects.read_blob(folder, sha)
    except GitError:
        raise NotFoundError from None
    if "raw" in call.accept:
        return Answer(text=content, media_type="application/vnd.github.raw; charset=utf-8")
    shape = {
        "sha": sha,
        "node_id": node_id("Blob", sha),
        "size": len(content),
        "url": f"{repository_url(call.forge, call.repository)}/git/blobs/{sha}",
        "content": base64.encodebytes(content).decode(),
        "encoding": "base64",
    }
    return Answer(content=shape)


@routes.add("POST", BASE + "/blobs", WRITE, Role.WRITE)
def create_blob(call: Call) -> Answer:
    """Store a blob.

    Raises:
        UnprocessableError: if it is said to be Base64 and is not.
    """
    text, encoding = call.body.optional_text("content") or "", call.body.optional_text("encoding") or "utf-8"
    try:
        content = base64.b64decode(text, validate=False) if encoding == "base64" else text.encode()
    except ValueError:  # for what is no ASCII too
        raise UnprocessableError("content is not valid Base64") from None
    sha = objects.write_blob(call.forge.folder(call.repository), content)
    return created({"sha": sha, "url": f"{repository_url(call.forge, call.repository)}/git/blobs/{sha}"})


def _tree(call: Call, sha: str, entries: list[TreeEntry]) -> Shape:
    base = repository_url(call.forge, call.repository)
    listed = []
    for entry in entries[:ENTRIES]:
        shape: Shape = {"path": entry.path, "mode": entry.mode, "type": entry.kind, "sha": entry.sha}
        if entry.size is not None:
            shape["size"] = entry.size
        if entry.kind != "commit":
            shape["url"] = f"{base}/git/{entry.kind}s/{entry.sha}"
        listed.append(shape)
    return {"sha": sha, "url": f"{base}/git/trees/{sha}", "tree": listed, "truncated": len(entries) > ENTRIES}


@routes.add("GET", BASE + "/trees/{sha:path}", READ)
def get_tree(call: Call) -> Answer:
    """List a tree, named by its SHA or by a commit, branch or tag.

    Raises:
        NotFoundError: if there is none.
        ApiError: 409, if the repository is empty.
    """
    folder, name = call.forge.folder(call.repository), call.path["sha"]
    commit = refs.resolve_any(folder, name)
    found = objects.kind_of(folder, f"{commit}^{{tree}}" if commit is not None else name)
    if found is None or found[1] != "tree":
        if not refs.list_refs(folder):
            raise ApiError(HTTPStatus.CONFLICT, "Git Repository is empty.")
        raise NotFoundError
    entries = objects.list_tree(folder, found[0], recursive="recursive" in call.query)
    return Answer(content=_tree(call, found[0], entries))


@routes.add("POST", BASE + "/trees", WRITE, Role.WRITE)
def create_tree(call: Call) -> Answer:
    """Store a tree.

    Raises:
        NotFoundError: if the tree to start from does not exist.
        UnprocessableError: if an entry cannot stand in a tree.
    """
    folder, base = call.forge.folder(call.repository), call.body.optional_text("base_tree")
    found = None if base is None else objects.kind_of(folder, f"{base}^{{tree}}")
    if base is not None and found is None:
        raise NotFoundError
    changes = [_change(call, item) for item in call.body.bodies("tree")]
    try:
        sha = objects.write_tree(folder, None if found is None else found[0], changes)
    except GitError as error:
        raise UnprocessableError(f"tree.path contains a malformed path component: {error}") from error
    return created(_tree(call, sha, objects.list_tree(folder, sha)))


def _change(call: Call, item: Body) -> TreeChange:
    mode, path = item.optional_text("mode") or "100644", item.text("path")
    if mode not in MODES:
        raise InvalidError("Tree", "mode")
    folder, text, sha = call.forge.folder(call.repository), item.optional_text("content"), item.optional_text("sha")
    if text is not None:
        sha = objects.write_blob(folder, text.encode())
    elif sha is not None and mode != "160000" and objects.kind_of(folder, sha) is None:
        raise UnprocessableError(f"tree.sha {sha} is not a valid object")
    return TreeChange(path=path, mode=mode, sha=sha)


@routes.add("GET", BASE + "/commits/{sha}", READ)
def get_commit(call: Call) -> Answer:
    """Describe a commit as git has it.

    Raises:
        NotFoundError: if there is none.
    """
    folder, sha = call.forge.folder(call.repository), call.path["sha"]
    if refs.resolve(folder, sha)[0] != sha:
        raise NotFoundError
    return Answer(content=git_commit(call.forge, call.repository, read_commit(folder, sha)))


@routes.add("POST", BASE + "/commits", WRITE, Role.WRITE)
def create_commit(call: Call) -> Answer:
    """Store a commit.

    Raises:
        UnprocessableError: if its tree or a parent does not exist, or a date is none.
    """
    folder, body = call.forge.folder(call.repository), call.body
    tree, parents = objects.kind_of(folder, body.text("tree")), body.texts("parents")
    if tree is None or tree[1] != "tree":
        raise UnprocessableError("Tree SHA does not exist")
    if any(sha != parent for sha, parent in zip(refs.resolve(folder, *parents), parents, strict=True)):
        raise UnprocessableError("Parent SHA does not exist or is not a commit object")
    author = _signature(call, "author")
    committer = _signature(call, "committer") if body.inner("committer") is not None else author
    try:
        sha = objects.write_commit(
            folder, tree=tree[0], parents=parents, message=body.text("message"), author=author, committer=committer
        )
    except GitError as error:
        raise UnprocessableError(f"The commit cannot be made: {error}") from error
    return created(git_commit(call.forge, call.repository, read_commit(folder, sha)))


def _signature(call: Call, name: str) -> Signature:
    person, inner = signature(call.actor.user), call.body.inner(name)
    if inner is None:
        return person
    return Signature(name=inner.text("name"), email=inner.text("email"), date=inner.optional_text("date") or "")
