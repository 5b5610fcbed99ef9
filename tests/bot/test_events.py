"""Payloads become typed events, whatever else is in them; what does not concern us becomes none."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.events import (
    BUILD,
    READERS,
    RECHECK,
    BuildChanged,
    ButtonPressed,
    CommentWritten,
    Event,
    Place,
    PullChanged,
    PullClosed,
    RecheckAsked,
    lane_of,
    own_delivery,
    parse,
)
from bot.payload import Payload
from bot.webhook import Delivery
from tests.github.examples import Example, examples

PLACE = Place(repository="orchard/taxonomy", installation=5)
COMMON = {"repository": {"full_name": "orchard/taxonomy", "default_branch": "main"}, "installation": {"id": 5}}
PULL = {"number": 7, "head": {"sha": "a" * 40}, "base": {"ref": "main"}, "merged": False}
COMMENT = {
    "action": "created",
    "issue": {"number": 7, "pull_request": {}},
    "comment": {
        "id": 9, "body": "/espalier help", "user": {"login": "tamsin", "type": "User"},
        "updated_at": "2026-01-01T00:00:00Z",
    },
}  # fmt: skip


def read(event: str, **payload: object) -> Event | None:
    return parse(Delivery(guid="g", event=event, body=json.dumps({**COMMON, **payload}).encode()))


@pytest.mark.parametrize("action", ["opened", "reopened", "synchronize", "edited", "ready_for_review"])
def test_a_changed_pull_request_is_looked_at_in_its_own_lane(action: str) -> None:
    event = read("pull_request", action=action, pull_request=PULL)
    assert event == PullChanged(place=PLACE, number=7, action=action, head_sha="a" * 40)
    assert lane_of(event) == "orchard/taxonomy#7"


def test_a_label_that_a_bot_sets_concerns_nobody_but_one_by_hand_does() -> None:
    bot, person = {"type": "Bot"}, {"type": "User"}
    assert read("pull_request", action="labeled", pull_request=PULL, sender=bot) is None
    assert read("pull_request", action="labeled", pull_request=PULL, sender=person) is not None


def test_a_merge_into_the_default_branch_is_told_from_other_ends() -> None:
    merged = {**PULL, "merged": True}
    event = read("pull_request", action="closed", pull_request=merged)
    assert event == PullClosed(place=PLACE, number=7, head_sha="a" * 40, merged=True, into_default_branch=True)
    other = read("pull_request", action="closed", pull_request={**merged, "base": {"ref": "old"}})
    assert isinstance(other, PullClosed)
    assert not other.into_default_branch


def test_a_comment_is_read_with_what_stood_there_before_an_edit() -> None:
    event = read("issue_comment", **COMMENT)
    assert isinstance(event, CommentWritten)
    assert (event.author, event.previous) == ("tamsin", "")
    edited = read("issue_comment", **{**COMMENT, "action": "edited", "changes": {"body": {"from": "old"}}})
    assert isinstance(edited, CommentWritten)
    assert edited.previous == "old"


REVIEW = {
    "action": "submitted",
    "pull_request": PULL,
    "review": {
        "id": 9, "body": "/espalier help", "user": {"login": "tamsin", "type": "User"},
        "submitted_at": "2026-01-01T00:00:00Z",
    },
    "sender": {"login": "tamsin", "type": "User"},
}  # fmt: skip


def test_a_review_s_text_is_read_as_a_comment_is() -> None:
    event = read("pull_request_review", **REVIEW)
    assert isinstance(event, CommentWritten)
    assert (event.author, event.number, event.comment_id, event.previous, event.review) == ("tamsin", 7, 9, "", True)
    assert event.written_at.isoformat() == "2026-01-01T00:00:00+00:00"
    later = {**REVIEW["review"], "updated_at": "2026-01-02T00:00:00Z"}  # type: ignore[dict-item] # it is a mapping
    edited = read(
        "pull_request_review", **{**REVIEW, "action": "edited", "review": later, "changes": {"body": {"from": ""}}}
    )
    assert isinstance(edited, CommentWritten)
    assert (edited.previous, edited.written_at.day) == ("", 2)
    silent = read("pull_request_review", **{**REVIEW, "action": "edited"})
    assert isinstance(silent, CommentWritten)
    assert silent.previous == "/espalier help"
    other = read("pull_request_review", **{**REVIEW, "action": "edited", "sender": {"login": "alder", "type": "User"}})
    assert isinstance(other, CommentWritten)
    assert other.author == "alder"


def test_reviews_without_words_or_taken_back_concern_nobody() -> None:
    assert read("pull_request_review", **{**REVIEW, "action": "dismissed"}) is None
    assert read("pull_request_review", **{**REVIEW, "review": {"id": 9, "body": None}}) is None
    assert read("issue_comment", **{**COMMENT, "comment": {}}) is None


def test_an_edit_of_the_base_is_told_from_other_edits() -> None:
    pull = {**PULL, "base": {"ref": "next"}}
    moved = read("pull_request", action="edited", pull_request=pull, changes={"base": {"ref": {"from": "main"}}})
    assert isinstance(moved, PullChanged)
    assert moved.base_ref == "next"
    other = read("pull_request", action="edited", pull_request=pull, changes={"title": {"from": "t"}})
    assert isinstance(other, PullChanged)
    assert other.base_ref is None


def test_comments_on_issues_and_deleted_comments_are_left_alone() -> None:
    assert read("issue_comment", **{**COMMENT, "issue": {"number": 7}}) is None
    assert read("issue_comment", **{**COMMENT, "action": "deleted"}) is None


def test_a_label_that_a_person_sets_is_named_and_those_of_bots_are_left_alone() -> None:
    change = {"pull_request": {"number": 7, "head": {"sha": "a" * 40}}, "label": {"name": "skill"}}
    found = read("pull_request", action="unlabeled", sender={"login": "tamsin", "type": "User"}, **change)
    assert isinstance(found, PullChanged)
    assert (found.action, found.label, found.head_sha) == ("unlabeled", "skill", "a" * 40)
    assert read("pull_request", action="labeled", sender={"login": "espalier[bot]", "type": "Bot"}, **change) is None


def test_a_button_names_who_pressed_it_on_which_head() -> None:
    run = {"external_id": "7", "head_sha": "a" * 40}
    asked = {"action": "requested_action", "check_run": run, "sender": {"login": "june", "type": "User"}}
    assert read("check_run", requested_action={"identifier": "dco-pass"}, **asked) == ButtonPressed(
        place=PLACE, number=7, head_sha="a" * 40, button="dco-pass", login="june"
    )
    again = read("check_run", requested_action={"identifier": "recheck"}, **asked)
    assert isinstance(again, ButtonPressed)
    assert again.button == "recheck"
    by_bot = {**asked, "sender": {"login": "espalier[bot]", "type": "Bot"}}
    assert read("check_run", requested_action={"identifier": "dco-pass"}, **by_bot) is None
    nobody = {**asked, "sender": None}
    assert read("check_run", requested_action={"identifier": "dco-pass"}, **nobody) is None


def test_a_rerun_of_the_policy_s_check_run_judges_that_commit_s_policy() -> None:
    run = {"external_id": "policy", "head_sha": "a" * 40}
    found = read("check_run", action="rerequested", check_run=run)
    assert found == RecheckAsked(place=PLACE, head_sha="a" * 40, policy_sha="a" * 40)


def test_a_push_that_touches_the_policy_names_the_commit_to_judge() -> None:
    commits = [{"added": [], "modified": [".github/espalier.yml"], "removed": []}]
    found = read("push", ref="refs/heads/main", after="b" * 40, commits=commits)
    assert found == RecheckAsked(place=PLACE, policy_sha="b" * 40)


def test_a_rerun_finds_its_pull_request_by_the_external_id_also_from_a_fork() -> None:
    run = {"external_id": "7", "head_sha": "a" * 40, "pull_requests": []}
    assert read("check_run", action="rerequested", check_run=run) == PullChanged(
        place=PLACE, number=7, action="rerequested"
    )
    assert read("check_run", action="requested_action", check_run=run) is not None
    assert read("check_run", action="created", check_run=run) is None


def test_a_rerun_of_a_whole_suite_asks_for_every_pull_request_with_that_head() -> None:
    event = read("check_suite", action="rerequested", check_suite={"head_sha": "a" * 40})
    assert event == RecheckAsked(place=PLACE, head_sha="a" * 40)
    assert lane_of(event) == "orchard/taxonomy"


def test_a_push_matters_only_where_it_changes_the_policy() -> None:
    touching = [{"added": [], "modified": [".github/espalier.yml"], "removed": []}]
    assert read("push", ref="refs/heads/main", commits=touching) == RecheckAsked(place=PLACE)
    assert read("push", ref="refs/heads/other", commits=touching) is None
    assert read("push", ref="refs/heads/main", commits=[{"modified": ["README.md"]}]) is None


def test_our_own_deliveries_come_back_as_events() -> None:
    assert parse(own_delivery("g", RECHECK, PLACE, number=7)) == PullChanged(
        place=PLACE, number=7, action="rerequested"
    )
    assert parse(own_delivery("g", BUILD, PLACE, number=7, build="b")) == BuildChanged(
        place=PLACE, number=7, build_id="b"
    )


@pytest.mark.parametrize(
    "event",
    ["ping", "star", "installation", "pull_request", "issue_comment", "pull_request_review", "check_run", "push"],
)
def test_a_payload_without_what_is_needed_concerns_nobody(event: str) -> None:
    assert read(event) is None
    assert parse(Delivery(guid="g", event=event, body=b"{}")) is None
    assert parse(Delivery(guid="g", event=event, body=b"[1]")) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["action", "pull_request", "number", "head", "sha", "issue", "comment", "id", "body", "user"]),
        inner, max_size=4,
    ),
    max_leaves=15,
)  # fmt: skip


@given(
    st.sampled_from(["pull_request", "issue_comment", "pull_request_review", "check_run", "push", "espalier_build"]),
    JSON,
)
def test_no_payload_breaks_the_parser(event: str, data: object) -> None:
    body = {**COMMON, **data} if isinstance(data, dict) else data
    parse(Delivery(guid="g", event=event, body=json.dumps(body).encode()))


@pytest.mark.parametrize("example", [each for each in examples() if each.event in READERS], ids=lambda each: each.event)
def test_all_that_a_reader_looks_at_in_githubs_own_payloads_is_read(example: Example) -> None:
    payload = {**json.loads(example.body), "installation": {"id": 5}}
    whole = READERS[example.event](
        Place(repository=payload["repository"]["full_name"], installation=5), Payload(payload)
    )
    assert parse(Delivery(guid="g", event=example.event, body=json.dumps(payload).encode())) == whole


@pytest.mark.parametrize("key", ["pull_request", "sender", "changes", "label", "commits"])
@pytest.mark.parametrize("value", [7, "text", [], [7], None, {"body": 7}])
def test_a_group_of_keys_that_is_something_else_costs_no_more_than_what_stands_in_it(key: str, value: object) -> None:
    payload = {**COMMON, "action": "opened", "pull_request": PULL, key: value}
    whole = READERS["pull_request"](PLACE, Payload(payload))
    assert parse(Delivery(guid="g", event="pull_request", body=json.dumps(payload).encode())) == whole


@pytest.mark.parametrize("inside", [b"[" * 100_000, b'{"a": }', b"tru", b'"no end'])
def test_what_is_no_json_is_found_where_nobody_looks_too(inside: bytes) -> None:
    body = json.dumps({**COMMON, "action": "opened", "pull_request": PULL}).encode()
    with pytest.raises((ValueError, RecursionError)):
        parse(Delivery(guid="g", event="pull_request", body=body[:-1] + b', "other": ' + inside + b"}"))
