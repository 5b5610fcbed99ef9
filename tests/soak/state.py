"""What stands on GitHub at the end of a story, without what differs from one run to the next."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import cast

from tests.bot.world import Json, Pull

BOT = "espalier[bot]"
MARKER = re.compile(r"<!-- espalier:\S+[^>]*-->")
DIGEST = re.compile(r"\s*<!-- espalier:digest [0-9a-f]{16} [0-9a-f]{16} -->")
VOLATILE = (
    (re.compile(r"http://127\.0\.0\.1:\d+(/api/v3)?"), "<host>"),
    (re.compile(r"\b(pr|r|v)\d*-[0-9a-f]{8}-[0-9a-f]{4}\b"), "<build>"),
    (re.compile(r"(<!-- espalier:reply )\d+ [0-9a-f]+"), r"\1<comment>"),
    (re.compile(r"#issuecomment-\d+"), "#<comment>"),
    (re.compile(r"\b\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)"), "<time>"),
    (re.compile(r"\borchard/[\w-]+"), "orchard/<taxonomy>"),
    (re.compile(r"\bjune/[\w-]+"), "june/<taxonomy>"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What people see of one pull request."""

    state: str
    labels: tuple[str, ...]
    comments: tuple[str, ...]
    """The bot's, in no order."""
    check_runs: tuple[tuple[str, ...], ...]
    """On each head: name, external id, conclusion, title, summary; the latest of a name."""
    lines: tuple[str, ...]
    """The bot's comments on lines of the diff."""
    reactions: tuple[tuple[str, str], ...]
    """The bot's, each with the beginning of the comment that it is on."""
    builds: tuple[str, ...]
    """The heads that jobs were submitted for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What volatile words of a story stand for: each head, in the order of the pushes."""

    heads: Sequence[str]

    def steady(self, text: str) -> str:
        """Put steady words in place of those that differ from run to run."""
        for number, head in enumerate(self.heads, start=1):
            text = re.sub(rf"\b{head[:7]}(?:{head[7:10]}(?:{head[10:]})?)?\b", f"<head {number}>", text)
        for pattern, word in VOLATILE:
            text = pattern.sub(word, text)
        return re.sub(r"\b[0-9a-f]{40}\b", "<sha>", text)


def shown(pull: Pull, heads: Sequence[str], jobs: Iterable[str]) -> Shown:
    """Read what stands on a pull request.

    Args:
        pull: The pull request.
        heads: All heads that it had, oldest first.
        jobs: The ids of the jobs that the cluster was given for it.
    """
    names = Names(heads=heads)
    told = pull.world.owner.get(f"{pull.repository.path}/pulls/{pull.number}")
    return Shown(
        state="merged" if told["merged"] else str(told["state"]),
        labels=tuple(sorted(pull.labels())),
        comments=tuple(sorted(names.steady(body) for body in pull.comments())),
        check_runs=tuple(sorted(_runs(pull, heads, names))),
        lines=tuple(sorted(names.steady(body) for body in own_lines(pull))),
        reactions=tuple(sorted(_reactions(pull))),
        builds=tuple(sorted(names.steady(job) for job in jobs)),
    )


def own_lines(pull: Pull) -> list[str]:
    """Give the bot's comments on lines."""
    found = pull.world.owner.items(f"{pull.repository.path}/pulls/{pull.number}/comments")
    return [str(item["body"]) for item in found if cast("Json", item["user"])["login"] == BOT]


def _runs(pull: Pull, heads: Sequence[str], names: Names) -> Iterable[tuple[str, ...]]:
    for number, head in enumerate(heads, start=1):
        for run in all_runs(pull, head, latest=True):
            output = cast("Json", run["output"])
            yield (
                f"head {number}", str(run["name"]), str(run["status"]), str(run["conclusion"]), str(output["title"]),
                names.steady(DIGEST.sub("", str(output["summary"]))), str(output["annotations_count"]),
            )  # fmt: skip


def all_runs(pull: Pull, head: str, *, latest: bool = False) -> list[Json]:
    """Give the check runs on a commit, all or the latest of each name."""
    path = f"{pull.repository.path}/commits/{head}/check-runs?per_page=100&filter={'latest' if latest else 'all'}"
    return cast("list[Json]", pull.world.owner.get(path)["check_runs"])


def _reactions(pull: Pull) -> Iterable[tuple[str, str]]:
    for comment in pull.world.owner.items(f"{pull.issue}/comments"):
        for reaction in pull.world.owner.items(f"{pull.repository.path}/issues/comments/{comment['id']}/reactions"):
            if cast("Json", reaction["user"])["login"] == BOT:
                yield str(comment["body"])[:40], str(reaction["content"])


def doubles(pull: Pull, heads: Sequence[str]) -> list[str]:
    """Name what stands there twice: comments by their marker, check runs by name, id and what they annotate."""
    seen: list[str] = []
    for body in pull.comments():
        marker = MARKER.search(body)
        seen.append(f"comment {marker[0] if marker else body[:40]}")
    for head in heads:
        for run in all_runs(pull, head):
            digest = DIGEST.search(str(cast("Json", run["output"])["summary"]))
            annotated = digest[0].split()[-2] if digest else ""
            seen.append(f"check run {run['name']} of {run['external_id']} at {head} ({annotated})")
    return sorted({each for each in seen if seen.count(each) > 1})
