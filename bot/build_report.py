"""The comment that brings a build's scores back to a pull request; pure."""

from collections.abc import Iterable, Mapping, Sequence

from bot.data_report import data_parts
from bot.kind_words import KIND_WORDS
from bot.made_report import fold_provenance
from bot.neutralise import cell, code, prose
from bot.precheck_report import precheck_parts
from bot.report_status import result_marker
from bot.score_words import comparison_table, control_table, explanations, in_turn, main_rows, unit_of, verdict
from schemas.job import BuildKind, Job
from schemas.result import Change, Comparison, Control, Provenance, Result, Role, SideBySide, Status

SAMPLES = 5
NAMELESS = "not named"
_CELL = 240
_MISSED = 8


def render_result(job: Job, result: Result, *, number: int, page_url: str) -> str:
    """Write the result comment of one pull request: the verdict, what came out, examples, how it was made.

    Args:
        job: What was asked.
        result: What came out.
        number: The pull request that the comment is for; of a release it gets the rows of its own leaves.
        page_url: The bot's page of this build.
    """
    leaves = next((part.leaves for part in job.pull_requests if part.number == number), job.leaves)
    body = _outcome(job, result, leaves, page_url) if result.status is Status.SUCCEEDED else _no_scores(job, result)
    parts = [result_marker(job.id), f"## {_heading(job)}", *body, f"<sub>Build [{code(job.id)}]({page_url}).</sub>"]
    return "\n\n".join(part for part in parts if part) + "\n"


def _outcome(job: Job, result: Result, leaves: Sequence[str], page_url: str) -> list[str]:
    if result.precheck is not None:
        parts = precheck_parts(result.precheck, result.provenance)
    elif result.generated is not None:
        parts = data_parts(result.generated, result.provenance, page_url=page_url)
    else:
        parts = _scores(job, result, leaves)
    told = () if result.generated is not None else leaves  # whose counts stand above already
    return [*parts, fold_provenance(result.provenance, told) if result.provenance else ""]


def _heading(job: Job) -> str:
    at = code(job.head_sha[:7])
    if job.kind is BuildKind.PRECHECK:
        return f"Precheck of {at}"
    if job.kind is BuildKind.GENERATE:
        return f"Data of {at}"
    if job.kind is BuildKind.RELEASE:
        return f"Release {code(job.version or job.id, limit=40)}, of {at}"
    return f"Scores of {at}"


def _no_scores(job: Job, result: Result) -> list[str]:
    failure = result.failure
    ended = f"This build ended without {KIND_WORDS[job.kind].outcome.lower()}"
    if result.status is Status.STOPPED:
        reason = f": {prose(failure.message, limit=500)}" if failure else "."
        return [f"**This build was stopped**{reason} {_again(job)}"]
    if failure is None:
        return [f"**{ended}**, and left no reason. An operator has to look. {_again(job)}"]
    at = f" at the stage {code(failure.stage, limit=40)}"
    leaf = f", on {code(failure.leaf, limit=200)}" if failure.leaf else ""
    whose = "The author's turn: mend that, push, and a triager can ask for another one."
    if not failure.contributor:
        whose = f"There is nothing for the author to do: an operator has to look. {_again(job)}"
    return [f"**{ended}**{at}{leaf}: {prose(failure.message, limit=500)}", whose]


def _again(job: Job) -> str:
    return f"`{KIND_WORDS[job.kind].command}` starts another one."


def _scores(job: Job, result: Result, leaves: Sequence[str]) -> list[str]:
    own = [row for row in result.comparisons if row.role is Role.TARGET and row.leaf in leaves]
    retained = [row for row in result.comparisons if row.role is Role.RETENTION]
    controls = [control for control in result.controls if control.leaf in leaves]
    missed = _missed(result.provenance, leaves)
    name = "Release" if job.kind is BuildKind.RELEASE else "Candidate"
    return [
        _verdict(job, own, retained, missed=missed),
        _left_out(missed),
        comparison_table(own, candidate=name) if own else "",
        _legend(own, result.provenance),
        _samples([sample for sample in result.samples if sample.leaf in leaves], result.provenance),
        _retention(retained, name),
        _controls(own, controls),
        _limits(job, result.provenance),
    ]


def _missed(provenance: Provenance | None, leaves: Sequence[str]) -> dict[str, str]:
    """Give those of the leaves that the release had to do without, with the reasons."""
    if provenance is None:
        return {}
    return {leaf: provenance.left_out[leaf] for leaf in leaves if leaf in provenance.left_out}


def _left_out(missed: Mapping[str, str]) -> str:
    """Say of each leaf that is not in the model why, and who has to do what."""
    if not missed:
        return ""
    rows = [f"- {code(leaf, limit=200)}: {_reason(leaf, reason)}" for leaf, reason in list(missed.items())[:_MISSED]]
    if len(missed) > _MISSED:
        rows.append(f"- … and {len(missed) - _MISSED} more")
    rows.append("\nThe author's turn: mend that in a new pull request, and the next release takes it in.")
    return "\n".join(rows)


