"""Check runs as GitHub takes and gives them: annotations in batches, and the last of them completes the run."""

from typing import TypedDict

from github.CheckRun import CheckRun
from github.Repository import Repository as Client

from bot.github_api.errors import repeated, translate
from bot.github_values import Annotation, CheckRunBody, CheckRunView
from bot.payload import Payload

ANNOTATIONS_PER_REQUEST = 50


def create_check_run(repository: Client, body: CheckRunBody, *, heard: bool) -> int:
    """Post a check run and give its id.

    Args:
        repository: Where it belongs.
        body: What it says.
        heard: Whether anybody hears of its buttons.
    """
    first, *rest = _batches(body.annotations)
    run = repository.create_check_run(
        body.name,
        body.head_sha,
        details_url=body.details_url,
        external_id=body.external_id,
        output=_output(body, first),
        actions=_actions(body, heard=heard),
        **_completion(body, last=not rest),
    )
    for index, batch in enumerate(rest, start=1):
        run.edit(output=_output(body, batch), **_completion(body, last=index == len(rest)))
    return run.id


def edit_check_run(repository: Client, run_id: int, body: CheckRunBody, *, heard: bool) -> None:
    """Bring a check run up to date; the annotations given are added to those it has."""
    batches = _batches(body.annotations)
    for index, batch in enumerate(batches, start=1):
        # What holds annotations would add them twice.
        send = _edit if batch else _edit_again
        send(repository, run_id, body, batch, last=index == len(batches), heard=heard)


@translate
def _edit(
    repository: Client, run_id: int, body: CheckRunBody, batch: tuple[Annotation, ...], *, last: bool, heard: bool
) -> None:
    repository.get_check_run(run_id).edit(
        output=_output(body, batch), actions=_actions(body, heard=heard), **_completion(body, last=last)
    )


_edit_again = repeated(_edit)


def _actions(body: CheckRunBody, *, heard: bool) -> list[dict[str, str]]:
    """Give the buttons of a check run; none where nobody would hear them.

    A check run of GitHub Actions starts no workflow (docs.github.com, "Events that trigger workflows").
    """
    if not heard:
        return []
    return [
        {"label": button.label, "description": button.description, "identifier": button.identifier}
        for button in body.buttons
    ]


def check_run_view(run: CheckRun) -> CheckRunView:
    """Read a check run as the client library has it from a list."""
    return CheckRunView(
        id=run.id,
        name=run.name,
        external_id=run.external_id or "",
        status=run.status,
        summary=run.output.summary or "",
        annotations=run.output.annotations_count or 0,
    )


def check_run_of(data: Payload) -> CheckRunView:
    """Read a check run as GitHub gives it by its id."""
    return CheckRunView(
        id=data.number("id") or 0,
        name=data.text("name") or "",
        external_id=data.text("external_id") or "",
        status=data.text("status") or "",
        summary=data.text("output", "summary") or "",
        annotations=data.number("output", "annotations_count") or 0,
    )


def _batches(annotations: tuple[Annotation, ...]) -> list[tuple[Annotation, ...]]:
    steps = range(0, max(len(annotations), 1), ANNOTATIONS_PER_REQUEST)
    return [annotations[start : start + ANNOTATIONS_PER_REQUEST] for start in steps]


class _Completion(TypedDict, total=False):
    status: str
    conclusion: str


def _completion(body: CheckRunBody, *, last: bool) -> _Completion:
    if body.status != "completed" or not last:
        return {"status": "in_progress"}
    return {"status": "completed", "conclusion": body.conclusion or "neutral"}


def _output(body: CheckRunBody, annotations: tuple[Annotation, ...]) -> dict[str, str | list[dict[str, str | int]]]:
    output: dict[str, str | list[dict[str, str | int]]] = {"title": body.title, "summary": body.summary}
    if annotations:
        output["annotations"] = [
            {
                "path": item.path,
                "start_line": item.start_line,
                "end_line": item.end_line,
                "annotation_level": item.annotation_level,
                "message": item.message,
                "title": item.title,
            }
            for item in annotations
        ]
    return output
