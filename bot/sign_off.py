"""Sign-offs in commit messages, judged as the DCO app judges them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.facts import Commit, Identity

# The app's expression is `^Signed-off-by: (.*) <(.*)>\s*$` with the flags g, i and m, in the words of JavaScript, where
# a line also ends at a carriage return and at U+2028 and U+2029. Lines are split first, so that time stays linear.
_LINE_END = re.compile("[\n\r\u2028\u2029]")
_PREFIX = "signed-off-by: "
_PERSON = r"(?P<name>.*) <(?P<email>.*)>"
_PROMISE = r"hereby add my Signed-off-by to this commit: (?P<sha>[0-9a-f]+)\s*"
_INDIVIDUAL = re.compile(rf"I, {_PERSON}, {_PROMISE}", re.IGNORECASE)
_THIRD_PARTY = re.compile(
    rf"On behalf of (?P<for_name>.*) <(?P<for_email>.*)>, I, {_PERSON}, {_PROMISE}", re.IGNORECASE
)
_MAX_LINE = 1_000
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


def refusal(
    commit: Commit, commits: Sequence[Commit], *, remediation: Remediation, require_members: bool
) -> Refusal | None:
    """Say why a commit fails, or None if it passes.

    Merges and bots pass; members of the organisation pass without a sign-off where the policy exempts them and the
    commit is verified.
    """
    if len(commit.parents) > 1 or commit.author_is_bot:
        return None
    if commit.author_is_member and not require_members:
        return None if commit.verified else Refusal(rule="member-not-verified")
    own = _own_refusal(commit)
    if own is not None and _remedied(commit, commits, remediation):
        return None
    return own


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


def _remedied(commit: Commit, commits: Sequence[Commit], remediation: Remediation) -> bool:
    """Tell whether a properly signed-off commit of the pull request signs this one off too."""
    for other in commits:
        if other.sha == commit.sha or len(other.parents) > 1 or _own_refusal(other) is not None:
            continue
        for line in _LINE_END.split(other.message):
            own = _INDIVIDUAL.fullmatch(line[:_MAX_LINE]) if remediation.individual else None
            others = _THIRD_PARTY.fullmatch(line[:_MAX_LINE]) if remediation.third_party else None
            promise = own or others
            if promise is None or promise["sha"].lower() != commit.sha.lower():
                continue
            signer = _same(promise["name"], promise["email"], other.author)
            name, email = (promise["name"], promise["email"]) if own else (promise["for_name"], promise["for_email"])
            if signer and _same(name, email, commit.author):
                return True
    return False


def _same(name: str, email: str, person: Identity) -> bool:
    return (name.lower(), email.lower()) == (person.name.lower(), person.email.lower())
