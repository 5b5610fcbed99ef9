"""The one report comment and the check run: first what to do, then what passed, then what happens next; pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.facts import PullRequestFacts
from bot.findings import BROKEN, CheckResult, Finding, Level
from bot.github_values import Annotation
from bot.neutralise import clean, code, prose
from bot.report_findings import home_of, render_findings
from bot.report_fixes import UNSEEN, git_moves
from bot.report_progress import render_builds, render_next
from bot.report_status import REPORT_MARKER, Actor, ReportStatus, TriageState

MAX_SUMMARY = 60_000
"""Characters of the summary: GitHub takes 65,535, and a note on the policy may follow."""
MAX_TITLE = 255
MAX_ANNOTATIONS = 300
"""Annotations of one run; each fifty cost a request."""
MAX_MESSAGE = 4_000
"""Characters of an annotation's message, far below GitHub's 64 KB; a longer one would not be read."""

BUDGET = 48_500
"""Characters of a report: GitHub takes 65,536, and where no database is kept the bot's memory stands in it too."""
_LEVELS = {Level.ERROR: "failure", Level.WARNING: "warning", Level.NOTICE: "notice"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRunOutput:
    """What the triage check run shows."""

    title: str
    summary: str
    conclusion: str
    """`success`, `failure`, or `neutral` where a check could not run."""
    annotations: tuple[Annotation, ...]


def render_report(facts: PullRequestFacts, results: Iterable[CheckResult], status: ReportStatus) -> str:
    """Write the report comment, of at most 65,536 characters whatever the input.

    Args:
        facts: The pull request at its head.
        results: What the checks said.
        status: Where the pull request stands, and its builds.
    """
    results = tuple(results)
    counts = _counts(results)
    before = [
        REPORT_MARKER,
        f"## {_headline(counts, _unrun(results), status)}",
        _welcome(status, counts),
        _policy(status),
    ]
    after = [
        _passed(results),
        "### What happens next",
        render_next(
            status, errors=counts[Level.ERROR], unrun=any(_blocks(result) and result.broken for result in results)
        ),
        render_builds(status),
        _foot(facts, status),
    ]
    room = BUDGET - sum(len(part) + 2 for part in (*before, *after))
    parts = [*before, render_findings(facts, results, budget=room), *after]
    return "\n\n".join(part for part in parts if part) + "\n"


def render_check_run(facts: PullRequestFacts, results: Iterable[CheckResult]) -> CheckRunOutput:
    """Write the check run: a title, a summary, annotations on lines, and the conclusion by level."""
    results = tuple(results)
    counts = _counts(results)
    unrun = _unrun(results)
    conclusion = "failure" if any(map(_blocks, results)) else "neutral" if unrun else "success"
    annotations = tuple(_annotations(results))
    shown = annotations[:MAX_ANNOTATIONS]
    rows = [f"- {_state(result)} {code(result.id)} {_tally(result)}" for result in results]
    if len(annotations) > len(shown):
        rows.append(f"\n{len(annotations) - len(shown):,} more remarks are not shown as annotations.")
    commits = render_findings(facts, (_only_commits(result) for result in results), budget=MAX_SUMMARY - 10_000)
    summary = "\n\n".join(part for part in ("\n".join(rows[:100]), commits) if part) or "There was nothing to check."
    return CheckRunOutput(
        title=_title(counts, unrun)[:MAX_TITLE],
        summary=summary[:MAX_SUMMARY],
        conclusion=conclusion,
        annotations=shown,
    )


def _counts(results: Sequence[CheckResult]) -> Counter[Level]:
    """Count what there is to mend or to think of, by level; a check's own failure is neither."""
    return Counter(finding.level for result in results for finding in result.findings if finding.rule != BROKEN)


def _unrun(results: Sequence[CheckResult]) -> str:
    """Say how many checks failed themselves; nothing if none did."""
    count = sum(result.broken for result in results)
    return f"{'a check' if count == 1 else f'{count} checks'} could not run" if count else ""


def _blocks(result: CheckResult) -> bool:
    return result.status == "fail"


def _headline(counts: Counter[Level], unrun: str, status: ReportStatus) -> str:
    if status.next is Actor.NOBODY:
        return f"This pull request is {'merged' if status.merged else 'closed'}"
    errors = counts[Level.ERROR]
    if errors:
        text = "One thing to mend" if errors == 1 else f"{errors:,} things to mend"
        return f"{text}, and {unrun}" if unrun else text
    if unrun:
        return f"{unrun[:1].upper()}{unrun[1:]}"
    hints = counts[Level.WARNING] + counts[Level.NOTICE]
    text = "All checks pass"
    if hints:
        text += f", with {'one hint' if hints == 1 else f'{hints:,} hints'}"
    return f"{text}, and it is approved" if status.state is TriageState.APPROVED else text


def _welcome(status: ReportStatus, counts: Counter[Level]) -> str:
    if not status.first_contribution or status.next is Actor.NOBODY:
        return ""
    text = "Welcome, and thank you for your first contribution here!"
    if counts[Level.ERROR]:
        text += " Nearly everybody gets such a list the first time; each point below says what to write."
    return text


def _policy(status: ReportStatus) -> str:
    if status.policy_problem is None:
        return ""
    return f"> ⚠️ For maintainers: {prose(status.policy_problem, limit=500)} The last good policy stays in force."


def _passed(results: Sequence[CheckResult]) -> str:
    passed = [result for result in results if result.status == "pass"]
    skipped = [result for result in results if result.skipped is not None]
    if not passed and not skipped:
        return ""
    lines = [f"- ✅ **{result.id}**{_summary(result)}" for result in passed]
    lines += [f"- ⏭️ **{result.id}**: not looked at, because {prose(result.skipped or '')}" for result in skipped]
    counts = [f"✅ {_checks(len(passed))} passed"] if passed else []
    counts += [f"{len(skipped)} skipped" if passed else f"⏭️ {_checks(len(skipped))} skipped"] if skipped else []
    body = "\n".join(lines[:100])
    return f"<details>\n<summary>{', '.join(counts)}</summary>\n\n{body}\n\n</details>"


def _checks(count: int) -> str:
    return "1 check" if count == 1 else f"{count} checks"


def _summary(result: CheckResult) -> str:
    return f": {result.summary}" if result.summary else ""


def _foot(facts: PullRequestFacts, status: ReportStatus) -> str:
    home, head = home_of(facts), facts.head_sha[:7]
    commit = f"[{head}]({home}/commit/{facts.head_sha})" if home else head
    return (
        f"<sub>About {commit}. `/espalier help` lists the commands; "
        f"[{prose(status.app, limit=60)}]({status.page_url}) shows all pull requests and builds.</sub>"
    )


def _title(counts: Counter[Level], unrun: str) -> str:
    words = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTICE: "notice"}
    parts = [
        f"{counts[level]:,} {word}{'' if counts[level] == 1 else 's'}" for level, word in words.items() if counts[level]
    ]
    if unrun:
        parts.append(unrun)
    return ", ".join(parts) or "All checks pass"


