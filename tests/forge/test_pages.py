"""The pages, asked for as a browser does: what they show, what their forms do, and what they keep out."""

from __future__ import annotations

import dataclasses
import re
import shutil
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup
from starlette.testclient import TestClient

from forge.acts import accounts, commits, labels, pulls, repositories, reviews
from forge.app import create_app
from forge.forge import Actor, Forge
from forge.git.objects import find_entry, read_blob
from forge.pages.diffs import Remark, parse_patch, view_files
from forge.pages.markdown import render
from forge.pages.templating import label_style, static_file
from forge.records import Comment, Issue, Pull, Review, ReviewComment
from forge.roles import Role
from tests.forge.story import LEAF, Story, push, tell

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from httpx2 import Response

    from forge.records import Delivery

LEAF_PATH = "knowledge/harbour/tide_lanterns/qna.yaml"
HOME = "/vale/lanterns"
PULL = f"{HOME}/pull/1"
TOKEN = re.compile(r'name="form_token" value="([^"]+)"')


class Silent:
    """A courier that carries nothing: the story has no listener."""

    def send(self, delivery: Delivery) -> None:
        """Let it lie."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A forge with the story told in it, and a browser."""

    forge: Forge
    story: Story
    browser: TestClient

    def html(self, path: str) -> str:
        answer = self.browser.get(path)
        assert answer.status_code == 200, answer.text
        return str(answer.text)

    def token(self) -> str:
        found = TOKEN.search(self.html("/"))
        assert found
        return found[1]

    def act_as(self, login: str) -> None:
        answer = self.browser.post("/_page/user", data={"form_token": self.token(), "login": login, "here": PULL})
        assert answer.status_code == 200
        assert f'<option value="{login}" selected>' in answer.text

    def send(self, deed: str, **fields: str) -> Response:
        return self.browser.post(f"{PULL}/{deed}", data={"form_token": self.token(), **fields})

    def issue(self) -> Issue:
        return self.forge.store.get(Issue, self.story.pull.issue_id)

    def pull(self) -> Pull:
        return self.forge.store.get(Pull, self.story.pull.id)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Story]:
    folder = tmp_path_factory.mktemp("told")
    forge: Forge = create_app(data=folder, address="http://testserver", admin_token="admin").state.forge
    story = tell(dataclasses.replace(forge, courier=Silent()))
    forge.store.close()
    return folder, story


@pytest.fixture
def world(told: tuple[Path, Story], tmp_path: Path) -> Iterator[World]:
    folder, story = told
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    app = create_app(data=tmp_path, address="http://testserver", admin_token="admin")
    forge: Forge = app.state.forge
    with TestClient(app) as browser:
        yield World(forge=forge, story=story, browser=browser)


def test_every_page_of_the_story_shows_and_keeps_to_the_strict_policy(world: World) -> None:
    paths = (
        "/", "/vale", HOME, f"{HOME}/pulls", f"{HOME}/pulls?state=all", PULL, f"{PULL}/commits", f"{PULL}/checks",
        f"{PULL}/files", f"{HOME}/tree/main/docs", f"{HOME}/blob/main/docs/leaf.md", f"{HOME}/blob/main/LICENSE",
        f"{HOME}/commit/main", f"{HOME}/raw/main/LICENSE",
    )  # fmt: skip
    for path in paths:
        answer = world.browser.get(path)
        assert answer.status_code == 200, path
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son\w+=", answer.text), path


def test_the_conversation_shows_description_report_review_and_push(world: World) -> None:
    html = world.html(PULL)
    assert "Knowledge about the <strong>tide lanterns</strong>." in html
    assert '<td align="right">61.7 %</td>' in html
    assert "<summary>How to sign off <b>every</b> commit</summary>" in html
    assert "asked for changes" in html
    assert "Which book says <code>so</code>?" in html
    assert "Add tide lanterns</a>" in html
    assert 'role="img" aria-label="eyes"' in html
    for comment in world.forge.store.all(Comment, "1"):
        assert f'id="issuecomment-{comment.id}"' in html


