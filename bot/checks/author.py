"""Whether a leaf's `created_by` is the GitHub login of who contributes it."""

import re
from collections.abc import Iterator, Mapping

import yaml

from bot.check import NotLooked, Rules, check
from bot.facts import ChangedFile, FileStatus, PullRequestFacts
from bot.findings import Finding, Fix, Level, Replacement
from bot.neutralise import code
from bot.reading import UNREAD, all_readable, readable
from schemas.safe_yaml import Loaded

RULES: Rules = {
    "empty": (Level.WARNING, "created_by is empty"),
    "full-name": (Level.WARNING, "created_by is a name, and no GitHub login"),
    "no-login": (Level.WARNING, "created_by cannot be a GitHub login"),
    "not-the-author": (Level.WARNING, "created_by is somebody else than the author of the pull request"),
}
MENDED = frozenset({"empty", "full-name", "no-login", "not-the-author"})

KEY = "created_by"
GHOST = "ghost"
"""Login that GitHub shows for accounts that are gone."""

# Letters, digits and single hyphens, 39 at most; people whose company manages their account have an underscore
# (docs.github.com, "Username considerations for external authentication").
_LOGIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9]|[-_](?=[A-Za-z0-9])){0,38}")
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
# Logins that YAML 1.1 takes for something else than text.
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


@check
def author(facts: PullRequestFacts) -> Iterator[Finding]:
    """Compare every new leaf's `created_by` with the author of the pull request.

    Raises:
        NotLooked: if nothing was found, but not every file could be read.
    """
    files = {leaf.qna.path: leaf.qna for leaf in facts.leaves if leaf.qna is not None}
    found = [each for path, _, loaded in readable(facts) for each in _leaf(files[path], loaded, facts)]
    if not found and not all_readable(facts):
        raise NotLooked(UNREAD)
    yield from found


def _leaf(file: ChangedFile, loaded: Loaded, facts: PullRequestFacts) -> Iterator[Finding]:
    if not isinstance(loaded.value, Mapping) or KEY not in loaded.value:
        return  # the schema check says so
    value: object = loaded.value[KEY]
    login = facts.author if _LOGIN.fullmatch(facts.author) and facts.author.lower() != GHOST else ""
    new = file.status is FileStatus.ADDED or not facts.head_sha
    if value is None or (isinstance(value, str) and not value.strip()):
        yield _finding("empty", file, loaded, f"`{KEY}` is empty. Write {_wanted(login)} there.", login)
        return
    node = loaded.find([KEY])
    if not new or not isinstance(node, yaml.ScalarNode):
        return
    written = node.value.strip()
    people = {name.strip().lower() for name in written.split(",")}  # several may have made it
    if all(map(_LOGIN.fullmatch, people)):
        if login and file.status is FileStatus.ADDED and people.isdisjoint(_contributors(facts, login)):
            message = (
                f"{code(written)} is not the author of this pull request. Write {_wanted(login)} there, unless you "
                "contribute it for somebody else."
            )
            yield _finding("not-the-author", file, loaded, message, login)
    elif any(map(str.isspace, written)):
        message = f"`{KEY}` is a full name. Write {_wanted(login)} in its place."
        yield _finding("full-name", file, loaded, message, login)
    else:
        # What it is, nobody knows; it may be private.
        message = f"`{KEY}` holds what cannot be a GitHub login. Write {_wanted(login)} in its place."
        yield _finding("no-login", file, loaded, message, login)


def _contributors(facts: PullRequestFacts, login: str) -> set[str]:
    return {login.lower(), *(commit.author_login.lower() for commit in facts.commits if commit.author_login)}


def _wanted(login: str) -> str:
    return f"your GitHub login, `{login}`," if login else "your GitHub login"


def _finding(rule: str, file: ChangedFile, loaded: Loaded, message: str, login: str) -> Finding:
    place = loaded.key_position([KEY])
    return Finding(
        rule=rule,
        level=Level.WARNING,
        path=file.path,
        line=place.line,
        column=place.column,
        message=message,
        fix=_fix(file.path, loaded, login),
    )


def _fix(path: str, loaded: Loaded, login: str) -> Fix | None:
    """Offer the line anew where the value is all of it, and the login is known."""
    node, first = loaded.find([KEY]), loaded.key_position([KEY]).line
    line = loaded.lines[first - 1]
    if not login or node is None or not line.startswith(f"{KEY}:") or _last_line(node, loaded) != first:
        return None
    quoted = login if _PLAIN.fullmatch(login) and login.lower() not in _WORDS else f"'{login}'"
    new = Replacement(path=path, first=first, last=first, text=f"{KEY}: {quoted}")
    return Fix(description="Write your login", replacements=(new,))


def _last_line(node: yaml.Node, loaded: Loaded) -> int:
    text = loaded.text[node.start_mark.index : node.end_mark.index].rstrip()
    return loaded.position_of(node).line + text.count("\n")
