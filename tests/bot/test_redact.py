"""What looks like a secret never reaches a log."""

import logging
from types import TracebackType

import pytest

from bot.redact import MARK, RedactingFormatter


@pytest.mark.parametrize(
    "secret",
    [
        "ghs_16C7e42F292c6912E7710c838347Ae178B4a",
        "ghs_123456_eyJhbGciOi.eyJpc3Mi.abc-DEF_1",
        "ghp_abc",
        "github_pat_11ABC_def",
        "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOjd9.c2ln",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\nMIIE, cut off",
        "It's a Secret to Everybody",
    ],
)
def test_a_secret_in_a_message_or_traceback_is_taken_out(secret: str) -> None:
    formatter = RedactingFormatter("It's a Secret to Everybody", "")
    record = logging.LogRecord("bot", logging.INFO, "f", 1, "said %s here", (secret,), failed(secret))
    text = formatter.format(record)
    assert secret not in text
    assert f"said {MARK}" in text


def failed(secret: str) -> tuple[type[BaseException], BaseException, TracebackType | None]:
    error = ValueError(secret)
    return type(error), error, error.__traceback__


def test_ordinary_words_stay() -> None:
    record = logging.LogRecord("bot", logging.INFO, "f", 1, "orchard/taxonomy#1 at a1b2c3d", (), None)
    assert RedactingFormatter().format(record).endswith("orchard/taxonomy#1 at a1b2c3d")