def test_a_comment_cannot_bring_script_frame_or_style_into_the_page(world: World) -> None:
    html = world.html(PULL)
    assert "script ran" not in html
    assert "onerror" not in html
    assert "javascript:" not in html
    assert "<iframe" not in html


def test_labels_show_in_their_colours_from_a_style_sheet_of_our_own(world: World) -> None:
    html = world.html(PULL)
    assert 'class="label label-fbca04"' in html
    sheet = re.search(r'href="(/_page/colors/[^"]+)"', html)
    assert sheet
    css = world.browser.get(sheet[1])
    assert css.headers["content-type"].startswith("text/css")
    assert ".label-fbca04{background:#fbca04;color:#000000}" in css.text
    assert world.browser.get("/_page/colors/red.css").status_code == 404


@pytest.mark.parametrize(("color", "text"), [("ffffff", "#000000"), ("000000", "#ffffff"), ("0b5345", "#ffffff")])
def test_a_labels_text_can_be_read_on_its_colour(color: str, text: str) -> None:
    assert f"color:{text}}}" in label_style(color)


def test_annotations_stand_under_their_lines_and_the_rest_at_the_top(world: World) -> None:
    html = world.html(f"{PULL}/files")
    marked = html.index('<span class="trailing"')
    assert marked < html.index("Delete the spaces at the end of this line.") < html.index("answer: Two keepers")
    assert html.index("On a line that is not there.") < html.index("version: 3")
    assert html.index("On files that this pull request does not change") < html.index("Add attribution.txt")
    assert "removed" in html


def test_checks_show_outcome_summary_and_links_to_the_annotated_lines(world: World) -> None:
    html = world.html(f"{PULL}/checks")
    assert "yaml <span" in html
    assert "1 min 12 s" in html
    assert '<th align="right">lines</th>' in html
    link = re.search(rf'href="{PULL}/files#(file-\d+-R9)"', html)
    assert link
    assert f'id="{link[1]}"' in world.html(f"{PULL}/files")


def test_a_check_runs_own_address_leads_to_the_pull_request(world: World) -> None:
    anchor = re.search(r'id="run-(\d+)"', world.html(f"{PULL}/checks"))
    assert anchor
    answer = world.browser.get(f"{HOME}/runs/{anchor[1]}", follow_redirects=False)
    assert answer.headers["location"] == f"{PULL}/checks#run-{anchor[1]}"


def test_a_readmes_relative_links_lead_to_its_neighbours(world: World) -> None:
    assert f'href="{HOME}/blob/main/docs/leaf.md"' in world.html(HOME)
    assert f'href="{HOME}/blob/main/README.md"' in world.html(f"{HOME}/blob/main/docs/leaf.md")


def test_a_branch_with_slashes_in_its_name_has_its_files(world: World) -> None:
    story = world.story
    forge = dataclasses.replace(world.forge, courier=Silent())
    commits.create_ref(forge, Actor(user=story.owner), story.repository, "refs/heads/topic/one", story.pull.base_sha)
    assert "leaf.md" in world.html(f"{HOME}/tree/topic/one/docs")


@pytest.mark.parametrize(
    "path",
    [
        "/nobody", "/vale/nothing", f"{HOME}/pull/2", f"{PULL}/nothing", f"{HOME}/blob/main/nothing",
        f"{HOME}/blob/main/docs", f"{HOME}/tree/main/LICENSE", f"{HOME}/tree/nothing", f"{HOME}/commit/nothing",
        f"{HOME}/runs/1", "/_page/static/nothing.css",
    ],
)  # fmt: skip
def test_what_is_not_there_gets_a_page_that_says_so(world: World, path: str) -> None:
    answer = world.browser.get(path)
    assert answer.status_code == 404
    assert "<h1>Not found</h1>" in answer.text


@pytest.mark.parametrize("name", ["../app.py", "../static/forge.css", "..", "", "forge.css/x"])
def test_no_name_leads_out_of_the_folder_of_our_own_files(name: str) -> None:
    assert static_file(name) is None


