"""What a stranger's YAML may do to us: nothing; and where its parts stand."""

import gzip
import json
import os
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.leaf import leaf_of
from schemas.safe_yaml import Cause, Position, UnreadableYaml, load
from schemas.yaml_scan import MAX_BYTES, MAX_DEPTH, MAX_EVENTS, MAX_LINES
from tests.patience import HANG_S

SKILL = """\
version: 3
created_by: ada
task_description: |
  Name the colour.
seed_examples:
  - question: Which colour?
    answer: |
      Blue.
"""

HOSTILE = {
    "nested brackets": (b"[" * 78_000, Cause.DEPTH),
    "nested mappings": ("".join(f"{' ' * n}a:\n" for n in range(40)).encode(), Cause.DEPTH),
    "a billion laughs": (
        b"a: &a [x,x,x,x,x,x,x,x,x]\n"
        + b"".join(b"%c: &%c [%s]\n" % (98 + n, 98 + n, b",".join([b"*%c" % (97 + n)] * 9)) for n in range(8)),
        Cause.ALIASES,
    ),
    "one long text many times over": (
        b"a: &a "
        + b"x" * 200_000
        + b"\n"
        + b"".join(b"%c: &%c [*%c,*%c]\n" % (98 + n, 98 + n, 97 + n, 97 + n) for n in range(9)),
        Cause.ALIASES,
    ),
    "many aliases": (b"a: &a x\nb: [" + b"*a," * 100 + b"]", Cause.ALIASES),
    "a value inside itself": (b"a: &a [*a]", Cause.ALIASES),
    "merge keys": (b"a: &a {b: 1}\nc:\n  <<: *a\n", Cause.MERGE),
    "a Python object": (b"a: !!python/object/apply:os.system ['true']", Cause.TAG),
    "a tag on a number": (b"a: !!int 5", Cause.TAG),
    "a tag by another name": (b"%TAG !x! tag:yaml.org,2002:\n---\na: !x!null ~", Cause.TAG),
    "too many parts": (b"- [a, b, c, d]\n" * 15_000, Cause.EVENTS),
    "too many lines": (b"a: 1\n" + b"\n" * 60_000, Cause.SIZE),
    "too many bytes": (b"a: " + b"x" * MAX_BYTES, Cause.SIZE),
    "a number too long to convert": (b"a: " + b"9" * 5_000, Cause.VALUE),
    "a base-60 number": (b"a: " + b":".join([b"59"] * 20_000), Cause.VALUE),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_input_is_refused_at_once_with_its_cause(name: str) -> None:
    data, cause = HOSTILE[name]
    begin = time.process_time()
    with pytest.raises(UnreadableYaml) as caught:
        load(data)
    assert caught.value.cause is cause
    assert time.process_time() - begin < HANG_S


def test_value_is_a_leaf_for_the_runner() -> None:
    leaf = leaf_of("compositional_skills/colour/qna.yaml", load(SKILL.encode()).value)
    assert leaf.seed_examples[0].pairs[0].answer == "Blue."


def test_positions_follow_a_path_of_keys_and_indices() -> None:
    loaded = load(SKILL.encode())
    assert loaded.position(["seed_examples", 0, "answer"]) == Position(line=7, column=13)
    assert loaded.key_position(["seed_examples", 0, "answer"]) == Position(line=7, column=5)
    assert loaded.key_position(["version"]) == Position(line=1, column=1)


def test_position_of_a_missing_part_is_its_nearest_ancestor() -> None:
    loaded = load(SKILL.encode())
    assert loaded.position(["seed_examples", 0, "context", "nowhere"]) == Position(line=6, column=5)
    assert loaded.position(["seed_examples", 9]) == Position(line=6, column=3)
    assert loaded.key_position([]) == Position(line=1, column=1)


def test_lines_are_git_lines_whatever_yaml_takes_for_a_line_break() -> None:
    loaded = load("\ufeffa: \u2028 x\r\nb: é y\n".encode())
    assert loaded.position(["b"]) == Position(line=2, column=4)
    assert loaded.lines == ("a: \u2028 x", "b: é y", "")


def test_duplicate_keys_are_named_with_both_places() -> None:
    (duplicate,) = load(b"a:\n  b: 1\n  c: 2\n  b: 3\n").duplicates()
    assert duplicate.key == "b"
    assert (duplicate.first.line, duplicate.position.line) == (2, 4)


def test_same_key_in_two_mappings_is_no_duplicate() -> None:
    assert load(b"- b: 1\n- b: 2\n").duplicates() == ()


def test_of_two_equal_keys_the_last_is_found() -> None:
    loaded = load(b"a: 1\na: 2\n")
    assert loaded.value == {"a": 2}
    assert loaded.position(["a"]).line == 2


def test_types_are_left_as_yaml_says() -> None:
    assert load(b"a: no\nb: 12:30:45\nc: 2024-01-02\nd: ~\n").value == yaml.safe_load(
        "a: no\nb: 12:30:45\nc: 2024-01-02\nd: ~\n"
    )


def test_empty_file_has_no_value() -> None:
    loaded = load(b"")
    assert loaded.value is None
    assert list(loaded.scalars()) == []
    assert loaded.position(["a"]) == Position(line=1, column=1)


def test_scalars_come_in_the_order_of_the_text() -> None:
    paths = [path for path, _ in load(b"b: [1, {a: 2}]\na: x\n").scalars()]
    assert paths == [("b", 0), ("b", 1, "a"), ("a",)]


@pytest.mark.parametrize(
    ("text", "cause", "line"),
    [
        ("a: b\nc: |text\n  d\n", Cause.SYNTAX, 2),
        ("a: 'b\n", Cause.SYNTAX, 2),
        ("a: b\n\tc: d\n", Cause.SYNTAX, 2),
        ("a: *gone\n", Cause.SYNTAX, 1),
        ("a: 1\n--- \nb: 2\n", Cause.DOCUMENTS, 2),
        ("a: [1, 2024-13-45]\n", Cause.VALUE, 1),
        ("? [a]\n: 1\n", Cause.VALUE, 1),
        ("x: 1\na: =\n", Cause.TAG, 2),
        ("a: 1\nb: x\x07\n", Cause.CHARACTER, 2),
    ],
)
def test_broken_input_is_refused_on_its_line(text: str, cause: Cause, line: int) -> None:
    with pytest.raises(UnreadableYaml) as caught:
        load(text.encode())
    assert (caught.value.cause, caught.value.position.line) == (cause, line)
    assert str(caught.value).startswith(f"Line {line}, column ")


def test_bytes_that_are_no_utf8_are_refused_on_their_line() -> None:
    with pytest.raises(UnreadableYaml) as caught:
        load("a: 1\nb: café\n".encode("latin-1"))
    assert (caught.value.cause, caught.value.position) == (Cause.ENCODING, Position(line=2, column=7))


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=400),
        st.text(max_size=300).map(str.encode),
        st.text("[]{}&*a<>:|-?!'\"\n ~", max_size=80).map(str.encode),
    )
)
def test_any_bytes_are_read_as_pyyaml_does_or_refused(data: bytes) -> None:
    try:
        loaded = load(data)
    except UnreadableYaml as error:
        loaded, place = None, error.position
    if loaded is None:
        assert place >= Position(line=1, column=1)
    else:
        assert repr(loaded.value) == repr(yaml.load(data.decode("utf-8-sig"), Loader=yaml.CSafeLoader))


