"""Patterns match folder by folder, and none of them is slow."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.patterns import choose, is_within, matches


@pytest.mark.parametrize(
    ("path", "pattern", "found"),
    [
        ("a.md", "*.md", True),
        ("docs/a.md", "*.md", False),
        ("docs/a.md", "**/*.md", True),
        ("a.md", "**/*.md", True),
        ("docs/deep/a.md", "docs/**", True),
        ("docs/deep/a.md", "./docs/*/a.m?", True),
        ("a.md", "A.md", False),
    ],
)
def test_stars_stay_within_a_folder_unless_doubled(path: str, pattern: str, *, found: bool) -> None:
    assert matches(path, pattern) is found


@pytest.mark.parametrize("pattern", ["../*.md", "/etc/passwd", "docs/../../x", "a" * 301])
def test_patterns_that_leave_the_repository_are_known(pattern: str) -> None:
    assert not is_within(pattern)


@given(path=st.text("ab/*.", max_size=30), pattern=st.text("ab/*?[]!.", max_size=30))
def test_matching_ends_for_any_pattern(path: str, pattern: str) -> None:
    assert matches(path, pattern) in {True, False}


@pytest.mark.parametrize("pattern", ["/".join(["**", "*a*a*a*a*a*b"] * 40), "**/" * 99 + "**", "*a" * 150])
def test_patterns_made_to_be_slow_are_not(pattern: str) -> None:
    started = time.process_time()
    for path in ("/".join(["a" * 50] * 40), "a" * 4_000):
        matches(path, pattern)
    assert time.process_time() - started < 2


def test_paths_are_chosen_by_name_or_by_pattern() -> None:
    paths = ["a.md", "docs/b.md", "docs/c.txt", "d[1].md"]
    assert choose(paths, ["./a.md", "docs/*.md", "nothing.md"]) == {"a.md", "docs/b.md"}


def test_more_work_than_some_seconds_is_not_begun() -> None:
    paths = [f"{'a/' * 30}{number}" for number in range(20_000)]
    started = time.process_time()
    assert choose(paths, ["**/" * 90 + "*"] * 100) is None
    assert choose(paths, [f"{'a/' * 30}7"] * 100) == {f"{'a/' * 30}7"}
    assert time.process_time() - started < 2
