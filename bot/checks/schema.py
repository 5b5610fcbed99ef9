"""Whether each qna.yaml is at the required version and has the keys and values of it, with line and column."""

import difflib
import json
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

import yaml

from bot.check import NotLooked, check
from bot.facts import FileStatus, PullRequestFacts
from bot.findings import Finding, Fix, Level, Replacement
from bot.neutralise import code
from bot.reading import UNREAD, all_readable, declared_version, judged_version, readable, required_version
from schemas.config import SchemaPolicy
from schemas.leaf import CLOSED_TREE, Kind
from schemas.qna_schema import LATEST_VERSION, MINIMUM_VERSION, SchemaProblem, problems
from schemas.safe_yaml import Loaded

_COUNTED = frozenset({"minItems", "uniqueItems"})
_LISTS = frozenset({"seed_examples", "questions_and_answers"})
"""Lists whose length and repetitions the `examples` check judges, by the policy's numbers."""
_EXAMPLES = {
    "version": f"`version: {LATEST_VERSION}`",
    "created_by": "`created_by: your-github-login`",
    "task_description": "`task_description: What the skill does, in a sentence.`",
    "domain": "`domain: astronomy` (or whatever field it is)",
    "document_outline": "`document_outline: What the document is about, in a sentence.`",
    "document": "`document:` with `repo:`, `commit:` and `patterns:` below it, indented by two spaces",
    "seed_examples": "`seed_examples:` with a list of examples below it",
    "questions_and_answers": "`questions_and_answers:` with a list of questions and answers below it",
    "repo": "`repo: https://github.com/owner/name`",
    "commit": "`commit:` with the full SHA, of 40 characters",
    "patterns": "`patterns:` with a list of file names below it, such as `- 'docs/*.md'`",
}
_MISPLACED = {
    "attribution": "Sources belong in attribution.txt, beside qna.yaml. Move them there and delete this key.",
    "source": "Sources belong in attribution.txt, beside qna.yaml. Move them there and delete this key.",
    "license": "The licence belongs in attribution.txt, beside qna.yaml. Move it there and delete this key.",
    "task_description": "Knowledge has no task description: use `document_outline` for what the document is about.",
    "document": "A skill has no document. If it teaches facts, it is knowledge: move the leaf below `knowledge/`.",
    "domain": "A skill has no domain. If it teaches facts, it is knowledge: move the leaf below `knowledge/`.",
}
_TYPES = {"string": "text", "array": "a list", "object": "a group of keys", "integer": "a whole number"}


@check
def schema(facts: PullRequestFacts) -> Iterator[Finding]:
    """Compare every qna.yaml with the schema of its tree at the version that the policy asks for.

    Raises:
        NotLooked: if nothing was found, but not every file could be read.
    """
    found = [*_closed_tree(facts)]
    for path, kind, loaded in readable(facts):
        found.extend(_file(path, kind, loaded, facts.config.schema))
    if not found and not all_readable(facts):
        raise NotLooked(UNREAD)
    yield from found


def _closed_tree(facts: PullRequestFacts) -> Iterator[Finding]:
    for file in facts.files:
        parts = PurePosixPath(file.path).parts
        if file.status is not FileStatus.REMOVED and len(parts) > 1 and parts[0] == CLOSED_TREE:
            message = (
                f"{CLOSED_TREE}/ is closed to contributions. Move the leaf below compositional_skills/ or knowledge/."
            )
            yield Finding(rule="closed-tree", level=Level.ERROR, path=file.path, line=1, message=message)


def _file(path: str, kind: Kind, loaded: Loaded, policy: SchemaPolicy) -> Iterator[Finding]:
    if not isinstance(loaded.value, Mapping):
        message = f"The file must be keys with values. Begin it with `version: {LATEST_VERSION}`, and put the list of "
        message += "examples below `seed_examples:`."
        yield Finding(rule="not-a-mapping", level=Level.ERROR, path=path, line=1, column=1, message=message)
        return
    about_version = _version(path, kind, loaded, policy)
    if about_version is not None:
        yield about_version
    for problem in problems(kind, judged_version(loaded, policy), loaded):
        if problem.keyword == "not" or problem.path == ("version",):
            continue
        if problem.keyword in _COUNTED and problem.path and problem.path[-1] in _LISTS:
            continue
        yield Finding(
            rule=problem.keyword.lower() if problem.keyword != "unevaluatedProperties" else "unexpected-key",
            level=Level.ERROR,
            path=path,
            line=problem.position.line,
            column=problem.position.column,
            message=_message(problem, loaded),
            fix=_quoting(path, problem, loaded),
        )


