"""The report comment and the check run: order, links, words, bounds, and what strangers cannot make them do."""

import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.check import run_checks
from bot.facts import PullRequestFacts
from bot.findings import CheckResult, Finding, Fix, Level, Rename, Replacement
from bot.plan import MAX_COMMENT
from bot.report import BUDGET, MAX_ANNOTATIONS, MAX_SUMMARY, render_check_run, render_report
from bot.report_fixes import git_moves
from bot.report_progress import bar, duration, render_decision
from bot.report_status import REPORT_MARKER, Actor, BuildState, BuildStatus, Decision, Hold, ReportStatus, TriageState
from schemas.config import Config, Levels
from schemas.job import BuildKind
from schemas.progress import Progress
from tests.bot.checks.pulls import HEAD, KNOWLEDGE_FOLDER, commit, knowledge, pull, skill
from tests.bot.golden import golden
from tests.bot.test_commands import REQUEST, answer
from tests.bot.test_neutralise import NASTY, tokens

PAGE = "http://bot.test"


def status(state: TriageState = TriageState.NEEDED, actor: Actor = Actor.TRIAGER, *builds: BuildStatus) -> ReportStatus:
    return ReportStatus(state=state, next=actor, app="espalier-orchard", page_url=PAGE, builds=builds)


ASKED = status(TriageState.REQUESTED_CHANGES, Actor.AUTHOR)


def build(state: BuildState, **more: object) -> BuildStatus:
    plain = BuildStatus(
        id="b-7-0123456", kind=BuildKind.CANDIDATE, state=state, head_sha=HEAD, page_url=f"{PAGE}/builds/b-7-0123456"
    )
    return replace(plain, **more)  # type: ignore[arg-type]  # each test names fields of its own


def progress(stage: str = "train", done: int = 340, total: int = 800, rate: float | None = 12.3) -> Progress:
    return Progress(
        at="2026-11-20T10:00:00.000Z",
        stage=stage,
        done=done,
        total=total,
        unit="steps",
        rate=rate,
        message="skills phase",
    )


def faulty() -> PullRequestFacts:
    """A newcomer's pull request with the mistakes that people really make."""
    text = skill(examples=2, version="").replace("0 sing?", "0 sing?  ").replace("1 sing?", "1 sing? ").rstrip("\n")
    unsigned = commit(message="Add kettle songs")
    return pull(text, attribution=None, commits=(unsigned, replace(unsigned, sha="a" * 40, message="Mend a typo")))


def report(facts: PullRequestFacts, standing: ReportStatus) -> str:
    return render_report(facts, run_checks(facts), standing)


def test_newcomers_report_is_as_it_was_read() -> None:
    text = report(faulty(), replace(ASKED, first_contribution=True))
    assert text == golden("report_newcomer.md", text)


def test_report_on_broken_yaml_is_as_it_was_read() -> None:
    text = report(pull(skill().replace("|\n      Song", "| Song")), ASKED)
    assert text == golden("report_broken_yaml.md", text)


def test_passing_report_is_as_it_was_read() -> None:
    text = report(pull(knowledge(), folder=KNOWLEDGE_FOLDER), status())
    assert text == golden("report_passing.md", text)


def test_report_while_building_is_as_it_was_read() -> None:
    builds = (
        build(BuildState.RUNNING, progress=progress()),
        build(BuildState.WAITING, id="r-2", kind=BuildKind.RELEASE, position=1, version="v3"),
        build(BuildState.FAILED, id="b-6", reason="The document's address answers 404."),
    )
    standing = replace(
        status(TriageState.APPROVED, Actor.BOT, *builds), approved_sha=HEAD, approved_by=("tess",), approvals_needed=1
    )
    text = report(pull(), standing)
    assert text == golden("report_building.md", text)


def test_check_run_is_as_it_was_read() -> None:
    facts = faulty()
    output = render_check_run(facts, run_checks(facts))
    lines = [
        output.title,
        output.conclusion,
        output.summary,
        *(
            f"{each.annotation_level} {each.path}:{each.start_line}-{each.end_line} {each.title}\n{each.message}"
            for each in output.annotations
        ),
    ]
    text = "\n\n".join(lines) + "\n"
    assert text == golden("check_run.md", text)


def test_first_line_is_the_marker_and_what_to_do_comes_first() -> None:
    text = report(faulty(), ASKED)
    assert text.splitlines()[0] == REPORT_MARKER
    heads = ["things to mend", "#### [`compositional", "#### Commits", "### What happens next"]
    assert sorted(heads, key=text.index) == heads


