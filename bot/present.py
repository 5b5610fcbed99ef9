"""A situation as GitHub should show it: labels, comments and check runs; pure."""

from collections.abc import Iterable, Iterator, Mapping

from bot.build_report import render_result
from bot.github_values import Button, CheckRunBody, CheckRunView, LabelView
from bot.kind_words import KIND_WORDS
from bot.labels import COLOURS, DECIDED, DESCRIPTIONS, label_name
from bot.neutralise import prose
from bot.plan import Desired
from bot.policy_run import judge_change, policy_run
from bot.records import Build
from bot.report import render_check_run, render_report
from bot.report_status import PROBLEM_MARKER, REPORT_MARKER, BuildState, ReportStatus, result_marker
from bot.suggestions import review
from bot.verdict import BUILD_RUNS, TRIAGE_RUN, Labels, Situation, build_run
from bot.waiver import BUTTON as WAIVE
from bot.waiver import can_be_waived
from schemas.config import Config

RERUN = Button(label="Re-run", description="Look at this pull request again", identifier="recheck")
BUTTONS = (RERUN, WAIVE)
"""All that a check run of ours may offer, each by the name of its command."""


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
        offered=tuple(label_name(key, facts.config) for key in sorted(DECIDED)),
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


def given_up(situation: Situation, status: ReportStatus, standing: Iterable[CheckRunView]) -> Iterator[CheckRunBody]:
    """Finish the check runs of builds that nobody remembers, as after the loss of a database: nothing goes on for them.

    Args:
        situation: How the pull request stands.
        status: What is known of its builds.
        standing: Our check runs at its head.
    """
    head = situation.facts.head_sha
    lost = {name: kind for kind, name in BUILD_RUNS.items()}
    for build in status.builds:
        if build.head_sha == head and build.kind in BUILD_RUNS:
            lost.pop(BUILD_RUNS[build.kind], None)
    for run in standing:
        ours = run.name in lost and run.external_id == str(situation.facts.number)
        if ours and run.status != "completed":
            yield CheckRunBody(
                name=run.name,
                head_sha=head,
                external_id=run.external_id,
                details_url=situation.page_url,
                status="completed",
                conclusion="cancelled",
                title="Was given up",
                summary="The bot does not remember this build. "
                f"Ask for another one with `{KIND_WORDS[lost[run.name]].command}`.",
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
