"""Files spoiled at random, and hostile ones: nothing crashes, hangs or grows, and mends never contradict each other."""

import resource
import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.check import NotLooked
from bot.checks.examples import examples
from bot.checks.schema import schema
from bot.checks.words import words
from bot.checks.yaml import MAX_PER_RULE, yaml
from bot.findings import Finding, Replacement
from bot.mend import choose, mended
from bot.reading import read
from schemas.config import Config, SchemaPolicy, YamlPolicy
from schemas.safe_yaml import Loaded
from tests.bot.checks.corpus import CORPUS, contents, pulls
from tests.bot.checks.mutations import mutated
from tests.bot.checks.pulls import KNOWLEDGE_FOLDER, SKILL_FOLDER, knowledge, pull, skill

SECONDS = 2.0
MEBIBYTES = 500
ROUNDS = 8
PIECES = (
    "version: 3\n",
    "version :  2\n",
    "version:\n",
    "version:   # none\n",
    "created_by: ada\n",
    "seed_examples:\n",
    "  - question: Why?\n",
    "    answer: |\n",
    "      So it is.\n",
    "    answer: no\n",
    "    context: 12:30\n",
    "  ",
    "- ",
    "\t",
    "\r",
    "\n",
    "\n\n\n\n",
    ": ",
    " #5",
    "|",
    "> x",
    "'",
    '"',
    "\\",
    "{",
    "}",
    "[",
    "]",
    "&a ",
    "*a",
    "!!str ",
    "<<: ",
    "---\n",
    "%",
    "\ufeff",
    "\u2028",
    "é水",
    "word " * 40,
)


def judged(content: bytes, folder: str = SKILL_FOLDER, config: Config | None = None) -> list[Finding]:
    facts = pull(content, folder=folder, config=config)
    found: list[Finding] = []
    for check in (yaml, schema, examples, words):
        try:
            found += check(facts)
        except NotLooked:
            continue
    return found


def replacements(found: list[Finding]) -> list[Replacement]:
    offered = {each for finding in found if finding.fix is not None for each in finding.fix.replacements}
    return sorted(offered, key=lambda each: each.first)


def assert_mends_agree(content: bytes, folder: str = SKILL_FOLDER, config: Config | None = None) -> None:
    """Assert that no mend touches another, and that making all of them comes to an end where none is offered."""
    for _ in range(ROUNDS):
        offered = replacements(judged(content, folder, config))
        for before, after in pairwise(offered):
            assert before.last < after.first
        if not offered:
            return
        assert offered[0].first >= 1
        assert offered[-1].last <= content.count(b"\n") + 1
        better = mended(content, offered)
        assert better != content
        content = better
    pytest.fail(f"mends are still offered after {ROUNDS} rounds: {offered}")


@settings(deadline=None, max_examples=150)
@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_mends_of_any_text_agree_and_come_to_an_end(text: str) -> None:
    assert_mends_agree(text.encode())
    assert_mends_agree(text.encode(), KNOWLEDGE_FOLDER, Config(yaml=YamlPolicy(line_length=40)))


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=300))
def test_any_bytes_are_judged(content: bytes) -> None:
    assert judged(content)


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=80), st.sampled_from(("declared", "latest", "2")))
def test_any_answer_is_judged_on_lines_that_the_file_has(answer: str, version: str) -> None:
    text = skill(version="version: 2\n").replace("|\n      Song number 0.", answer)
    found = judged(text.encode(), config=Config(schema=SchemaPolicy(required_version=version)))
    assert all(finding.line is None or 1 <= finding.line <= text.count("\n") + 1 for finding in found)
    assert all(finding.column is None or finding.column >= 1 for finding in found)


@settings(deadline=None, max_examples=60)
@given(st.integers(min_value=0), st.booleans())
def test_spoiled_leaves_are_mended_until_nothing_is_offered(seed: int, taught: bool) -> None:  # noqa: FBT001 - drawn
    leaf, folder = (knowledge(), KNOWLEDGE_FOLDER) if taught else (skill(), SKILL_FOLDER)
    assert_mends_agree(mutated(leaf.encode(), seed), folder)


