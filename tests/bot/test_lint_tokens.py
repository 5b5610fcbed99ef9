"""yamllint over libyaml's tokens, held against yamllint over its own."""

import base64
import gzip
import json
import os
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from yamllint import linter  # type: ignore[import-untyped]  # ships no types
from yamllint.config import YamlLintConfig  # type: ignore[import-untyped]  # ships no types

from bot.lint import _BLOCKS as BLOCKS
from bot.lint import CONFIGURATION
from bot.lint_tokens import _tokens as tokens
from bot.lint_tokens import problems
from schemas.safe_yaml import UnreadableYaml, load
from tests.bot.checks.pulls import knowledge, skill

CORPUS = Path(os.environ.get("ESPALIER_CORPUS", "../shared/corpus/prs.jsonl.gz"))
WHOLE, SOME = YamlLintConfig(CONFIGURATION), YamlLintConfig(BLOCKS)
BASES = (
    skill(),
    "---\n" + knowledge(contexts=2, pairs=2) + "...\n",
    skill(examples=2).replace("|\n      Song", '"Song').replace("number 0.", 'number 0."').replace("number 1.", 'n 1"'),
    "version: 3\ncreated_by: 'ada'\nseed_examples:\n- question: >-\n    Why\n\n    s\n  answer:  x # y\n-  z:\n   - y",
)
PIECES = [
    *"\n -:|>'\"#?&*!%@`,[]{}\\~=+.0aé\u00a0\u2028\x85😀\t\r",
    *(
        "\n  ",
        "\n- ",
        ": ",
        " #",
        "- ",
        "---\n",
        "...\n",
        "|2\n",
        ">-\n",
        "|#",
        "? ",
        "''",
        '""',
        "{a: b}",
        "[a, b]",
        "&a ",
        "*a",
    ),
]
edits = st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 12), st.sampled_from(PIECES)), max_size=5)


def found(text: str) -> list[tuple[int, int, str, str]]:
    said = problems(text, configuration=WHOLE, blocks=SOME)
    return [(one.line, one.column, one.rule, one.level) for one in said]


def wanted(text: str) -> list[tuple[int, int, str, str]]:
    return [(one.line, one.column, one.rule, one.level) for one in linter.run(text, WHOLE)]


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(BASES), edits)
def test_libyaml_is_asked_only_where_it_reads_as_pyyaml_does(text: str, changes: list[tuple[int, int, str]]) -> None:
    for at, cut, piece in changes:
        place = at % (len(text) + 1)
        text = text[:place] + piece + text[place + cut :]
    try:
        list(yaml.parse(text, Loader=yaml.CBaseLoader))
    except yaml.YAMLError:
        return
    assert found(text) == wanted(text)


@pytest.mark.parametrize(
    "text",
    [
        "a: |# x\n  y\n",
        "a:\tb\n",
        "a: b\r\n",
        "# yamllint disable-file\na:  b\n",
        "a: [b, c ]\n",
        "a: &x b\n",
        "%YAML 1.1\n---\na: b\n",
    ],
)
def test_text_that_the_two_might_read_differently_goes_the_long_way(text: str) -> None:
    assert tokens(text) is None
    assert found(text) == wanted(text)


def test_text_of_a_leaf_goes_the_short_way() -> None:
    assert tokens(knowledge()) is not None
    assert found("a:  b \n\n\n\nb:\n -  c: d") == wanted("a:  b \n\n\n\nb:\n -  c: d")


@pytest.mark.skipif(not CORPUS.exists(), reason=f"the corpus is not at {CORPUS}; set ESPALIER_CORPUS")
def test_every_real_file_is_linted_as_yamllint_lints_it() -> None:
    short = compared = 0
    with gzip.open(CORPUS, "rt") as lines:
        files = [file for line in lines for file in json.loads(line)["files"] if file["path"].endswith("qna.yaml")]
    for file in files:
        content = file["content"].encode() if "content" in file else base64.b64decode(file.get("content_base64", ""))
        try:
            text = load(content).text
        except UnreadableYaml:
            continue
        compared += 1
        short += tokens(text) is not None
        assert found(text) == wanted(text)
    assert compared > 400
    assert short > 0.95 * compared
