"""What is read of a webhook's body: its reader passes over all else without making a value of it.

A field that a reader of `bot.events` looks at has to stand here.
"""

import msgspec

from bot.payload import Payload

_LENIENT = msgspec.json.Decoder()


class _Fields(msgspec.Struct, omit_defaults=True):
    """A group of keys; whatever type a value has, whoever looks it up decides."""


class _Branch(_Fields):
    ref: object = None
    sha: object = None


class _Person(_Fields):
    login: object = None
    type: object = None


class _Repository(_Fields):
    full_name: object = None
    default_branch: object = None


class _Identified(_Fields):
    id: object = None


class _Named(_Fields):
    name: object = None


class _PullRequest(_Fields):
    number: object = None
    updated_at: object = None
    merged: object = None
    head: _Branch | None = None
    base: _Branch | None = None


class _Issue(_Fields):
    number: object = None
    updated_at: object = None
    pull_request: object = None


class _Words(_Fields):
    """A comment or a review."""

    id: object = None
    body: object = None
    updated_at: object = None
    submitted_at: object = None
    user: _Person | None = None


class _Before(_Fields, rename={"before": "from"}):
    before: object = None


class _Changes(_Fields):
    body: _Before | None = None
    base: object = None


class _Check(_Fields):
    """A check run or suite."""

    head_sha: object = None
    external_id: object = None


class _Button(_Fields):
    identifier: object = None


class _Commit(_Fields):
    added: object = None
    modified: object = None
    removed: object = None


class _Body(_Fields):
    action: object = None
    repository: _Repository | None = None
    installation: _Identified | None = None
    sender: _Person | None = None
    pull_request: _PullRequest | None = None
    label: _Named | None = None
    changes: _Changes | None = None
    issue: _Issue | None = None
    comment: _Words | None = None
    review: _Words | None = None
    check_run: _Check | None = None
    check_suite: _Check | None = None
    requested_action: _Button | None = None
    ref: object = None
    after: object = None
    commits: list[_Commit] | None = None
    # What our own events hold; see `bot.events.own_delivery`.
    number: object = None
    head: object = None
    updated_at: object = None
    missed: object = None
    button: object = None
    login: object = None
    about: object = None
    press: object = None
    build: object = None


_QUICK = msgspec.json.Decoder(_Body)


def read_fields(body: bytes) -> Payload:
    """Read a webhook's body; a ValueError if it is no JSON."""
    try:
        return Payload(msgspec.to_builtins(_QUICK.decode(body)))
    except msgspec.ValidationError:  # a group of keys is something else: whoever looks finds nothing there
        return Payload(_LENIENT.decode(body))
