"""Addresses are held against the hosts before anything is asked of them."""

import pytest

from sources.address import Refusal, beyond, is_loopback, look_at


@pytest.mark.parametrize(
    ("url", "hosts", "refusal"),
    [
        ("https://github.com/a/b", ("github.com",), None),
        ("https://GitHub.com:443/a/b", ("GITHUB.com",), None),
        ("https://github.com/a/b", ("github.com:443",), None),
        ("https://github.com:8443/a/b", ("github.com",), Refusal.HOST),
        ("https://github.com.evil.org/a", ("github.com",), Refusal.HOST),
        ("http://github.com/a/b", ("github.com",), Refusal.FORM),
        ("http://127.0.0.1:99/a", ("127.0.0.1:99",), None),
        ("http://127.0.0.1:98/a", ("127.0.0.1:99",), Refusal.HOST),
        ("http://localhost/a", ("localhost",), None),
        ("https://u:p@github.com/a", ("github.com",), Refusal.FORM),
        ("https://github.com/a?x=1", ("github.com",), Refusal.FORM),
        ("https://github.com/a\nb", ("github.com",), Refusal.FORM),
        ("https://[", ("github.com",), Refusal.FORM),
        ("https://github.com:x/", ("github.com",), Refusal.FORM),
        ("", (), Refusal.FORM),
    ],
)
def test_addresses(url: str, hosts: tuple[str, ...], refusal: Refusal | None) -> None:
    assert look_at(url, hosts).refusal is refusal


def test_credentials_are_no_part_of_the_host_that_is_told() -> None:
    assert look_at("https://u:p@git.example.org/a", ()).host == "git.example.org"


def test_loopback_is_this_machine() -> None:
    assert all(map(is_loopback, ("localhost", "127.0.0.1", "127.9.9.9", "::1")))
    assert not any(map(is_loopback, ("10.0.0.1", "example.org", "")))


def test_this_machine_is_left_out_of_hosts_however_it_is_written() -> None:
    here = ("localhost", "LOCALHOST:8080", "127.0.0.1:99", "[::1]:80", "[::1]")
    assert beyond((*here, "github.com", "git.example.org:8443")) == ("github.com", "git.example.org:8443")
