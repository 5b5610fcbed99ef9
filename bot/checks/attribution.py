"""Whether every leaf says where its content comes from, and under which licence."""

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from bot.attribution_text import Entry, Field, entries
from bot.check import Rules, check
from bot.facts import LeafFiles, PullRequestFacts
from bot.findings import Finding, Fix, Level, Replacement
from bot.licences import Standing, judge
from bot.meant import attribution_paths
from bot.neutralise import code, without_user
from bot.reading import read
from schemas.config import AttributionPolicy
from schemas.leaf import Kind, kind_of
from schemas.safe_yaml import Loaded

NAME = "attribution.txt"
RULES: Rules = {
    "missing": (Level.ERROR, "the leaf has no attribution.txt"),
    "empty": (Level.ERROR, "attribution.txt is empty"),
    "copy-of-qna": (Level.ERROR, "attribution.txt is a copy of qna.yaml"),
    "no-licence": (Level.ERROR, "attribution.txt names no licence"),
    "licence-restrictive": (Level.WARNING, "the licence forbids what a taxonomy is for, or binds what is made from it"),
    "licence-not-listed": (Level.WARNING, "the licence is none of those that the taxonomy takes"),
    "licence-unknown": (Level.WARNING, "what stands for the licence names none"),
    "document-licence-unknown": (Level.WARNING, "the licence of a knowledge document is unknown"),
    "fields-missing": (Level.WARNING, "the attribution leaves out a title, a link, a revision or a creator"),
}
MENDED = frozenset({"missing", "empty", "copy-of-qna", "no-licence", "fields-missing"})

MAX_LICENCES = 20
"""Licences of one file that are told; each work has one."""
USUAL = "CC-BY-SA-4.0"
"""Licence of own work, where the policy takes it."""

# `Apache License, Version 2.0`, `in the public domain`: a licence in a text without fields.
_KNOWN = re.compile(
    r"\b(?:CC0|CC[ -]BY|CDLA|Apache(?:[ -]License)?[ ,-]{0,3}(?:Version)?[ -]{0,3}2|MIT[ -]licen[cs]e|public[ -]domain"
    r"|creative commons|GFDL)",
    re.IGNORECASE,
)
_LINKS = frozenset({"120000", "160000"})
_LEAF_KEY = re.compile(r"^(?:seed_examples|created_by|task_description):", re.MULTILINE)


@check
def attribution(facts: PullRequestFacts) -> Iterator[Finding]:
    """Look for an attribution.txt with a licence beside every qna.yaml."""
    misnamed = attribution_paths(facts)
    # A symbolic link or a submodule is there, and has no content: `placement` tells of it.
    unread = {file.path for file in facts.files if file.mode in _LINKS}
    for leaf in facts.leaves:
        path = misnamed.get(leaf.folder, f"{leaf.folder}/{NAME}")
        if not leaf.attribution_read or (leaf.attribution is None and path in unread):
            continue
        if leaf.attribution is None:
            message = f"Add `{NAME}` beside `qna.yaml`. It says where the answers come from, and under which licence."
            place = leaf.qna.path if leaf.qna is not None else path
            fix = _skeleton(leaf, path, facts, last=0)
            yield Finding(rule="missing", level=Level.ERROR, path=place, message=message, fix=fix)
            continue
        text = leaf.attribution.decode("utf-8-sig", errors="replace")
        if not text.strip():
            message = "This file is empty. Say where the answers come from, and under which licence."
            yield _unusable("empty", message, leaf, path, facts, text)
        elif _LEAF_KEY.search(text) or (leaf.qna is not None and leaf.attribution == leaf.qna.content):
            message = "This is a copy of `qna.yaml`. Replace it by the sources of the answers and their licence."
            yield _unusable("copy-of-qna", message, leaf, path, facts, text)
        else:
            found = tuple(entries(text))
            yield from _licences(leaf, path, text, found, facts.config.attribution)
            yield from _fields(leaf, path, text, found, facts)


def _licences(
    leaf: LeafFiles, path: str, text: str, found: tuple[Entry, ...], policy: AttributionPolicy
) -> Iterator[Finding]:
    stated = [entry for entry in found if entry.field is Field.LICENCE]
    filled = [entry for entry in stated if entry.filled]
    known = _KNOWN.search(text) if not stated else None
    if not filled and known is None:
        line = stated[0].line if stated else 1
        there = "Fill in" if stated else "Add a line"
        message = f"No licence is named. {there} `{Field.LICENCE}:` with {_listed(policy)}."
        yield Finding(rule="no-licence", level=Level.ERROR, path=path, line=line, message=message)
        return
    for entry in filled[:MAX_LICENCES] if known is None else [_mentioned(text, known)]:
        told = _licence(leaf, entry.value, policy)
        if told is not None:
            rule, message = told
            yield Finding(
                rule=rule,
                level=Level.WARNING,
                path=path,
                line=entry.line,
                column=entry.column,
                message=message,
            )


def _mentioned(text: str, known: re.Match[str]) -> Entry:
    """Take the line in which a licence is named for a field."""
    start = text.rfind("\n", 0, known.start()) + 1
    line = text[start:].partition("\n")[0].strip()
    number, column = text.count("\n", 0, start) + 1, known.start() - start + 1
    return Entry(field=Field.LICENCE, value=line, line=number, column=column)


