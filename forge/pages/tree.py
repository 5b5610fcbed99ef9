"""Folders and files of a repository at a commit, as their pages show them."""

import posixpath
from urllib.parse import quote

from markupsafe import Markup

from forge.errors import ApiError
from forge.forge import Forge
from forge.git import history
from forge.git.objects import find_entry, list_tree, read_blob
from forge.git.refs import resolve
from forge.pages.gather import branches, view_commit, view_repository
from forge.pages.markdown import render
from forge.pages.views import FileText, FolderView, TreeLine
from forge.records import Repository

README_NAMES = ("readme.md", "readme.markdown", "readme")
MARKDOWN = (".md", ".markdown")
SHOWN_BYTES = 500_000
SNIFFED = 8_000
"""Git calls a file binary if there is a NUL among its first 8,000 bytes; so does this."""


def split_ref(forge: Forge, repository: Repository, rest: str) -> tuple[str, str, str]:
    """Split `topic/one/docs/a.md` into the branch, its commit and the path: a branch's name may hold slashes.

    Raises:
        ApiError: 404, if no beginning of it names a commit.
    """
    parts = rest.strip("/").split("/")
    names = ["/".join(parts[:end]) for end in range(1, len(parts) + 1)]
    found = resolve(forge.folder(repository), *names)
    for name, sha in zip(names, found, strict=True):
        if sha is not None:
            return name, sha, rest.strip("/").removeprefix(name).strip("/")
    raise ApiError(404, "There is no such branch, tag or commit.")


def view_folder(forge: Forge, repository: Repository, rest: str) -> FolderView:
    """Show a folder; a repository without commits has an empty one.

    Raises:
        ApiError: 404, if there is no such folder.
    """
    folder, where = forge.folder(repository), f"/{forge.full_name(repository)}"
    found = branches(forge, repository)
    if not found and rest == repository.default_branch:
        return _folder(forge, repository, ref=rest, lines=())
    ref, sha, path = split_ref(forge, repository, rest)
    if path:
        entry = find_entry(folder, sha, path)
        if entry is None or entry.kind != "tree":
            raise ApiError(404, "There is no such folder.")
    entries = sorted(list_tree(folder, sha, path), key=lambda entry: (entry.kind != "tree", entry.path))
    lines = tuple(
        TreeLine(
            name=entry.path,
            url=f"{where}/{'tree' if entry.kind == 'tree' else 'blob'}/"
            + quote("/".join(part for part in (ref, path, entry.path) if part)),
            is_folder=entry.kind == "tree",
            size=entry.size,
        )
        for entry in entries
        if entry.kind in {"tree", "blob"}
    )
    readme = next((entry for entry in entries if entry.kind == "blob" and entry.path.lower() in README_NAMES), None)
    text = read_blob(folder, readme.sha).decode(errors="replace")[:SHOWN_BYTES] if readme else ""
    last = history.log(folder, sha, limit=1, path=path or None)
    view = _folder(forge, repository, ref=ref, lines=lines, path=path)
    return FolderView(
        repository=view.repository,
        ref=ref,
        branches=view.branches,
        crumbs=view.crumbs,
        lines=lines,
        readme=render(text, repository=forge.full_name(repository), folder=path, ref=ref),
        readme_name=readme.path if readme else "",
        last=view_commit(forge, repository, last[0], with_checks=True) if last else None,
    )


def _folder(
    forge: Forge, repository: Repository, *, ref: str, lines: tuple[TreeLine, ...], path: str = ""
) -> FolderView:
    return FolderView(
        repository=view_repository(forge, repository),
        ref=ref,
        branches=branches(forge, repository),
        crumbs=crumbs(forge.full_name(repository), ref, path),
        lines=lines,
        readme=Markup(),
        readme_name="",
        last=None,
    )


def crumbs(full_name: str, ref: str, path: str) -> tuple[tuple[str, str], ...]:
    """Name each folder on the way to a path, with its address."""
    parts = [part for part in path.split("/") if part]
    return tuple(
        (part, quote(f"/{full_name}/tree/{ref}/{'/'.join(parts[: index + 1])}")) for index, part in enumerate(parts)
    )


def read_file(forge: Forge, repository: Repository, rest: str) -> tuple[str, str, bytes]:
    """Read a file at a commit.

    Returns:
        The branch or commit, the path and the bytes.

    Raises:
        ApiError: 404, if there is no such file.
    """
    ref, sha, path = split_ref(forge, repository, rest)
    entry = find_entry(forge.folder(repository), sha, path) if path else None
    if entry is None or entry.kind != "blob":
        raise ApiError(404, "There is no such file.")
    return ref, path, read_blob(forge.folder(repository), entry.sha)


def view_file(forge: Forge, repository: Repository, rest: str) -> FileText:
    """Show a file: rendered if it is Markdown, its lines if it is text, else only its size."""
    ref, path, content = read_file(forge, repository, rest)
    full_name = forge.full_name(repository)
    binary = b"\0" in content[:SNIFFED] or len(content) > SHOWN_BYTES
    text = "" if binary else content.decode(errors="replace")
    is_markdown = path.lower().endswith(MARKDOWN)
    return FileText(
        repository=view_repository(forge, repository),
        ref=ref,
        path=path,
        crumbs=crumbs(full_name, ref, path),
        size=len(content),
        rendered=render(text, repository=full_name, folder=posixpath.dirname(path), ref=ref)
        if is_markdown
        else Markup(),
        lines=tuple(text.split("\n")[:-1] if text.endswith("\n") else text.split("\n")),
        binary=binary,
    )
