"""A pull request with ten different mistakes, as its page on the forge shows it; and one mended with a click."""

import re
from html import unescape
from typing import cast

import httpx
import pytest

from tests.bot.world import Json, Pull, World, wait

LEAF = "compositional_skills/greetings/Lantern_keepers"
QNA, ATTRIBUTION = f"{LEAF}/qna.yaml", f"{LEAF}/attribution.txt"
STRAY = "knowledge/quays/pell/qna.yml"
# Put together here, so that no scanner takes this file for a leak.
MAIL, TOKEN = "june.tallow" + "@tallow-lights.com", "ghp_" + "Zq8R2vLx0TnB4kWm7YcJ1dSfHa6Ue93PgXoK"
TEXT = f"""\
created_by: June Tallow
task_description: Greet a lantern keeper
attribution: my own head
seed_examples:
  - question: Greet keeper 1 in the manner of the lantern.\x20\x20
    answer: Fair tide to thee, keeper 1 of the lantern.
  - question: Greet keeper 2 in the manner of the lantern.
    answer: Write to {MAIL}, keeper 2 of the lantern.
  - question: Greet keeper 3 in the manner of the lantern.
    answer: Use {TOKEN} at the gate, keeper 3.
  - question: Greet keeper 3 in the manner of the lantern.
    answer: Use {TOKEN} at the gate, keeper 3.
"""
SOURCES = "Title of work: Words of the quay\nLink to work: -\nRevision: -\nCreator names: June Tallow\n"
MISTAKES = {
    # check and rule: where it stands
    ("schema", "version-missing"): (QNA, 1),
    ("author", None): (QNA, 1),
    ("schema", "unexpected-key"): (QNA, 3),
    ("examples", "too-few-examples"): (QNA, 4),
    ("yaml", "trailing-spaces"): (QNA, 5),
    ("pii", None): (QNA, 8),
    ("secrets", None): (QNA, 10),
    ("examples", "identical-examples"): (QNA, 11),
    ("attribution", "no-licence"): (ATTRIBUTION, 1),
    ("placement", None): (STRAY, 1),
}


@pytest.fixture(scope="module")
def pull(here: World) -> Pull:
    made = here.repository().open_pull({QNA: TEXT, ATTRIBUTION: SOURCES, STRAY: "version: 3\n"}, signed=False)
    wait(lambda: made.conclusion() == "failure", what="the failing check run")
    wait(lambda: line_comments(made), what="the suggestions")
    return made


def line_comments(pull: Pull) -> list[Json]:
    return pull.world.owner.items(f"{pull.repository.path}/pulls/{pull.number}/comments")


def page(pull: Pull, tab: str = "files") -> str:
    url = f"{pull.world.forge.address}/orchard/{pull.repository.name}/pull/{pull.number}/{tab}"
    return unescape(httpx.get(url, timeout=30, trust_env=False).text)


def test_all_of_them_are_told_at_once_on_their_lines(pull: Pull) -> None:
    run = pull.check_runs("espalier / triage")[0]
    found = {
        (str(item["title"]), item["path"], item["start_line"])
        for item in pull.world.owner.items(f"{pull.repository.path}/check-runs/{run['id']}/annotations")
    }
    for (check, rule), (path, line) in MISTAKES.items():
        assert any(
            title.split(": ")[0] == check and rule in {None, title.split(": ")[1]} and (where, at) == (path, line)
            for title, where, at in found
        ), f"{check} {rule} is not at {path}:{line} in {sorted(found)}"
    (report,) = pull.comments("<!-- espalier:report -->")
    assert "git rebase HEAD~1 --signoff" in report


def test_the_page_shows_each_remark_below_its_line(pull: Pull) -> None:
    html = page(pull)
    rows = re.split(r"<tr\b", html)
    below = [
        rows[at + 1] for at, row in enumerate(rows) if "Greet keeper 1 in the manner" in row and "remark" not in row
    ]
    assert any("spaces at the end" in row for row in below)
    for check in {check for check, _ in MISTAKES}:
        assert f"{check}: " in html, check


def test_nothing_private_is_repeated(pull: Pull) -> None:
    told = "\n".join([*pull.comments(), *(str(item["body"]) for item in line_comments(pull))])
    run = pull.check_runs("espalier / triage")[0]
    told += str(cast("Json", run["output"])["summary"])
    told += str(pull.world.owner.items(f"{pull.repository.path}/check-runs/{run['id']}/annotations"))
    assert MAIL not in told
    assert TOKEN not in told


def test_a_suggestion_accepted_in_the_browser_is_mended_and_gone(pull: Pull) -> None:
    (spaces,) = [item for item in line_comments(pull) if "spaces at the end" in str(item["body"])]
    assert (spaces["path"], spaces["line"]) == (QNA, 5)
    address = pull.world.forge.address
    where = f"/orchard/{pull.repository.name}/pull/{pull.number}"
    with httpx.Client(base_url=address, timeout=30, trust_env=False, follow_redirects=True) as browser:
        token = re.search(r'name="form_token" value="([^"]+)"', browser.get(where).text)
        assert token
        browser.post("/_page/user", data={"form_token": token[1], "login": "june", "here": where})
        message = "Apply a suggestion\n\nSigned-off-by: June <june@example.org>"
        fields = {"form_token": token[1], "comment": str(spaces["id"]), "body": message}
        assert browser.post(f"{where}/accept", data=fields).status_code == 200
    told = pull.world.owner.get(f"{pull.repository.path}/pulls/{pull.number}")
    pull.head = str(cast("Json", told["head"])["sha"])
    wait(lambda: pull.conclusion() == "failure", what="the next look")
    wait(lambda: spaces["id"] not in {item["id"] for item in line_comments(pull)}, what="the suggestion to go")
    report = pull.comments("<!-- espalier:report -->")[0]
    assert "spaces at the end" not in report
