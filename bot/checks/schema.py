"""Whether each qna.yaml is at the required version and has the keys and values of it, with line and column."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache

import yaml

from bot.check import NotLooked, Rules, check
from bot.facts import FileStatus, PullRequestFacts
from bot.findings import Finding, Level
from bot.neutralise import code
from bot.reading import (
    UNREAD,
    all_readable,
    declared_version,
    judged_version,
    missing_version,
    readable,
    required_version,
    version_to_write,
)
from bot.tidying import Mend, tidy
from schemas.config import Config, SchemaPolicy
from schemas.leaf import CLOSED_TREE, Kind
from schemas.qna_schema import LATEST_VERSION, MINIMUM_VERSION, SchemaProblem, problems
from schemas.safe_yaml import Loaded

RULES: Rules = {
    "closed-tree": (Level.ERROR, "the file is in the tree that is closed to contributions"),
    "not-a-mapping": (Level.ERROR, "the file is no group of keys"),
    "version-missing": (Level.ERROR, "the file names no version, and version 1 does not do"),
    "version-too-old": (Level.ERROR, "the file is below the version that it must have"),
    "version-unknown": (Level.ERROR, "there is no version of that number"),
    "version-old": (Level.WARNING, "a file that is not changed is below the latest version"),
    "required": (Level.ERROR, "a key is missing"),
    "unexpected-key": (Level.ERROR, "there is a key that the schema does not know"),
    "type": (Level.ERROR, "a value is empty, or of another type than it must be"),
    "minlength": (Level.ERROR, "a text is empty"),
    "minitems": (Level.ERROR, "a list has too few entries"),
    "uniqueitems": (Level.ERROR, "a list holds an entry twice"),
}
MENDED = frozenset({"version-missing", "version-too-old", "version-unknown", "type"})

MOST_STEPS = 5
"""Places that are named of those that a later version refuses."""
_LONGEST_KEY = 60
"""Characters of an unknown key that are compared with the known ones."""

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
_FIXES: dict[str, tuple[str, Mend]] = {
    "version-missing": ("Write the version", Mend.VERSIONED),
    "version-too-old": ("Write the version", Mend.VERSIONED),
    "version-unknown": ("Write the version", Mend.VERSIONED),
    "type": ("Put it in quotes", Mend.QUOTED),
}
_TYPES = {"string": "text", "array": "a list", "object": "a group of keys", "integer": "a whole number"}


@check
def schema(facts: PullRequestFacts) -> Iterator[Finding]:
    """Compare every qna.yaml with the schema of its tree at the version that the policy asks for.

    Raises:
        NotLooked: if nothing was found, but not every file could be read.
    """
    found = [*_closed_tree(facts)]
    for path, kind, loaded in readable(facts, foreseen=True):
        found.extend(_file(path, kind, loaded, facts.config))
    if not found and not all_readable(facts, foreseen=True):
        raise NotLooked(UNREAD)
    yield from found


def _closed_tree(facts: PullRequestFacts) -> Iterator[Finding]:
    for file in facts.files:
        if file.status is not FileStatus.REMOVED and file.path.startswith(f"{CLOSED_TREE}/"):
            message = (
                f"{CLOSED_TREE}/ is closed to contributions. Move the leaf below compositional_skills/ or knowledge/."
            )
            yield Finding(rule="closed-tree", level=Level.ERROR, path=file.path, line=1, message=message)


def _file(path: str, kind: Kind, loaded: Loaded, config: Config) -> Iterator[Finding]:
    if not isinstance(loaded.value, Mapping):
        message = f"The file must be keys with values. Begin it with `version: {LATEST_VERSION}`, and put the list of "
        message += "examples below `seed_examples:`."
        yield Finding(rule="not-a-mapping", level=Level.ERROR, path=path, line=1, column=1, message=message)
        return
    about_version = _version(path, kind, loaded, config.schema)
    found = (*_problems(path, kind, loaded, config), *(() if about_version is None else (about_version,)))
    fixable = not loaded.origins and any(finding.rule in _FIXES for finding in found)
    tidying = tidy(path, kind, loaded, config) if fixable else None
    for finding in sorted(found, key=lambda each: each is not about_version):
        if tidying is not None and finding.rule in _FIXES and finding.line is not None:
            yield replace(finding, fix=tidying.fix(finding.line, *_FIXES[finding.rule]))
        else:
            yield finding


def _problems(path: str, kind: Kind, loaded: Loaded, config: Config) -> Iterator[Finding]:
    for problem in problems(kind, judged_version(loaded, config.schema), loaded):
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
        )


def _version(path: str, kind: Kind, loaded: Loaded, policy: SchemaPolicy) -> Finding | None:
    declared = declared_version(loaded)
    asked = max(required_version(policy), MINIMUM_VERSION[kind])
    write = version_to_write(kind, loaded, policy)
    level = Level.ERROR
    if declared is None or not 1 <= declared <= LATEST_VERSION:
        rule, message = "version-unknown", f"There is no such version. Write `version: {LATEST_VERSION}`."
    elif write is None and declared < MINIMUM_VERSION[kind]:
        rule = "version-too-old"
        message = f"Knowledge needs version {asked}; this file is at {declared}. {_steps(kind, loaded)}"
    elif write is not None and missing_version(loaded):
        rule, message = "version-missing", f"The file names no version. Write `version: {write}` on its first line."
    elif write is not None:
        rule, message = "version-too-old", f"This file is at version {declared}. Write `version: {write}`."
    elif policy.required_version == "declared" and declared < LATEST_VERSION:
        rule, level = "version-old", Level.WARNING
        message = f"This file is at version {declared} of {LATEST_VERSION}. To bring it up to date: "
        message += _steps(kind, loaded)
    else:
        return None
    place = loaded.key_position(["version"])
    return Finding(rule=rule, level=level, path=path, line=place.line, column=place.column, message=message)


def _steps(kind: Kind, loaded: Loaded) -> str:
    """Say what brings a file to the latest version."""
    if kind is Kind.KNOWLEDGE:
        return (
            f"Write `version: {LATEST_VERSION}`, put each passage of the document under `context:` with at least 3 "
            "questions under `questions_and_answers:`, and add `domain`, `document` and `document_outline`."
        )
    steps = [f"write `version: {LATEST_VERSION}`{' on the first line' if missing_version(loaded) else ''}"]
    found = [each for each in problems(kind, LATEST_VERSION, loaded) if each.path != ("version",)]
    for problem in found[:MOST_STEPS]:
        text = _message(problem, loaded)
        steps.append(f"line {problem.position.line}: {text[:1]}{text[1:].rstrip('.')}")
    if len(found) > MOST_STEPS:
        steps.append(
            f"and {len(found) - MOST_STEPS} more that `espalier check` names once the file is given by its path"
        )
    sentence = "; ".join(steps)
    return f"{sentence[:1].upper()}{sentence[1:]}."


def _message(problem: SchemaProblem, loaded: Loaded) -> str:
    where = code(problem.where, limit=120)
    key = str(problem.path[-1]) if problem.path else ""
    if problem.keyword == "required":
        return f"{where} is missing. Add {_EXAMPLES.get(key, f'`{key}: |` and the text on the next line, indented')}."
    if problem.keyword == "unevaluatedProperties":
        return f"{where} {_unexpected(key[:_LONGEST_KEY], problem.expected)}"
    if problem.keyword == "type":
        return _wrong_type(problem, loaded, where)
    return {
        "minLength": f"{where} is empty. Write a text, or delete the key if it is not needed.",
        "minItems": f"{where} needs at least {_entries(problem.limit)}.",
        "uniqueItems": f"{where} holds the same entry twice. Delete one.",
    }.get(problem.keyword, f"{where} is not as the schema wants it ({problem.keyword}).")


def _entries(limit: int | None) -> str:
    return "1 entry. Add one" if limit == 1 else f"{limit} entries. Add more"


@lru_cache(maxsize=256)
def _unexpected(key: str, known: tuple[str, ...]) -> str:
    """Say what to do about a key that is not among the known ones; the same ones are asked for again and again."""
    near = next(iter(difflib.get_close_matches(key, known, n=1, cutoff=0.7)), None)
    if near is not None:
        return f"is no known key. Did you mean `{near}`?"
    if key in _MISPLACED:
        return f"is no known key here. {_MISPLACED[key]}"
    names = ", ".join(f"`{name}`" for name in known)
    return f"is no known key; known here are {names}. Delete it, or indent it with the text it belongs to."


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