def _licence(leaf: LeafFiles, stated: str, policy: AttributionPolicy) -> tuple[str, str] | None:
    judgement = judge(stated, listed=policy.licences, restrictive=policy.restrictive)
    shown, listed = code(stated, limit=60), _listed(policy)
    if judgement.standing is Standing.LISTED:
        return None
    if judgement.standing is Standing.RESTRICTIVE:
        return "licence-restrictive", (
            f"The licence {shown} forbids uses that a taxonomy needs, or binds what is made from it. Take a work under "
            f"{listed}, or write the answers in your own words from one that is."
        )
    if judgement.meant is not None:
        return (
            "licence-not-listed",
            f"There is no licence {shown} on the list. Is it {code(judgement.meant)}? Write so.",
        )
    if judgement.standing is Standing.OTHER:
        return "licence-not-listed", (
            f"The licence {shown} is none of those taken here, which are {listed}. Take a work under one of them, or "
            "ask below whether yours will do."
        )
    if kind_of(leaf.folder) is Kind.KNOWLEDGE:
        return "document-licence-unknown", (
            f"The licence of the document is not known: {shown} names none. Look for it where the document comes from, "
            f"and write its name; {listed} are taken."
        )
    return "licence-unknown", f"{shown} names no licence. Write {listed}; for your own work, {code(_usual(policy))}."


def _fields(
    leaf: LeafFiles, path: str, text: str, found: tuple[Entry, ...], facts: PullRequestFacts
) -> Iterator[Finding]:
    """Tell which fields are left out; a dash says that there is no link or revision, and own work has neither."""
    by_field = {field: [entry for entry in found if entry.field is field] for field in Field}
    filled = {field for field, written in by_field.items() if any(entry.filled for entry in written)}
    knowledge = kind_of(leaf.folder) is Kind.KNOWLEDGE
    absent = [
        field
        for field, is_absent in (
            (Field.TITLE, Field.TITLE not in filled),
            (Field.LINK, not by_field[Field.LINK] and (knowledge or Field.TITLE in filled)),
            (Field.REVISION, not by_field[Field.REVISION] and Field.LINK in filled),
            (Field.CREATORS, Field.CREATORS not in filled),
        )
        if is_absent
    ]
    if not absent:
        return
    known = _known(leaf, facts)
    added = [f"{field}: {known[field]}" for field in absent if not by_field[field] and field in known]
    lines = text.removesuffix("\n").split("\n")
    fix = None
    if added:
        new = Replacement(path=path, first=len(lines) + 1, last=len(lines), text="\n".join(added))
        fix = Fix(description="Add this at the end, and change what is not right", replacements=(new,))
    names = ", ".join(f"`{field}:`" for field in absent)
    line = next((entry.line for field in absent for entry in by_field[field]), 1)
    message = f"Something is left out here. Fill in {names}."
    yield Finding(rule="fields-missing", level=Level.WARNING, path=path, line=line, message=message, fix=fix)


def _unusable(rule: str, message: str, leaf: LeafFiles, path: str, facts: PullRequestFacts, text: str) -> Finding:
    fix = _skeleton(leaf, path, facts, last=len(text.splitlines()))
    return Finding(rule=rule, level=Level.ERROR, path=path, line=1, message=message, fix=fix)


def _skeleton(leaf: LeafFiles, path: str, facts: PullRequestFacts, *, last: int) -> Fix:
    """Write an attribution with what is known; what is not stands in angle brackets."""
    open_places = {
        Field.TITLE: "<title of the document>",
        Field.LINK: "<address of the document>",
        Field.REVISION: "-",
        Field.LICENCE: "<the licence of the document>",
        Field.CREATORS: "<your name>",
    }
    known = _known(leaf, facts)
    if kind_of(leaf.folder) is not Kind.KNOWLEDGE:
        known = {**known, Field.LICENCE: _usual(facts.config.attribution)}
    text = "\n".join(f"{field}: {known.get(field, open_places[field])}" for field in Field)
    description = f"Put this into `{path}`, and fill in what is not right yet" if "`" not in path else "Put this there"
    return Fix(description=description, replacements=(Replacement(path=path, first=1, last=last, text=text),))


def _known(leaf: LeafFiles, facts: PullRequestFacts) -> dict[Field, str]:
    """Give what the pull request itself says of the fields."""
    author = " ".join((facts.commits[-1].author.name if facts.commits else facts.author).split())
    known = {Field.CREATORS: author} if author else {}
    if kind_of(leaf.folder) is Kind.KNOWLEDGE:
        document = _document(leaf)
        link, revision = (_line(document.get(key)) for key in ("repo", "commit"))
        return {**known, **({Field.LINK: link} if link else {}), **({Field.REVISION: revision} if revision else {})}
    title = PurePosixPath(leaf.folder).name.replace("_", " ").capitalize()
    return {**known, Field.TITLE: title, Field.LINK: "-", Field.REVISION: "-"}


def _document(leaf: LeafFiles) -> Mapping[object, object]:
    loaded = read(leaf.qna.content) if leaf.qna is not None and leaf.qna.content is not None else None
    value = loaded.value if isinstance(loaded, Loaded) else None
    document: object = value.get("document") if isinstance(value, Mapping) else None
    return document if isinstance(document, Mapping) else {}


def _line(value: object) -> str:
    return without_user(" ".join(value.split())[:200]) if isinstance(value, str) else ""


def _listed(policy: AttributionPolicy) -> str:
    *others, last = policy.licences or ("a licence",)
    return f"{', '.join(others)} or {last}" if others else last


def _usual(policy: AttributionPolicy) -> str:
    return USUAL if USUAL in policy.licences or not policy.licences else policy.licences[0]
