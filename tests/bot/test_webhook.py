"""Deliveries are taken only with the right signature, size and headers."""

from http import HTTPStatus

import pytest

from bot.webhook import MAX_BODY, RefusedDeliveryError, TooLargeError, check_unread, sign, verify
from tests.github.examples import examples

SECRET = "It's a Secret to Everybody"
BODY = b"Hello, World!"
SIGNATURE = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
HEADERS = {
    b"x-hub-signature-256": SIGNATURE.encode(),
    b"x-github-delivery": b"72d3162e-cc78-11e3",
    b"x-github-event": b"ping",
}


def test_github_s_own_example_is_signed_as_github_signs_it() -> None:
    assert sign(SECRET, BODY) == SIGNATURE


def test_a_signed_delivery_is_taken() -> None:
    check_unread(HEADERS)
    delivery = verify(HEADERS, BODY, secrets=[SECRET])
    assert (delivery.guid, delivery.event, delivery.body) == ("72d3162e-cc78-11e3", "ping", BODY)


def test_an_event_s_name_may_hold_digits() -> None:
    headers = {**HEADERS, b"x-github-event": b"projects_v2_item"}
    assert verify(headers, BODY, secrets=[SECRET]).event == "projects_v2_item"


def test_the_secret_before_is_taken_too_while_it_is_being_replaced() -> None:
    assert verify(HEADERS, BODY, secrets=["the new one", SECRET]).event == "ping"
    with pytest.raises(RefusedDeliveryError):
        verify(HEADERS, BODY, secrets=["the new one"])


def test_without_any_secret_nothing_is_taken() -> None:
    with pytest.raises(RefusedDeliveryError):
        verify(HEADERS, BODY, secrets=[])


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({b"x-hub-signature-256": b"sha256=" + b"0" * 64}, 401),
        ({b"x-hub-signature-256": b"sha1=757107ea"}, 401),
        ({b"x-hub-signature-256": b""}, 401),
        ({b"x-hub-signature-256": "é".encode()}, 401),
        ({b"x-hub-signature-256": b"sha256=" + b"0" * 64, b"x-github-event": b""}, 401),
        ({b"x-github-delivery": b""}, 400),
        ({b"x-github-delivery": b"a b"}, 400),
        ({b"x-github-delivery": b"\xff"}, 400),
        ({b"x-github-event": b"Ping!"}, 400),
        ({b"x-github-event": b"espalier_build"}, 400),
    ],
)
def test_a_delivery_with_a_wrong_header_is_refused(change: dict[bytes, bytes], status: int) -> None:
    with pytest.raises(RefusedDeliveryError) as refused:
        verify({**HEADERS, **change}, BODY, secrets=[SECRET])
    assert refused.value.status == status
    assert status == HTTPStatus.UNAUTHORIZED or "is missing or malformed" in str(refused.value)


@pytest.mark.parametrize("signature", [b"", b"sha1=757107ea", b"sha256=0", b"sha256=" + b"G" * 64, b"\xff"])
def test_what_is_not_signed_at_all_is_refused_before_it_is_read(signature: bytes) -> None:
    with pytest.raises(RefusedDeliveryError) as refused:
        check_unread({**HEADERS, b"x-hub-signature-256": signature})
    assert refused.value.status == 401
    assert "X-Hub-Signature-256 is missing or malformed" in str(refused.value)
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("length", [b"26214401", b"9" * 5000, b"-1", b"many", b"1e3"])
def test_a_body_that_says_it_is_too_large_is_refused_before_it_is_read(length: bytes) -> None:
    with pytest.raises(TooLargeError):
        check_unread({**HEADERS, b"content-length": length})


def test_a_body_over_the_limit_is_refused_before_it_is_hashed() -> None:
    with pytest.raises(TooLargeError):
        verify({}, b"x" * (MAX_BODY + 1), secrets=[SECRET])


def test_every_event_that_github_has_is_taken() -> None:
    events = {example.event for example in examples()}
    assert "projects_v2_item" in events  # with a digit
    for event in events:
        headers = {**HEADERS, b"x-github-event": event.encode()}
        assert verify(headers, BODY, secrets=[SECRET]).event == event
