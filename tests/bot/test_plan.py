"""The plan is the least that turns what stands into what should stand, and nothing the second time."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.effects import (
    AddLabels,
    CreateCheckRun,
    CreateComment,
    CreateLabel,
    DeleteComment,
    EditCheckRun,
    EditComment,
    Effect,
    RemoveLabel,
)
from bot.github_values import Annotation, Button, CheckRunBody, CheckRunView, CommentView, LabelView
from bot.plan import MAX_COMMENT, Current, Desired, plan, with_marker
from bot.verdict import Labels

SHA = "a" * 40
MARKER = "<!-- espalier:report -->"
NOTE = Annotation(path="p", start_line=1, end_line=1, annotation_level="failure", message="m", title="t")
RUN = CheckRunBody(
    name="espalier / triage", head_sha=SHA, external_id="7", details_url="u", status="completed",
    conclusion="failure", title="1 error", summary="one", annotations=(NOTE,),
    buttons=(Button(label="Re-run", description="Again", identifier="recheck"),),
)  # fmt: skip
NOTHING = Current(labels=frozenset(), comments=(), check_runs={}, known_labels=frozenset())


def desired(
    wanted: tuple[str, ...] = (),
    unwanted: tuple[str, ...] = (),
    comments: dict[str, str] | None = None,
    runs: tuple[CheckRunBody, ...] = (),
) -> Desired:
    return Desired(
        labels=Labels(wanted=frozenset(wanted), unwanted=frozenset(unwanted)),
        label_looks={"skill": LabelView(name="skill", color="123456", description="d")},
        comments=comments or {},
        check_runs=runs,
    )


def carry_out(current: Current, effects: tuple[Effect, ...]) -> Current:
    """Do to a picture of GitHub what the effects would do to GitHub."""
    labels, known = set(current.labels), set(current.known_labels)
    comments = {comment.id: comment for comment in current.comments}
    runs = {sha: list(views) for sha, views in current.check_runs.items()}
    taken = [*comments, *(view.id for views in runs.values() for view in views)]
    for fresh, effect in enumerate(effects, start=max([0, *taken]) + 1):
        match effect:
            case CreateLabel(label=label):
                known.add(label.name.lower())
            case AddLabels(names=names):
                assert {name.lower() for name in names} <= known
                labels |= set(names)
            case RemoveLabel(name=name):
                labels.remove(name)
            case CreateComment(body=body):
                comments[fresh] = CommentView(id=fresh, body=body, mine=True)
            case EditComment(id=comment, body=body):
                comments[comment] = replace(comments[comment], body=body)
            case DeleteComment(id=comment):
                del comments[comment]
            case CreateCheckRun(body=body):
                runs.setdefault(body.head_sha, []).insert(0, seen(body, fresh))
            case EditCheckRun(id=run, body=body):
                views = runs[body.head_sha]
                index = next(index for index, view in enumerate(views) if view.id == run)
                views[index] = replace(seen(body, run), annotations=views[index].annotations + len(body.annotations))
    return Current(
        labels=frozenset(labels),
        comments=tuple(comments.values()),
        check_runs={sha: tuple(views) for sha, views in runs.items()},
        known_labels=frozenset(known),
    )


def seen(body: CheckRunBody, run_id: int) -> CheckRunView:
    return CheckRunView(
        id=run_id, name=body.name, external_id=body.external_id, status=body.status,
        summary=body.summary, annotations=len(body.annotations),
    )  # fmt: skip


def test_everything_is_made_once() -> None:
    wanted = desired(("skill",), (), {MARKER: "report"}, (RUN,))
    effects = plan(NOTHING, wanted)
    assert [type(effect) for effect in effects] == [CreateCheckRun, CreateLabel, AddLabels, CreateComment]
    assert plan(carry_out(NOTHING, effects), wanted) == ()


def test_labels_of_others_are_never_touched_and_case_does_not_matter() -> None:
    current = replace(NOTHING, labels=frozenset({"theirs", "Skill", "triage-needed"}))
    assert plan(current, desired(("skill",), ("triage-needed", "ci"))) == (RemoveLabel(name="triage-needed"),)


def test_a_label_that_the_repository_knows_is_not_made_again() -> None:
    current = replace(NOTHING, known_labels=frozenset({"skill"}))
    assert plan(current, desired(("skill",))) == (AddLabels(names=("skill",)),)


def test_labels_that_only_people_set_are_made_but_never_put_on() -> None:
    offering = replace(desired(), offered=("triage-uncertain", "triage-rejected"))
    current = replace(NOTHING, known_labels=frozenset({"triage-rejected"}))
    effects = plan(current, offering)
    assert [effect.label.name for effect in effects if isinstance(effect, CreateLabel)] == ["triage-uncertain"]
    assert plan(carry_out(current, effects), offering) == ()


def test_of_doubled_comments_the_oldest_is_edited_and_the_rest_deleted() -> None:
    comments = tuple(
        CommentView(id=number, body=f"{MARKER}\nold", mine=mine) for number, mine in ((9, True), (3, True), (1, False))
    )
    effects = plan(replace(NOTHING, comments=comments), desired(comments={MARKER: "new"}))
    assert effects == (EditComment(id=3, body=f"{MARKER}\nnew"), DeleteComment(id=9))


def test_windows_line_ends_are_no_change() -> None:
    comments = (CommentView(id=3, body=f"{MARKER}\r\none\r\ntwo\r\n", mine=True),)
    assert plan(replace(NOTHING, comments=comments), desired(comments={MARKER: "one\ntwo"})) == ()


def test_a_comment_of_another_marker_is_left_alone() -> None:
    comments = (CommentView(id=3, body=f"<!-- espalier:result b -->\nsee {MARKER}", mine=True),)
    effects = plan(replace(NOTHING, comments=comments), desired(comments={MARKER: "new"}))
    assert effects == (CreateComment(body=f"{MARKER}\nnew"),)


def test_a_comment_is_cut_to_what_github_takes() -> None:
    assert len(with_marker(MARKER, "x" * 100_000)) == MAX_COMMENT


def test_a_check_run_that_only_says_something_else_is_edited_without_its_annotations() -> None:
    current = carry_out(NOTHING, plan(NOTHING, desired(runs=(RUN,))))
    (effect,) = plan(current, desired(runs=(replace(RUN, summary="two"),)))
    assert isinstance(effect, EditCheckRun)
    assert effect.body.annotations == ()


def test_other_annotations_need_a_new_run_because_none_is_ever_taken_back() -> None:
    current = carry_out(NOTHING, plan(NOTHING, desired(runs=(RUN,))))
    changed = desired(runs=(replace(RUN, annotations=(replace(NOTE, message="other"),)),))
    (effect,) = plan(current, changed)
    assert isinstance(effect, CreateCheckRun)
    assert plan(carry_out(current, (effect,)), changed) == ()


def test_a_run_that_was_left_half_annotated_is_posted_anew() -> None:
    half = replace(seen(RUN, 5), status="in_progress", annotations=1)
    current = replace(NOTHING, check_runs={SHA: (half,)})
    (effect,) = plan(current, desired(runs=(replace(RUN, annotations=(NOTE, NOTE)),)))
    assert isinstance(effect, CreateCheckRun)


def test_a_run_that_is_asked_for_again_is_completed_again() -> None:
    current = carry_out(NOTHING, plan(NOTHING, desired(runs=(RUN,))))
    queued = {sha: tuple(replace(run, status="queued") for run in runs) for sha, runs in current.check_runs.items()}
    (effect,) = plan(replace(current, check_runs=queued), desired(runs=(RUN,)))
    assert isinstance(effect, EditCheckRun)


def test_two_pull_requests_with_one_head_have_a_run_each() -> None:
    current = carry_out(NOTHING, plan(NOTHING, desired(runs=(RUN,))))
    (effect,) = plan(current, desired(runs=(replace(RUN, external_id="8"),)))
    assert isinstance(effect, CreateCheckRun)


NAMES = st.sampled_from(["skill", "ci", "theirs", "triage-needed", "triage-approved"])
BODIES = st.dictionaries(st.sampled_from([MARKER, "<!-- espalier:result b -->"]), st.text(max_size=20))
RUNS = st.lists(
    st.builds(
        lambda name, status, summary, notes: replace(
            RUN, name=name, status=status, summary=summary, annotations=(NOTE,) * notes
        ),
        st.sampled_from(["espalier / triage", "espalier / build"]),
        st.sampled_from(["completed", "in_progress"]),
        st.sampled_from(["one", "two"]),
        st.integers(0, 3),
    ),
    max_size=2,
    unique_by=lambda run: run.name,
)
STATES = st.builds(
    lambda wanted, unwanted, comments, runs: desired(
        tuple(wanted), tuple(set(unwanted) - set(wanted)), comments, tuple(runs)
    ),
    st.sets(NAMES), st.sets(NAMES), BODIES, RUNS,
)  # fmt: skip


@given(st.lists(STATES, min_size=1, max_size=4))
def test_from_any_state_one_plan_reaches_the_desired_one_and_the_next_is_empty(states: list[Desired]) -> None:
    current = replace(NOTHING, labels=frozenset({"theirs"}), known_labels=frozenset({"theirs"}))
    for wanted in states:
        current = carry_out(current, plan(current, wanted))
        assert plan(current, wanted) == ()
        assert wanted.labels.wanted <= current.labels
        assert not wanted.labels.unwanted & current.labels


def test_a_problem_that_is_over_leaves_no_comment() -> None:
    comments = (
        CommentView(id=3, body="<!-- espalier:problem -->\nno", mine=True),
        CommentView(id=4, body="<!-- espalier:problem -->\nno", mine=False),
    )
    wanted = replace(desired(), obsolete=("<!-- espalier:problem -->",))
    assert plan(replace(NOTHING, comments=comments), wanted) == (DeleteComment(id=3),)