def test_lines_are_linked_at_the_head_sha() -> None:
    url = f"http://forge.test/orchard/taxonomy/blob/{HEAD}/compositional_skills/writing/kettle_songs/qna.yaml#L4"
    assert f"[4]({url})" in report(faulty(), ASKED)


def test_without_a_page_nothing_is_linked() -> None:
    text = report(replace(faulty(), url=""), ASKED)
    assert "/blob/" not in text
    assert "/commit/" not in text
    assert "#### `compositional_skills/writing/kettle_songs/qna.yaml`" in text
    assert "**Lines 4, " in text


def test_same_remark_on_several_lines_stands_once() -> None:
    text = report(faulty(), ASKED)
    assert text.count("Delete the spaces at the end of this line.") == 1
    assert re.search(r"\*\*Lines \[4\].*\[7\]", text)


def test_same_commands_stand_once_for_all_commits() -> None:
    assert report(faulty(), ASKED).count("git push --force-with-lease") == 1


def test_passed_and_skipped_checks_are_folded() -> None:
    text = report(pull(config=Config(checks={"attribution": Levels(most="off")})), status())
    assert re.search(r"<summary>✅ \d+ checks passed, [1-9] skipped</summary>", text)
    assert "- ⏭️ **attribution**: not looked at, because the policy turns this check off" in text


@pytest.mark.parametrize(
    ("standing", "words"),
    [
        (ASKED, "**The author's turn.** Push the changes that were asked for to this branch"),
        (replace(ASKED, decided=Decision(login="tess")), "`tess` asked for changes. A push answers that."),
        (status(), "**A triager's turn.** Is it in the right place"),
        (status(TriageState.FOLLOW_UP), "What was said before holds no longer: look again."),
        (
            replace(status(TriageState.UNCERTAIN), decided=Decision(label="triage-uncertain")),
            "Maintainers cannot tell, as the label `triage-uncertain` says; their comments say why. People have to",
        ),
        (
            replace(status(TriageState.UNCERTAIN), decided=Decision(login="tess")),
            "**A triager's turn.** `/espalier approve`, `/espalier request-changes` or `/espalier reject REASON` says",
        ),
        (
            replace(status(TriageState.REJECTED), decided=Decision(label="triage-rejected")),
            (
                "Maintainers rejected this, as the label `triage-rejected` says; their comments say why. A triager "
                "undoes that by taking the label off"
            ),
        ),
        (
            replace(status(TriageState.REJECTED), decided=Decision(login="tess", reason="Known to *all* models")),
            (
                "`tess` rejected this: Known to \\*all\\* models. A push asks for another look. Without one `tess` "
                "undoes that by `/espalier approve`, and any triager by `/espalier uncertain` or `/espalier request-"
            ),
        ),
        (status(TriageState.REJECTED), "**Nobody's turn.** Thank you for the work"),
        (
            replace(status(), hold=Hold(login="tess", reason="", at="2026-11-28T10:00:00Z")),
            "`/espalier unhold` lets it",
        ),
        (
            replace(status(), hold=Hold(login="tess", reason="The *owner* asks", at="2026-11-28T10:00:00Z")),
            "`tess` put this on hold on 2026-11-28: The ",
        ),
        (
            replace(status(TriageState.APPROVED, Actor.NOBODY), approved_sha=HEAD, approved_by=("tess",)),
            f"Approved by `tess` at `{HEAD[:7]}`.",
        ),
        (
            replace(status(TriageState.NEEDED, Actor.NOBODY), merged=True, unapproved_merge=True),
            "merged at a head that nobody approved by `/espalier approve`",
        ),
        (status(TriageState.APPROVED), "`/espalier build` trains a student"),
        (status(TriageState.APPROVED, Actor.APPROVER), "**An approver's turn.**"),
        (status(TriageState.APPROVED, Actor.BOT), "**Nobody's turn.** A build waits or runs"),
        (status(TriageState.NEEDED, Actor.NOBODY), "This pull request is closed"),
        (replace(status(TriageState.NEEDED, Actor.NOBODY), merged=True), "This pull request is merged"),
    ],
)
def test_report_says_whose_turn_it_is(standing: ReportStatus, words: str) -> None:
    assert words in report(pull(), standing)


