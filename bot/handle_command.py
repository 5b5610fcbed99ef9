"""`espalier handle`: one delivery, or one build, for a workflow run; no server, and no database that outlives it."""

import argparse
import json
import logging
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bot.carry import recollect
from bot.context import Bot, Errand
from bot.events import CommentWritten, parse
from bot.github_api import GitHubError, GitHubWorkflow
from bot.handle import commands_in, handle
from bot.judge import Judge
from bot.lanes import Lanes
from bot.live import LiveReports
from bot.redact import log_to_stderr
from bot.report_status import BuildState
from bot.settings import Settings, Workflow, read_workflow
from bot.store import Item, Store, open_database
from bot.store.database import now
from bot.webhook import Delivery
from schemas.errors import UserError

log = logging.getLogger(__name__)

DONE, FAILED, MISUSE = 0, 1, 2
ATTEMPTS = 4
LONGEST_WAIT = 120.0
"""Seconds between two attempts at most; a run that waits longer costs more than somebody who starts it again."""
ALIASES = {"pull_request_target": "pull_request"}
"""Names of events that GitHub Actions has for webhooks of another name."""
IN_MEMORY = Path(":memory:")


def main(argv: Sequence[str]) -> int:
    """Handle what a workflow run was started for.

    Args:
        argv: Arguments; the subcommand's own name may stand first.

    Returns:
        0 if it was handled or is of no concern, 1 if GitHub or the cluster failed, 2 if settings are missing or wrong.
    """
    options = _parser().parse_args(argv[1:] if argv[:1] == ["handle"] else argv)
    try:
        settings, workflow = read_workflow()
        log_to_stderr(workflow.token)
        delivery = read_delivery(options.event, options.payload)
        ordered = _handle(settings, workflow, delivery)
    except UserError as error:
        sys.stderr.write(f"{error}\n")
        return MISUSE
    except GitHubError as error:
        log.error("%s", error)  # noqa: TRY400 - the cause says all
        return FAILED
    if workflow.output is not None:
        with workflow.output.open("a", encoding="utf-8") as output:
            output.writelines(f"{name}={value}\n" for name, value in ordered.items())
    return DONE


def read_delivery(event: str, payload: Path) -> Delivery:
    """Read what GitHub Actions keeps of a webhook; it leaves out which App's installation is meant.

    Raises:
        UserError: if the file cannot be read or holds no JSON object.
    """
    try:
        data: object = json.loads(payload.read_bytes())
    except (OSError, ValueError) as error:
        raise UserError(f"{payload} cannot be read as an event's JSON: {error}.") from error
    if not isinstance(data, dict):
        raise UserError(f"{payload} holds no event: a JSON object is expected.")
    body = json.dumps({"installation": {"id": 0}, **data}).encode()
    return Delivery(guid=f"run-{now()}", event=ALIASES.get(event, event), body=body)


@contextmanager
def living(settings: Settings, workflow: Workflow) -> Iterator[tuple[Bot, Errand]]:
    """Make a bot that lives for one run, with an empty memory."""
    errand = Errand(run_url=workflow.run_url, builds=workflow.builds)
    store, judge = Store(open_database(IN_MEMORY)), Judge()
    github = GitHubWorkflow(settings, workflow)
    try:
        yield (
            Bot(
                settings=settings, store=store, github=github, judge=judge, address=workflow.actions_url, errand=errand
            ),
            errand,
        )
    finally:
        judge.close()
        github.close()
        store.close()


def attend(bot: Bot, errand: Errand, delivery: Delivery) -> bool:
    """Handle one delivery with the memory that its pull request carries; False if it is of no concern."""
    event = parse(delivery)
    number = getattr(event, "number", None)
    if event is None or number is None or (isinstance(event, CommentWritten) and not commands_in(bot, event)):
        return False
    with bot.github.repository(event.place) as repository:
        recollect(bot, errand, repository, event.place, number)
    item = Item(id=0, lane="", received_at=now(), attempts=1, delivery=delivery)
    return handle(bot, LiveReports(Lanes()), item)


def _handle(settings: Settings, workflow: Workflow, delivery: Delivery) -> dict[str, str]:
    """Handle a delivery, patiently; give the step's outputs.

    Raises:
        GitHubError: if GitHub refuses, or goes on not to answer.
    """
    attempt = 1
    while True:
        try:
            with living(settings, workflow) as (bot, errand):
                if not attend(bot, errand, delivery):
                    log.info("%s is of no concern", delivery.event)
                return _ordered(bot, errand)
        except GitHubError as error:
            if error.wait is None or attempt == ATTEMPTS:
                raise
            log.warning("waits: %s", error)
            time.sleep(min(error.wait * attempt, LONGEST_WAIT))
            attempt += 1


def _ordered(bot: Bot, errand: Errand) -> dict[str, str]:
    """Name the build that a command of this run ordered, for the job that takes builds."""
    for build in bot.store.builds.queue():
        ours = errand.build_pages.get(build.id) in {None, errand.run_url}
        if ours and build.state is BuildState.WAITING and build.stop_reason is None:
            return {"build": build.id, "pull-request": str(build.job.pull_requests[0].number)}
    return {"build": "", "pull-request": ""}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="espalier handle",
        description="Handle one delivery of a workflow run: labels, report, check run, commands. What has to be "
        "remembered is kept in the report comment. GITHUB_TOKEN and GITHUB_REPOSITORY say as whom and where.",
        epilog="Exit code: 0 handled, 1 GitHub failed, 2 misuse.",
    )
    parser.add_argument("--event", required=True, metavar="NAME", help="the event's name, as GITHUB_EVENT_NAME has it")
    parser.add_argument("--payload", required=True, type=Path, metavar="FILE", help="the event, as GITHUB_EVENT_PATH")
    return parser
