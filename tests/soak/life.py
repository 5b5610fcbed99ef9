"""The life of many pull requests: people who open, push, comment, label, vote, build and close, side by side.

Each person works on a taxonomy of their own and waits for the bot where people would, so that the end does not depend
on who was faster; how long the bot takes, and how often it is killed meanwhile, must not matter.
"""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import cast

from tests.bot.world import Json, Pull, Repository, World, wait
from tests.soak.journey import jobs_of
from tests.soak.proposals import Proposal
from tests.soak.state import BOT, Shown, doubles, shown

PATIENCE = 180.0
"""Seconds for the bot to answer, though it is killed again and again."""
POLICY = """
checks:
  duplicates:
    level: "off"  # who came first is a matter of chance here
build:
  quiet_minutes: 10080
"""


@dataclass(slots=True, kw_only=True)
class Lived:
    """A pull request, and the heads that it had."""

    pull: Pull
    heads: list[str] = field(default_factory=list)

    def state(self) -> Shown:
        return shown(self.pull, self.heads, jobs_of(self.pull))

    def doubles(self) -> list[str]:
        return doubles(self.pull, self.heads)


def live(world: World, people: list[list[Proposal]], *, seed: int) -> list[Lived]:
    """Have all people work through their proposals side by side.

    Args:
        world: Where they live.
        people: The proposals of each.
        seed: Of what they do with them.
    """
    repositories = [world.repository(policy=POLICY) for _ in people]
    with ThreadPoolExecutor(len(people)) as pool:
        jobs = [
            pool.submit(lambda *given: list(_work(*given)), repository, own, seed + number)
            for number, (repository, own) in enumerate(zip(repositories, people, strict=True))
        ]
        return [lived for job in jobs for lived in job.result()]


def _work(repository: Repository, own: list[Proposal], seed: int) -> Iterator[Lived]:
    dice = random.Random(seed)  # noqa: S311 - repeatable, not secret
    for number, proposal in enumerate(own):
        pull = repository.open_pull(
            proposal.files, branch=f"leaf-{number}", title=proposal.title, signed=proposal.signed
        )
        lived = Lived(pull=pull, heads=[pull.head])
        _await_triage(pull)
        for act in dice.sample((_chat, _ask_help, _label, _push, _recheck), k=2):
            act(lived)
        if pull.conclusion() == "success":
            _vote_and_build(lived, build=number % 3 == 0)
        if dice.random() < 0.2:
            pull.world.contributor.ask("PATCH", f"{repository.path}/pulls/{pull.number}", state="closed")
        yield lived


def _await_triage(pull: Pull) -> None:
    where = f"{pull.repository.name}#{pull.number}"
    wait(lambda: pull.conclusion() is not None, what=f"the triage of {where}", seconds=PATIENCE)
    wait(lambda: pull.comments("<!-- espalier:report -->"), what=f"the report of {where}", seconds=PATIENCE)


def _await_answer(pull: Pull, comment: Json) -> None:
    """Wait for the reaction to a command."""
    path = f"{pull.repository.path}/issues/comments/{comment['id']}/reactions"

    def seen() -> bool:
        return any(cast("Json", item["user"])["login"] == BOT for item in pull.world.owner.items(path))

    wait(seen, what=f"an answer to {comment['body']!r} on {pull.repository.name}#{pull.number}", seconds=PATIENCE)


def _command(pull: Pull, text: str, *, by_author: bool = False) -> None:
    person = pull.world.contributor if by_author else pull.world.triager
    _await_answer(pull, pull.comment(text, person=person))


def _chat(lived: Lived) -> None:
    lived.pull.comment("Thank you for this one!\n\n> /espalier approve\n")


def _ask_help(lived: Lived) -> None:
    _command(lived.pull, "/espalier help", by_author=True)


def _label(lived: Lived) -> None:
    lived.pull.world.triager.post(f"{lived.pull.issue}/labels", labels=["theirs"])


def _recheck(lived: Lived) -> None:
    _command(lived.pull, "/espalier recheck", by_author=True)


def _push(lived: Lived) -> None:
    path = next(iter(lived.pull.repository.fork.glob("*/**/attribution.txt")), None)
    folder = path.parent.relative_to(lived.pull.repository.fork) if path else "compositional_skills"
    lived.heads.append(lived.pull.push({f"{folder}/notes.md": f"Note {len(lived.heads)}.\n"}, "Add a note"))
    _await_triage(lived.pull)


def _vote_and_build(lived: Lived, *, build: bool) -> None:
    pull = lived.pull
    _command(pull, "/espalier approve")
    if not build:
        return
    _command(pull, "/espalier build")
    where = f"{pull.repository.name}#{pull.number}"
    wait(lambda: pull.comments("<!-- espalier:result"), what=f"the scores of {where}", seconds=PATIENCE)