def test_a_raw_file_never_runs_as_a_page(world: World) -> None:
    answer = world.browser.get(f"{HOME}/raw/main/README.md")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert "sandbox" in answer.headers["content-security-policy"]


def test_nobody_acts_until_somebody_is_chosen(world: World) -> None:
    assert "Choose whom you act as" in world.html(PULL)
    answer = world.send("comment", body="Hello")
    assert answer.status_code == 403
    assert "Choose whom you act as" in answer.text


def test_a_comment_is_written_by_the_chosen_user(world: World) -> None:
    world.act_as("oskar")
    answer = world.send("comment", body="/espalier approve\r\nThank you")
    assert answer.status_code == 200
    comment = world.forge.store.all(Comment, "1 ORDER BY id")[-1]
    assert comment.user_id == world.story.triager.id
    assert comment.body == "/espalier approve\nThank you"
    assert "/espalier approve" in answer.text


def test_an_empty_comment_is_refused_with_a_reason(world: World) -> None:
    world.act_as("oskar")
    answer = world.send("comment", body="  ")
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


def test_text_is_not_lost_when_a_form_is_refused(world: World) -> None:
    world.act_as("june")
    answer = world.send("approve", body="I like my own <work>")
    assert answer.status_code == 422
    assert "I like my own &lt;work&gt;</textarea>" in answer.text


def test_a_reviewer_approves_and_the_side_column_says_so(world: World) -> None:
    world.act_as("oskar")
    answer = world.send("approve", body="Good now.")
    assert answer.status_code == 200
    assert world.forge.store.all(Review, "1 ORDER BY id")[-1].state == "APPROVED"
    assert "review-approved" in answer.text


def test_the_author_is_offered_no_review_and_no_merge(world: World) -> None:
    world.act_as("june")
    html = world.html(PULL)
    assert "/approve" not in html
    assert "Merging needs write access" in html
    assert ">Close</button>" in html


def test_a_writer_merges_and_the_conversation_says_so(world: World) -> None:
    world.act_as("oskar")
    answer = world.send("merge", method="squash")
    assert answer.status_code == 200
    assert world.pull().merged_at is not None
    assert "merged this into main" in answer.text
    assert "state-merged" in answer.text
    assert "New: tides." in world.html(f"{PULL}/files")


def test_a_conflict_is_told_in_place_of_the_merge_button(world: World) -> None:
    forge = dataclasses.replace(world.forge, courier=Silent())
    write = commits.FileWrite(
        path="README.md",
        content=b"Something else\n",
        message="Rewrite",
        sha=_blob(world, "README.md"),
    )
    commits.write_file(forge, Actor(user=world.story.owner), world.story.repository, write)
    world.act_as("oskar")
    assert "This branch conflicts with main" in world.html(PULL)


def _blob(world: World, path: str) -> str:
    entry = find_entry(world.forge.folder(world.story.repository), "main", path)
    assert entry
    return entry.sha


def test_closing_and_reopening(world: World) -> None:
    world.act_as("june")
    world.send("close", body="Not now.")
    assert world.issue().state == "closed"
    assert "closed this" in world.html(PULL)
    world.send("reopen")
    assert world.issue().state == "open"


@pytest.mark.parametrize("form", ["diff", "patch"])
def test_a_pull_request_is_given_as_plain_text_too(world: World, form: str) -> None:
    answer = world.browser.get(f"{PULL}.{form}")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert "+New: tides." in answer.text


def test_a_review_not_yet_submitted_shows_to_nobody(world: World) -> None:
    review = world.forge.store.all(Review, "1")[0]
    world.forge.store.change(Review, review.id, state="PENDING")
    assert "Which book" not in world.html(f"{PULL}/files")
    assert "Nearly there." not in world.html(PULL)


def test_a_form_without_a_field_is_refused_with_a_page(world: World) -> None:
    answer = world.browser.post(f"{PULL}/comment", data={})
    assert answer.status_code == 422
    assert "load the page again" in answer.text


