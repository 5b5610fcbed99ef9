"""The story the demo plays: two pull requests from a first push to scores in a release."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from espalier.demo import content
from espalier.demo.content import Contribution
from espalier.demo.curtain import REPOSITORY, Options, Scene, raise_curtain
from espalier.demo.github import Clone, Json, clone, wait_until
from espalier.demo.processes import Children
from espalier.demo.screen import Screen, plain
from schemas.errors import UserError

RESULT_MARKER = "<!-- espalier:result"
TRIAGE_CHECK = "espalier / triage"
BUILD_CHECK = "espalier / build"
LAST_STEP = "A release of all leaves is built and becomes current"
TRIAGE_S = 60.0
BUILD_S = 1800.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """A pull request of the story, with its author's working copy."""

    contribution: Contribution
    number: int
    work: Clone

    def head(self) -> str:
        """Give the SHA that the author pushed last."""
        return self.work.git("rev-parse", "HEAD")


def play(options: Options, *, screen: Screen, family: Children) -> Scene:
    """Play the whole story and give the scene, whose pages stay up as long as the children live."""
    scene = raise_curtain(options, screen=screen, family=family)
    pulls = [contribute(scene, contribution) for contribution in content.contributions(scene.placeholders)]
    for pull in pulls:
        mend(scene, pull)
    for pull in pulls:
        approve_and_build(scene, pull)
    for pull in pulls:
        hear_scores(scene, pull)
    release(scene, pulls)
    return scene


def contribute(scene: Scene, contribution: Contribution) -> Played:
    """Open a pull request from a fork, with the mistakes that people really make, and hear what is wrong."""
    author = scene.people[contribution.author]
    with scene.screen.step(f"{author.name} opens a pull request: {contribution.title}"):
        work = clone(author, f"{author.login}/taxonomy", scene.data / "work" / contribution.name)
        work.git("checkout", "--quiet", "-b", contribution.name)
        work.write(contribution.broken)
        head = work.commit(contribution.title)
        work.git("push", "--quiet", "origin", contribution.name)
        pull = author.post(
            f"/repos/{REPOSITORY}/pulls",
            title=contribution.title,
            body=contribution.body,
            head=f"{author.login}:{contribution.name}",
            base="main",
        )
    played = Played(contribution=contribution, number=cast("int", pull["number"]), work=work)
    scene.screen.say(f"{scene.forge}/{REPOSITORY}/pull/{played.number}")
    with scene.screen.step("The bot labels it, reports once, and marks the lines in a check run"):
        _wait(scene, lambda: _check_run(scene, head).get("conclusion") == "failure", what="the failing check run")
        _wait(scene, lambda: "triage-requested-changes" in _labels(scene, played), what="its labels")
        _wait(scene, lambda: len(_bot_comments(scene, played)) == 1, what="the report comment")
    run = _check_run(scene, head)
    output = cast("Json", run["output"])
    scene.screen.say(
        f"{output['title']}; {output['annotations_count']} annotations (neighbouring lines share one; what a "
        "commit lacks has no line)"
    )
    scene.screen.say(_told_labels(scene, played))
    return played


def mend(scene: Scene, pull: Played) -> None:
    """Push the fixes and see the checks turn green."""
    with scene.screen.step(f"The fixes are pushed to #{pull.number}; the report is edited in place"):
        pull.work.write(pull.contribution.fixed)
        pull.work.git("add", "--all")
        pull.work.git("commit", "--quiet", "--amend", "--no-edit", "--signoff")
        pull.work.git("push", "--quiet", "--force-with-lease", "origin", pull.contribution.name)
        _wait(scene, lambda: _check_run(scene, pull.head()).get("conclusion") == "success", what="the green check run")
        _wait(scene, lambda: "triage-follow-up" in _labels(scene, pull), what="the label triage-follow-up")
        _wait(scene, lambda: len(_bot_comments(scene, pull)) == 1, what="one report comment")
    scene.screen.say(_told_labels(scene, pull))


