"""Deliveries are taken only with the right signature, size and headers."""

import pytest

from bot.webhook import MAX_BODY, RefusedDeliveryError, sign, verify

SECRET = "It's a Secret to Everybody"
BODY = b"Hello, World!"
SIGNATURE = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
HEADERS = {"x-hub-signature-256": SIGNATURE, "x-github-delivery": "72d3162e-cc78-11e3", "x-github-event": "ping"}


def test_github_s_own_example_is_signed_as_github_signs_it() -> None:
    assert sign(SECRET, BODY) == SIGNATURE


def test_a_signed_delivery_is_taken() -> None:
    delivery = verify(HEADERS, BODY, secret=SECRET)
    assert (delivery.guid, delivery.event, delivery.body) == ("72d3162e-cc78-11e3", "ping", BODY)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"x-hub-signature-256": "sha256=" + "0" * 64}, 401),
        ({"x-hub-signature-256": "sha1=757107ea"}, 401),
        ({"x-hub-signature-256": ""}, 401),
        ({"x-hub-signature-256": "é"}, 401),
        ({"x-github-delivery": ""}, 400),
        ({"x-github-delivery": "a b"}, 400),
        ({"x-github-event": "Ping!"}, 400),
        ({"x-github-event": "espalier_build"}, 400),
    ],
)
def test_a_delivery_with_a_wrong_header_is_refused(change: dict[str, str], status: int) -> None:
    with pytest.raises(RefusedDeliveryError) as refused:
        verify({**HEADERS, **change}, BODY, secret=SECRET)
    assert refused.value.status == status


def test_a_body_over_the_limit_is_refused_before_it_is_hashed() -> None:
    with pytest.raises(RefusedDeliveryError) as refused:
        verify({}, b"x" * (MAX_BODY + 1), secret=SECRET)
    assert refused.value.status == 413