def test_a_form_without_the_pages_secret_is_refused(world: World) -> None:
    world.act_as("oskar")
    before = len(world.forge.store.all(Comment, "1"))
    for token in ("", "guessed"):
        answer = world.browser.post(f"{PULL}/comment", data={"form_token": token, "body": "x"})
        assert answer.status_code in {403, 422}
    assert len(world.forge.store.all(Comment, "1")) == before


@pytest.mark.parametrize("headers", [{"origin": "http://evil.example"}, {"host": "evil.example"}])
def test_a_form_of_another_site_is_refused(world: World, headers: dict[str, str]) -> None:
    world.act_as("oskar")
    data = {"form_token": world.token(), "body": "x"}
    answer = world.browser.post(f"{PULL}/comment", data=data, headers=headers)
    assert answer.status_code == 403


def test_a_bot_is_nobody_to_act_as(world: World) -> None:
    answer = world.browser.post("/_page/user", data={"form_token": world.token(), "login": "espalier[bot]"})
    assert answer.status_code == 422
    assert 'value="espalier[bot]"' not in world.html("/")


@pytest.mark.parametrize("here", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_choosing_a_user_leads_nowhere_else(world: World, here: str) -> None:
    data = {"form_token": world.token(), "login": "june", "here": here}
    answer = world.browser.post("/_page/user", data=data, follow_redirects=False)
    assert answer.headers["location"] == "/"


def test_a_page_is_sent_again_only_when_something_changed(world: World) -> None:
    first = world.browser.get(PULL)
    etag = first.headers["etag"]
    assert world.browser.get(PULL, headers={"if-none-match": etag}).status_code == 304
    forge = dataclasses.replace(world.forge, courier=Silent())
    labels.set_on(forge, Actor(user=world.story.owner), world.story.repository, world.issue(), ["triage/ready"])
    assert world.browser.get(PULL, headers={"if-none-match": etag}).status_code == 200


def test_a_push_shows_among_the_commits_and_in_the_changes(world: World) -> None:
    push(dataclasses.replace(world.forge, courier=Silent()), world.story, LEAF.replace("them?  ", "them?"))
    assert "Mend the leaf" in world.html(f"{PULL}/commits")
    assert 'class="trailing"' not in world.html(f"{PULL}/files")
    assert "Mend the leaf" in world.html(PULL)


def test_an_empty_repository_says_where_to_push(world: World) -> None:
    repositories.create(world.forge, Actor(user=world.story.owner), name="empty")
    assert "http://testserver/vale/empty.git" in world.html("/vale/empty")


def test_pull_requests_are_listed_by_state(world: World) -> None:
    forge = dataclasses.replace(world.forge, courier=Silent())
    pulls.edit(forge, Actor(user=world.story.owner), world.story.repository, world.pull(), pulls.Edit(state="closed"))
    assert "Add tide lanterns to the harbour" not in world.html(f"{HOME}/pulls")
    assert "Add tide lanterns to the harbour" in world.html(f"{HOME}/pulls?state=closed")


def test_a_triager_may_close_but_not_merge(world: World) -> None:
    repositories.set_collaborator(world.forge, world.story.repository, world.story.triager, Role.TRIAGE)
    world.act_as("oskar")
    html = world.html(PULL)
    assert "Merging needs write access" in html
    assert ">Close</button>" in html


def test_markdown_renders_tables_tasks_alerts_and_differences() -> None:
    html = render("> [!NOTE]\n> Look\n\n- [x] a\n\n~~b~~\n\n```diff\n+c\n```\n\n|a|\n|-:|\n|1|", repository="a/b")
    assert '<blockquote class="alert-note">' in html
    assert 'aria-label="done">☑</span>a' in html
    assert "<s>b</s>" in html
    assert '<span class="line-added">+c</span>' in html
    assert '<td align="right">1</td>' in html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("see #12.", '<a href="/a/b/pull/12" rel="noopener noreferrer nofollow">#12</a>.'),
        ("hi @june!", '<span class="mention">@june</span>!'),
        ("hi @\u200bjune", "hi @\u200bjune"),
        ("`@june #1`", "<code>@june #1</code>"),
        ("mail me@june.org", "mail me@june.org"),
        ("(https://e.org/a).", '(<a href="https://e.org/a" rel="noopener noreferrer nofollow">https://e.org/a</a>).'),
        ("![shot](https://e.org/a.png)", '<a href="https://e.org/a.png" rel="noopener noreferrer nofollow">shot</a>'),
        ("![shot](a.png)", '<img src="/a/b/raw/HEAD/a.png" alt="shot">'),
        ('<img src="https://e.org/a.png">', "<img>"),
        ("<a href='//e.org'>x</a>", '<a rel="noopener noreferrer nofollow">x</a>'),
        ("[up](../../../x)", '<a href="/a/b/blob/HEAD/x" rel="noopener noreferrer nofollow">up</a>'),
    ],
)
def test_markdown_links_names_and_pictures(text: str, html: str) -> None:
    assert html in render(text, repository="a/b")