WORDS_ON_A_HEAD = [
    (TriageState.UNCERTAIN, "`tess` cannot tell. People have to talk about it first."),
    (TriageState.REQUESTED_CHANGES, "`tess` asked for changes."),
    (TriageState.REJECTED, "`tess` rejected this."),
]


@pytest.mark.parametrize(("state", "words"), WORDS_ON_A_HEAD)
@pytest.mark.parametrize("actor", [Actor.AUTHOR, Actor.TRIAGER, Actor.BOT])
@pytest.mark.parametrize("hold", [None, Hold(login="oskar", reason="", at="2026-11-28T10:00:00Z")])
def test_a_word_of_a_persons_is_told_whoever_has_to_act(
    state: TriageState, words: str, actor: Actor, hold: Hold | None
) -> None:
    standing = replace(status(state, actor), decided=Decision(login="tess"), hold=hold)
    assert words in report(faulty(), standing)


def test_the_status_command_and_the_report_say_the_same_of_a_rejection() -> None:
    said = Decision(login="tess", reason="Known to all models.")
    for standing in (
        replace(status(TriageState.REJECTED), decided=said),
        replace(status(TriageState.REJECTED), decided=Decision(label="triage-rejected")),
        replace(status(TriageState.REJECTED, Actor.NOBODY), decided=said),
    ):
        told = render_decision(standing)
        assert "rejected this" in told
        assert "undoes that" in told
        assert ("Once this is open again" in told) is (standing.next is Actor.NOBODY)
        state = "closed" if standing.next is Actor.NOBODY else "open"
        assert f"- {told}\n" in answer("status", replace(REQUEST, status=standing, pull_state=state))
        assert told in report(pull(), standing)
    assert "nobody has to act" in answer("status", replace(REQUEST, status=status(TriageState.REJECTED)))


def test_what_is_merged_unapproved_says_which_release_has_its_leaves() -> None:
    merged = replace(status(TriageState.NEEDED, Actor.NOBODY), merged=True, unapproved_merge=True)
    hold = Hold(login="tess", reason="", at="2026-11-28T10:00:00Z")
    release = build(BuildState.WAITING, kind=BuildKind.RELEASE, id="v3-0123456", version="v3")
    for state in (BuildState.WAITING, BuildState.RUNNING):
        making = replace(merged, builds=(replace(release, state=state),))
        assert "The release `v3` is being made with its leaves all the same" in report(pull(), making)
    for state in (BuildState.FAILED, BuildState.STOPPED):
        over = replace(merged, builds=(replace(release, state=state), build(BuildState.SUCCEEDED)))
        assert "The next release takes its leaves in" in report(pull(), over)
    done = replace(merged, builds=(replace(release, state=BuildState.SUCCEEDED),))
    text = report(pull(), done)
    assert "`v3` has its leaves in it all the same; `/espalier hold` keeps them out of the next." in text
    assert "takes its leaves in" not in text
    assert "`v3` has its leaves in it all the same; the next goes without them." in report(
        pull(), replace(done, hold=hold)
    )


def test_what_is_merged_unapproved_and_on_hold_is_not_said_to_be_released() -> None:
    merged = replace(status(TriageState.NEEDED, Actor.NOBODY), merged=True, unapproved_merge=True)
    assert "The next release takes its leaves in" in report(pull(), merged)
    held = report(pull(), replace(merged, hold=Hold(login="tess", reason="", at="2026-11-28T10:00:00Z")))
    assert "nobody approved" in held
    assert "The next release takes its leaves in" not in held


def test_approvals_that_are_missing_are_counted() -> None:
    standing = replace(status(), approved_by=("tess",), approvals_needed=2)
    assert "Approved by `tess` (1 of 2 that are needed)." in report(pull(), standing)


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (build(BuildState.WAITING), "is the next to run."),
        (build(BuildState.WAITING, position=1), "waits for 1 other build to end."),
        (build(BuildState.WAITING, position=3), "waits for 3 other builds to end."),
        (build(BuildState.WAITING, trouble="The cluster is silent."), "the next to run. ⚠️ The cluster is silent."),
        (build(BuildState.RUNNING, trouble="The cluster is silent."), "runs:\n\n  ⚠️ The cluster is silent."),
        (build(BuildState.RUNNING), "starting"),
        (build(BuildState.RUNNING, progress=progress()), "42 %  340 of 800 steps · 12.3/s · about 37 s left"),
        (build(BuildState.RUNNING, progress=progress(rate=0.5)), "30.0/min · about 15 min left"),
        (build(BuildState.RUNNING, progress=progress(rate=None)), "340 of 800 steps\n"),
        (build(BuildState.RUNNING, progress=progress(stage="own")), "own       █"),
        (build(BuildState.SUCCEEDED), "is done; its scores stand in a comment of their own."),
        (build(BuildState.STOPPED, reason="The author pushed."), "was stopped: The author pushed."),
        (build(BuildState.FAILED), "ended without scores."),
    ],
)
def test_build_says_where_it_stands(one: BuildStatus, words: str) -> None:
    assert words in report(pull(), status(TriageState.APPROVED, Actor.BOT, one))