@pytest.mark.skipif(not CORPUS.exists(), reason=f"the corpus is not at {CORPUS}; set ESPALIER_CORPUS")
def test_real_files_spoiled_at_random_cost_little_and_never_crash() -> None:
    cases = [(path, content) for real in pulls() for path, content, _ in contents(real)]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for seed, (path, content) in enumerate(cases[::3]):
        spoiled = mutated(content, seed)
        started = time.process_time()
        judged(spoiled, path.removesuffix("/qna.yaml"))
        assert time.process_time() - started < SECONDS, seed
        assert_mends_agree(spoiled, path.removesuffix("/qna.yaml"))
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak) / 1024 < MEBIBYTES


HEAD = "version: 3\nseed_examples:\n"
HOSTILE = {
    "list": "- a\n" * 19_000,
    "plain text": "a: " + "word " * 50_000,
    "plain lines": "a:\n" + "  word\n" * 19_000,
    "escapes": 'a: "' + "\\u0041" * 40_000 + '"\n',
    "quoted lines": 'a: "' + "\n" * 19_000 + '"\n',
    "brackets": "a: [" + "[a]," * 6_000 + "]\n",
    "blank lines": "a: 1\n" + "\n" * 250_000,
    "blanks": "a: |\n" + "  x  \n" * 19_000,
    "carriage returns": "a: 1\n" + "\r" * 250_000,
    "comment": "#" * 250_000,
    "spaces": "a:" + " " * 250_000 + "1\n",
    "keys": "".join(f"k{number}: 1\n" for number in range(9_900)),
    "anchors": "".join(f"k{number}: &a{number} b\n" for number in range(9_000)),
    "open quotation": 'a: "' + "x\n" * 19_000,
    "slips": "".join(f"k{number}: |x\n" for number in range(9_900)),
    "tabs": "a:\n" + "\tb: c\n" * 19_000,
    "text without indent": "a: |\n" + "b\n" * 19_000,
    "chat": HEAD + "  - question: Thanks\n    answer: a b c d e f g h i\n" * 3_800,
    "comments in text": HEAD + "  - question: a #b\n    answer: a\n" * 3_900,
    "mistaken types": HEAD + "  - question :  no\n    answer  : 12:30\n" * 3_900,
    "long lines": HEAD + f"  - question: {'word ' * 30}\n    answer: 12\n" * 1_400,
    "marks": "\ufeff" * 80_000,
    "ideographs": "a: " + "水" * 80_000,
    "combining marks": "a: " + "\u0301" * 120_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_file_is_judged_within_seconds_and_with_few_findings(text: str) -> None:
    content = text.encode()[: 256 * 1024]
    started = time.process_time()
    found = judged(content)
    # A busy machine counts more for the same work; the child that judges has a limit of its own.
    assert time.process_time() - started < 4 * SECONDS
    assert len(found) < 10 * MAX_PER_RULE


def test_a_file_mended_in_all_ways_is_clean_and_says_the_same() -> None:
    spoiled = "\ufeff\n\n" + skill(version="").replace("sing?", "sing?  ").replace(": |", ":   |").replace("\n", "\r\n")
    spoiled += " \r\n\r\n"
    found = judged(spoiled.encode())
    assert {finding.rule for finding in found} == {
        "version-missing",
        "bom",
        "crlf",
        "trailing-spaces",
        "empty-lines",
        "colons",
    }
    better = mended(spoiled.encode(), choose(found).replacements[f"{SKILL_FOLDER}/qna.yaml"])
    assert better.decode() == skill()
    assert judged(better) == []


def test_broken_long_lines_keep_their_texts() -> None:
    long = [" ".join(f"{word}{number}" for number in range(60)) for word in ("tea", "cup", "pot")]
    forms = (long[0], f"'{long[1]}'", f'"{long[2]}"')
    text = skill()
    for number, form in enumerate(forms):
        text = text.replace(f"What does kettle {number} sing?", form)
    found = judged(text.encode())
    assert [finding.rule for finding in found] == ["long-line"] * 3
    before = read(text.encode())
    better = mended(text.encode(), replacements(found))
    after = read(better)
    assert isinstance(before, Loaded)
    assert isinstance(after, Loaded)
    assert after.value == before.value
    assert max(map(len, better.decode().splitlines())) <= 120