def approve_and_build(scene: Scene, pull: Played) -> None:
    """Approve and ask for a build, as a triager does."""
    tamsin = scene.people["tamsin"]
    with scene.screen.step(f"Tamsin approves #{pull.number} and asks for a build"):
        path = f"/repos/{REPOSITORY}/issues/{pull.number}/comments"
        comment = tamsin.post(path, body="Clear, sourced and new.\n\n/espalier approve\n/espalier build")
        reactions = f"/repos/{REPOSITORY}/issues/comments/{comment['id']}/reactions"
        _wait(scene, lambda: bool(tamsin.get_all(reactions)), what="the bot's reaction")
        _wait(scene, lambda: "triage-approved" in _labels(scene, pull), what="the label triage-approved")


def hear_scores(scene: Scene, pull: Played) -> None:
    """Wait for the candidate build's result on the pull request.

    Raises:
        UserError: if the build failed; with what the pull request was told.
    """
    with scene.screen.build(f"#{pull.number} is built and measured", scene.artifacts / "builds") as follow:
        _wait(
            scene,
            lambda: len(_results(scene, pull)) == 1,
            what=f"the scores of #{pull.number}",
            seconds=BUILD_S,
            meanwhile=follow,
        )
    verdict = _verdict(_results(scene, pull)[0])
    _wait(scene, lambda: bool(_check_run(scene, pull.head(), BUILD_CHECK)), what="the build's check run")
    if _check_run(scene, pull.head(), BUILD_CHECK)["conclusion"] != "success":
        raise UserError(f"#{pull.number} got no scores. {verdict}")
    scene.screen.say(verdict)


def release(scene: Scene, pulls: list[Played]) -> None:
    """Merge both; after the quiet window a release is built, and each pull request hears its own scores in it.

    Raises:
        UserError: if the release failed; with what the pull requests were told.
    """
    alder = scene.people["alder"]
    with scene.screen.step("Alder merges both"):
        for pull in pulls:
            alder.post(f"/repos/{REPOSITORY}/pulls/{pull.number}/reviews", event="APPROVE", body="Thank you.")
            alder.put(f"/repos/{REPOSITORY}/pulls/{pull.number}/merge", merge_method="merge")
    with scene.screen.build(LAST_STEP, scene.artifacts / "builds") as show:
        _wait(
            scene,
            lambda: all(len(_results(scene, pull)) == 2 for pull in pulls),  # noqa: PLR2004 - candidate and release
            what="the release's scores",
            seconds=BUILD_S,
            meanwhile=show,
        )
    if not (scene.artifacts / "models" / "current.json").exists():
        raise UserError(f"No model became current. {_verdict(_results(scene, pulls[0])[1])}")
    for pull in pulls:
        scene.screen.say(f"#{pull.number}: {_verdict(_results(scene, pull)[1])}")


def _wait(
    scene: Scene,
    seen: Callable[[], bool],
    *,
    what: str,
    seconds: float = TRIAGE_S,
    meanwhile: Callable[[], None] = lambda: None,
) -> None:
    def look_around() -> None:
        scene.family.check()
        meanwhile()

    wait_until(seen, what=what, seconds=seconds, meanwhile=look_around)


def _check_run(scene: Scene, sha: str, name: str = TRIAGE_CHECK) -> Json:
    answer = scene.people["tamsin"].get(f"/repos/{REPOSITORY}/commits/{sha}/check-runs")
    for run in cast("list[Json]", answer["check_runs"]):
        if run["name"] == name:
            return run
    return {}


def _labels(scene: Scene, pull: Played) -> list[str]:
    return [str(label["name"]) for label in scene.people["tamsin"].get_all(_issue(pull, "labels"))]


def _told_labels(scene: Scene, pull: Played) -> str:
    return "labels: " + ", ".join(sorted(_labels(scene, pull)))


def _bot_comments(scene: Scene, pull: Played) -> list[str]:
    comments = scene.people["tamsin"].get_all(_issue(pull, "comments"))
    return [str(comment["body"]) for comment in comments if cast("Json", comment["user"])["type"] == "Bot"]


def _results(scene: Scene, pull: Played) -> list[str]:
    return [body for body in _bot_comments(scene, pull) if RESULT_MARKER in body]


def _verdict(comment: str) -> str:
    """Give the result comment's first sentence of prose."""
    return plain(next(line for line in comment.splitlines() if line.strip() and not line.startswith(("<!--", "#"))))


def _issue(pull: Played, what: str) -> str:
    return f"/repos/{REPOSITORY}/issues/{pull.number}/{what}"
