"""What checks say about a pull request's head: as a whole, one by one, and line by line."""

from collections.abc import Sequence

from markupsafe import Markup

from forge.forge import Forge
from forge.git.diffs import FileDiff
from forge.pages.diffs import Remark
from forge.pages.markdown import render
from forge.pages.views import ORDER, AnnotationView, CheckView, Outcome, outcome
from forge.records import Annotation, App, CheckRun, Pull, Repository, Status
from forge.shapes.checks import latest_runs

LEVELS = {"failure": "bad", "warning": "warn", "notice": "off"}


def worst_outcome(forge: Forge, repository: Repository, sha: str) -> Outcome | None:
    """Say how the checks of a commit stand as a whole: as the worst of them does; None if there are none."""
    outcomes = [outcome(run.conclusion or run.status) for run in latest_runs(_runs(forge, repository, sha))]
    return min(outcomes, key=lambda each: ORDER.index(each.style), default=None)


def _runs(forge: Forge, repository: Repository, sha: str) -> list[CheckRun]:
    return forge.store.all(CheckRun, "repository_id = ? AND head_sha = ?", repository.id, sha)


def view_checks(forge: Forge, repository: Repository, pull: Pull, files: Sequence[FileDiff]) -> tuple[CheckView, ...]:
    """Show the newest run of each check on a pull request's head, and the newest status of each context."""
    anchors = {file.path: f"file-{number}" for number, file in enumerate(files, 1)}
    where = f"/{forge.full_name(repository)}"
    runs = latest_runs(_runs(forge, repository, pull.head_sha))
    found = [_check(forge, run, where=where, number=pull.number, anchors=anchors) for run in runs]
    statuses = forge.store.all(Status, "repository_id = ? AND sha = ? ORDER BY id", repository.id, pull.head_sha)
    newest = {status.context: status for status in statuses}
    found += [_status(status) for status in newest.values()]
    return tuple(found)


def _check(forge: Forge, run: CheckRun, *, where: str, number: int, anchors: dict[str, str]) -> CheckView:
    def place(annotation: Annotation) -> str:
        if annotation.path in anchors:
            return f"{where}/pull/{number}/files#{anchors[annotation.path]}-R{annotation.end_line}"
        return f"{where}/blob/{run.head_sha}/{annotation.path}#L{annotation.start_line}"

    return CheckView(
        anchor=f"run-{run.id}",
        name=run.name,
        app=forge.store.get(App, run.app_id).name,
        outcome=outcome(run.conclusion or run.status),
        title=run.title or "",
        summary=render(run.summary, repository=where.removeprefix("/")),
        text=render(run.text, repository=where.removeprefix("/")),
        details_url=run.details_url,
        started_at=run.started_at,
        completed_at=run.completed_at or "",
        annotations=tuple(
            AnnotationView(
                level=LEVELS.get(annotation.annotation_level, "off"),
                path=annotation.path,
                start_line=annotation.start_line,
                end_line=annotation.end_line,
                title=annotation.title or "",
                message=annotation.message,
                raw_details=annotation.raw_details or "",
                url=place(annotation),
            )
            for annotation in forge.store.all(Annotation, "run_id = ? ORDER BY id", run.id)
        ),
    )


def _status(status: Status) -> CheckView:
    return CheckView(
        anchor=f"status-{status.id}",
        name=status.context,
        app="commit status",
        outcome=outcome(status.state),
        title=status.description or "",
        summary=Markup(),
        text=Markup(),
        details_url=status.target_url or "",
        started_at=status.created_at,
        completed_at=status.updated_at,
        annotations=(),
    )


def _paragraphs(text: str) -> Markup:
    """Lay plain text out as GitHub does an annotation's: its lines are kept."""
    lines = Markup("<br>").join(Markup("{}").format(line) for line in text.split("\n"))
    return Markup("<p>{}</p>").format(lines)


def annotations(forge: Forge, repository: Repository, pull: Pull) -> list[Remark]:
    """List what the checks of a pull request's head say about lines."""
    runs = latest_runs(_runs(forge, repository, pull.head_sha))
    return [
        Remark(
            path=annotation.path,
            line=annotation.end_line,
            side="RIGHT",
            kind=LEVELS.get(annotation.annotation_level, "off"),
            author=f"{run.name} check",
            title=annotation.title or "",
            body=_paragraphs(annotation.message),
            anchor=f"annotation-{annotation.id}",
        )
        for run in runs
        for annotation in forge.store.all(Annotation, "run_id = ? ORDER BY id", run.id)
    ]
