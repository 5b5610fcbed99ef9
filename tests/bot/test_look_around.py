"""The bot looks beyond a pull request: at the leaves of the tree, at those of other ones, and at documents."""

from collections.abc import Iterator
from typing import cast

import pytest

from tests.bot.checks.pulls import knowledge
from tests.bot.world import ATTRIBUTION, Json, Pull, World, commit, git, skill, wait
from tests.fakes.git_server import GitServer, commit_files, serving

LEAF = "compositional_skills/greetings/lantern"
HARBOUR = "knowledge/harbours/pell_quay"
NOTES = "".join(f"The quay has {number} bollards.\n\n" for number in range(5))


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitServer]:
    with serving(tmp_path_factory.mktemp("host")) as running:
        yield running


def leaf(folder: str = LEAF, *, word: str = "lantern") -> dict[str, str]:
    return {f"{folder}/qna.yaml": skill(word=word), f"{folder}/attribution.txt": ATTRIBUTION}


def harbour(host: GitServer, *, commit: str, repo: str = "notes/.git") -> dict[str, str]:
    text = (
        knowledge()
        .replace("https://github.com/ada/quays", host.url(repo))
        .replace("0123456789abcdef0123456789abcdef01234567", commit)
    )
    return {f"{HARBOUR}/qna.yaml": text, f"{HARBOUR}/attribution.txt": ATTRIBUTION}


def annotations(pull: Pull) -> list[str]:
    """Give what the two checks say that look around."""
    wait(lambda: pull.conclusion() is not None, what="the check run")
    run = pull.check_runs("espalier / triage")[0]
    found = pull.world.owner.items(f"{pull.repository.path}/check-runs/{run['id']}/annotations")
    return [str(item["message"]) for item in found if str(item["title"]).startswith(("document", "duplicates"))]


def test_a_leaf_that_stands_in_the_tree_is_taken_and_its_copy_is_named_with_its_page(here: World) -> None:
    repository = here.repository(files=leaf())
    taken = repository.open_pull(leaf(word="beacon"), branch="one")
    copied = repository.open_pull(leaf("compositional_skills/greetings/copy"), branch="two")
    del taken
    said = annotations(copied)
    page = f"/blob/main/{LEAF}/qna.yaml"
    assert [page in text and "byte by byte" in text for text in said] == [True]
    assert copied.conclusion() == "failure"


def test_a_leaf_that_was_pushed_to_the_base_meanwhile_is_known(here: World) -> None:
    repository = here.repository(files=leaf())
    assert annotations(repository.open_pull(leaf("compositional_skills/new/beacon", word="beacon"), branch="one")) == []
    commit(repository.home, leaf("compositional_skills/other/torch", word="torch"), "Add one", person=here.owner)
    git(repository.home, "push", "--quiet", "origin", "HEAD:main")
    (said,) = annotations(repository.open_pull(leaf("compositional_skills/new/torch", word="torch"), branch="two"))
    assert "compositional_skills/other/torch" in said


def test_another_open_pull_request_with_the_leaf_is_linked_until_it_is_closed(here: World) -> None:
    repository = here.repository()
    first = repository.open_pull(leaf(), branch="one")
    assert annotations(first) == []
    second = repository.open_pull(leaf(word="lanterns"), branch="two")
    (said,) = annotations(second)
    assert f"/pull/{first.number}" in said
    assert second.conclusion() in {"success", "neutral"}
    here.owner.ask("PATCH", f"{repository.path}/pulls/{first.number}", state="closed")
    wait(lambda: closed(here, first), what="the closing")
    assert annotations(repository.open_pull(leaf(word="lamps"), branch="three"))[0].count("/pull/") == 1


def closed(here: World, pull: Pull) -> bool:
    with here.store() as store:
        known = store.pulls.get(pull.repository.path.removeprefix("/repos/"), pull.number)
        return known is not None and known.state == "closed"


def test_a_document_is_fetched_and_what_it_lacks_is_said(here: World, host: GitServer) -> None:
    sha = commit_files(host.root, "notes", {"quay.md": NOTES.replace("3 bollards", "three bollards")})
    repository = here.repository(policy=f"document:\n  hosts: ['{host.host}']\n")
    (said,) = annotations(repository.open_pull(harbour(host, commit=sha), branch="one"))
    assert "does not hold `The quay has 3 bollards.`" in said
    asked = len(host.requests)
    annotations(repository.open_pull(harbour(host, commit=sha), branch="two"))
    assert len(host.requests) == asked
    missing = repository.open_pull(harbour(host, commit="1a" * 20), branch="three")
    assert any("has no commit" in text for text in annotations(missing))
    assert missing.conclusion() == "failure"


def test_a_host_that_does_not_answer_blocks_nobody(here: World, host: GitServer) -> None:
    repository = here.repository(policy=f"document:\n  hosts: ['{host.host}']\n")
    pull = repository.open_pull(harbour(host, commit="2a" * 20, repo="error/x"))
    (said,) = annotations(pull)
    assert "was not looked at" in said
    assert pull.conclusion() in {"success", "neutral"}


def test_a_host_that_is_slow_is_looked_at_again_when_it_has_answered(here: World, host: GitServer) -> None:
    repository = here.repository(policy=f"document:\n  hosts: ['{host.host}']\n  seconds: 20\n")
    pull = repository.open_pull(harbour(host, commit="3a" * 20, repo="slow/x"))
    assert "still being fetched" in annotations(pull)[0]
    wait(lambda: "still being fetched" not in "".join(annotations(pull)[-1:]), what="the second look")


def test_a_document_on_a_private_address_is_refused_by_default(here: World, host: GitServer) -> None:
    pull = here.repository().open_pull(harbour(host, commit="4a" * 20))
    assert any("does not fetch documents from" in text for text in annotations(pull))
    assert pull.conclusion() == "failure"
    assert cast("Json", pull.check_runs("espalier / triage")[0]["output"])["title"]
