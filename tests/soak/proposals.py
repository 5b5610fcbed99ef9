"""What people propose: real pull requests of the shared corpus, or made ones where it is absent."""

import gzip
import json
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bot.world import ATTRIBUTION, skill

CORPUS = Path(
    os.environ.get("ESPALIER_CORPUS", Path(__file__).resolve().parents[3] / "shared" / "corpus" / "prs.jsonl.gz")
)
MOST_FILES, MOST_CHARACTERS = 4, 20_000
"""Of a pull request that is taken: the bot is to be killed often, not to read much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """The files of a pull request."""

    title: str
    files: dict[str, str]
    signed: bool


def proposals(count: int, *, seed: int) -> list[Proposal]:
    """Draw some, the same for the same seed; every third is made, and in good order, so that some can be built."""
    dice = random.Random(seed)  # noqa: S311 - repeatable, not secret
    real = list(_corpus())
    drawn = dice.sample(real, min(count, len(real)))
    return [_made(number) if number % 3 == 0 or number >= len(drawn) else drawn[number] for number in range(count)]


def _corpus() -> Iterator[Proposal]:
    if not CORPUS.exists():
        return
    with gzip.open(CORPUS, "rt", encoding="utf-8") as file:
        for row in map(json.loads, file):
            files = {each["path"]: each["content"] for each in row["files"] if each.get("content")}
            small = sum(map(len, files.values())) <= MOST_CHARACTERS
            if len(files) == len(row["files"]) <= MOST_FILES and small:
                yield Proposal(
                    title=f"Take in number {row['number']}", files=files, signed=not row["expected"]["dco_failures"]
                )


def _made(number: int) -> Proposal:
    folder = f"compositional_skills/greetings/keeper_{number}"
    files = {f"{folder}/qna.yaml": skill(word=f"lamp {number}"), f"{folder}/attribution.txt": ATTRIBUTION}
    broken = {f"{folder}/qna.yaml": skill(word=f"lamp {number}", examples=2)}
    return Proposal(title=f"Greet keeper {number}", files=broken if number % 4 == 3 else files, signed=number % 5 != 4)
