"""A precheck and data alone from outside: a triager's comment in, a comment, a check run and a page out."""

from typing import cast

import pytest

from schemas.codec import decode
from schemas.job import BuildKind, Job
from tests.bot.world import ATTRIBUTION, Json, Pull, World, skill, wait

LEAF = "compositional_skills/greetings/lantern"


def unapproved(here: World) -> Pull:
    files = {f"{LEAF}/qna.yaml": skill(), f"{LEAF}/attribution.txt": ATTRIBUTION}
    pull = here.repository().open_pull(files)
    wait(lambda: pull.conclusion() == "success", what="the green check run")
    return pull


def jobs(here: World, pull: Pull, sha: str | None = None) -> list[Job]:
    paths = (here.artifacts / "builds").glob("*/job.json")
    found = [decode(Job, path.read_bytes()) for path in paths]
    return [job for job in found if job.head_sha == (sha or pull.head)]


def test_a_precheck_of_an_unapproved_head_is_told_in_a_comment_and_a_check_run_of_its_own(here: World) -> None:
    pull = unapproved(here)
    pull.comment("/espalier precheck")
    wait(lambda: pull.conclusion("espalier / precheck") == "success", what="the precheck's end")
    wait(lambda: pull.comments("<!-- espalier:result"), what="the result")
    (result,) = pull.comments("<!-- espalier:result")
    assert "**The base cannot do this yet**" in result
    assert "Nothing was released for this repository yet" in result
    assert "@everyone" not in result
    (job,) = jobs(here, pull)
    assert (job.kind, job.head_sha, job.leaves, job.model) == (BuildKind.PRECHECK, pull.head, (LEAF,), None)
    assert pull.check_runs("espalier / build") == []
    output = cast("Json", pull.check_runs("espalier / precheck")[0]["output"])
    assert output["title"] == "Answers are in"


def test_data_alone_is_told_with_samples_and_can_be_had_from_its_page(here: World) -> None:
    pull = unapproved(here)
    pull.comment(f"/espalier generate {pull.head}")
    wait(lambda: pull.conclusion("espalier / generate") == "success", what="the end of generation")
    wait(lambda: pull.comments("<!-- espalier:result"), what="the result")
    (result,) = pull.comments("<!-- espalier:result")
    assert "**60 pairs to train on and 110 held-out questions** came of this leaf" in result
    assert "@everyone" not in result
    (job,) = jobs(here, pull)
    page = here.bot.get(f"/builds/{job.id}")
    assert f'href="/builds/{job.id}/data/0000.json"' in page.text
    file = here.bot.get(f"/builds/{job.id}/data/0000.json")
    assert file.status_code == 200
    assert file.headers["content-disposition"].startswith("attachment; ")
    assert file.headers["content-security-policy"].startswith("default-src 'none'")
    assert here.bot.get(f"/builds/{job.id}/data/..%2Fjob.json").status_code == 404


@pytest.mark.parametrize("command", ["precheck", "generate"])
def test_a_push_stops_what_runs_for_an_older_head(here: World, command: str) -> None:
    pull = unapproved(here)
    old = pull.head
    here.cluster.behaviour = "wait"
    pull.comment(f"/espalier {command}")
    wait(lambda: pull.comments(f"{command} goes on"), what="its progress in the report")
    here.cluster.behaviour = "succeed"
    pull.push({f"{LEAF}/qna.yaml": skill(word="harbour")})
    wait(lambda: pull.conclusion(f"espalier / {command}", sha=old) == "cancelled", what="the end of the old one")
    assert pull.comments("<!-- espalier:result") == []
    assert jobs(here, pull) == []


def test_an_outsider_may_order_neither(here: World) -> None:
    pull = unapproved(here)
    for command in ("precheck", "generate"):
        pull.comment(f"/espalier {command}", person=here.contributor)
        wait(lambda said=command: pull.comments(f"`/espalier {said}` is for triagers"), what="the refusal")
    assert jobs(here, pull) == []


def test_a_precheck_after_a_release_asks_the_released_model_and_nothing_in_its_place(here: World) -> None:
    repository = here.repository(policy="build:\n  quiet_minutes: 0.01\nprecheck:\n  score: 9\n")
    files = {f"{LEAF}/qna.yaml": skill(), f"{LEAF}/attribution.txt": ATTRIBUTION}
    merged = repository.open_pull(files)
    wait(lambda: merged.conclusion() == "success", what="the green check run")
    merged.merge()
    wait(lambda: merged.comments("<!-- espalier:result v"), what="the release's result")
    other = "compositional_skills/greetings/tower"
    pull = repository.open_pull(
        {f"{other}/qna.yaml": skill(word="tower"), f"{other}/attribution.txt": ATTRIBUTION}, branch="tower"
    )
    wait(lambda: pull.conclusion() == "success", what="the green check run")
    pull.comment("/espalier precheck")
    wait(lambda: pull.comments("**The current model cannot do this yet**"), what="the result")
    (job,) = jobs(here, pull)
    assert job.model is not None
    assert job.capable_score == 9
    record = here.artifacts / "models" / f"{job.model.version}.json"
    assert f'"model": "{job.model.folder}"' in record.read_text()
    record.unlink()
    pull.comment(f"/espalier precheck {pull.head}")
    wait(lambda: pull.comments("is gone from the artifacts"), what="the refusal")
    assert len(jobs(here, pull)) == 1
