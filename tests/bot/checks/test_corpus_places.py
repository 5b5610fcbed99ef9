"""What the checks of places, attributions and authors say of real pull requests, counted: a change would show."""

import os
from collections import Counter
from pathlib import Path

import pytest

from bot.check import NotLooked
from bot.checks.attribution import attribution
from bot.checks.author import author
from bot.checks.placement import placement
from bot.checks.template import template
from bot.facts import PullRequestFacts
from bot.past_pulls import PastPull, facts_of, read_pulls
from schemas.config import Config

CORPUS = Path(os.environ.get("ESPALIER_CORPUS", "../shared/corpus/prs.jsonl.gz"))

pytestmark = pytest.mark.skipif(not CORPUS.exists(), reason=f"the corpus is not at {CORPUS}; set ESPALIER_CORPUS")


@pytest.fixture(scope="module")
def pulls() -> list[PullRequestFacts]:
    return [facts_of(each, config=Config()) for each in read_pulls(CORPUS) if isinstance(each, PastPull)]


def test_misplaced_and_misnamed_leaves_are_found_in_as_many_pull_requests_as_people_count(
    pulls: list[PullRequestFacts],
) -> None:
    rules = Counter(rule for facts in pulls for rule in {finding.rule for finding in placement(facts)})
    assert rules == {
        "upper-case": 26, "spaces": 3, "tree-inside-tree": 2, "misnamed": 31, "outside-trees": 1,
        "grounded-elsewhere": 59, "knowledge-like": 9, "mixed-with-reorganisation": 2,
    }  # fmt: skip


def test_attributions_are_judged_as_a_person_judges_them(pulls: list[PullRequestFacts]) -> None:
    rules = Counter(finding.rule for facts in pulls for finding in attribution(facts))
    assert rules == {
        "missing": 276, "no-licence": 23, "copy-of-qna": 11, "document-licence-unknown": 16, "licence-not-listed": 7,
        "licence-restrictive": 6, "licence-unknown": 4, "fields-missing": 63,
    }  # fmt: skip


def test_authors_are_asked_for_where_none_is_named(pulls: list[PullRequestFacts]) -> None:
    rules: Counter[str] = Counter()
    for facts in pulls:
        try:
            rules.update(finding.rule for finding in author(facts))
        except NotLooked:
            rules["unread"] += 1
    assert rules == {"empty": 18, "full-name": 13, "no-login": 2, "unread": 43}


def test_descriptions_that_are_not_known_are_not_judged(pulls: list[PullRequestFacts]) -> None:
    for facts in pulls:
        with pytest.raises(NotLooked):
            list(template(facts))
