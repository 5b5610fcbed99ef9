"""Hostile pull requests: they are judged within bounds, and cost nobody else anything."""

import os
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.check import run_checks
from bot.facts import ChangedFile, FileStatus, LeafFiles, PullRequestFacts
from bot.findings import CheckResult, Level
from bot.judge import Bounds, Judge, without
from tests.bot.checks.pulls import ATTRIBUTION, pull, skill

KIBIBYTE = 1024
LARGEST = 250 * KIBIBYTE
"""Bytes of about the largest file that is read at all."""
STRICT = Bounds(file_seconds=0.25, more_seconds=0.0, most_seconds=2.0)
"""Bounds that a file of many keys exceeds by far."""
COSTLY = skill() + "".join(f"k{number}: &a{number} b\n" for number in range(9_000))


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    with Judge() as made:
        made.run(pull())
        yield made


@pytest.fixture(scope="module")
def strict() -> Iterator[Judge]:
    with Judge(bounds=STRICT) as made:
        made.run(pull())
        yield made


def of_files(files: Mapping[str, str | bytes]) -> PullRequestFacts:
    """Give a pull request that adds these files."""
    contents = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
    changed = {
        path: ChangedFile(path=path, status=FileStatus.ADDED, mode="100644", content=content, size=len(content))
        for path, content in contents.items()
    }
    folders = sorted({path.rpartition("/")[0] for path in files if path.endswith("qna.yaml")})
    leaves = tuple(
        LeafFiles(
            folder=folder,
            qna=changed.get(f"{folder}/qna.yaml"),
            attribution=contents.get(f"{folder}/attribution.txt", ATTRIBUTION.encode()),
        )
        for folder in folders
    )
    return replace(pull(), files=tuple(changed.values()), leaves=leaves)


def rules(results: tuple[CheckResult, ...]) -> set[tuple[str, str, str | None]]:
    return {(result.id, finding.rule, finding.path) for result in results for finding in result.findings}


def qna(name: str) -> str:
    return f"compositional_skills/writing/{name}/qna.yaml"


def test_the_checks_say_in_a_child_what_they_say_here(judge: Judge) -> None:
    facts = of_files({qna("few"): skill(examples=2), qna("torn"): "version: 3\nseed_examples: [", qna("fine"): skill()})
    assert judge.run(facts) == run_checks(facts)


def test_a_file_that_costs_too_much_is_named_and_hides_no_other_finding(strict: Judge) -> None:
    facts = of_files({qna("costly"): COSTLY, qna("few"): skill(examples=2), qna("fine"): skill()})
    results = strict.run(facts)
    expected = {found for found in rules(run_checks(without(facts, [qna("costly")]))) if found[2] != qna("costly")}
    unread = {("secrets", "unread", qna("costly"))}
    assert rules(results) == expected | unread | {("yaml", "too-costly", qna("costly"))}
    assert ("examples", "too-few-examples", qna("few")) in rules(results)
    costly = next(found for result in results for found in result.findings if found.rule == "too-costly")
    assert costly.level is Level.ERROR
    assert costly.line == 1
    assert "shorter" in costly.message


def test_an_attribution_that_costs_too_much_leaves_its_leaf_judged(strict: Judge) -> None:
    folder = "compositional_skills/writing/few"
    facts = of_files({f"{folder}/qna.yaml": skill(examples=2), f"{folder}/attribution.txt": ATTRIBUTION})
    hidden = without(facts, [f"{folder}/attribution.txt"])
    assert hidden.leaves[0].attribution is not None
    unread = {("secrets", "unread", f"{folder}/attribution.txt")}
    assert rules(strict.run(hidden)) == rules(run_checks(facts)) | unread


def test_files_that_cost_too_much_only_together_are_asked_to_be_split(strict: Judge) -> None:
    text = skill() + "# \n" * 6_000
    facts = of_files({qna(f"leaf{number}"): text for number in range(150)})
    results = strict.run(facts)
    assert ("yaml", "too-costly", None) in rules(results)
    assert {result.id for result in results} == {result.id for result in run_checks(pull())}


def test_a_hostile_pull_request_stops_no_other() -> None:
    """With two children, one pull request looks for its costly file while others go on."""
    hostile = of_files({qna(f"costly{number}"): COSTLY for number in range(3)})
    bounds = Bounds(file_seconds=0.25, more_seconds=0.0)
    with Judge(processes=2, bounds=bounds) as judge:
        judge.run(pull())
        busy = threading.Thread(target=judge.run, args=(hostile,))
        busy.start()
        time.sleep(0.2)
        quick = 0
        while busy.is_alive():
            assert judge.run(pull()) == run_checks(pull())
            quick += 1
        busy.join()
    assert quick >= 3


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


def merges(levels: int) -> str:
    rows = ["a0: &a0 {x: 1}"] + [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}" for n in range(1, levels)]
    return "\n".join(rows)