HOSTILE = st.text(
    alphabet=st.sampled_from(list("<>/\"'=&;:#@!`*_~-|[]() \n\tabijknorstv\u200b")), max_size=300
) | st.lists(
    st.sampled_from([
        "<script>", "</script>", "<img src=x onerror=alert(1)>", "<a href='javascript:x'>", "<svg onload=x>", "<style>",
        "</style>", "<details open ontoggle=x>", "```", "\n\n", "<!--", "-->", "<math>", "<p style=x:y>", "|-|\n",
        "[!NOTE]",
    ])
).map("".join)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(HOSTILE)
def test_no_markdown_brings_anything_that_runs_or_styles(text: str) -> None:
    html = render(text, repository="a/b")
    for tag in re.findall(r"<[^>]*>", html):
        assert not re.match(
            r"</?(script|style|svg|math|iframe|form|input|object|embed|link|meta|base)\b", tag, re.IGNORECASE
        )
        assert not re.search(r"\s(on\w+|style)\s*=", tag, re.IGNORECASE)
        assert "javascript:" not in tag.lower()


def test_a_patchs_rows_carry_the_numbers_of_both_sides() -> None:
    rows = parse_patch("@@ -3,3 +3,3 @@ def f():\n a\n-b\n+c  \n d\n\\ No newline at end of file")
    assert [(row.kind, row.old, row.new, row.text, row.trailing) for row in rows] == [
        ("hunk", None, None, "def f():", ""),
        ("same", 3, 3, "a", ""),
        ("removed", 4, None, "b", ""),
        ("added", None, 4, "c", "  "),
        ("same", 5, 5, "d", ""),
        ("note", None, None, "No newline at end of file", ""),
    ]


@given(st.text(max_size=400))
def test_any_text_can_be_read_as_a_patch(text: str) -> None:
    assert len(parse_patch(text)) <= text.count("\n") + 1


def test_remarks_on_files_that_do_not_change_are_kept_apart() -> None:
    remark = Remark(path="b", line=1, side="RIGHT", kind="bad", author="x", title="", body=Markup(), anchor="a")
    assert view_files([], [remark]) == ((), (remark,))


def test_a_line_end_is_one_in_a_comment_and_a_space_in_a_file() -> None:
    text = "/espalier approve\n/espalier build"
    assert "<br>" in render(text, repository="orchard/taxonomy")
    assert "<br>" not in render(text, repository="orchard/taxonomy", folder="")


def suggest(world: World, *, line: int, text: str, start: int | None = None) -> ReviewComment:
    words = f"Delete the spaces at the end.\n\n```suggestion\n{text}```"
    where = reviews.LineComment(path=LEAF_PATH, body=words, line=line, start_line=start)
    actor = Actor(user=world.story.triager)
    return reviews.comment_on_line(world.forge, actor, world.story.repository, world.pull(), where)


def leaf_text(world: World) -> str:
    folder = world.forge.folder(world.story.repository)
    entry = find_entry(folder, world.pull().head_sha, LEAF_PATH)
    assert entry
    return read_blob(folder, entry.sha).decode()