def test_a_precheck_tells_of_its_own_stages_alone() -> None:
    one = build(BuildState.RUNNING, kind=BuildKind.PRECHECK, progress=progress("precheck"))
    text = report(pull(), status(TriageState.NEEDED, Actor.BOT, one))
    assert "- **Precheck** of" in text
    assert "prepare   done" in text
    assert "precheck  █" in text
    assert "to come" not in text
    done = report(pull(), status(TriageState.NEEDED, Actor.TRIAGER, replace(one, state=BuildState.SUCCEEDED)))
    assert "is done; its answers stand in a comment of their own." in done


def test_old_builds_are_counted() -> None:
    builds = (build(BuildState.SUCCEEDED),) * 9
    assert "… and 3 older ones" in report(pull(), status(TriageState.APPROVED, Actor.TRIAGER, *builds))


def test_policy_that_was_not_taken_is_told_to_maintainers() -> None:
    standing = replace(status(), policy_problem="Line 3: there is no key @octocat.")
    assert "> ⚠️ For maintainers: Line 3: there is no key @\u200boctocat." in report(pull(), standing)


def test_approval_and_hints_stand_in_the_headline() -> None:
    hint = Finding(rule="x", level=Level.NOTICE, message="A hint.", path="a")
    text = render_report(pull(), (CheckResult(id="words", findings=(hint,)),), status(TriageState.APPROVED))
    assert "## All checks pass, with one hint, and it is approved" in text


@pytest.mark.parametrize(
    ("levels", "conclusion", "title"),
    [
        ([], "success", "All checks pass"),
        ([Level.WARNING, Level.NOTICE], "success", "1 warning, 1 notice"),
        ([Level.ERROR, Level.ERROR, Level.WARNING], "failure", "2 errors, 1 warning"),
    ],
)
def test_conclusion_follows_the_gravest_level(levels: list[Level], conclusion: str, title: str) -> None:
    findings = tuple(Finding(rule="r", level=level, message="m", path="p") for level in levels)
    output = render_check_run(pull(), (CheckResult(id="yaml", findings=findings),))
    assert (output.conclusion, output.title) == (conclusion, title)


def test_check_that_broke_is_not_green() -> None:
    broken = Finding(rule="broken", level=Level.WARNING, message="The check broke.")
    output = render_check_run(pull(), (CheckResult(id="yaml", findings=(broken,)),))
    assert output.conclusion == "neutral"
    assert "a check could not run" in output.title
    assert "The check broke." in output.summary
    assert render_report(pull(), (CheckResult(id="yaml", findings=(broken,)),), status()).splitlines()[2] == (
        "## A check could not run"
    )


def test_check_that_broke_and_could_have_blocked_blocks_and_is_nothing_to_mend() -> None:
    broken = CheckResult(id="secrets", findings=(Finding(rule="broken", level=Level.ERROR, message="It broke."),))
    output = render_check_run(pull(), (broken,))
    assert (output.conclusion, output.title) == ("failure", "a check could not run")
    text = render_report(pull(), (broken,), ASKED)
    assert "## A check could not run\n" in text
    assert "**An operator's turn.**" in text
    other = Finding(rule="x", level=Level.ERROR, message="Mend it.", path="a")
    both = render_report(pull(), (broken, CheckResult(id="words", findings=(other,))), ASKED)
    assert "## One thing to mend, and a check could not run\n" in both
    assert "**The author's turn.**" in both


def test_neighbouring_lines_of_one_remark_are_one_annotation() -> None:
    findings = tuple(
        Finding(rule="trailing-spaces", level=Level.ERROR, message="m", path="p", line=line) for line in (3, 4, 5, 9)
    )
    output = render_check_run(pull(), (CheckResult(id="yaml", findings=findings),))
    assert [(each.start_line, each.end_line) for each in output.annotations] == [(3, 5), (9, 9)]


