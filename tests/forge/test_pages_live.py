"""The pull request's page in a real browser: it follows what happens, and loses nothing that was typed."""

from __future__ import annotations

import dataclasses
import shutil
import socket
import threading
import time
from typing import TYPE_CHECKING

import pytest
import uvicorn
from playwright.sync_api import expect, sync_playwright

from forge.acts import comments, labels
from forge.app import create_app
from forge.forge import Actor, Forge
from forge.records import CheckRun, Comment, Issue
from tests.forge.story import Story, tell
from tests.forge.test_pages import PULL, Silent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs a Chromium on the machine")
START_SECONDS = 20


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """A forge that listens, the story told in it, and a page in a browser."""

    forge: Forge
    story: Story
    address: str
    page: Page
    complaints: list[str]


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    listener = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    app = create_app(data=tmp_path, address=address, admin_token="admin")
    forge = dataclasses.replace(app.state.forge, courier=Silent())
    story = tell(forge)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    _wait_for(server)
    complaints: list[str] = []
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
            page = browser.new_page()
            page.set_default_timeout(15_000)
            page.on("console", lambda message: complaints.append(message.text))
            page.on("pageerror", lambda error: complaints.append(str(error)))
            yield Live(forge=forge, story=story, address=address, page=page, complaints=complaints)
            browser.close()
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def _wait_for(server: uvicorn.Server) -> None:
    end = time.monotonic() + START_SECONDS
    while not server.started:
        assert time.monotonic() < end, "the forge did not start"
        time.sleep(0.02)


def test_the_page_follows_what_happens_and_keeps_what_was_typed_and_folded_out(live: Live) -> None:
    page, story = live.page, live.story
    page.goto(f"{live.address}{PULL}")
    page.get_by_label("Acting as").select_option("oskar")
    page.get_by_role("button", name="Change", exact=True).click()
    page.get_by_label("Write as oskar").fill("A long thought, not yet sent")
    page.get_by_text("How to sign off every commit").click()
    issue = live.forge.store.get(Issue, story.pull.issue_id)
    bot = Actor(user=live.forge.user(story.app.bot_id), app=story.app)
    report = live.forge.store.all(Comment, "issue_id = ? ORDER BY id", issue.id)[0]
    comments.edit(live.forge, bot, story.repository, report, report.body.replace("Two things", "One thing"))
    comments.create(live.forge, bot, story.repository, issue, "The build has begun.")
    labels.set_on(live.forge, bot, story.repository, issue, ["kind/knowledge"])
    run = live.forge.store.all(CheckRun, "name = 'build'")[0]
    live.forge.store.change(CheckRun, run.id, status="completed", conclusion="success", title="Built in 71 s")

    expect(page.get_by_text("One thing to mend")).to_be_visible()
    expect(page.get_by_text("The build has begun.")).to_be_visible()
    expect(page.get_by_text("Built in 71 s")).to_be_visible()
    expect(page.locator(".side .label")).to_have_text(["kind/knowledge"])
    expect(page.get_by_label("Write as oskar")).to_have_value("A long thought, not yet sent")
    expect(page.locator("details", has_text="How to sign off").first).to_have_attribute("open", "")
    comments.delete(live.forge, bot, story.repository, live.forge.store.all(Comment, "1 ORDER BY id")[-1])
    expect(page.get_by_text("The build has begun.")).to_have_count(0)
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(page.get_by_text("A long thought, not yet sent")).to_be_visible()
    missing_picture = "the server responded with a status of 404"  # of the hostile comment
    assert [complaint for complaint in live.complaints if missing_picture not in complaint] == []


def test_no_page_is_wider_than_a_telephone(live: Live) -> None:
    live.page.set_viewport_size({"width": 360, "height": 700})
    for tab in ("", "/commits", "/checks", "/files"):
        live.page.goto(f"{live.address}{PULL}{tab}")
        width = live.page.evaluate("document.documentElement.scrollWidth")
        assert width <= 360, f"{tab or 'conversation'} is {width} pixels wide"
    live.page.goto(f"{live.address}/vale/lanterns")
    assert live.page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_in_light_and_dark(live: Live, scheme: str) -> None:
    live.page.emulate_media(color_scheme=scheme)
    for tab in ("", "/checks", "/files"):
        live.page.goto(f"{live.address}{PULL}{tab}")
        assert live.page.evaluate(POOR_CONTRAST) == []


# Texts whose colour has a contrast below 4.5 with the nearest solid background (WCAG 2.2, 1.4.3).
POOR_CONTRAST = """() => {
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const linear = (value) => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const background = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = parse(getComputedStyle(at).backgroundColor);
      if (color.length < 4 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  const poor = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || element.closest(".sr, .skip, select")) continue;
    const pair = [luminance(parse(getComputedStyle(element).color)), luminance(background(element))];
    const contrast = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
    if (contrast < 4.5) poor.push(`${contrast.toFixed(2)}: ${walker.currentNode.data.trim()}`);
  }
  return poor;
}"""
