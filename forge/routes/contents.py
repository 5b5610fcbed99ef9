"""Files and folders of a repository, read and written one at a time."""

import base64
from urllib.parse import quote

from forge.acts import commits
from forge.acts.accounts import signature
from forge.answers import Answer, created
from forge.body import Body
from forge.call import Call, Routes
from forge.errors import InvalidError, NotFoundError, UnprocessableError
from forge.forge import Actor
from forge.git import objects, refs
from forge.git.history import read_commit
from forge.git.objects import Signature, TreeEntry
from forge.roles import Role
from forge.shapes.commits import git_commit
from forge.shapes.repositories import repository_page, repository_url
from forge.shapes.users import Shape

routes = Routes("Content")
BASE = "/repos/{owner}/{repo}/contents"
INLINE = 1_000_000
"""Bytes up to which a file's content is given in JSON: docs.github.com, get repository content."""
KINDS = {"blob": "file", "tree": "dir", "commit": "submodule"}
LINK = "120000"


def _entry(call: Call, entry: TreeEntry, ref: str) -> Shape:
    base, page, path = (
        repository_url(call.forge, call.repository),
        repository_page(call.forge, call.repository),
        quote(entry.path),
    )
    url = f"{base}/contents/{path}?ref={quote(ref)}"
    is_blob, is_module = entry.kind == "blob", entry.kind == "commit"
    git_url = None if is_module else f"{base}/git/{'blobs' if is_blob else 'trees'}/{entry.sha}"
    html_url = None if is_module else f"{page}/{'blob' if is_blob else 'tree'}/{quote(ref)}/{path}"
    return {
        "name": entry.path.rsplit("/", 1)[-1],
        "path": entry.path,
        "sha": entry.sha,
        "size": entry.size or 0,
        "url": url,
        "html_url": html_url,
        "git_url": git_url,
        "download_url": f"{page}/raw/{quote(ref)}/{path}" if is_blob else None,
        "type": "symlink" if entry.mode == LINK else KINDS[entry.kind],
        "_links": {"self": url, "git": git_url, "html": html_url},
    }


def _file(call: Call, entry: TreeEntry, ref: str) -> Shape:
    content = objects.read_blob(call.forge.folder(call.repository), entry.sha)
    shape = _entry(call, entry, ref)
    if entry.mode == LINK:
        return {**shape, "target": content.decode(errors="replace")}
    inline = len(content) <= INLINE
    text = base64.encodebytes(content).decode() if inline else ""
    return {**shape, "content": text, "encoding": "base64" if inline else "none"}


@routes.add("GET", BASE, "contents:read")
def list_root(call: Call) -> Answer:
    """List the root of a repository."""
    return _read(call, "")


@routes.add("GET", BASE + "/{path:path}", "contents:read")
def get(call: Call) -> Answer:
    """Read a file, or list a folder."""
    return _read(call, call.path["path"].strip("/"))


@routes.add("GET", "/repos/{owner}/{repo}/readme", "contents:read")
def get_readme(call: Call) -> Answer:
    """Read the README.

    Raises:
        NotFoundError: if there is none.
    """
    folder, (sha, _) = call.forge.folder(call.repository), _commit(call)
    names = [entry.path for entry in objects.list_tree(folder, sha) if entry.kind == "blob"]
    readme = next((name for name in names if name.lower().startswith("readme")), None)
    if readme is None:
        raise NotFoundError
    return _read(call, readme)


def _commit(call: Call) -> tuple[str, str]:
    ref = call.query.get("ref") or call.repository.default_branch
    sha = refs.resolve_any(call.forge.folder(call.repository), ref)
    if sha is None:
        raise NotFoundError(
            f"No commit found for the ref {ref}" if "ref" in call.query else "This repository is empty."
        )
    return sha, ref


def _read(call: Call, path: str) -> Answer:
    folder, (sha, ref) = call.forge.folder(call.repository), _commit(call)
    entry = objects.find_entry(folder, sha, path) if path else None
    if path and entry is None:
        raise NotFoundError
    if entry is not None and entry.kind == "blob":
        if "raw" in call.accept:
            media_type = "application/vnd.github.raw; charset=utf-8"
            return Answer(text=objects.read_blob(folder, entry.sha), media_type=media_type)
        return Answer(content=_file(call, entry, ref))
    if entry is not None and entry.kind == "commit":
        return Answer(content={**_entry(call, entry, ref), "submodule_git_url": objects.module_url(folder, sha, path)})
    listed = objects.list_tree(folder, sha, path)
    inside = [_within(path, item) for item in listed]
    return Answer(content=[_entry(call, item, ref) for item in inside])


def _within(path: str, entry: TreeEntry) -> TreeEntry:
    if not path:
        return entry
    full = f"{path}/{entry.path}"
    return TreeEntry(path=full, mode=entry.mode, kind=entry.kind, sha=entry.sha, size=entry.size)


def _signature(body: Body, name: str, actor: Actor) -> Signature | None:
    inner = body.inner(name)
    if inner is None:
        return None
    person = signature(actor.user)
    return Signature(
        name=inner.optional_text("name") or person.name,
        email=inner.optional_text("email") or person.email,
        date=inner.optional_text("date") or "",
    )


def _write(call: Call, content: bytes | None) -> commits.Written:
    body = call.body
    write = commits.FileWrite(
        path=call.path["path"].strip("/"),
        content=content,
        message=body.text("message"),
        branch=body.optional_text("branch"),
        sha=body.optional_text("sha") if content is not None else body.text("sha"),
        author=_signature(body, "author", call.actor),
        committer=_signature(body, "committer", call.actor),
    )
    return commits.write_file(call.forge, call.actor, call.repository, write)


@routes.add("PUT", BASE + "/{path:path}", "contents:write", Role.WRITE)
def put(call: Call) -> Answer:
    """Write a file in a commit of its own.

    Raises:
        InvalidError: if the content is missing.
        UnprocessableError: if the content is no Base64.
    """
    encoded = call.body.optional_text("content")
    if encoded is None:
        raise InvalidError("Content", "content", "missing_field")
    try:
        content = base64.b64decode("".join(encoded.split()), validate=True)
    except ValueError:  # for what is no ASCII too
        raise UnprocessableError("content is not valid Base64") from None
    written = _write(call, content)
    folder = call.forge.folder(call.repository)
    entry = objects.find_entry(folder, written.commit, call.path["path"].strip("/"))
    ref = call.body.optional_text("branch") or call.repository.default_branch
    shape: Shape = {
        "content": None if entry is None else _entry(call, entry, ref),
        "commit": git_commit(call.forge, call.repository, read_commit(folder, written.commit)),
    }
    return Answer(content=shape) if written.replaced else created(shape)


@routes.add("DELETE", BASE + "/{path:path}", "contents:write", Role.WRITE)
def delete(call: Call) -> Answer:
    """Delete a file in a commit of its own."""
    written = _write(call, None)
    commit = read_commit(call.forge.folder(call.repository), written.commit)
    return Answer(content={"content": None, "commit": git_commit(call.forge, call.repository, commit)})
