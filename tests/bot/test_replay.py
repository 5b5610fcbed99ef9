"""`espalier replay`, run over files as people have them."""

import base64
import gzip
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from bot.past_pulls import BrokenLine, facts_of, read_pulls
from bot.replay_command import main
from schemas.config import Config
from tests.bot.checks.pulls import ATTRIBUTION, KNOWLEDGE_FOLDER, SKILL_FOLDER, knowledge, skill

QNA = f"{SKILL_FOLDER}/qna.yaml"
ADA = {"name": "Ada", "email": "ada@example.org"}
CORPUS = Path(os.environ.get("ESPALIER_CORPUS", "../shared/corpus/prs.jsonl.gz"))

Json = None | bool | int | str | Sequence["Json"] | Mapping[str, "Json"]


def linted(*, declared: int = 0, latest: int = 0) -> dict[str, Json]:
    return {"declared_version": {"errors": declared, "warnings": 0}, "latest_version": {"errors": latest}}


def commit(number: int, *, signed: bool = True) -> dict[str, Json]:
    message = "Add a leaf\n" + ("\nSigned-off-by: Ada <ada@example.org>" if signed else "")
    return {"sha": f"{number:040x}", "parents": ["f" * 40], "author": ADA, "committer": ADA, "message": message}


def past(
    number: int,
    text: str | None = None,
    *,
    merged: bool = False,
    commits: Sequence[Json] = (),
    expected: Mapping[str, Json] | None = None,
    attribution: bool = True,
) -> dict[str, Json]:
    return {
        "number": number,
        "base": "a" * 40,
        "head": "b" * 40,
        "merged": merged,
        "author": "user-1",
        "updated_at": "2024-02-23T22:09:15-05:00",
        "commits": commits or [commit(number)],
        "files": [{"status": "added", "path": QNA, "content": skill() if text is None else text}],
        "siblings": {f"{SKILL_FOLDER}/attribution.txt": ATTRIBUTION} if attribution else {},
        "expected": {"schema": {QNA: linted()}, "dco_failures": []} if expected is None else expected,
    }


def write(path: Path, *pulls: Json) -> Path:
    path.write_text("".join(f"{json.dumps(each)}\n" for each in pulls))
    return path


def replay(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, dict[str, list[dict[str, Json]]]]:
    code = main(["replay", *argv, "--format", "json", "--processes", "1"])
    told: dict[str, list[dict[str, Json]]] = json.loads(capsys.readouterr().out)
    return code, told


def test_verdict_of_every_pull_request_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    corpus = write(tmp_path / "prs.jsonl", past(1, merged=True), past(2, skill(examples=2), expected={}))
    code, told = replay(capsys, str(corpus))
    assert code == 0
    assert [(each["number"], each["verdict"]["failing"]) for each in told["pulls"]] == [  # type: ignore[index, call-overload]
        (1, []),
        (2, ["examples"]),
    ]
    assert told["totals"]["pulls"] == 2  # type: ignore[call-overload]  # the shape is what is tested
    assert told["totals"]["merged_passing"] == 1  # type: ignore[call-overload]  # as above


def test_differences_from_what_others_said_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = {
        "schema": {QNA: linted(declared=2, latest=0)},
        "dco_failures": [{"sha": f"{7:040x}", "message": "The sign-off is missing."}],
    }
    corpus = write(tmp_path / "prs.jsonl", past(7, expected=wrong, commits=[commit(7), commit(8, signed=False)]))
    assert main([str(corpus), "--processes", "1"]) == 0
    text = capsys.readouterr().out
    assert f"difference: #7 schema-declared '{QNA}': expected fail, got pass\n" in text
    assert f"difference: #7 dco '{7:040x}': expected fail, got pass\n" in text
    assert f"difference: #7 dco '{8:040x}': expected pass, got fail (dco/missing)\n" in text
    assert "0 of 1 files at the version they declare as expected" in text
    assert "1 of 1 files at the latest version as expected" in text
    assert "0 of 2 commits as expected" in text


