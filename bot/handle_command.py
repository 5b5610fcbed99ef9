"""`espalier handle`: one delivery, or one build, for a workflow run; no server, and no database that outlives it."""

import argparse
import json
import logging
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.build_errand import BuildErrand
from bot.context import Bot, Errand
from bot.errand import attend, living
from bot.gather import REFUSALS
from bot.github_api import GitHubError
from bot.logs import TEXT, log_to_stderr
from bot.report_status import BuildState
from bot.settings import Settings, Workflow, read_workflow
from bot.store.database import now
from bot.webhook import Delivery
from schemas.errors import UserError

log = logging.getLogger(__name__)

DONE, FAILED, MISUSE = 0, 1, 2
ATTEMPTS = 4
LONGEST_WAIT = 120.0
"""Seconds between two attempts at most; a run that waits longer costs more than somebody who starts it again."""
PERMISSIONS = "Compare the `permissions` of the workflow's job with those in actions/triage/README.md."
ALIASES = {"pull_request_target": "pull_request"}
"""Names of events that GitHub Actions has for webhooks of another name."""


def main(argv: Sequence[str]) -> int:
    """Handle what a workflow run was started for.

    Args:
        argv: Arguments; the subcommand's own name may stand first.

    Returns:
        0 if it was handled or is of no concern; 1 if GitHub failed, or the build; 2 if settings are missing or wrong.
    """
    options = _parser().parse_args(argv[1:] if argv[:1] == ["handle"] else argv)
    try:
        settings, workflow = read_workflow()
        log_to_stderr(workflow.token, form=TEXT)
        if options.build is not None:
            return _build(settings, workflow, number=options.pull_request, build_id=options.build)
        outputs = _handle(settings, workflow, read_delivery(options.event, options.payload))
        _give(workflow.output, outputs)
    except UserError as error:
        _complain(str(error))
        return MISUSE
    except GitHubError as error:
        _complain(f"{error}. {PERMISSIONS}" if error.status in REFUSALS else str(error))
        return FAILED
    return DONE


def read_delivery(event: str | None, payload: Path | None) -> Delivery:
    """Read what GitHub Actions keeps of a webhook; it leaves out which App's installation is meant.

    Raises:
        UserError: if event or file are not named, or the file cannot be read or holds no JSON object.
    """
    if event is None or payload is None:
        raise UserError("Name the event and its file: --event NAME --payload FILE.")
    try:
        data: object = json.loads(payload.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise UserError(f"{payload} cannot be read as an event's JSON: {error}.") from error
    if not isinstance(data, dict):
        raise UserError(f"{payload} holds no event: a JSON object is expected.")
    body = json.dumps({**data, "installation": {"id": 0}}).encode()
    return Delivery(guid=f"run-{now()}", event=ALIASES.get(event, event), body=body)


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


def _complain(message: str) -> None:
    """Say what is wrong where people look first: among the annotations of the run, and in the log."""
    # Escapes as actions/toolkit has them, packages/core/src/command.ts: what is told stays one command.
    told = message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    sys.stdout.write(f"::error title=Espalier::{told}\n")
    sys.stderr.write(f"{message}\n")


def _give(output: Path | None, values: Mapping[str, str]) -> None:
    """Write a step's outputs; none of the values has more than one line."""
    if output is not None:
        with output.open("a", encoding="utf-8") as file:
            file.writelines(f"{name}={value}\n" for name, value in values.items())


def _build(settings: Settings, workflow: Workflow, *, number: int | None, build_id: str) -> int:
    """Carry a build out, to its end.

    Raises:
        UserError: if its pull request is not named.
    """
    if number is None:
        raise UserError("Name the build's pull request: --pull-request NUMBER.")
    outcome = BuildErrand(settings, workflow, number=number, build_id=build_id).carry_out()
    log.info("build %s %s: %s", build_id, outcome.state, outcome.reason or "")
    _give(workflow.output, {"state": outcome.state})
    return FAILED if outcome.state is BuildState.FAILED else DONE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="espalier handle",
        description="Handle one delivery of a workflow run: labels, report, check run, commands; or carry out one "
        "build. What has to be remembered is kept in the report comment. GITHUB_TOKEN and GITHUB_REPOSITORY say as "
        "whom and where.",
        epilog="Exit code: 0 handled, 1 GitHub or the build failed, 2 misuse.",
    )
    parser.add_argument("--event", metavar="NAME", help="the event's name, as in GITHUB_EVENT_NAME")
    parser.add_argument("--payload", type=Path, metavar="FILE", help="the event's file, as in GITHUB_EVENT_PATH")
    parser.add_argument("--build", metavar="ID", help="carry out this build instead, which a command ordered")
    parser.add_argument("--pull-request", type=int, metavar="NUMBER", help="the build's pull request")
    return parser
