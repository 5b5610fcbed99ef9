"""What people decide beside the bot, on a real forge: labels by hand, DCO set to pass, and the policy."""

from datetime import UTC, datetime, timedelta
from typing import cast

from tests.bot.world import ATTRIBUTION, Json, Pull, World, commit, git, skill, wait

LEAF = "compositional_skills/greetings/lantern"
GOOD = {f"{LEAF}/qna.yaml": skill(), f"{LEAF}/attribution.txt": ATTRIBUTION}
POLICY = ".github/espalier.yml"


def settled(pull: Pull, conclusion: str = "success") -> Pull:
    wait(lambda: pull.conclusion() == conclusion and pull.comments("<!-- espalier:report -->"), what=conclusion)
    return pull


def recheck(pull: Pull) -> None:
    """Have the bot look again, and wait until it has."""
    comment = pull.comment("/espalier status")
    marker = f"<!-- espalier:reply {comment['id']} "
    wait(lambda: pull.comments(marker), what="the answer")


def press(pull: Pull, run: Json, *, login: str, button: str) -> None:
    pull.world.forge.control(f"check-runs/{run['id']}/actions", login=login, identifier=button)


def test_a_label_that_a_triager_sets_stands_until_the_next_push(here: World) -> None:
    pull = settled(here.repository().open_pull(GOOD))
    wait(lambda: pull.labels() == {"skill", "triage-needed"}, what="the bot's labels")
    known = {str(label["name"]) for label in here.owner.items(f"{pull.repository.path}/labels")}
    assert {"triage-uncertain", "triage-rejected"} <= known
    here.triager.ask("DELETE", f"{pull.issue}/labels/skill")
    here.triager.post(f"{pull.issue}/labels", labels=["triage-follow-up", "theirs"])
    wait(lambda: pull.labels() == {"triage-follow-up", "theirs"}, what="the labels as the triager wants them")
    recheck(pull)
    assert pull.labels() == {"triage-follow-up", "theirs"}

    pull.push({f"{LEAF}/qna.yaml": skill(word="lamp")})
    wait(lambda: pull.labels() == {"skill", "theirs", "triage-follow-up"}, what="the labels of the new head")


def test_a_vote_is_a_newer_word_than_a_label(here: World) -> None:
    pull = settled(here.repository().open_pull(GOOD))
    wait(lambda: "triage-needed" in pull.labels(), what="the bot's labels")
    here.triager.post(f"{pull.issue}/labels", labels=["triage-uncertain"])
    wait(lambda: pull.labels() == {"skill", "triage-uncertain"}, what="the triager's label alone")
    pull.comment("/espalier approve")
    wait(lambda: pull.labels() == {"skill", "triage-approved", "precheck-generate-ready"}, what="the approval")


def test_only_a_writer_sets_dco_to_pass_and_for_one_head_alone(here: World) -> None:
    pull = settled(here.repository().open_pull(GOOD, signed=False), "failure")
    run = pull.check_runs("espalier / triage")[0]
    press(pull, run, login="tamsin", button="dco-pass")
    wait(lambda: pull.comments("`/espalier dco-pass` is for approvers"), what="the answer that says who may")
    assert pull.conclusion() == "failure"

    press(pull, run, login="orchard", button="dco-pass")
    wait(lambda: pull.conclusion() == "success", what="the green check run")
    wait(lambda: pull.comments("`orchard` set DCO to pass"), what="who did it")
    wait(lambda: "triage-requested-changes" not in pull.labels(), what="the labels")

    pull.push({f"{LEAF}/qna.yaml": skill(word="lamp")}, signed=False)
    wait(lambda: pull.conclusion() == "failure", what="the next head's check run")
    old = pull.check_runs("espalier / triage")[0]
    pull.push({f"{LEAF}/qna.yaml": skill(word="wick")}, signed=False)
    wait(lambda: pull.conclusion() == "failure", what="another head's check run")
    press(pull, old, login="orchard", button="dco-pass")
    wait(
        lambda: pull.comments("is not the head of this pull request any more"),
        what="the answer to a button of the old head",
    )
    assert pull.conclusion() == "failure"


def test_the_rerun_button_completes_the_run_anew(here: World) -> None:
    pull = settled(here.repository().open_pull(GOOD))
    before = pull.check_runs("espalier / triage")[0]
    ended = datetime.fromisoformat(str(before["completed_at"]))
    wait(lambda: datetime.now(UTC) - ended > timedelta(seconds=1), what="another second: ends are whole ones")
    press(pull, before, login="tamsin", button="recheck")
    wait(lambda: pull.check_runs("espalier / triage")[0]["completed_at"] != before["completed_at"], what="a new end")
    assert len(pull.check_runs("espalier / triage")) == 1


def test_a_broken_policy_is_told_of_on_its_line_where_it_stands(here: World) -> None:
    repository = here.repository(policy="examples:\n  skill: 2\n")
    pull = settled(repository.open_pull({**GOOD, f"{LEAF}/qna.yaml": skill(examples=2)}))
    broken = {POLICY: "approvals: 1\nexamples:\n  skil: 3\n"}
    sha = commit(repository.home, broken, "Break the policy", person=here.owner)
    git(repository.home, "push", "--quiet", "origin", "HEAD:main")

    wait(lambda: pull.conclusion("espalier / policy", sha=sha) == "failure", what="the policy's check run")
    run = pull.check_runs("espalier / policy", sha=sha)[0]
    notes = here.owner.items(f"{repository.path}/check-runs/{run['id']}/annotations")
    assert [(note["path"], note["start_line"]) for note in notes] == [(POLICY, 3)]
    recheck(pull)
    assert pull.conclusion() == "success"  # the last good policy is in force

    mended = {POLICY: "examples:\n  skill: 3\n"}
    sha = commit(repository.home, mended, "Mend the policy", person=here.owner)
    git(repository.home, "push", "--quiet", "origin", "HEAD:main")
    wait(lambda: pull.conclusion("espalier / policy", sha=sha) == "success", what="the mended policy's check run")
    wait(lambda: pull.conclusion() == "failure", what="the mended policy in force")


def test_a_pull_request_s_own_policy_is_judged_and_not_put_in_force(here: World) -> None:
    pull = settled(here.repository().open_pull({**GOOD, POLICY: "examples:\n  skill: 9\n"}))
    wait(lambda: pull.conclusion("espalier / policy") == "success", what="the proposed policy's check run")
    assert pull.conclusion() == "success"  # nine examples are not asked for yet

    pull.push({POLICY: "examples:\n  skill: nine\n"})
    wait(lambda: pull.conclusion("espalier / policy") == "failure", what="the broken policy's check run")
    run = pull.check_runs("espalier / policy")[0]
    assert "before this is merged" in str(cast("Json", run["output"])["summary"])
    settled(pull)


def test_every_delivery_ends_well(here: World) -> None:
    def ended() -> bool:
        told = here.bot.get("/metrics").text
        return not any(f'espalier_deliveries{{state="{state}"}}' in told for state in ("pending", "running"))

    wait(ended, what="the end of all deliveries")
    assert 'espalier_deliveries{state="failed"}' not in here.bot.get("/metrics").text, here.bot.log.read_text()[-4000:]
