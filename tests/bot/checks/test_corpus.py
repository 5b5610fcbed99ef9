"""Agreement with upstream's own linter and the DCO app on real pull requests."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.check import run_checks
from bot.checks.dco import dco
from bot.facts import Commit, Identity
from tests.bot.checks.corpus import CORPUS, DECLARED, LATEST, contents, fails, pulls
from tests.bot.checks.pulls import pull

ACCEPTED_DIFFERENCES = {
    # A key stands twice in a version 1 file. Upstream lints from version 2 on, so there the last one wins unseen.
    "compositional_skills/extraction/information/named_entities/school_mascots/qna.yaml",
}
"""Explained, with all others, in docs/decisions/0005-where-we-differ-from-upstreams-linter.md."""

UPSTREAM = os.environ.get("ESPALIER_UPSTREAM_PYTHON", "")

pytestmark = pytest.mark.skipif(not CORPUS.exists(), reason=f"the corpus is not at {CORPUS}; set ESPALIER_CORPUS")


def test_every_file_is_judged_at_its_declared_version_as_upstream_judges_it() -> None:
    cases = [case for real in pulls() for case in contents(real)]
    differences = [
        path
        for path, content, judged in cases
        if fails(path, content, DECLARED) != (judged["declared_version"]["errors"] != 0)
    ]
    assert set(differences) == ACCEPTED_DIFFERENCES
    assert len(cases) == 484


def test_every_file_is_judged_at_the_latest_version_as_upstream_judges_it() -> None:
    differences = [
        path
        for real in pulls()
        for path, content, judged in contents(real)
        if fails(path, content, LATEST) != (judged["latest_version"]["errors"] != 0)
    ]
    assert differences == []


@pytest.mark.skipif(not UPSTREAM, reason="set ESPALIER_UPSTREAM_PYTHON to a Python with instructlab-schema==0.4.2")
def test_spoiled_files_are_judged_as_upstream_judges_them() -> None:
    script = Path(__file__).parents[3] / "scripts" / "measure_agreement.py"
    done = subprocess.run(
        [sys.executable, str(script), "--upstream", UPSTREAM, "--count", "100", "--seed", "5001"],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        cwd=script.parents[1],
    )
    lines = done.stdout.splitlines()
    assert f"{200 - sum(line.startswith('seed') for line in lines)} of 200 verdicts agree" in done.stdout
    assert all(
        ", declared, " in line and line.endswith("fails it: duplicate-key") for line in lines if line.startswith("seed")
    )


def test_every_commit_is_judged_as_the_dco_app_judges_it() -> None:
    differences = []
    for real in pulls():
        commits = tuple(
            Commit(
                sha=each["sha"],
                parents=tuple(each["parents"]),
                author=Identity(name=each["author"]["name"], email=each["author"]["email"]),
                committer=Identity(name=each["committer"]["name"], email=each["committer"]["email"]),
                message=each["message"],
                # GitHub gives the account's type; here its name alone is left.
                author_is_bot=each["author"]["name"].endswith("[bot]"),
            )
            for each in real["commits"]
        )
        failed = {finding.commit for finding in dco(pull(commits=commits))}
        expected = {failure["sha"] for failure in real["expected"]["dco_failures"]}
        differences += [(real["number"], sha) for sha in failed ^ expected]
    assert differences == []


def test_no_check_breaks_on_a_real_file() -> None:
    for real in pulls():
        for path, content, _ in contents(real):
            results = run_checks(pull(content, folder=path.removesuffix("/qna.yaml")))
            assert {finding.rule for result in results for finding in result.findings}.isdisjoint({"broken"})
