"""Whether every leaf says where its content comes from, and under which licence."""

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from bot.check import check
from bot.facts import LeafFiles, PullRequestFacts
from bot.findings import Finding, Fix, Level, Replacement
from bot.reading import read
from schemas.leaf import Kind, kind_of
from schemas.safe_yaml import Loaded

NAME = "attribution.txt"
ACCEPTED = "CC0-1.0, CDLA-Permissive-2.0, CC-BY-4.0, CC-BY-SA-4.0, Apache-2.0, MIT or public domain"
"""Licences that the taxonomy takes."""

# `License of the work: MIT`, `license_of_the_work: MIT`, `- Licence: MIT`, `SPDX-License-Identifier: MIT`.
_FIELD = re.compile(
    r"^[ \t*-]*[\w -]{0,40}licen[cs]e[\w -]{0,40}:[ \t*]*(?P<value>[^\n]*)$", re.IGNORECASE | re.MULTILINE
)
_KNOWN = re.compile(
    r"\b(?:CC0|CC[ -]BY|CDLA|Apache(?:[ -]License)?[ ,-]*(?:Version)?[ -]*2|MIT[ -]licen[cs]e|public[ -]domain"
    r"|creative commons|GFDL)",
    re.IGNORECASE,
)
_NOTHING = frozenset({"", "-", "...", "?", "n/a", "na", "none", "no license", "no licence", "tbd", "todo", "unknown"})
_LEAF_KEY = re.compile(r"^(?:seed_examples|created_by|task_description):", re.MULTILINE)


@check
def attribution(facts: PullRequestFacts) -> Iterator[Finding]:
    """Look for an attribution.txt with a licence beside every qna.yaml."""
    for leaf in facts.leaves:
        if leaf.attribution is None:
            message = f"Add `{NAME}` beside `qna.yaml`. It says where the answers come from, and under which licence."
            yield _finding("missing", leaf, message, facts, last=0, missing=True)
            continue
        text = leaf.attribution.decode("utf-8-sig", errors="replace")
        lines = len(text.splitlines())
        if not text.strip():
            message = "This file is empty. Say where the answers come from, and under which licence."
            yield _finding("empty", leaf, message, facts, last=lines)
        elif _LEAF_KEY.search(text) or (leaf.qna is not None and leaf.attribution == leaf.qna.content):
            message = "This is a copy of `qna.yaml`. Replace it by the sources of the answers and their licence."
            yield _finding("copy-of-qna", leaf, message, facts, last=lines)
        elif not _licensed(text):
            message = f"No licence is named. Add a line `License of the work:` with {ACCEPTED}."
            yield _finding("no-licence", leaf, message, facts, last=None)


def _licensed(text: str) -> bool:
    values = [match["value"].strip().strip("*<>").lower() for match in _FIELD.finditer(text)]
    stated = [value for value in values if value not in _NOTHING and not value.startswith("the licence")]
    return bool(stated) or (not values and _KNOWN.search(text) is not None)


def _finding(
    rule: str, leaf: LeafFiles, message: str, facts: PullRequestFacts, *, last: int | None, missing: bool = False
) -> Finding:
    path = f"{leaf.folder}/{NAME}"
    fix = None
    if last is not None:
        text = _skeleton(leaf, facts)
        description = (
            f"Put this into `{path}`, and fill in what is not right yet" if "`" not in path else "Put this there"
        )
        fix = Fix(description=description, replacements=(Replacement(path=path, first=1, last=last, text=text),))
    place = leaf.qna.path if missing and leaf.qna is not None else path
    return Finding(rule=rule, level=Level.ERROR, path=place, line=None if missing else 1, message=message, fix=fix)


def _skeleton(leaf: LeafFiles, facts: PullRequestFacts) -> str:
    """Write an attribution with what is known; what is not stands in angle brackets."""
    title, link, licence = PurePosixPath(leaf.folder).name.replace("_", " ").capitalize(), "-", "CC-BY-SA-4.0"
    if kind_of(leaf.folder) is Kind.KNOWLEDGE:
        title, licence = "<title of the document>", "<the licence of the document>"
        link = _document_address(leaf) or "<address of the document>"
    author = facts.commits[-1].author.name if facts.commits else facts.author
    return "\n".join((
        f"Title of work: {title}",
        f"Link to work: {link}",
        "Revision: -",
        f"License of the work: {licence}",
        f"Creator names: {' '.join(author.split()) or '<your name>'}",
    ))


def _document_address(leaf: LeafFiles) -> str | None:
    loaded = read(leaf.qna.content) if leaf.qna is not None and leaf.qna.content is not None else None
    value = loaded.value if isinstance(loaded, Loaded) else None
    document: object = value.get("document") if isinstance(value, Mapping) else None
    repo: object = document.get("repo") if isinstance(document, Mapping) else None
    return " ".join(repo.split())[:200] if isinstance(repo, str) and repo.strip() else None
