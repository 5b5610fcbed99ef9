"""What the demo plants and proposes is what the checks ask for, but for the mistakes that it shows."""

from pathlib import Path

import pytest

from bot.check import run_checks
from bot.facts import PullRequestFacts
from bot.findings import Finding, Level
from bot.gather_local import gather_files
from espalier.demo.content import Contribution, contributions, taxonomy
from schemas.config import FILE as POLICY

PLACES = {
    "documents_url": "https://documents.example/quay",
    "documents_commit": "0123456789abcdef0123456789abcdef01234567",
    "documents_host": "documents.example",
}


def planted(folder: Path, files: dict[str, str]) -> PullRequestFacts:
    policy = {POLICY: taxonomy(PLACES)[POLICY]}
    for path, text in (policy | files).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return gather_files(folder, ())


def found(facts: PullRequestFacts) -> list[Finding]:
    return [finding for result in run_checks(facts) for finding in result.findings]


def test_nothing_in_the_demos_taxonomy_needs_a_remark(tmp_path: Path) -> None:
    assert found(planted(tmp_path, taxonomy(PLACES))) == []


@pytest.mark.parametrize("contribution", contributions(PLACES), ids=lambda each: each.name)
def test_contributions_fail_as_people_write_them_and_mended_need_no_remark(
    contribution: Contribution, tmp_path: Path
) -> None:
    broken = planted(tmp_path / "broken", contribution.broken)
    assert any(each.level is Level.ERROR for each in found(broken))
    assert found(planted(tmp_path / "fixed", contribution.fixed)) == []