def test_annotations_are_bounded_and_the_rest_counted() -> None:
    findings = tuple(
        Finding(rule="r", level=Level.ERROR, message="m" * 70_000, path="p", line=2 * n + 1) for n in range(400)
    )
    output = render_check_run(pull(), (CheckResult(id="yaml", findings=findings),))
    assert len(output.annotations) == MAX_ANNOTATIONS
    assert "100 more remarks" in output.summary
    assert max(len(each.message.encode()) for each in output.annotations) <= 64 * 1024


@pytest.mark.parametrize("count", [1, 60, 3_000])
def test_report_and_run_fit_whatever_comes(count: int) -> None:
    long = "@x <b> `y` | " * 300
    findings = tuple(
        Finding(rule=f"r{n}", level=Level.ERROR, message=f"{n} {long}", path=f"{long[:400]}{n % 50}", line=n + 1)
        for n in range(count)
    )
    commits = tuple(Finding(rule="x", level=Level.ERROR, message=long, commit="c" * 40) for _ in range(count))
    results = (CheckResult(id="yaml", findings=findings), CheckResult(id="dco", findings=commits))
    builds = tuple(build(BuildState.FAILED, reason=long * 9) for _ in range(count))
    standing = replace(
        status(TriageState.APPROVED, Actor.AUTHOR, *builds), approved_by=("t" * 39,) * count, policy_problem=long * 9
    )
    assert len(render_report(pull(), results, standing)) <= MAX_COMMENT
    output = render_check_run(pull(), results)
    assert len(output.summary) <= MAX_SUMMARY
    assert len(output.title) <= 255


TEXTS = st.text(max_size=60) | st.builds(str.__mul__, st.text(min_size=1, max_size=8), st.integers(1, 6_000))
FIXES = st.builds(
    Fix,
    description=TEXTS,
    replacements=st.lists(
        st.builds(Replacement, path=TEXTS, first=st.just(1), last=st.just(1), text=TEXTS), max_size=3
    ).map(tuple),
    renames=st.lists(st.builds(Rename, path=TEXTS, to=TEXTS), max_size=60).map(tuple),
)
FINDINGS = st.builds(
    Finding,
    rule=st.sampled_from(["a", "trailing-spaces", "broken"]),
    level=st.sampled_from(Level),
    message=TEXTS,
    path=st.none() | TEXTS,
    line=st.none() | st.integers(1, 10**9),
    commit=st.none() | st.just(HEAD),
    fix=st.none() | FIXES,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(FINDINGS, max_size=25), st.integers(1, 40))
def test_a_report_never_outgrows_its_budget(findings: list[Finding], times: int) -> None:
    many = tuple(
        replace(finding, path=None if finding.path is None else f"{finding.path}{n}")
        for n in range(times)
        for finding in findings
    )
    results = (CheckResult(id="yaml", findings=many),)
    text = render_report(pull(), results, ASKED)
    assert len(text) <= BUDGET
    assert text.count("<details>") == text.count("</details>")
    assert text.rstrip().endswith("</sub>")
    assert len(render_check_run(pull(), results).summary) <= MAX_SUMMARY


def misnamed(path: str, *renames: Rename) -> CheckResult:
    fix = Fix(description="Rename it", renames=renames)
    finding = Finding(rule="misnamed", level=Level.ERROR, message="The name is wrong.", path=path, line=1, fix=fix)
    return CheckResult(id="placement", findings=(finding,))


def test_renames_are_commands_to_paste() -> None:
    old, new = "knowledge/Big Quay/qna.yml", "knowledge/big_quay/qna.yaml"
    beside = Rename(path="knowledge/Big Quay/a;b's.txt", to="knowledge/big_quay/attribution.txt")
    results = (misnamed(old, Rename(path=old, to=new), beside),)
    text = render_report(pull(), results, ASKED)
    expected = """\
  ```sh
  mkdir -p knowledge/big_quay
  git mv 'knowledge/Big Quay/qna.yml' knowledge/big_quay/qna.yaml
  git mv 'knowledge/Big Quay/a;b'"'"'s.txt' knowledge/big_quay/attribution.txt
  ```"""
    assert expected in text
    assert "git mv 'knowledge/Big Quay/qna.yml'" in render_check_run(pull(), results).annotations[0].message


