"""actions/check on real pull requests: annotations on the lines, and nothing of the pull request run or written."""

from collections.abc import Iterator
from typing import cast

import pytest

from tests.actions.harness import Outcome
from tests.actions.world import Orchard, Pull, orchard
from tests.bot.world import ATTRIBUTION, Json, skill

LEAF = "compositional_skills/greetings/lantern"
READ = {"contents": "read"}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orchard]:
    with orchard(tmp_path_factory.mktemp("orchard")) as made:
        yield made


def check(pull: Pull, **inputs: str) -> Outcome:
    payload: Json = {"pull_request": pull.get()}
    return pull.taxonomy.run("check", "pull_request", payload, inputs=inputs, permissions=READ)


def test_mistakes_fail_the_step_and_mark_their_lines(here: Orchard) -> None:
    pull = here.taxonomy().open_pull({f"{LEAF}/qna.yaml": skill(examples=2, trailing="  ")}, signed=False)

    outcome = check(pull)

    assert outcome.code == 1, outcome.log
    assert outcome.outputs == {"verdict": "fail"}
    marked = {(item.path, item.line) for item in outcome.annotations}
    assert {(f"{LEAF}/qna.yaml", 4), (f"{LEAF}/qna.yaml", 5)} <= marked
    assert any(item.title.startswith("dco/") for item in outcome.annotations)
    told = pull.get()
    home, head = str(told["html_url"]).rsplit("/pull/", 1)[0], cast("Json", told["head"])["sha"]
    assert f"]({home}/blob/{head}/{LEAF}/qna.yaml" in outcome.summary


def test_a_good_leaf_passes(here: Orchard) -> None:
    pull = here.taxonomy().open_pull({f"{LEAF}/qna.yaml": skill(), f"{LEAF}/attribution.txt": ATTRIBUTION})

    outcome = check(pull)

    assert (outcome.code, outcome.outputs) == (0, {"verdict": "pass"}), outcome.log
    assert not [item for item in outcome.annotations if item.level == "error"]


def test_policy_comes_from_the_base_and_not_from_the_pull_request(here: Orchard) -> None:
    lax = {".github/espalier.yml": "examples:\n  skill: 2\n"}
    pull = here.taxonomy().open_pull({f"{LEAF}/qna.yaml": skill(examples=2), **lax})
    assert check(pull).code == 1


def test_nothing_of_the_pull_request_is_run_or_left_on_the_disk(here: Orchard) -> None:
    taxonomy = here.taxonomy()
    trap = taxonomy.folder / "sprung"
    bait = {
        "sitecustomize.py": f"open({str(trap)!r}, 'w')\n",
        ".gitattributes": "* filter=bait\n",
        "pyproject.toml": "[build-system]\nrequires = []\nbuild-backend = 'bait'\n",
        f"{LEAF}/qna.yaml": skill(),
        f"{LEAF}/attribution.txt": ATTRIBUTION,
    }
    pull = taxonomy.open_pull(bait)

    check(pull)

    assert not trap.exists()
    folder = taxonomy.folder / f"{taxonomy.name}-run{taxonomy.runs}"
    assert not [path for path in folder.rglob("*") if path.name in {"qna.yaml", "sitecustomize.py", "pyproject.toml"}]


def test_a_description_of_any_length_is_read(here: Orchard) -> None:
    pull = here.taxonomy().open_pull(
        {f"{LEAF}/qna.yaml": skill(), f"{LEAF}/attribution.txt": ATTRIBUTION}, body="\U0001f33f" * 65_000
    )
    assert check(pull).code == 0


def test_what_is_no_commit_is_refused_before_anything_is_fetched(here: Orchard) -> None:
    pull = here.taxonomy().open_pull({"README.md": "# Other\n"})
    outcome = check(pull, base="--upload-pack=touch bait")
    assert outcome.code == 2
    assert "base must be a full commit SHA" in outcome.log


def test_the_token_stands_in_no_argument_and_no_log(here: Orchard) -> None:
    pull = here.taxonomy().open_pull({"README.md": "# Other\n"})
    outcome = check(pull, token="ghs_verysecrettoken")  # a wrong token is refused by the forge, loudly
    assert outcome.code != 0
    assert "verysecret" not in outcome.log