def _state(result: CheckResult) -> str:
    return {"pass": "✅", "warn": "⚠️", "fail": "❌", "skip": "⏭️"}[result.status]


def _tally(result: CheckResult) -> str:
    if result.skipped is not None:
        return f"was skipped: {prose(result.skipped)}"
    return _title(_counts((result,)), "could not run" if result.broken else "").replace("All checks pass", "passes")


def _only_commits(result: CheckResult) -> CheckResult:
    placeless = tuple(finding for finding in result.findings if finding.path is None)
    return CheckResult(id=result.id, findings=placeless)


def _annotations(results: Sequence[CheckResult]) -> Iterator[Annotation]:
    """Give one annotation for each run of neighbouring lines with the same remark; errors come first."""
    found = [(result.id, finding) for result in results for finding in result.findings if finding.path]
    order = list(_LEVELS)
    found.sort(
        key=lambda item: (order.index(item[1].level), item[1].path or "", item[0], item[1].rule, item[1].line or 1)
    )
    last: Annotation | None = None
    for check, finding in found:
        this = _annotation(check, finding)
        joins = last is not None and (last.path, last.title, last.message, last.annotation_level) == (
            this.path,
            this.title,
            this.message,
            this.annotation_level,
        )
        if last is not None and joins and last.end_line <= this.start_line <= last.end_line + 1:
            last = Annotation(
                path=last.path,
                start_line=last.start_line,
                end_line=this.end_line,
                annotation_level=last.annotation_level,
                message=last.message,
                title=last.title,
            )
            continue
        if last is not None:
            yield last
        last = this
    if last is not None:
        yield last


def _annotation(check: str, finding: Finding) -> Annotation:
    line = max(finding.line or 1, 1)
    message = clean(finding.message[:MAX_MESSAGE])
    if finding.fix is not None and finding.fix.mechanical and finding.rule not in UNSEEN:
        text = "\n".join((
            *git_moves(finding.fix.renames),
            *(replacement.text for replacement in finding.fix.replacements),
        ))
        if len(text) <= MAX_MESSAGE // 2:
            message = f"{message}\n\n{finding.fix.description}:\n\n{clean(text)}"
    return Annotation(
        path=finding.path or "",
        start_line=line,
        end_line=line,
        annotation_level=_LEVELS[finding.level],
        message=message[:MAX_MESSAGE] or finding.rule,
        title=f"{check}: {finding.rule}"[:MAX_TITLE],
    )
