"""Commands are found at the start of a line, and nowhere where a person would not mean one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.comment import MAX_COMMANDS, Invocation, nearest, new_commands, parse_comment


def commands(body: str) -> list[str]:
    return [" ".join((found.name, *found.arguments)) for found in parse_comment(body, app="espalier")]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("/espalier approve", ["approve"]),
        ("/espalier approve abc1234  now", ["approve abc1234 now"]),
        ("/ESPALIER Approve", ["approve"]),
        ("/espalier", ["help"]),
        ("@espalier build", ["build"]),
        ("@espalier[bot] build", ["build"]),
        ("Looks good.\n\n/espalier approve\n/espalier build\n", ["approve", "build"]),
        ("Looks good:\n/espalier approve", ["approve"]),
        ("Thanks!\r\n\r\n/espalier approve\r\n/espalier build\r\n", ["approve", "build"]),
        ("  /espalier approve", ["approve"]),
        ("/espalier approve `abc1234`", ["approve abc1234"]),
        ("/espalier reject See *this* and [that](http://example.org).", ["reject See this and that."]),
        ("/espalier approve <!-- now -->", ["approve"]),
        ("/espalier `build`", ["build"]),
    ],
)
def test_a_command_at_the_start_of_a_line_is_found(body: str, found: list[str]) -> None:
    assert commands(body) == found


@pytest.mark.parametrize(
    "body",
    [
        "Looks good to me.",
        "please /espalier approve",
        "`/espalier approve`",
        "`/espalier` approve",
        "`x`/espalier approve",
        "```\n/espalier approve\n```",
        "~~~\n/espalier approve\n~~~",
        "    /espalier approve",
        "> /espalier approve",
        "> quoted\n/espalier approve",
        "- /espalier approve",
        "# /espalier approve",
        "<!--\n/espalier approve\n-->",
        "see <!-- \n/espalier approve\n--> this",
        "<div>\n/espalier approve\n</div>",
        "**/espalier approve**",
        "/espalierapprove",
        "/espalier-demo approve",
        "@espalierx approve",
        "someone@espalier approve",
        "``a\n/espalier approve\nb``",
        "[x](http://example.org)/espalier approve",
    ],
)
def test_what_only_looks_like_a_command_is_left_alone(body: str) -> None:
    assert commands(body) == []


def test_of_many_commands_only_the_first_few_are_taken() -> None:
    assert len(new_commands("/espalier status\n" * 50, "", app="espalier")) == MAX_COMMANDS + 1  # to refuse the last


def test_an_edit_that_takes_commands_away_gives_none_of_those_that_were_too_many() -> None:
    many = [f"/espalier explain {number}" for number in range(30)]
    assert new_commands("\n".join(many[5:]), "\n".join(many), app="espalier") == ()


def test_an_edit_gives_only_the_commands_that_it_added() -> None:
    before, after = "/espalier status\n/espalier approve", "/espalier status\n/espalier approve\n/espalier status"
    assert new_commands(after, before, app="espalier") == (Invocation(name="status", arguments=()),)
    assert new_commands(before, before, app="espalier") == ()


def test_a_slip_of_the_finger_finds_what_was_meant() -> None:
    assert nearest("aprove", ["approve", "build", "cancel"]) == "approve"
    assert nearest("xyz", ["approve", "build", "cancel"]) is None
    assert nearest("frob", ["approve", "rollback"]) is None


@given(st.text(alphabet="/espalir @\n`>*<!-[]()_#\t\r\x00é", max_size=200))
def test_no_text_breaks_the_parser(text: str) -> None:
    parse_comment(f"{text}\n/espalier {text}", app="espalier")
