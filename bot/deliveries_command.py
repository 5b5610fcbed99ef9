"""`espalier deliveries`: what waits, what failed and why; trying it again, dismissing it; on the database alone."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict

from bot.database_url import passwords
from bot.redact import Redactor
from bot.settings import read_database
from bot.store import Letter, Letters, StoreError, open_database
from schemas.errors import UserError

DONE, FAILED, MISUSE = 0, 1, 2
SHOWN = 1000
ACTS = {
    "retry": "tried again, by a running bot within a second.",
    "dismiss": "dismissed for good; the reason is kept.",
}
"""What may be done with failed ones, and what is said of it."""


def main(argv: Sequence[str]) -> int:
    """List deliveries, show one, have failed ones tried again, or dismiss them.

    Returns:
        0 if that was done; 1 if there is no such delivery, or the database cannot be used now; 2 if settings are wrong.
    """
    options = _parser().parse_args(argv[1:] if argv[:1] == ["deliveries"] else argv)
    try:
        url = read_database()
        redactor = Redactor(*passwords(url))
        database = open_database(url, migrate=False)
    except UserError as error:
        return _complain(str(error), MISUSE)
    try:
        return _run(Letters(database), options, redactor)
    except StoreError as error:
        return _complain(f"{error}; try again later.", FAILED)
    finally:
        database.close()


def _run(letters: Letters, options: argparse.Namespace, redactor: Redactor) -> int:
    if options.act == "show":
        return _show(letters, options.guid, redactor)
    if options.act in ACTS:
        return _act(letters, options)
    if options.failed:
        _list(letters.list("failed", limit=SHOWN), redactor, nothing="No failed one is left.")
    else:
        found = letters.list("pending", "running", "failed", limit=SHOWN)
        _list(found, redactor, nothing="None waits, and no failed one is left.")
    return DONE


def _list(found: Sequence[Letter], redactor: Redactor, *, nothing: str) -> None:
    for letter in found:
        reason = redactor.clean(letter.error or "").replace("\n", " ")
        where = letter.lane or "-"
        tries = f"{letter.crashes} crashes, {letter.waits} waits"
        sys.stdout.write(f"{letter.state:8s} {letter.guid}  {letter.event}  {where}  {letter.received_at}  {tries}\n")
        if reason:
            sys.stdout.write(f"         {reason}\n")
    if not found:
        sys.stdout.write(f"{nothing}\n")


def _show(letters: Letters, guid: str, redactor: Redactor) -> int:
    try:
        letter, delivery = letters.get(guid), letters.delivery(guid)
    except UserError as problem:
        return _complain(str(problem), FAILED)
    if letter is None or delivery is None:
        return _complain(f"There is no delivery {guid}; `espalier deliveries` lists those that wait or failed.", FAILED)
    try:
        body: object = json.loads(delivery.body)
    except ValueError:
        body = delivery.body.decode(errors="replace")
    sys.stdout.write(redactor.clean(json.dumps({**asdict(letter), "body": body}, indent=2, ensure_ascii=False)) + "\n")
    return DONE


def _act(letters: Letters, options: argparse.Namespace) -> int:
    """Have one or all that failed tried again, or dismiss them."""
    if options.all == (options.guid is not None):
        return _complain("Name the delivery's GUID, or say --all for every one that failed.", MISUSE)
    again = options.act == "retry"
    one, every = (letters.retry, letters.retry_all) if again else (letters.dismiss, letters.dismiss_all)
    if options.all:
        subject = f"{every()} are"
    elif one(options.guid):
        subject = "It is"
    else:
        return _complain(_not_failed(letters, options.guid), FAILED)
    sys.stdout.write(f"{subject} {ACTS[options.act]}\n")
    return DONE


def _not_failed(letters: Letters, guid: str) -> str:
    letter = letters.get(guid)
    if letter is not None and letter.state == "dismissed":
        return (
            f"Delivery {guid} was dismissed, and that is final; a comment `/espalier recheck` on its pull request has "
            "the bot look there anew."
        )
    return f"No delivery {guid} failed; `espalier deliveries --failed` lists those that did."


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="espalier deliveries",
        description="What the bot was sent, in the database of ESPALIER_DATABASE_URL or ESPALIER_DATA_DIR: without "
        "more, those deliveries that wait or failed.",
    )
    parser.add_argument("--failed", action="store_true", help="only those that failed for good")
    acts = parser.add_subparsers(dest="act")
    acts.add_parser("list", help="list them, the oldest first (what happens without any)")
    show = acts.add_parser("show", help="show one with its payload, as JSON")
    show.add_argument("guid")
    retry = acts.add_parser("retry", help="have one that failed tried again, or all of them")
    dismiss = acts.add_parser("dismiss", help="give one that failed up for good, or all of them")
    for act in (retry, dismiss):
        act.add_argument("guid", nargs="?")
        act.add_argument("--all", action="store_true")
    return parser


def _complain(words: str, code: int) -> int:
    sys.stderr.write(f"{words}\n")
    return code