def aliases(levels: int) -> str:
    rows = ["a0: &a0 [lol, lol]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, levels)]
    return "\n".join(rows)


HOSTILE = {
    "nested": nested,
    "almost too deep": lambda n: f"x: [{', '.join([nested(28)] * min(n // 60, 300))}]",
    "merges": lambda n: merges(max(n // 200, 2)),
    "aliases": lambda n: aliases(max(n // 200, 2)),
    "comments": lambda n: skill() + "#\n" * (n // 2),
    "blank lines": lambda n: skill() + "\n" * n,
    "trailing spaces": lambda n: skill() + " \n" * (n // 2),
    "carriage returns": lambda n: skill() + "\r" * n,
    "line separators": lambda n: skill() + "\u2028" * (n // 3),
    "one long line": lambda n: f"{skill()}x: {'a ' * (n // 2)}\n",
    "one long word": lambda n: f"{skill()}x: {'a' * n}\n",
    "one long quotation": lambda n: f'{skill()}x: "{"a " * (n // 2)}"\n',
    "quotation marks": lambda n: f"{skill()}x: {chr(39) * n}",
    "backslashes": lambda n: f'{skill()}x: "{chr(92) * n}',
    "small lists": lambda n: f"{skill()}x: [{'{a: 1}, ' * min(n // 8, 4_500)}]\n",
    "keys": lambda n: skill() + "".join(f"k{m}: b\n" for m in range(min(n // 10, 9_000))),
    "one key": lambda n: skill() + "k: b\n" * min(n // 5, 9_000),
    "anchors": lambda n: skill() + "".join(f"k{m}: &a{m} b\n" for m in range(min(n // 16, 9_000))),
    "a huge number": lambda n: f"{skill()}x: {'9' * n}\n",
    "a huge time": lambda n: f"{skill()}x: 1{':10' * (n // 3)}\n",
    "examples": lambda n: skill(examples=min(n // 80, 2_800)),
    "addresses": lambda n: f"{skill()}x: |\n  {'a@' * (n // 2)}\n",
    "dots and an at": lambda n: f"{skill()}x: |\n  {'a.' * (n // 2)}@\n",
    "digits": lambda n: f"{skill()}x: |\n  {'1 ' * (n // 2)}\n",
    "hex": lambda n: f"{skill()}x: |\n  {'a1f' * (n // 3)}\n",
    "urls": lambda n: f"{skill()}x: |\n  {'https://a:b' * (n // 11)}\n",
    "beginnings of keys": lambda n: f"{skill()}x: |\n  {'-----BEGIN ' * (n // 11)}\n",
    "ideographs": lambda n: f"{skill()}x: {chr(0x6F22) * (n // 3)}\n",
    "combining marks": lambda n: f"{skill()}x: a{chr(0x301) * (n // 2)}\n",
    "question marks": lambda n: f"{skill()}{'? ' * (n // 2)}",
    "dashes": lambda n: f"{skill()}{'- ' * (n // 2)}",
    "colons": lambda n: f"{skill()}{': ' * (n // 2)}",
    "percent": lambda n: "%" * n,
    "nul": lambda n: "\0" * n,
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_no_text_of_64_kilobytes_keeps_a_judge_for_seconds_or_ends_it(judge: Judge, kind: str) -> None:
    found = rules(judge.run(of_files({qna("hostile"): HOSTILE[kind](64 * KIBIBYTE)})))
    assert not {rule for _, rule, _ in found} & {"broken", "too-costly"}


@pytest.mark.parametrize("size", [LARGEST, 1024 * KIBIBYTE])
def test_the_largest_texts_are_judged_or_named_as_too_costly(judge: Judge, size: int) -> None:
    """Each is judged for two seconds and with 500 MB at most, which the child's own limits see to."""
    started = time.monotonic()
    for kind in ("nested", "merges", "blank lines", "one long word", "addresses", "one key", "a huge number"):
        facts = of_files({qna("hostile"): HOSTILE[kind](size)[:size], qna("few"): skill(examples=2)})
        found = rules(judge.run(facts))
        assert ("examples", "too-few-examples", qna("few")) in found
        assert "broken" not in {rule for _, rule, _ in found}
    assert time.monotonic() - started < 60


@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_change_to_a_real_text_breaks_a_check(judge: Judge, data: st.DataObject) -> None:
    chance = data.draw(st.randoms(use_true_random=False))
    files = {qna(f"leaf{number}"): mutated(skill(), chance) for number in range(8)}
    found = rules(judge.run(of_files(files)))
    assert not {rule for _, rule, _ in found} & {"broken", "too-costly"}


def mutated(text: str, chance: Random) -> bytes:
    """Change a text in a few places: cut, repeat, swap, and put in what YAML takes for something."""
    data = text.encode()
    for _ in range(chance.randint(1, 8)):
        at, to = sorted(chance.randrange(len(data) + 1) for _ in range(2))
        piece = chance.choice([
            b"[", b"{", b"&a ", b"*a", b"<<: ", b"!!", b"|", b">", b'"', b"'", b"#", b"\t", b"\r", b"\xff", b"\0",
            b"- ", b": ", b"? ", b"---\n", b"...\n", b"%YAML 1.1\n", b"0o7", b"1e999", b".nan", b"12:30:45",
            b"2001-13-45", b"\xef\xbb\xbf",
            b"@", b"`", b"\xe2\x80\xa8", b"\xf0\x9f\x98\x80", b"=", b"~", b"a@b.example ", b"4111 1111 1111 1111 ",
        ])  # fmt: skip
        kind = chance.randrange(4)
        if kind == 0:
            data = data[:at] + data[to:]
        elif kind == 1:
            data = data[:at] + data[at:to] * chance.randint(2, 4) + data[to:]
        elif kind == 2:
            data = data[:at] + piece * chance.randint(1, 40) + data[at:]
        else:
            data = data[:at] + data[to:] + data[at:to]
    return data[:LARGEST]


def test_a_judge_leaves_no_process_behind() -> None:
    before = children()
    with Judge(processes=2) as judge:
        judge.run(pull())
        assert len(children() - before) == 2
    assert children() == before


def children() -> set[str]:
    found = set()
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = status.read_text().rpartition(")")[2].split()[1]
        except OSError:
            continue
        if parent == str(os.getpid()):
            found.add(status.parent.name)
    return found