def test_a_suggestion_shows_both_texts_and_becomes_a_commit_of_who_accepts_it(world: World) -> None:
    before = world.pull().head_sha
    made = suggest(world, line=9, text="      - question: Who lights them?\n")
    world.act_as("june")
    page = world.html(f"{PULL}/files")
    assert "Suggested change" in page
    assert '<span class="line-added">+       - question: Who lights them?</span>' in page
    assert "```suggestion" not in page
    answer = world.send("accept", comment=str(made.id), body="Mend it\n\nSigned-off-by: June Tallow <june@example.org>")
    assert answer.status_code == 200
    assert world.pull().head_sha != before
    assert leaf_text(world) == LEAF.replace("Who lights them?  \n", "Who lights them?\n")
    (commit,) = pulls.commits(world.forge, world.story.repository, world.pull())[-1:]
    assert (commit.author.name, commit.message) == (
        "June Tallow", "Mend it\n\nSigned-off-by: June Tallow <june@example.org>"
    )  # fmt: skip
    assert "outdated" in world.html(f"{PULL}/files")
    again = world.send("accept", comment=str(made.id), body="")
    assert again.status_code == 422
    assert "have changed since" in again.text


def test_a_suggestion_may_delete_lines_or_write_several(world: World) -> None:
    world.act_as("june")
    made = suggest(world, start=2, line=3, text="")
    world.send("accept", comment=str(made.id), body="Shorten")
    assert leaf_text(world).startswith("version: 3\nseed_examples:\n")


def test_a_suggestion_is_not_for_everybody_to_accept(world: World) -> None:
    made = suggest(world, line=9, text="x\n")
    accounts.create_user(world.forge, login="mallory", name="Mallory", email="mallory@example.org")
    world.act_as("mallory")
    assert world.send("accept", comment=str(made.id), body="").status_code == 403
    assert world.send("accept", comment="99999", body="").status_code == 404
    assert leaf_text(world) == LEAF


@pytest.mark.parametrize("color", ["0e8a16", "d93f0b", "b60205", "006b75", "1d76db"])
def test_text_on_dark_green_and_red_is_white_with_contrast_enough(color: str) -> None:
    style = label_style(color)
    assert "color:#ffffff" in style
    ground = style.partition("background:#")[2][:6]
    assert all(abs(int(color[at : at + 2], 16) - int(ground[at : at + 2], 16)) <= 16 for at in (0, 2, 4))


@settings(deadline=None, max_examples=60)
@given(st.integers(min_value=0, max_value=0xFFFFFF))
def test_every_colours_text_has_the_contrast_that_is_asked_for(number: int) -> None:
    style = label_style(f"{number:06x}")
    ground = style.partition("background:#")[2][:6]
    channels = [int(ground[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    contrast = (luminance + 0.05) / 0.05 if "color:#000000" in style else 1.05 / (luminance + 0.05)
    assert contrast >= 4.45  # rounded to whole steps of a channel


def test_marks_that_turn_the_reading_direction_are_shown(world: World) -> None:
    world.forge.store.change(Issue, world.story.pull.issue_id, title="Add \u202eslamina\u202c & more")
    for path in (PULL, f"{HOME}/pulls"):
        html = world.html(path)
        assert "Add ⟨U+202E⟩slamina⟨U+202C⟩ &amp; more" in html
        assert "\u202e" not in html


@pytest.mark.parametrize("path", [f"{HOME}/wiki", f"{HOME}/pull/1/nothing/here", "/vale/nothing", "/nobody"])
def test_what_is_not_there_is_a_page_for_a_browser(world: World, path: str) -> None:
    answer = world.browser.get(path, headers={"Accept": "text/html,application/xhtml+xml"})
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "Not found" in answer.text


def test_what_is_not_there_is_json_for_a_program(world: World) -> None:
    answer = world.browser.get("/api/v3/repos/vale/lanterns/wiki", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert answer.json()["message"] == "Not Found"
