"""What happened, as typed events: parsed from deliveries, lenient about everything that is not needed."""

import json
from dataclasses import dataclass
from datetime import datetime

import msgspec

from bot.fields import read_fields
from bot.payload import Payload
from bot.webhook import Delivery
from schemas.config import FILE as POLICY

POLICY_ID = "policy"
"""The `external_id` of the check run that tells of the policy, and belongs to no pull request."""
RECHECK = "espalier_recheck"
"""Our own event: look at one pull request again."""
MISSED_COMMENT = "espalier_missed_comment"
"""Our own event: a comment that no webhook told us of, in the shape of one that does."""
PAGE = "espalier_page"
"""Our own event: somebody who is signed in pressed a button on one of our pages."""
BUILD = "espalier_build"
"""Our own event: a build that the pull request is in has started or ended."""

MISSED = "missed"
"""The action of a change that no webhook told us of."""
LABEL_ACTIONS = frozenset({"labeled", "unlabeled"})
PULL_ACTIONS = LABEL_ACTIONS | {
    "opened", "reopened", "synchronize", "edited", "ready_for_review", "converted_to_draft",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where it happened, and through which installation the bot may speak there."""

    repository: str
    installation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PullChanged:
    """A pull request was opened, pushed to, or edited, or somebody asked to look again."""

    place: Place
    number: int
    action: str
    head_sha: str | None = None
    label: str | None = None
    """The label that a person set or took off."""
    as_of: datetime | None = None
    """When GitHub says that the pull request had changed last; an answer from before that is out of date."""
    base_ref: str | None = None
    """The branch that it is to be merged into from now on; None where that did not change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PullClosed:
    """A pull request was closed; `merged` says how."""

    place: Place
    number: int
    head_sha: str
    merged: bool
    into_default_branch: bool
    as_of: datetime | None = None
    """When GitHub says that the pull request had changed last; an answer from before that is out of date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentWritten:
    """Somebody wrote or edited a comment on a pull request, or the text of a review of it."""

    place: Place
    number: int
    comment_id: int
    author: str
    """Who wrote this text: of an edited comment, who edited it."""
    author_is_bot: bool
    body: str
    previous: str
    """The body before the edit; empty for a new comment."""
    written_at: datetime
    as_of: datetime | None = None
    """When GitHub says that the pull request had changed last; an answer from before that is out of date."""
    review: bool = False
    """Whether it is a review's text; `comment_id` is the review's then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonPressed:
    """Somebody pressed a button on our check run, or on one of our pages."""

    place: Place
    number: int
    head_sha: str
    """What the check run stands on; empty for a page."""
    button: str
    login: str
    about: str | None = None
    """What a page's button is about, such as a build; None for a check run."""
    press: str = ""
    """Which press of a page's button it was: another one later counts anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecheckAsked:
    """Pull requests are to be looked at again: all open ones, or those with this head."""

    place: Place
    head_sha: str | None = None
    policy_sha: str | None = None
    """The commit of the default branch whose policy is to be judged, and told of in a check run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildChanged:
    """A build that the pull request is in has started or ended; a result re-enters here."""

    place: Place
    number: int
    build_id: str


PullEvent = PullChanged | PullClosed | CommentWritten | ButtonPressed | BuildChanged
"""What happened to one pull request, and has it looked at."""
Event = PullEvent | RecheckAsked

_SKIMMED = msgspec.json.Decoder(msgspec.Raw)
"""Looks JSON through without making a value of it."""


def lane_of(event: Event) -> str:
    """Name the lane that an event is handled in: one for each pull request, one for all else of a repository."""
    return event.place.repository if isinstance(event, RecheckAsked) else pull_lane(event.place, event.number)


def pull_lane(place: Place, number: int) -> str:
    """Name a pull request's lane."""
    return f"{place.repository}#{number}"


def only_looks(event: Event | None) -> bool:
    """Tell whether an event only asks for a look at its pull request, so that a later such one makes up for it.

    A command, a label, a close, another base and a press of 'Re-run' ask for more.
    """
    match event:
        case PullChanged():
            return event.label is None and event.base_ref is None and event.action != "rerequested"
        case BuildChanged():
            return True
        case _:
            return False


def parse(delivery: Delivery) -> Event | None:
    """Read a delivery; None if it is of no concern to us, and a ValueError if its body is no JSON."""
    reader = READERS.get(delivery.event)
    if reader is None:
        # What nobody reads may be anything between its braces; one that is sent as a form has none.
        if not (delivery.body.startswith(b"{") and delivery.body.endswith(b"}")):
            _SKIMMED.decode(delivery.body)
        return None
    payload = read_fields(delivery.body)
    repository = payload.text("repository", "full_name")
    installation = payload.number("installation", "id")
    if repository is None or installation is None:
        return None
    return reader(Place(repository=repository, installation=installation), payload)


def _pull_request(place: Place, payload: Payload) -> Event | None:
    number, action = payload.number("pull_request", "number"), payload.text("action")
    head = payload.text("pull_request", "head", "sha")
    if number is None or action is None or head is None:
        return None
    as_of, base = payload.time("pull_request", "updated_at"), payload.text("pull_request", "base", "ref")
    if action == "closed":
        return PullClosed(
            place=place,
            number=number,
            head_sha=head,
            merged=payload.true("pull_request", "merged"),
            into_default_branch=base is not None and base == payload.text("repository", "default_branch"),
            as_of=as_of,
        )
    by_bot = payload.text("sender", "type") == "Bot"
    if action not in PULL_ACTIONS or (by_bot and action in LABEL_ACTIONS):
        return None  # labels set by bots are mostly our own
    label = payload.text("label", "name") if action in LABEL_ACTIONS else None
    return PullChanged(
        place=place,
        number=number,
        action=action,
        head_sha=head,
        label=label,
        as_of=as_of,
        base_ref=base if action == "edited" and payload.at("changes", "base").data is not None else None,
    )


def _comment(place: Place, payload: Payload) -> Event | None:
    if payload.text("action") not in {"created", "edited"} or payload.at("issue", "pull_request").data is None:
        return None
    at = payload.time("comment", "updated_at")
    return _words(place, payload, payload.at("comment"), number=payload.number("issue", "number"), at=at)


def _review(place: Place, payload: Payload) -> Event | None:
    if payload.text("action") not in {"submitted", "edited"}:
        return None
    at = payload.time("review", "updated_at") or payload.time("review", "submitted_at")
    number = payload.number("pull_request", "number")
    return _words(place, payload, payload.at("review"), number=number, at=at, review=True)


def _words(
    place: Place, payload: Payload, written: Payload, *, number: int | None, at: datetime | None, review: bool = False
) -> Event | None:
    # Who edits another's comment speaks in it: writers may do so, and must not command by a triager's right.
    author = payload.text("sender", "login") or written.text("user", "login")
    kinds = {payload.text("sender", "type"), written.text("user", "type")}
    item, body, before = written.number("id"), written.text("body"), payload.text("changes", "body", "from")
    if number is None or item is None or author is None or body is None or at is None:
        return None
    # An edit that does not say what stood there before is taken to add nothing.
    known = body if before is None else before
    return CommentWritten(
        place=place,
        number=number,
        comment_id=item,
        author=author,
        author_is_bot="Bot" in kinds,
        body=body,
        previous=known if payload.text("action") == "edited" else "",
        written_at=at,
        as_of=payload.time("pull_request" if review else "issue", "updated_at"),
        review=review,
    )


def _check(place: Place, payload: Payload) -> Event | None:
    if payload.text("action") not in {"rerequested", "requested_action"} or payload.text("sender", "type") == "Bot":
        return None
    number = payload.text("check_run", "external_id") or ""
    button, login = payload.text("requested_action", "identifier"), payload.text("sender", "login")
    head = payload.text("check_run", "head_sha")
    if number.isdecimal() and button is not None:
        if login is None or head is None:
            return None
        return ButtonPressed(place=place, number=int(number), head_sha=head, button=button, login=login)
    if number.isdecimal():
        # check_run.pull_requests is empty for a pull request from a fork: we keep the number in external_id.
        return PullChanged(place=place, number=int(number), action="rerequested")
    if number == POLICY_ID:
        return RecheckAsked(place=place, head_sha=head, policy_sha=head)
    return RecheckAsked(place=place, head_sha=head or payload.text("check_suite", "head_sha"))


def _push(place: Place, payload: Payload) -> Event | None:
    if payload.text("ref") != f"refs/heads/{payload.text('repository', 'default_branch')}":
        return None
    touched = {
        path.data for commit in payload.items("commits") for key in ("added", "modified", "removed")
        for path in commit.items(key)
    }  # fmt: skip
    return RecheckAsked(place=place, policy_sha=payload.text("after")) if POLICY in touched else None


def _recheck(place: Place, payload: Payload) -> Event | None:
    number = payload.number("number")
    if number is None:
        return None
    head, as_of = payload.text("head"), payload.time("updated_at")
    action = MISSED if payload.true("missed") else "rerequested"
    return PullChanged(place=place, number=number, action=action, head_sha=head, as_of=as_of)


def _page(place: Place, payload: Payload) -> Event | None:
    number, button, login = payload.number("number"), payload.text("button"), payload.text("login")
    about, press = payload.text("about"), payload.text("press")
    if number is None or button is None or login is None or about is None or press is None:
        return None
    return ButtonPressed(place=place, number=number, head_sha="", button=button, login=login, about=about, press=press)


def _result(place: Place, payload: Payload) -> Event | None:
    number, build = payload.number("number"), payload.text("build")
    return None if number is None or build is None else BuildChanged(place=place, number=number, build_id=build)


READERS = {
    "pull_request": _pull_request,
    "issue_comment": _comment,
    "pull_request_review": _review,
    "check_run": _check,
    "check_suite": _check,
    "push": _push,
    RECHECK: _recheck,
    MISSED_COMMENT: _comment,
    PAGE: _page,
    BUILD: _result,
}


def own_delivery(guid: str, event: str, place: Place, *, number: int, **more: str) -> Delivery:
    """Make a delivery of ours, which re-enters where a webhook does."""
    body = {
        "repository": {"full_name": place.repository}, "installation": {"id": place.installation},
        "number": number, **more,
    }  # fmt: skip
    return Delivery(guid=guid, event=event, body=json.dumps(body).encode())
