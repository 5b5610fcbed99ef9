"""`espalier deliveries`: what waits, what failed for good and why, and having it tried again; on the database alone."""

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict

from bot.database_url import passwords
from bot.redact import Redactor
from bot.settings import read_database
from bot.store import Letter, Letters, StoreError, open_database
from schemas.errors import UserError

DONE, FAILED, MISUSE = 0, 1, 2
SHOWN = 1000


def main(argv: Sequence[str]) -> int:
    """List deliveries, show one, or have failed ones tried again.

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
    if options.act == "retry":
        return _retry(letters, options)
    states = ("failed",) if options.failed else ("pending", "running", "failed")
    _list(letters.list(*states, limit=SHOWN), redactor)
    return DONE


def _list(found: Iterable[Letter], redactor: Redactor) -> None:
    found = tuple(found)
    for letter in found:
        reason = redactor.clean(letter.error or "").replace("\n", " ")
        where = letter.lane or "-"
        tries = f"{letter.crashes} crashes, {letter.waits} waits"
        sys.stdout.write(f"{letter.state:8s} {letter.guid}  {letter.event}  {where}  {letter.received_at}  {tries}\n")
        if reason:
            sys.stdout.write(f"         {reason}\n")
    if not found:
        sys.stdout.write("None: everything that came was handled.\n")


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


def _retry(letters: Letters, options: argparse.Namespace) -> int:
    if options.all == (options.guid is not None):
        return _complain("Name the delivery's GUID, or say --all for every one that failed.", MISUSE)
    if options.all:
        count = letters.retry_all()
        sys.stdout.write(f"{count} are tried again; a running bot takes them within a second.\n")
        return DONE
    if not letters.retry(options.guid):
        return _complain(
            f"No delivery {options.guid} failed; `espalier deliveries --failed` lists those that did.", FAILED
        )
    sys.stdout.write("It is tried again; a running bot takes it within a second.\n")
    return DONE


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
    retry.add_argument("guid", nargs="?")
    retry.add_argument("--all", action="store_true")
    return parser


def _complain(words: str, code: int) -> int:
    sys.stderr.write(f"{words}\n")
    return code