def _version(path: str, kind: Kind, loaded: Loaded, policy: SchemaPolicy) -> Finding | None:
    declared = declared_version(loaded)
    asked = max(required_version(policy), MINIMUM_VERSION[kind])
    place = loaded.key_position(["version"])
    fix: Fix | None = _version_fix(path, loaded, asked)
    if declared is None or not 1 <= declared <= LATEST_VERSION:
        rule, message = "version-unknown", f"There is no such version. Write `version: {LATEST_VERSION}`."
    elif declared < asked and kind is Kind.KNOWLEDGE and declared < MINIMUM_VERSION[kind]:
        rule, fix = "version-too-old", None
        message = (
            f"Knowledge needs version {asked}; this file is at {declared}. Write `version: {asked}`, put each passage "
            "of the document under `context:` with at least 3 questions under `questions_and_answers:`, and add "
            "`domain`, `document` and `document_outline`."
        )
    elif declared < asked or (asked > 1 and _version_missing(loaded)):
        rule, message = "version-too-old", f"This file is at version {declared}. Write `version: {asked}`."
        if _version_missing(loaded):
            rule, message = "version-missing", f"The file names no version. Write `version: {asked}` on its first line."
    else:
        return None
    return Finding(
        rule=rule, level=Level.ERROR, path=path, line=place.line, column=place.column, message=message, fix=fix
    )


def _version_fix(path: str, loaded: Loaded, version: int) -> Fix:
    lines = loaded.lines
    if not _version_missing(loaded):
        line = loaded.key_position(["version"]).line
        mended = Replacement(path=path, first=line, last=line, text=f"version: {version}")
    else:
        line = 1 if not lines[0].startswith("---") else 2
        below = lines[line - 1] if line <= len(lines) else ""
        mended = Replacement(path=path, first=line, last=line, text=f"version: {version}\n{below}")
    return Fix(description=f"Set the version to {version}", replacements=(mended,))


def _version_missing(loaded: Loaded) -> bool:
    return isinstance(loaded.value, Mapping) and "version" not in loaded.value


def _message(problem: SchemaProblem, loaded: Loaded) -> str:
    where = code(problem.where, limit=120)
    key = str(problem.path[-1]) if problem.path else ""
    if problem.keyword == "required":
        return f"{where} is missing. Add {_EXAMPLES.get(key, f'`{key}: |` and the text on the next line, indented')}."
    if problem.keyword == "unevaluatedProperties":
        return _unexpected(problem, where, key)
    if problem.keyword == "type":
        return _wrong_type(problem, loaded, where)
    return {
        "minLength": f"{where} is empty. Write a text, or delete the key if it is not needed.",
        "minItems": f"{where} needs at least {problem.limit} entry. Add one.",
        "uniqueItems": f"{where} holds the same entry twice. Delete one.",
    }.get(problem.keyword, f"{where} is not as the schema wants it ({problem.keyword}).")


def _unexpected(problem: SchemaProblem, where: str, key: str) -> str:
    near = difflib.get_close_matches(key[:60], problem.expected, n=1, cutoff=0.7)
    if near:
        return f"{where} is no known key. Did you mean `{near[0]}`?"
    if key in _MISPLACED:
        return f"{where} is no known key here. {_MISPLACED[key]}"
    known = ", ".join(f"`{name}`" for name in problem.expected)
    return f"{where} is no known key; known here are {known}. Delete it, or indent it with the text it belongs to."


def _wrong_type(problem: SchemaProblem, loaded: Loaded, where: str) -> str:
    node = loaded.find(problem.path)
    wanted = " or ".join(_TYPES.get(name, name) for name in problem.expected)
    if node is None or (isinstance(node, yaml.ScalarNode) and node.value in {"", "~", "null"}):
        example = _EXAMPLES.get(str(problem.path[-1])) if problem.path else None
        hint = f" Write for example {example}." if example else ""
        return f"{where} is empty, but must be {wanted}.{hint}"
    if isinstance(node, yaml.ScalarNode):
        kind = {"bool": "yes or no", "timestamp": "a date"}.get(node.tag.rsplit(":", 1)[-1], "a number")
        return (
            f"YAML takes {code(node.value, limit=40)} in {where} for {kind}, but it must be {wanted}. Put it in quotes."
        )
    found = "a list" if isinstance(node, yaml.SequenceNode) else "a group of keys"
    return (
        f"{where} is {found}, but must be {wanted}. Write the text after `|` on lines of its own, or put it in quotes."
    )


def _quoting(path: str, problem: SchemaProblem, loaded: Loaded) -> Fix | None:
    node = loaded.find(problem.path) if problem.keyword == "type" and problem.expected == ("string",) else None
    if not isinstance(node, yaml.ScalarNode) or node.style or not node.value or node.value == "~":
        return None
    start, end = node.start_mark.index, node.end_mark.index
    line = loaded.position_of(node).line
    first = loaded.line_starts[line - 1]
    whole = loaded.lines[line - 1]
    if loaded.text[start:end] != node.value:
        return None
    mended = whole[: start - first] + json.dumps(node.value, ensure_ascii=False) + whole[end - first :]
    return Fix(
        description="Put it in quotes", replacements=(Replacement(path=path, first=line, last=line, text=mended),)
    )