def test_real_files_are_read_or_refused_as_pyyaml_does() -> None:
    corpus = Path(os.environ.get("ESPALIER_CORPUS", "../shared/corpus/prs.jsonl.gz"))
    if not corpus.exists():
        pytest.skip(f"the corpus is not at {corpus}; set ESPALIER_CORPUS")
    seen = 0
    with gzip.open(corpus, "rt") as lines:
        for line in lines:
            for file in json.loads(line)["files"]:
                if not file["path"].endswith("qna.yaml") or "content" not in file:
                    continue
                seen += 1
                try:
                    expected: object = yaml.load(file["content"], Loader=yaml.CSafeLoader)
                except yaml.YAMLError:
                    with pytest.raises(UnreadableYaml):
                        load(file["content"].encode())
                else:
                    assert load(file["content"].encode()).value == expected
    assert seen > 400


@pytest.mark.parametrize(
    "text",
    [
        "a: [b, 3, ~, null, '', 03, 1_0, 0x1f, 1e3, yes, 2024-01-02, 1:30, -4, +5, 007]",
        "{a: {b: c}, 1: d, true: e, ~: f}",
        "a: &x [b, &y c]\nd: *x\ne: *y\n",
        "a: 1\na: 2\nb: 3\n",
        "!!str [a]",
        "a: !!str 3",
        "- \u0663\n- 0\n",
        "!!map [a]",
        "a",
    ],
)
def test_value_is_what_pyyaml_makes_of_it(text: str) -> None:
    try:
        expected = yaml.safe_load(text)
    except yaml.YAMLError:
        with pytest.raises(UnreadableYaml):
            load(text.encode())
        return
    value = load(text.encode()).value
    assert (value, repr(value)) == (expected, repr(expected))


@pytest.mark.parametrize("depth", [31, 32, 33])
def test_depth_is_counted_alike_whatever_is_at_the_bottom(depth: int) -> None:
    for bottom in ("", "a"):
        data = f"{'[' * depth}{bottom}{']' * depth}".encode()
        if depth <= MAX_DEPTH:
            assert load(data).value == yaml.safe_load(data)
        else:
            with pytest.raises(UnreadableYaml, match="more than 32 levels"):
                load(data)


@pytest.mark.parametrize("parts", [4_998, 9_000, 19_996, 19_997])
def test_parts_are_counted_alike_whatever_they_are(parts: int) -> None:
    data = f"[{'a,' * (parts - 2)}]".encode()
    if parts + 4 <= MAX_EVENTS:
        assert load(data).value == ["a"] * (parts - 2)
    else:
        with pytest.raises(UnreadableYaml, match="more than 20,000 parts"):
            load(data)


def test_byte_order_mark_is_taken_off_and_remembered() -> None:
    assert (load(b"\xef\xbb\xbfa: 1\n").text, load(b"\xef\xbb\xbfa: 1\n").marked) == ("a: 1\n", True)
    assert not load(b"a: 1\n").marked


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_file_of_too_many_lines_is_refused_whatever_ends_them(end: str) -> None:
    assert load(f"a: 1{end * MAX_LINES}".encode()).value == {"a": 1}
    with pytest.raises(UnreadableYaml, match="the file has 20,001 lines"):
        load(f"a: 1{end * (MAX_LINES + 1)}".encode())
