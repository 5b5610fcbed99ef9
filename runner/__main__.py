"""The runner's commands: `run` for Ray's jobs, `head` for a Ray of our own; without the bot, `build` and its parts."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from runner.profiles import PROFILES
from schemas.errors import UserError
from schemas.folders import usable_folder
from schemas.job import BuildKind
from schemas.result import Status

# Each command imports what it runs, so that `head` need not pay for torch, nor `--help` for anything.
# ruff: noqa: PLC0415


def main(argv: Sequence[str]) -> int:
    """Run the subcommand that argv names first.

    Returns:
        0 if it did what was asked, 1 if the build failed, 2 for misuse or where something is missing.
    """
    arguments = _parser().parse_args(argv)
    try:
        code: int = arguments.perform(arguments)
    except UserError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except KeyboardInterrupt:
        return 130
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="espalier", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    _add_run(commands.add_parser("run", help="do the build whose job.json stands in the artifacts"))
    _add_head(commands.add_parser("head", help="start a Ray on this machine, which ends with this command"))
    _add_build(commands.add_parser("build", help="build leaves of a taxonomy on this machine, without the bot"))
    _add_generate(commands.add_parser("generate", help="write the data of leaves of a taxonomy, and nothing more"))
    train = commands.add_parser("train", help="train on the data in a build's folder, and nothing more")
    _add_alone(train, perform=_train)
    evaluate = commands.add_parser("evaluate", help="measure what was trained in a build's folder, and nothing more")
    _add_alone(evaluate, perform=_evaluate)
    base = commands.add_parser("base", help="make the profile's base student, unless the cache has it")
    base.add_argument("--cache", type=Path, default=_default_cache(), help="default: %(default)s")
    base.set_defaults(perform=_base)
    return parser


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--artifacts", required=True, help="folder or file:// URL that holds builds/<id>/")
    parser.add_argument("--id", required=True, help="the build's id")
    parser.add_argument("--cache", type=Path, default=_default_cache(), help="default: %(default)s")
    parser.set_defaults(perform=_run)


def _add_head(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, required=True, help="folder for its token and its log")
    parser.add_argument("--port", type=int, help="port of the Jobs API on loopback; default: a free one")
    parser.set_defaults(perform=_head)


def _add_build(parser: argparse.ArgumentParser) -> None:
    _add_wish(parser)
    parser.add_argument("--student", help="folder or Hugging Face id of a causal model; default: the profile's own")
    parser.add_argument("--no-ray", action="store_true", help="one process after the other, without a Ray")
    parser.set_defaults(perform=_build, kind=None)


def _add_generate(parser: argparse.ArgumentParser) -> None:
    _add_wish(parser)
    parser.set_defaults(perform=_build, kind=BuildKind.GENERATE, student=None, no_ray=True)


def _add_alone(parser: argparse.ArgumentParser, *, perform: Callable[[argparse.Namespace], int]) -> None:
    parser.add_argument("folder", type=Path, help="a build's folder, such as OUT/builds/ID after `espalier generate`")
    parser.add_argument("--cache", type=Path, default=_default_cache(), help="default: %(default)s")
    parser.set_defaults(perform=perform)


def _add_wish(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--taxonomy", required=True, help="folder of a clone, or a clone address")
    parser.add_argument("--out", type=Path, required=True, help="folder that builds/<id>/ is made in")
    parser.add_argument("--base", help="build the leaves that changed since this revision")
    parser.add_argument("--head", default="HEAD", help="revision whose leaves are built; default: %(default)s")
    parser.add_argument("--leaf", action="append", default=[], help="a leaf's folder; several times for several")
    parser.add_argument("--profile", choices=tuple(PROFILES), default="laptop", help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=0, help="default: %(default)s")
    parser.add_argument("--teacher-url", help="base URL of an OpenAI-compatible endpoint; default: rules")
    parser.add_argument("--teacher-model", help="the teacher's name at that endpoint")
    parser.add_argument("--document-host", action="append", default=[], help="a host to fetch documents from, too")
    parser.add_argument("--cache", type=Path, default=_default_cache(), help="default: %(default)s")


def _default_cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(os.environ.get("ESPALIER_CACHE_DIR") or f"{home}/espalier").expanduser()


def _run(arguments: argparse.Namespace) -> int:
    from runner.artifacts import build_folder
    from runner.build import run_build

    result = run_build(build_folder(arguments.artifacts, arguments.id), arguments.cache)
    if result.failure is not None:
        sys.stderr.write(f"{result.failure.message}\n")
    return 0 if result.status is Status.SUCCEEDED else 1


def _head(arguments: argparse.Namespace) -> int:
    from runner.head import Head, serve

    def announce(head: Head) -> None:
        sys.stdout.write(json.dumps({key: str(value) for key, value in asdict(head).items()}) + "\n")
        sys.stdout.flush()

    return serve(arguments.data, port=arguments.port, announce=announce)


def _build(arguments: argparse.Namespace) -> int:
    from runner.local_build import Wish, build_here, plan_job
    from runner.screen import show_progress, show_result

    wish = Wish(
        taxonomy=arguments.taxonomy,
        base=arguments.base,
        head=arguments.head,
        leaves=tuple(arguments.leaf),
        profile=arguments.profile,
        seed=arguments.seed,
        student=arguments.student,
        teacher_url=arguments.teacher_url,
        teacher_model=arguments.teacher_model,
        document_hosts=tuple(arguments.document_host),
        kind=arguments.kind,
    )
    usable_folder(arguments.cache, "--cache")
    job = plan_job(wish, arguments.cache)
    usable_folder(arguments.out, "--out")
    with show_progress() as told:
        result = build_here(job, arguments.out, arguments.cache, with_ray=not arguments.no_ray, told=told)
    show_result(result, arguments.out / "builds" / job.id)
    return 0 if result.status is Status.SUCCEEDED else 1


def _train(arguments: argparse.Namespace) -> int:
    from runner.alone import train_alone
    from runner.screen import show_progress

    usable_folder(arguments.cache, "--cache")
    with show_progress() as told:
        students = train_alone(arguments.folder.absolute(), arguments.cache, told=told)
    sys.stdout.write(f"{students}\n")
    return 0


def _evaluate(arguments: argparse.Namespace) -> int:
    from runner.alone import evaluate_alone
    from runner.screen import show_progress, show_result

    usable_folder(arguments.cache, "--cache")
    with show_progress() as told:
        result = evaluate_alone(arguments.folder.absolute(), arguments.cache, told=told)
    show_result(result, arguments.folder)
    return 0


def _base(arguments: argparse.Namespace) -> int:
    from runner.reporting import StageReport
    from runner.screen import show_progress
    from runner.student import base_student

    usable_folder(arguments.cache, "--cache")
    with show_progress() as told:
        report = StageReport("prepare", told)
        folder = base_student(arguments.cache, report)
        report.close()
    sys.stdout.write(f"{folder}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