def _reason(leaf: str, reason: str) -> str:
    return prose(reason.removeprefix(f"{leaf}: "), limit=300)


def _verdict(job: Job, own: Sequence[Comparison], retained: Sequence[Comparison], *, missed: Mapping[str, str]) -> str:
    text = verdict(own) if own or not missed else ""
    if job.kind is BuildKind.RELEASE:
        version = code(job.version or job.id, limit=40)
        text = f"The release {version} is the current model now. {text}".rstrip()
        if missed:
            what = "this leaf" if len(missed) == 1 else f"these {len(missed)} leaves"
            text = f"**Without {what}**, which could not be trained on. {text}"
    suffered = [row for row in retained if row.change is Change.REGRESSED]
    if suffered:
        places = " and ".join(f"{unit_of(row.benchmark).name} of {prose(row.leaf, limit=80)}" for row in suffered[:3])
        text += f" ⚠️ But {places} suffered, though nothing there was trained on."
    return text


def _legend(own: Sequence[Comparison], provenance: Provenance | None) -> str:
    if not own:
        return ""
    judge = prose(provenance.judge or NAMELESS, limit=160) if provenance else NAMELESS
    teacher = prose(provenance.teacher or NAMELESS, limit=160) if provenance else NAMELESS
    units = {row.benchmark: unit_of(row.benchmark) for row in own}
    lines = [
        f"{unit.name}: {unit.about}{f', by the judge *{judge}*' if benchmark == 'pr_bench' else ''}."
        for benchmark, unit in units.items()
    ]
    lines.append(f"Questions and references were written by the teacher *{teacher}*.")
    lines.append(
        "The words follow from the interval: improved if all of it lies above zero, regressed if below, else no clear "
        "change. Under *Asked* stand the questions and, in brackets, the groups that the interval resamples, since "
        "questions on one fact stand or fall together."
    )
    return "<sub>" + " ".join(lines) + "</sub>"


def _samples(samples: Sequence[SideBySide], provenance: Provenance | None) -> str:
    chosen = in_turn(samples, SAMPLES)
    if not chosen:
        return ""
    judge = f" by the judge *{prose(provenance.judge or NAMELESS, limit=160)}*" if provenance else ""
    rows = [
        f"| {_question(sample)} | {_answer(sample.original, sample.original_score)} "
        f"| {_answer(sample.tuned, sample.tuned_score)} | {cell(sample.reference, limit=_CELL)} |"
        for sample in chosen
    ]
    return "\n".join((
        "### Answers side by side",
        "",
        "| Held-out question | Original model | Tuned model | Reference |",
        "| --- | --- | --- | --- |",
        *rows,
        "",
        f"<sub>Scores in brackets go from 1 to 10,{judge or ' by the judge'}.</sub>",
    ))


def _question(sample: SideBySide) -> str:
    question = cell(sample.question, limit=_CELL)
    return f"{question} *On the text:* {cell(sample.context, limit=_CELL)}" if sample.context else question


def _answer(text: str, score: float) -> str:
    return f"{cell(text, limit=_CELL)} ({unit_of('pr_bench').score(score)})"


def _retention(rows: Sequence[Comparison], name: str) -> str:
    if not rows:
        return ""
    about = "Questions on what was not trained on: a tuned student should not do worse there."
    return f"### What it kept\n\n{about}\n\n{comparison_table(rows, candidate=name)}"


def _controls(own: Sequence[Comparison], controls: Sequence[Control]) -> str:
    if not controls:
        return ""
    parts = ["### Yardsticks", control_table(controls), explanations(controls), *_readings(own, controls)]
    return "\n\n".join(part for part in parts if part)


def _readings(own: Sequence[Comparison], controls: Sequence[Control]) -> Iterable[str]:
    """Say what a yardstick beside the scores means for them."""
    scores = {(row.leaf, row.benchmark): row for row in main_rows(own)}
    measured = [control for control in controls if (control.leaf, control.benchmark) in scores]
    trained = [control for control in measured if control.change is not None]
    if any(control.change is Change.IMPROVED for control in trained):
        yield (
            "⚠️ The student trained on wrong answers gained too: part of the gain comes from form and vocabulary, and "
            "not from the right answers."
        )
    elif trained:
        yield "The student trained on wrong answers gained nothing clear: what was gained came from right answers."
    better = [
        control
        for control in measured
        if control.change is None and control.score > scores[control.leaf, control.benchmark].candidate
    ]
    if better:
        yield (
            "Plain retrieval, which needs no training, scores higher than the tuned student here: for this use, "
            "looking the answer up is the better way."
        )


def _limits(job: Job, provenance: Provenance | None) -> str:
    held_out = "*Held-out* means: set aside before training, which saw neither these questions nor their wordings."
    if job.student is None and job.profile == "laptop":
        return (
            f"{held_out} The student has about one million parameters: a gain shows that the leaf can be learned from; "
            "it does not show how much a large model would gain, which may know the matter already, nor that the "
            "answers are good enough to use."
        )
    student = prose((provenance and provenance.base) or job.student or job.profile, limit=120)
    return f"{held_out} The scores are those of the student *{student}*; another model may gain more or less."