def test_examples_of_a_version_1_file_are_not_counted_against_upstream(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = past(1, skill(examples=2, version=""), expected={"schema": {QNA: linted(latest=2)}})
    _, told = replay(capsys, str(write(tmp_path / "prs.jsonl", few)))
    assert told["pulls"][0]["differences"] == []


def test_policy_change_names_whom_it_turns_down_and_whom_it_lets_in(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    corpus = write(tmp_path / "prs.jsonl", past(1, skill(examples=3)), past(2), past(3, skill(examples=6)))
    lenient, strict = tmp_path / "lenient.yml", tmp_path / "strict.yml"
    lenient.write_text("examples: {skill: 3}\n")
    strict.write_text("examples: {skill: 6}\n")
    assert main([str(corpus), "--policy", str(lenient)]) == 0
    text = capsys.readouterr().out
    assert "#1      closed  pass  (failed before)" in text
    assert "the policy lets 1 more pass: #1\n" in text
    assert "the policy lets 0 more fail: none\n" in text
    _, told = replay(capsys, str(corpus), "--policy", str(strict), "--baseline-policy", str(lenient))
    assert told["totals"]["now_fail"] == [1, 2]  # type: ignore[call-overload]  # the shape is what is tested


@pytest.mark.parametrize(
    ("broken", "problem"),
    [
        ("{", "is not a PastPull in JSON"),
        ("[]", "must be an object"),
        ('{"number": "7", "merged": true, "author": "x"}', "number must be of type int"),
        (
            '{"number": 7, "merged": true, "author": "x", "files": [{"path": "p", "status": "?"}]}',
            "status must be one of",
        ),
        (json.dumps({**past(1), "files": [{"path": "p", "status": "added", "content_base64": "!"}]}), "base64"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_broken_line_is_named_and_does_not_stop_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], broken: str, problem: str
) -> None:
    corpus = tmp_path / "prs.jsonl"
    corpus.write_text(f"{json.dumps(past(1))}\n\n{broken}\n{json.dumps(past(2))}\n")
    assert main([str(corpus), "--processes", "1"]) == 1
    text = capsys.readouterr().out
    assert "line 3 is no pull request: " in text
    assert problem in text
    assert "2 pull requests: 2 pass, 0 fail" in text


def test_packed_file_is_read_and_a_damaged_one_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    corpus = tmp_path / "prs"
    packed = gzip.compress(f"{json.dumps(past(1))}\n".encode())
    corpus.write_bytes(packed)
    out = tmp_path / "out.json"
    assert main([str(corpus), "--out", str(out), "--format", "json"]) == 0
    assert json.loads(out.read_text())["totals"]["passing"] == 1
    assert "1 pull requests: 1 pass" in capsys.readouterr().out
    corpus.write_bytes(packed[:-9])
    assert main([str(corpus)]) == 2
    assert "is cut off or damaged" in capsys.readouterr().err


def test_misuse_is_one_sentence_and_code_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    corpus = write(tmp_path / "prs.jsonl", past(1))
    policy = tmp_path / "policy.yml"
    policy.write_text("examples: {skil: 3}\n")
    for argv, words in (
        ([str(tmp_path / "gone")], "cannot be read: No such file"),
        ([str(corpus), "--policy", str(policy)], "there is no key examples.skil"),
        ([str(corpus), "--policy", str(tmp_path / "gone")], "cannot be read: No such file"),
        ([str(corpus), "--out", str(tmp_path / "gone" / "out")], "cannot be written: No such file"),
    ):
        assert main(argv) == 2
        assert words in capsys.readouterr().err


def test_pull_request_of_a_line_has_the_facts_of_one_on_github(tmp_path: Path) -> None:
    pull = {
        **past(1),
        "files": [
            {"status": "modified", "path": QNA, "content_base64": base64.b64encode(b"\xff").decode()},
            {"status": "removed", "path": f"{KNOWLEDGE_FOLDER}/qna.yaml"},
            {"status": "added", "path": "knowledge/a/qna.yaml", "content": knowledge() + "\ud800"},
            {"status": "added", "path": "knowledge/a/attribution.txt", "content": ATTRIBUTION},
            {"status": "modified", "path": "README.md"},
        ],
    }
    (read,) = read_pulls(write(tmp_path / "prs.jsonl", pull))
    assert not isinstance(read, BrokenLine)
    facts = facts_of(read, config=Config())
    assert [(leaf.folder, leaf.qna is not None, leaf.attribution) for leaf in facts.leaves] == [
        (SKILL_FOLDER, True, ATTRIBUTION.encode()),
        ("knowledge/a", True, ATTRIBUTION.encode()),
    ]
    assert facts.files[0].content == b"\xff"
    assert facts.files[4].content is None


@pytest.mark.skipif(not CORPUS.exists(), reason=f"the corpus is not at {CORPUS}; set ESPALIER_CORPUS")
def test_real_pull_requests_replay_as_upstream_and_the_dco_app_judged_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    part = tmp_path / "prs.jsonl"
    with gzip.open(CORPUS, "rt") as lines:
        part.write_text("".join(line for number, line in enumerate(lines) if number % 10 == 0))
    code, told = replay(capsys, str(part))
    assert code == 0
    assert [each["differences"] for each in told["pulls"] if each["differences"]] == []
    assert all(f"warning {check}/broken" not in told["totals"]["rules"] for check in ("yaml", "schema", "dco"))  # type: ignore[call-overload, operator]
