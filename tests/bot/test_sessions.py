"""A browser keeps what we signed, for as long as we said; whatever else it sends is nobody's."""

import pytest

from bot.sessions import Entry, Session, Sessions, local_path

SESSIONS = Sessions("client secret")
JUNE = Session(login="june", until=100, id="a")
ENTRY = Entry(nonce="n", until=100, back="/deliveries")


def test_a_session_is_read_as_it_was_written_until_it_is_over() -> None:
    cookie = SESSIONS.seal_session(JUNE)
    assert SESSIONS.open_session(cookie, now=99.9) == JUNE
    assert SESSIONS.open_session(cookie, now=100) is None


def test_what_we_did_not_sign_is_nobody_s_session() -> None:
    cookie = SESSIONS.seal_session(JUNE)
    body, mark = cookie.split(".")
    other = SESSIONS.seal_session(Session(login="alder", until=100, id="a")).split(".")[0]
    forged = ("", ".", "a.b", body, f"{other}.{mark}", f"{body}.{mark}x", f"{body}.é", SESSIONS.seal_entry(ENTRY))
    assert [SESSIONS.open_session(value, now=0) for value in forged] == [None] * len(forged)


def test_a_new_client_secret_signs_everybody_out() -> None:
    assert Sessions("another").open_session(SESSIONS.seal_session(JUNE), now=0) is None


def test_a_form_s_token_belongs_to_one_session() -> None:
    token = SESSIONS.form_token(JUNE)
    assert SESSIONS.owns(JUNE, token)
    for other in ("", "é", SESSIONS.form_token(Session(login="june", until=100, id="b"))):
        assert not SESSIONS.owns(JUNE, other)


def test_a_sign_in_is_continued_in_the_browser_that_began_it_alone() -> None:
    cookie, state = SESSIONS.seal_entry(ENTRY), SESSIONS.state(ENTRY)
    assert SESSIONS.open_entry(cookie, state=state, now=99) == ENTRY
    assert SESSIONS.open_entry(cookie, state=state, now=101) is None
    others = Entry(nonce="m", until=100, back="/")
    assert SESSIONS.open_entry(SESSIONS.seal_entry(others), state=state, now=0) is None
    assert SESSIONS.open_entry("", state=state, now=0) is None


def test_neither_the_verifier_nor_the_state_is_in_the_cookie() -> None:
    cookie = SESSIONS.seal_entry(ENTRY)
    assert SESSIONS.verifier(ENTRY) not in cookie
    assert SESSIONS.state(ENTRY) not in cookie
    assert 43 <= len(SESSIONS.verifier(ENTRY)) <= 128  # RFC 7636, 4.1


@pytest.mark.parametrize(
    ("path", "leads"),
    [
        ("/deliveries", "/deliveries"),
        ("/builds/pr1?x=1", "/builds/pr1?x=1"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("/a\r\nSet-Cookie: x", "/"),
        ("", "/"),
    ],
)
def test_a_sign_in_leads_back_to_our_own_pages_alone(path: str, leads: str) -> None:
    assert local_path(path) == leads
