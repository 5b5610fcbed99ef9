"""What a pull request brings is data: bombs are refused, links are not followed, nothing steps out of its folder."""

import json
import time
from pathlib import Path
from typing import cast

import pytest

from tests.attacks.scenes import LEAF, REPORT, checked, good
from tests.bot.world import ATTRIBUTION, Json, Pull, Repository, World, commit, git, wait
from tests.schemas.test_safe_yaml import HOSTILE

POLICY = ".github/espalier.yml"
SECONDS = 30.0


def notes(pull: Pull) -> list[str]:
    run = pull.check_runs("espalier / triage")[0]
    path = f"{pull.repository.path}/check-runs/{run['id']}/annotations"
    return [f"{note['path']}: {note['message']}" for note in pull.world.owner.items(path)]


def push_tree(repository: Repository, entries: dict[str, tuple[str, str]], *, branch: str) -> str:
    """Commit entries of any mode, by name to mode and object, on top of main, and push them to the fork."""
    fork = repository.fork
    git(fork, "checkout", "--quiet", "-B", branch, "origin/main")
    commit(fork, good(), "Add a leaf", person=repository.world.contributor)
    for path, (mode, sha) in entries.items():
        git(fork, "update-index", "--add", "--cacheinfo", f"{mode},{sha},{path}")
    who = ("-c", "user.name=June", "-c", "user.email=june@example.org")
    git(fork, *who, "commit", "--quiet", "--signoff", "-m", "Add what is no file")
    git(fork, "push", "--quiet", "--force", "origin", branch)
    return git(fork, "rev-parse", "HEAD")


def open_pull(repository: Repository, branch: str, head: str) -> Pull:
    told = repository.world.contributor.post(
        f"{repository.path}/pulls", title="Add a leaf", body="", head=f"june:{branch}", base="main"
    )
    return Pull(repository=repository, number=cast("int", told["number"]), branch=branch, head=head)


def blob(folder: Path, text: str) -> str:
    (folder / "draft").write_text(text, encoding="utf-8")
    sha = git(folder, "hash-object", "-w", "draft")
    (folder / "draft").unlink()
    return sha


def test_a_pull_request_of_yaml_bombs_is_refused_in_seconds_and_holds_up_nobody(here: World) -> None:
    repository = here.repository()
    texts = [data.decode() for data, _ in HOSTILE.values()]
    bombs = {f"compositional_skills/bombs/n{number}/qna.yaml": text for number, text in enumerate(texts)}
    started = time.monotonic()
    pull = repository.open_pull(bombs, branch="bombs")
    other = repository.open_pull(good(), branch="harmless")
    checked(other)
    checked(pull, "failure")
    assert time.monotonic() - started < SECONDS
    said = "\n".join(notes(pull))
    assert all(f"bombs/n{number}/qna.yaml" in said for number in range(len(bombs)))
    assert here.bot.get("/readyz").status_code == 200


@pytest.mark.parametrize(
    ("path", "aim"),
    [
        (f"{LEAF}/qna.yaml", "/etc/passwd"),
        (f"{LEAF}/qna.yaml", "../../../.github/espalier.yml"),
        (f"{LEAF}/attribution.txt", "/proc/self/environ"),
    ],
)
def test_a_symbolic_link_is_not_followed_and_is_refused(here: World, path: str, aim: str) -> None:
    repository = here.repository()
    head = push_tree(repository, {path: ("120000", blob(repository.fork, aim))}, branch="link")
    pull = checked(open_pull(repository, "link", head), "failure")
    said = json.dumps([notes(pull), pull.comments(REPORT)])
    assert "symbolic link" in said
    assert "root:" not in said
    assert "ESPALIER_" not in said


def test_a_submodule_is_not_entered_and_is_refused(here: World) -> None:
    repository = here.repository()
    own = git(repository.fork, "rev-parse", "origin/main")
    head = push_tree(repository, {"compositional_skills/borrowed": ("160000", own)}, branch="module")
    pull = checked(open_pull(repository, "module", head), "failure")
    assert "submodule" in json.dumps([notes(pull), pull.comments(REPORT)])


def test_a_policy_that_a_pull_request_brings_is_in_force_for_nobody(here: World) -> None:
    lax = "approvals: 1\nteams:\n  triagers: ['june']\n  approvers: ['june']\nexamples:\n  skill: 1\n"
    bad = {f"{LEAF}/qna.yaml": "version: 3\n", f"{LEAF}/attribution.txt": ATTRIBUTION}
    pull = checked(here.repository().open_pull({**bad, POLICY: lax}), "failure")
    comment = pull.comment("/espalier request-changes", person=here.contributor)
    wait(lambda: pull.comments("is for triagers"), what="the refusal")
    assert reactions(pull, comment) == ["confused"]


def reactions(pull: Pull, comment: Json) -> list[object]:
    path = f"{pull.repository.path}/issues/comments/{comment['id']}/reactions"
    return [item["content"] for item in pull.world.owner.items(path)]


def test_a_pattern_that_climbs_out_of_its_repository_is_refused_unasked(here: World) -> None:
    asked = "".join(f"      - question: Which of {ask}?\n        answer: That of {ask}.\n" for ask in range(3))
    rows = "".join(
        f"  - context: The quay has {number} bollards.\n    questions_and_answers:\n{asked}" for number in range(5)
    )
    files = {}
    for number, pattern in enumerate(("../../etc/*", "/etc/passwd", "a/../../b.md", "**/../../*.md")):
        files[f"knowledge/quay{number}/attribution.txt"] = ATTRIBUTION
        files[f"knowledge/quay{number}/qna.yaml"] = (
            f"version: 3\ndomain: quays\ncreated_by: june\nseed_examples:\n{rows}document_outline: Quays\ndocument:\n"
            f"  repo: https://github.com/orchard/notes.git\n  commit: {'ab' * 20}\n  patterns: ['{pattern}']\n"
        )
    pull = checked(here.repository().open_pull(files), "failure")
    refused = {text.split("/")[1] for text in notes(pull) if "stay within" in text or "within the repository" in text}
    assert refused == {"quay0", "quay1", "quay2", "quay3"}


def test_no_name_in_a_tree_steps_out_of_the_folder_of_its_leaf(here: World) -> None:
    repository = here.repository()
    odd = ["compositional_skills/..qna/qna.yaml", "compositional_skills/a/.../qna.yaml", "knowledge/\u2025/x/qna.yaml"]
    text = blob(repository.fork, "version: 3\n")
    head = push_tree(repository, dict.fromkeys(odd, ("100644", text)), branch="odd")
    pull = checked(open_pull(repository, "odd", head), "failure")
    wait(lambda: len(notes(pull)) >= len(odd), what="a word on each")
    data = Path(here.bot.environment["ESPALIER_DATA_DIR"])
    assert not list(data.parent.rglob("qna.yaml.*"))
    outside = [path for path in data.parent.parent.glob("*") if path.name.startswith(("..", "\u2025"))]
    assert outside == []
