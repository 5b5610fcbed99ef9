"""What a process writes to its log: whole lines, each saying what it is about, none telling a secret."""

import json
import subprocess
import sys

SECRET = "It's a Secret to Everybody"
PROGRAM = """
import logging, sys, threading
from bot.logs import about, log_to_stderr

log_to_stderr({secret!r}, form={form!r})
log = logging.getLogger("bot.lanes")
with about(delivery="g-1", repository="orchard/taxonomy", number=7, build=None):
    log.info("words of a stranger: %s", "one\\nERROR bot.lanes: \\x1b[31mforged")
    try:
        raise ValueError({secret!r} + " and ghs_16C7e42F292c6912E77")
    except ValueError:
        log.exception("delivery %s failed", "g-1")
    thread = threading.Thread(target=log.info, args=("elsewhere",))
    thread.start()
    thread.join()
log.info("after")
"""


def lines(form: str | None) -> list[str]:
    program = PROGRAM.format(secret=SECRET, form=form)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    return done.stderr.splitlines()


def test_json_is_one_object_a_line_with_what_it_is_about_and_its_traceback() -> None:
    told, failed, elsewhere, after = (json.loads(line) for line in lines("json"))
    assert told["message"] == "words of a stranger: one\nERROR bot.lanes: \x1b[31mforged"
    assert (told["level"], told["logger"]) == ("info", "bot.lanes")
    assert (told["delivery"], told["repository"], told["number"]) == ("g-1", "orchard/taxonomy", 7)
    assert "build" not in told
    assert failed["traceback"].startswith("Traceback")
    assert "delivery" not in elsewhere
    assert "delivery" not in after
    assert told["time"].endswith("Z")


def test_where_no_terminal_reads_it_the_log_is_json() -> None:
    assert [json.loads(line)["logger"] for line in lines(None)] == ["bot.lanes"] * 4


def test_text_cannot_be_forged_by_what_a_stranger_wrote() -> None:
    told = lines("text")
    begun = [line for line in told if not line.startswith(" ")]
    assert len(begun) == 4
    assert begun[0].endswith("words of a stranger: one")
    assert told[1] == "    ERROR bot.lanes: ⟨U+001B⟩[31mforged (delivery=g-1 repository=orchard/taxonomy number=7)"


def test_neither_form_tells_a_secret() -> None:
    for form in ("json", "text"):
        text = "\n".join(lines(form))
        assert "Secret to" not in text
        assert "ghs_16" not in text
        assert text.count("[redacted]") == 2
