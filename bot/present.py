"""A situation as GitHub should show it: labels, comments and check runs; pure."""

from collections.abc import Iterable, Iterator, Mapping

from bot.build_report import render_result
from bot.github_values import Button, CheckRunBody, LabelView
from bot.labels import BY_HAND, COLOURS, DESCRIPTIONS, label_name
from bot.neutralise import prose
from bot.plan import Desired
from bot.policy_run import judge_change, policy_run
from bot.records import Build
from bot.report import render_check_run, render_report
from bot.report_status import PROBLEM_MARKER, REPORT_MARKER, BuildState, ReportStatus, result_marker
from bot.suggestions import review
from bot.verdict import TRIAGE_RUN, Labels, Situation, build_run
from bot.waiver import BUTTON as WAIVE
from bot.waiver import can_be_waived
from schemas.config import Config

RERUN = Button(label="Re-run", description="Look at this pull request again", identifier="recheck")


def present(
    situation: Situation,
    status: ReportStatus,
    *,
    labels: Labels,
    builds: Iterable[Build],
    replies: Mapping[str, str],
) -> Desired:
    """Compose all that GitHub should show of a pull request."""
    facts = situation.facts
    pages = {build.id: build for build in status.builds}
    results = {
        result_marker(build.id): render_result(
            build.job, build.result, number=facts.number, page_url=pages[build.id].page_url
        )
        for build in builds
        if build.result is not None and build.state in {BuildState.SUCCEEDED, BuildState.FAILED} and build.id in pages
    }
    posted = {build.id: build.posted for build in builds}
    return Desired(
        labels=labels,
        label_looks=label_looks(facts.config),
        offered=tuple(label_name(key, facts.config) for key in sorted(BY_HAND)),
        comments={REPORT_MARKER: render_report(facts, situation.results, status), **results, **replies},
        review=review(facts, situation.results) if situation.pull.state == "open" else None,
        obsolete=(PROBLEM_MARKER,),
        check_runs=(
            triage_run(situation),
            *proposed_policy_run(situation),
            *(
                build_run(build, number=facts.number)
                for build in status.builds
                if build.kind.bound and posted.get(build.id) != build.state
            ),
        ),
    )


def triage_run(situation: Situation) -> CheckRunBody:
    """Say in a check run what the checks found."""
    output = render_check_run(situation.facts, situation.results)
    problem = situation.policy_problem
    note = ""
    if problem is not None:
        told = prose(problem, limit=500)
        note = f"\n\n**The policy was not taken**; the last good one stays in force. {told}"
    return CheckRunBody(
        name=TRIAGE_RUN,
        head_sha=situation.facts.head_sha,
        external_id=str(situation.facts.number),
        details_url=situation.page_url,
        status="completed",
        conclusion=output.conclusion,
        title=output.title,
        summary=f"{output.summary}{note}",
        annotations=output.annotations,
        buttons=(RERUN, WAIVE) if can_be_waived(situation.results) else (RERUN,),
    )


def proposed_policy_run(situation: Situation) -> Iterator[CheckRunBody]:
    """Judge the policy that the pull request would bring, without putting it in force."""
    problems = judge_change(situation.facts)
    if problems is not None:
        yield policy_run(
            problems,
            head_sha=situation.facts.head_sha,
            external_id=str(situation.facts.number),
            details_url=situation.page_url,
            proposed=True,
        )


def label_looks(config: Config) -> dict[str, LabelView]:
    """Give colour and description of the labels that the bot makes, by their names."""
    return {
        label_name(key, config): LabelView(name=label_name(key, config), color=colour, description=DESCRIPTIONS[key])
        for key, colour in COLOURS.items()
    }
