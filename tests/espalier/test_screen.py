"""The terminal shows what it was told, whatever stands in it, and follows a build by its events."""

import io
from pathlib import Path

from rich.console import Console

from espalier.demo.screen import Screen, plain
from schemas.codec import encode
from schemas.progress import Progress


def screen() -> tuple[Screen, io.StringIO]:
    shown = io.StringIO()
    return Screen(console=Console(file=shown, width=160)), shown


def test_brackets_in_what_is_said_are_text_and_no_markup() -> None:
    made, shown = screen()
    made.say("git push failed: ! [rejected] main -> main [/stale info]")
    assert "! [rejected] main -> main [/stale info]" in shown.getvalue()


def test_a_build_is_followed_by_its_last_whole_event(tmp_path: Path) -> None:
    made, shown = screen()
    folder = tmp_path / "builds" / "pr1-a"
    folder.mkdir(parents=True)
    event = Progress(at="", stage="train", done=2, total=4, unit="steps", rate=1.0, message="step by step")
    (folder / "events.jsonl").write_bytes(encode(event).encode() + b"\n" + '{"at": "ü'.encode()[:-1])
    with made.build("It is built", folder.parent) as follow:
        follow()
    assert "It is built" in shown.getvalue()
    assert made.has_done("It is built")


def test_two_steps_of_one_title_have_a_row_each_in_the_summary() -> None:
    made, shown = screen()
    for _ in range(2):
        with made.step("The bot labels it"):
            pass
    made.steps = [(title, 1.0) for title, _ in made.steps]
    made.summary(peak_bytes=2**30)
    table = shown.getvalue().partition("Time of each step")[2]
    assert table.count("The bot labels it") == 2
    assert "2.0" in table


def test_a_verdict_is_shown_without_markdown() -> None:
    said = "**Improved** on questions: PR-mmlu of `knowledge/a_b` went from 1\\. to @\u200bx *so* \\*."
    assert plain(said) == "Improved on questions: PR-mmlu of knowledge/a_b went from 1. to @x so *."
