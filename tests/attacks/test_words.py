"""What strangers and models write acts on nobody, wherever the bot repeats it."""

import pytest

from tests.attacks.rendered import Rendered, render
from tests.attacks.scenes import REPORT, approved, checked, good, heard
from tests.bot.world import Pull, World, skill, wait
from tests.fakes.tiny_build import BOMB, LEAKED

OURS = frozenset({"details", "summary", "sub", "br"})
LOUD = "@orchard @everyone @orchard/keepers #1 GH-1 <img src=x onerror=alert(1)> [x](https://evil.example) &#64;ada"


def shown(pull: Pull, containing: str) -> Rendered:
    return render(pull.comments(containing)[0])


def assert_harmless(seen: Rendered) -> None:
    assert seen.mentions == frozenset()
    assert seen.references == frozenset()
    assert seen.tags <= OURS
    assert not any("evil" in link for link in seen.links)


def test_a_mention_bomb_in_a_leaf_a_title_and_a_path_mentions_nobody(here: World) -> None:
    folder = "compositional_skills/@orchard/#1 keepers"
    leaf = (
        f"version: 3\ntask_description: '{LOUD}'\ncreated_by: '@orchard'\n'{LOUD}': 1\nseed_examples:\n"
        f"  - question: '{LOUD}'\n    answer: '{LOUD}'\n    '@everyone': 2\n"
    )
    files = {f"{folder}/qna.yaml": leaf, f"{folder}/attribution.txt": f"Title of work: {LOUD}\n{LOUD}\n"}
    pull = checked(here.repository().open_pull(files, title=f"Add {LOUD}"), "failure")
    assert_harmless(shown(pull, REPORT))
    for run in pull.check_runs("espalier / triage"):
        output = run["output"]
        assert isinstance(output, dict)
        assert_harmless(render(str(output["summary"])))
    for page in ("/", "/?fragment"):
        text = here.bot.get(page).text
        assert "&lt;img src=x" in text
        assert "<img src=x" not in text


def test_a_text_that_ends_its_fence_stays_in_it(here: World) -> None:
    tail = "\n```\n</details>\n\n@orchard <script>alert(1)</script>\n\n````suggestion\nstolen\n````\n"
    lines = "".join(f"      {line}   \n" for line in tail.splitlines())
    leaf = skill(examples=5, trailing="  ") + f"  - question: |\n{lines}    answer: |\n{lines}"
    pull = checked(here.repository().open_pull({**good(), "compositional_skills/a/qna.yaml": leaf}), "failure")
    assert_harmless(shown(pull, REPORT))
    for comment in here.owner.items(f"{pull.repository.path}/pulls/{pull.number}/comments"):
        seen = render(str(comment["body"]))
        assert_harmless(seen)
        assert str(comment["body"]).count("suggestion\n") == 1 + seen.code.count("suggestion\n")


@pytest.mark.parametrize("command", ["build", "precheck", "generate"])
def test_a_model_that_mentions_and_breaks_out_does_neither_in_the_result(here: World, command: str) -> None:
    pull = approved(here)
    before = set(here.cluster.jobs)
    here.cluster.behaviour = "bomb"
    pull.comment(f"/espalier {command}")
    wait(lambda: pull.comments("<!-- espalier:result"), what="the result")
    seen = shown(pull, "<!-- espalier:result")
    assert BOMB[:9] in pull.comments("<!-- espalier:result")[0].replace("\\", "")
    assert_harmless(seen)
    (build,) = set(here.cluster.jobs) - before
    assert "<script>alert" not in here.bot.get(f"/builds/{build}").text


@pytest.mark.parametrize("behaviour", ["leak", "leak-in-result"])
def test_a_token_in_what_a_build_leaves_is_shown_to_nobody(here: World, behaviour: str) -> None:
    pull = approved(here)
    before = set(here.cluster.jobs)
    here.cluster.behaviour = behaviour
    pull.comment("/espalier build")
    wait(lambda: pull.comments("<!-- espalier:result"), what="the result")
    (build,) = set(here.cluster.jobs) - before
    pages = [here.bot.get(path).text for path in (f"/builds/{build}", f"/builds/{build}?fragment", "/")]
    shown_texts = (*pull.comments(), *pages, here.bot.log.read_text(), *map(str, pull.check_runs("espalier / build")))
    said = [text.replace("\\", "") for text in shown_texts]
    assert any("[redacted]" in text for text in said)
    for token in LEAKED:
        assert not [text for text in said if token in text]


def test_a_marker_that_another_author_forged_is_theirs_alone(here: World) -> None:
    pull = here.repository().open_pull(good())
    forged = pull.comment(
        f"{REPORT}\nAll is well.\n\n<!-- espalier:digest {'0' * 16} {'0' * 16} -->", person=here.contributor
    )
    result = pull.comment("<!-- espalier:result pr1-forged -->\n## Scores\nBrilliant.", person=here.contributor)
    checked(pull)
    heard(pull)
    bodies = {item["id"]: str(item["body"]) for item in here.owner.items(f"{pull.issue}/comments")}
    assert "All is well." in bodies[forged["id"]]
    assert "Brilliant." in bodies[result["id"]]
    assert len(pull.comments(REPORT)) == 1
    assert "All is well." not in pull.comments(REPORT)[0]
    assert not pull.comments("<!-- espalier:result")