def test_a_rename_within_a_folder_makes_no_folder() -> None:
    renames = (Rename(path="knowledge/quay/qna.yml", to="knowledge/quay/qna.yaml"), Rename(path="b", to="a"))
    assert list(git_moves(renames)) == ["git mv knowledge/quay/qna.yml knowledge/quay/qna.yaml", "git mv b a"]


def in_files(count: int, *, level: Level = Level.ERROR) -> CheckResult:
    findings = tuple(
        Finding(rule="r", level=level, message=f"Mend {level} {n}.", path=f"knowledge/{level}{n:03d}/qna.yaml", line=2)
        for n in range(count)
    )
    return CheckResult(id="yaml", findings=findings)


def test_what_blocks_comes_before_what_only_informs() -> None:
    unsigned = Finding(rule="missing", level=Level.ERROR, message="Sign it.", commit=HEAD)
    hint = Finding(rule="r", level=Level.NOTICE, message="A hint.", path="a/qna.yaml", line=1)
    error = Finding(rule="r", level=Level.ERROR, message="An error.", path="z/qna.yaml", line=1)
    results = (CheckResult(id="dco", findings=(unsigned,)), CheckResult(id="yaml", findings=(hint, error)))
    text = render_report(pull(), results, ASKED)
    assert text.index("An error.") < text.index("Sign it.") < text.index("A hint.")


def test_of_many_files_all_but_the_first_are_folded_with_a_tally() -> None:
    text = render_report(pull(), (in_files(9), in_files(2, level=Level.WARNING)), ASKED)
    assert text.count("<details>") == 7
    assert "<summary><code>knowledge/error008/qna.yaml</code>: 1 to mend</summary>" in text
    assert "<summary><code>knowledge/warning001/qna.yaml</code>: 1 hint</summary>" in text
    assert text.index("error008") < text.index("warning000")
    assert "<summary><code>" not in render_report(pull(), (in_files(6),), ASKED)


def test_files_that_do_not_fit_are_counted() -> None:
    text = render_report(pull(), (in_files(500),), ASKED)
    assert re.search(r"… and (\d+) more of the kind, in \1 files more; mend these first", text)


def test_a_path_in_a_summary_is_no_html() -> None:
    findings = tuple(
        Finding(rule="r", level=Level.ERROR, message="m", path=f"<img src=x>&{n}</code></summary>@everyone")
        for n in range(9)
    )
    text = render_report(pull(), (CheckResult(id="yaml", findings=findings),), ASKED)
    assert "<summary><code>&lt;img src=x&gt;&amp;5&lt;/code&gt;&lt;/summary&gt;@everyone</code>" in text


@settings(max_examples=60, deadline=None)
@given(NASTY, NASTY, NASTY)
def test_strangers_text_mentions_and_breaks_nothing(first: str, second: str, third: str) -> None:
    broken = skill().replace("Name the song", first).replace("Song number 1.", second)
    own_key = skill() + f"{third!r}: x\n"
    author = commit(message=f"{first}\n\nSigned-off-by: {second} <{third}>")
    for text in (broken, own_key, third):
        facts = pull(text.encode(errors="replace"), attribution=second, commits=(author,))
        found = tokens(report(facts, ASKED))
        assert {str(token.attrs["href"]) for token in found if token.type == "link_open"} <= {
            *re.findall(r"\((http://[^)\s]+)\)", report(facts, ASKED)),
        }
        hrefs = {str(token.attrs["href"]) for token in found if token.type == "link_open"}
        assert all(href.startswith(("http://forge.test/orchard/taxonomy/", PAGE)) for href in hrefs)
        html = [token.content for token in found if token.type == "html_inline"]
        assert set(html) <= {"<sub>", "</sub>"}
        assert not [token for token in found if token.type == "image"]
        outside = "".join(token.content for token in found if token.type == "text")
        assert not re.search(r"[@#]\w", outside)


@settings(deadline=None)
@given(st.integers(-5, 50), st.integers(-5, 40))
def test_bar_never_runs_over(done: int, total: int) -> None:
    drawn = bar(done, total, width=10)
    assert len(drawn.split(" ", maxsplit=1)[0]) == 10


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "1 s"), (59, "59 s"), (59.7, "1 min"), (90, "2 min"), (3_599, "1 h 0 min"), (3_900, "1 h 5 min"),
        (7_190, "2 h 0 min"),
    ],
)  # fmt: skip
def test_durations_are_written_as_people_say_them(seconds: float, words: str) -> None:
    assert duration(seconds) == words
