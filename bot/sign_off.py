"""Sign-offs in commit messages, judged as the DCO app judges them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.facts import Commit, Identity

# The app's expression is `^Signed-off-by: (.*) <(.*)>\s*$` with the flags g, i and m, in the words of JavaScript, where
# a line also ends at a carriage return and at U+2028 and U+2029. Lines are split first, so that time stays linear.
_LINE_END = re.compile("[\n\r\u2028\u2029]")
_PREFIX = "signed-off-by: "
_PROMISE = re.compile(
    r", hereby add my Signed-off-by to this commit: (?P<sha>[0-9a-f]{4,64})$", re.IGNORECASE | re.ASCII
)
_FOR, _BY = "on behalf of ", "i, "
_ATOM = re.compile(r"[-!#$%&'*+/0-9=?A-Z^_a-z`{|}~]+")
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?")
_MAX_ADDRESS, _MAX_LOCAL, _MAX_LABEL = 254, 64, 63


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a commit fails."""

    rule: str
    got: tuple[Identity, ...] = ()
    """The sign-offs that stand in the message, and match nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remediation:
    """Which later commits may sign off earlier ones."""

    individual: bool
    third_party: bool


def sign_offs(message: str) -> tuple[Identity, ...]:
    """Find the sign-off lines of a commit message."""
    found = []
    for line in _LINE_END.split(message):
        end = line.rstrip()
        name, separator, email = end[len(_PREFIX) :].rpartition(" <")
        if end.lower().startswith(_PREFIX) and separator and email.endswith(">"):
            found.append(Identity(name=name, email=email[:-1]))
    return tuple(found)


def refusals(
    commits: Sequence[Commit], *, remediation: Remediation, require_members: bool
) -> tuple[tuple[Commit, Refusal], ...]:
    """Give the commits of a pull request that fail, each with the reason, in their order.

    Merges and bots pass; members of the organisation pass without a sign-off where the policy exempts them and the
    commit is verified.
    """
    asked = remediation.individual or remediation.third_party
    promises = _promises(commits, remediation) if asked else {}
    found = ((commit, _refusal(commit, promises, require_members=require_members)) for commit in commits)
    return tuple((commit, reason) for commit, reason in found if reason is not None)


def is_address(text: str) -> bool:
    """Tell whether a text is an e-mail address in the sense of npm's email-validator, which the app asks."""
    local, at, domain = text.rpartition("@")
    if not at or len(text) > _MAX_ADDRESS or not 0 < len(local) <= _MAX_LOCAL:
        return False
    labels = domain.split(".")
    return (
        all(_ATOM.fullmatch(atom) for atom in local.split("."))
        and len(labels) > 1
        and all(len(label) <= _MAX_LABEL and _LABEL.fullmatch(label) for label in labels)
        and len(labels[-1]) > 1
        and labels[-1][0].isalpha()
    )


def _refusal(commit: Commit, promises: Mapping[str, Sequence["_Promise"]], *, require_members: bool) -> Refusal | None:
    if _is_exempt(commit):
        return None
    if commit.author_is_member and not require_members:
        return None if commit.verified else Refusal(rule="member-not-verified")
    if any(_same(each.author, commit.author) for each in promises.get(commit.sha.lower(), ()) if each.by != commit.sha):
        return None
    return _own_refusal(commit)


def _is_exempt(commit: Commit) -> bool:
    return len(commit.parents) > 1 or commit.author_is_bot


def _own_refusal(commit: Commit) -> Refusal | None:
    found = sign_offs(commit.message)
    if not found:
        return Refusal(rule="missing")
    if not is_address(commit.author.email or commit.committer.email):
        return Refusal(rule="invalid-email")
    # As the app does, the name may be the author's and the e-mail the committer's.
    names = {commit.author.name.lower(), commit.committer.name.lower()}
    emails = {commit.author.email.lower(), commit.committer.email.lower()}
    if any(each.name.lower() in names and each.email.lower() in emails for each in found):
        return None
    return Refusal(rule="mismatch", got=found)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Promise:
    """That a commit's author's sign-off holds for another commit."""

    by: str
    """SHA of the commit that says so."""
    author: Identity
    """Whose commit it is said to be."""


def _promises(commits: Sequence[Commit], remediation: Remediation) -> dict[str, list[_Promise]]:
    """Collect, by the SHA that each is about, what properly signed-off commits say of others."""
    found: dict[str, list[_Promise]] = {}
    for commit in commits:
        if len(commit.parents) > 1 or _own_refusal(commit) is not None:
            continue
        for line in _LINE_END.split(commit.message):
            promise = _PROMISE.search(line.rstrip())
            if promise is None:
                continue
            for signer, author in _people(line[: promise.start()], remediation):
                if _same(signer, commit.author):
                    found.setdefault(promise["sha"].lower(), []).append(_Promise(by=commit.sha, author=author))
    return found


def _people(text: str, remediation: Remediation) -> Iterator[tuple[Identity, Identity]]:
    """Read who signs, and for whom, as the app's expressions with their greedy parts would.

    They are `I, (.*) <(.*)>` and `On behalf of (.*) <(.*)>, I, (.*) <(.*)>`; reading from the right gives the same
    parts without going back and forth over them.
    """
    own = _person(text[len(_BY) :]) if text[: len(_BY)].lower() == _BY else None
    if own is not None and remediation.individual:
        yield own, own
    if remediation.third_party and text[: len(_FOR)].lower() == _FOR:
        rest = text[len(_FOR) :]
        last = rest.rfind(" <")
        middle = max(rest.rfind(">, I, ", 0, last), rest.rfind(">, i, ", 0, last))
        signer, author = _person(rest[middle + len(">, I, ") :]), _person(rest[: middle + 1])
        if middle >= 0 and signer is not None and author is not None:
            yield signer, author


def _person(text: str) -> Identity | None:
    name, separator, email = text.rpartition(" <")
    return Identity(name=name, email=email[:-1]) if separator and email.endswith(">") else None


def _same(one: Identity, other: Identity) -> bool:
    return (one.name.lower(), one.email.lower()) == (other.name.lower(), other.email.lower())
