"""The bot from outside: real pushes and comments on a real forge, and what it shows there."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from bot.records import Build
from schemas.codec import decode, encode
from schemas.job import Job
from tests.bot.world import ATTRIBUTION, Json, Pull, World, commit, git, skill, wait

LEAF = "compositional_skills/greetings/lantern"


@pytest.fixture(autouse=True)
def free_slot(here: World) -> Iterator[None]:
    """Leave the slot free and the cluster willing, whatever a test asked of them."""
    yield
    finish(here)


def good(folder: str = LEAF) -> dict[str, str]:
    return {f"{folder}/qna.yaml": skill(), f"{folder}/attribution.txt": ATTRIBUTION}


def test_a_broken_leaf_is_labelled_reported_and_annotated(here: World) -> None:
    pull = here.repository().open_pull({f"{LEAF}/qna.yaml": skill(examples=2, trailing="  ")}, signed=False)

    wait(lambda: pull.conclusion() == "failure", what="the failing check run")
    wait(lambda: len(pull.comments("<!-- espalier:report -->")) == 1, what="the report")

    wait(lambda: pull.labels() == {"skill", "triage-requested-changes"}, what="the labels")
    run = pull.check_runs("espalier / triage")[0]
    assert run["external_id"] == str(pull.number)
    annotations = here.owner.items(f"{pull.repository.path}/check-runs/{run['id']}/annotations")
    assert {(item["path"], item["start_line"]) for item in annotations} >= {(f"{LEAF}/qna.yaml", 5)}


def test_a_fix_edits_the_report_in_place_and_moves_the_labels_on(here: World) -> None:
    pull = here.repository().open_pull({f"{LEAF}/qna.yaml": skill(examples=2)})
    wait(lambda: pull.conclusion() == "failure", what="the failing check run")
    here.owner.post(f"{pull.issue}/labels", labels=["theirs"])

    pull.push(good())
    wait(lambda: pull.conclusion() == "success", what="the green check run")

    wait(lambda: pull.labels() == {"skill", "theirs", "triage-follow-up"}, what="the labels")
    assert len(pull.comments()) == 1


def test_a_change_outside_the_trees_is_only_asked_for_sign_off(here: World) -> None:
    pull = here.repository().open_pull({"docs/how.md": "# How\n", ".github/CODEOWNERS": "* @tamsin\n"}, signed=False)
    wait(lambda: pull.conclusion() == "failure", what="the check run")
    wait(lambda: pull.labels() == {"ci", "documentation", "triage-requested-changes"}, what="the labels")


def approved(here: World, *, policy: str = "") -> Pull:
    """Give a pull request whose head is approved."""
    pull = here.repository(policy=policy).open_pull(good())
    wait(lambda: pull.conclusion() == "success", what="the green check run")
    pull.comment("Clear and new.\n\n/espalier approve")
    wait(lambda: "triage-approved" in pull.labels(), what="the approval")
    return pull


def reactions(pull: Pull, comment: Json) -> list[object]:
    path = f"{pull.repository.path}/issues/comments/{comment['id']}/reactions"
    return [item["content"] for item in pull.world.owner.items(path)]


def test_a_build_is_reported_while_it_runs_and_its_result_is_posted(here: World) -> None:
    pull = approved(here)
    here.cluster.behaviour = "wait"
    comment = pull.comment("/espalier build")
    wait(lambda: reactions(pull, comment) == ["+1"], what="the reaction")
    wait(lambda: pull.check_runs("espalier / build"), what="the build's check run")
    assert pull.conclusion("espalier / build") is None
    wait(lambda: pull.comments("train goes on"), what="progress in the report")
    wait(lambda: title(pull, "espalier / build") == "Trains and measures", what="the check run's start")
    assert "train" in here.bot.get("/?fragment").text

    finish(here)
    wait(lambda: pull.conclusion("espalier / build") == "success", what="the build's end")

    wait(lambda: len(pull.comments("<!-- espalier:result")) == 1, what="the result")
    result = pull.comments("<!-- espalier:result")[0]
    assert "@everyone" not in result
    assert len(pull.comments("<!-- espalier:report -->")) == 1
    job = decode(Job, next(iter(jobs(here, pull))).read_bytes())
    assert (job.head_sha, job.leaves, job.seed) == (pull.head, (LEAF,), 7)
    assert "ghs_" not in encode(job)


def title(pull: Pull, name: str) -> object:
    return cast("Json", pull.check_runs(name)[0]["output"])["title"]


def finish(here: World) -> None:
    """Let the jobs that wait go on."""
    here.cluster.behaviour = "succeed"
    for folder in (here.artifacts / "builds").glob("*"):
        (folder / "go").touch()


def jobs(here: World, pull: Pull) -> list[Path]:
    return [path for path in (here.artifacts / "builds").glob("*/job.json") if pull.head in path.read_text()]


def test_a_build_needs_the_approval_of_its_head(here: World) -> None:
    pull = here.repository().open_pull(good())
    wait(lambda: pull.conclusion() == "success", what="the green check run")
    comment = pull.comment("/espalier build")
    wait(lambda: reactions(pull, comment) == ["confused"], what="the refusal")
    wait(lambda: pull.comments("is not approved"), what="the reason")
    assert not jobs(here, pull)


def test_only_triagers_approve_and_a_refusal_is_one_line_that_says_who_may(here: World) -> None:
    pull = here.repository().open_pull(good())
    wait(lambda: pull.conclusion() == "success", what="the green check run")
    pull.comment("/espalier approve", person=here.contributor)
    wait(lambda: pull.comments("is for triagers"), what="the refusal")
    refusal = pull.comments("is for triagers")[0]
    assert len(refusal.strip().splitlines()) == 2  # marker and line
    assert "triage-approved" not in pull.labels()


def test_a_team_that_cannot_be_seen_makes_nobody_a_triager(here: World) -> None:
    pull = here.repository(policy="teams:\n  triagers: ['@orchard/keepers']\n").open_pull(good())
    wait(lambda: pull.conclusion() == "success", what="the green check run")
    stranger = here.forge.person("oskar")
    comment = pull.comment("/espalier approve", person=stranger)
    wait(lambda: reactions(pull, comment) == ["confused"], what="the refusal")
    wait(lambda: pull.comments("is for triagers"), what="the reason")
    assert "triage-approved" not in pull.labels()


def test_a_push_takes_the_approval_back_and_stops_the_build(here: World) -> None:
    pull = approved(here)
    here.cluster.behaviour = "wait"
    pull.comment("/espalier build")
    old = pull.head
    wait(lambda: pull.check_runs("espalier / build", sha=old), what="the build")
    wait(lambda: pull.comments("train goes on"), what="progress")

    pull.push({f"{LEAF}/qna.yaml": skill(word="lamp")})
    wait(lambda: pull.conclusion("espalier / build", sha=old) == "cancelled", what="the stopped build")
    wait(lambda: pull.labels() == {"skill", "triage-follow-up"}, what="the labels")
    here.cluster.behaviour = "succeed"
    assert not pull.comments("<!-- espalier:result")


def test_an_approval_of_another_commit_is_refused(here: World) -> None:
    pull = here.repository().open_pull(good())
    wait(lambda: pull.conclusion() == "success", what="the green check run")
    pull.comment("/espalier approve 0123456")
    wait(lambda: pull.comments("is not the head"), what="the refusal")
    pull.comment(f"/espalier approve {pull.head[:10]}")
    wait(lambda: "triage-approved" in pull.labels(), what="the approval")


def test_a_slip_is_answered_with_what_was_meant(here: World) -> None:
    pull = here.repository().open_pull(good())
    wait(lambda: pull.conclusion() == "success", what="the green check run")
    pull.comment("/espalier aprove")
    wait(lambda: pull.comments("did you mean `/espalier approve`?"), what="the hint")
    pull.comment("@espalier help", person=here.contributor)
    wait(lambda: pull.comments("| `/espalier request-changes [SHA]` |"), what="the help")


def test_a_second_build_waits_its_turn_and_says_so_and_cancel_frees_the_slot(here: World) -> None:
    first, second = approved(here), approved(here)
    here.cluster.behaviour = "wait"
    first.comment("/espalier build")
    wait(lambda: first.comments("train goes on"), what="the first build's progress")
    second.comment("/espalier build")
    wait(lambda: second.check_runs("espalier / build"), what="the second build")
    assert [item.state for item in queue(here)] == ["running", "waiting"]
    wait(lambda: second.comments("waits for 1 other build to end"), what="its place in the queue")
    here.cluster.behaviour = "succeed"
    first.comment("/espalier cancel")
    wait(lambda: first.conclusion("espalier / build") == "cancelled", what="the cancelled build")
    wait(lambda: second.conclusion("espalier / build") == "success", what="the second build's end")


def test_a_build_that_fails_says_why_in_one_sentence_and_the_bot_keeps_running(here: World) -> None:
    pull = approved(here)
    here.cluster.behaviour = "fail"
    pull.comment("/espalier build")
    wait(lambda: pull.conclusion("espalier / build") == "failure", what="the failed build")
    wait(lambda: pull.comments("The leaf gave no questions; add longer answers."), what="the reason")
    here.cluster.behaviour = "succeed"
    assert here.bot.get("/readyz").text == "ready\n"


def test_a_job_that_dies_without_a_result_is_a_failed_build(here: World) -> None:
    pull = approved(here)
    here.cluster.behaviour = "die"
    pull.comment("/espalier build")
    wait(lambda: pull.conclusion("espalier / build") == "failure", what="the failed build")
    here.cluster.behaviour = "succeed"
    wait(lambda: pull.comments("without a result"), what="the reason")
    pull.comment("/espalier build")
    wait(lambda: pull.conclusion("espalier / build") == "success", what="the build that was asked for again")


def test_a_closed_pull_request_s_build_is_stopped(here: World) -> None:
    pull = approved(here)
    here.cluster.behaviour = "wait"
    pull.comment("/espalier build")
    wait(lambda: pull.comments("train goes on"), what="progress")
    here.contributor.ask("PATCH", f"{pull.repository.path}/pulls/{pull.number}", state="closed")
    wait(lambda: pull.conclusion("espalier / build") == "cancelled", what="the stopped build")
    here.cluster.behaviour = "succeed"


def test_merges_become_a_release_after_a_quiet_while_and_each_pull_request_hears_of_it(here: World) -> None:
    repository = here.repository(policy="build:\n  quiet_minutes: 0.05\n")
    pulls = []
    for name in ("gate", "tower"):
        folder = f"compositional_skills/greetings/{name}"
        files = {**good(folder), f"{folder}/qna.yaml": skill(word=name)}  # the same text twice is a duplicate
        pulls.append(repository.open_pull(files, branch=name))
    for pull in pulls:
        wait(lambda pull=pull: pull.conclusion() == "success", what="the green check run")
        pull.merge()
    for pull in pulls:
        wait(lambda pull=pull: pull.comments("<!-- espalier:result v"), what="the release's result")
    current = json.loads((here.artifacts / "models" / "current.json").read_text())
    assert {part["number"] for part in current["pull_requests"]} == {pull.number for pull in pulls}
    assert (here.artifacts / "models" / f"{current['version']}.json").exists()
    assert current["version"] in here.bot.get("/").text


def test_a_failed_release_is_built_again_on_command(here: World) -> None:
    repository = here.repository(policy="build:\n  quiet_minutes: 0.01\n")
    pull = repository.open_pull(good())
    wait(lambda: pull.conclusion() == "success", what="the green check run")
    here.cluster.behaviour = "fail"
    pull.merge()
    wait(lambda: pull.comments("The leaf gave no questions"), what="the failed release")
    here.cluster.behaviour = "succeed"
    pull.comment("/espalier release", person=here.owner)
    wait(lambda: len(pull.comments("<!-- espalier:result v")) == 2, what="the release")
    pull.comment("/espalier release", person=here.owner)
    wait(lambda: pull.comments("Nothing was merged since v"), what="the refusal")


def test_a_broken_policy_leaves_the_last_good_one_in_force_and_the_check_run_says_so(here: World) -> None:
    repository = here.repository(policy="examples:\n  skill: 2\n")
    pull = repository.open_pull({**good(), f"{LEAF}/qna.yaml": skill(examples=2)})
    wait(lambda: pull.conclusion() == "success", what="the green check run")
    files = {".github/espalier.yml": "examples:\n  skil: 3\n"}
    commit(repository.home, files, "Break the policy", person=here.owner)
    git(repository.home, "push", "--quiet", "origin", "HEAD:main")

    def told() -> bool:
        output = cast("Json", pull.check_runs("espalier / triage")[0]["output"])
        return "The policy was not taken" in str(output["summary"])

    wait(told, what="the policy's problem")
    assert pull.conclusion() == "success"


def test_a_report_that_stands_there_twice_is_reduced_to_the_oldest(here: World) -> None:
    pull = here.repository().open_pull(good())
    wait(lambda: pull.conclusion() == "success", what="the green check run")
    wait(lambda: pull.comments("<!-- espalier:report -->"), what="the report")
    before = here.owner.items(f"{pull.issue}/comments")
    someone = pull.comment("<!-- espalier:report -->\nnot the bot's", person=here.contributor)
    pull.comment("/espalier recheck", person=here.contributor)
    wait(lambda: "confused" not in reactions(pull, someone) and pull.comments(), what="the report")
    after = here.owner.items(f"{pull.issue}/comments")
    assert before[0]["id"] == after[0]["id"]
    assert someone["id"] in {item["id"] for item in after}


def test_every_delivery_ends_well_and_nothing_secret_is_logged(here: World) -> None:
    for state in ("pending", "running"):
        name = f'espalier_deliveries{{state="{state}"}}'
        wait(lambda name=name: name not in here.bot.get("/metrics").text, what=f"no {state} delivery")
    log = here.bot.log.read_text()
    assert 'espalier_deliveries{state="failed"}' not in here.bot.get("/metrics").text, log[-4000:]
    assert "Traceback" not in log
    for secret in ("ghs_", "PRIVATE KEY", here.bot.environment["ESPALIER_WEBHOOK_SECRET"]):
        assert secret not in log


def test_a_bot_that_was_killed_picks_its_running_build_up_again(here: World) -> None:
    pull = approved(here)
    here.cluster.behaviour = "wait"
    pull.comment("/espalier build")
    wait(lambda: pull.comments("train goes on"), what="progress")
    here.bot.end(kill=True)
    finish(here)
    here.bot.start()
    wait(lambda: pull.conclusion("espalier / build") == "success", what="the build's end")
    wait(lambda: len(pull.comments("<!-- espalier:result")) == 1, what="the result")


def test_a_build_that_its_cluster_lost_is_given_out_again(here: World) -> None:
    pull = approved(here)
    here.cluster.behaviour = "wait"
    pull.comment("/espalier build")
    wait(lambda: pull.comments("train goes on"), what="progress")
    here.cluster.behaviour = "succeed"
    here.cluster.forget()
    wait(lambda: pull.conclusion("espalier / build") == "success", what="the build's end")


def test_the_bot_ends_quietly_and_within_seconds(here: World) -> None:
    assert here.bot.end() == 0
    here.bot.start()


def queue(here: World) -> list[Build]:
    with here.store() as store:
        return list(store.builds.queue())


def test_commits_that_a_bad_rebase_brought_in_are_named_and_not_put_on_the_contributor(here: World) -> None:
    repository = here.repository()
    pull = repository.open_pull(good())
    theirs = commit(repository.home, {"NOTES.md": "Pruned.\n"}, "Prune the tree", person=here.owner, signed=False)
    git(repository.home, "push", "--quiet", "origin", "HEAD:main")
    who = ("-c", "user.name=June", "-c", "user.email=june@example.org")
    git(repository.fork, "fetch", "--quiet", str(repository.home), "HEAD")
    git(repository.fork, *who, "cherry-pick", theirs)
    pull.push({f"{LEAF}/notes.md": "Mine.\n"}, "Add notes")

    wait(lambda: pull.conclusion() == "failure", what="the failing check run")
    wait(lambda: "is not yours" in "".join(pull.comments("<!-- espalier:report -->")), what="the report")

    (report,) = pull.comments("<!-- espalier:report -->")
    assert "`Prune the tree`, is not yours: `main` holds it already" in report
    assert "git rebase FETCH_HEAD" in report
