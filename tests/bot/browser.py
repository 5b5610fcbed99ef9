"""A browser without scripts: cookies, links and forms, between the bot's pages and the forge's."""

import re
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import urljoin, urlsplit

import httpx

FORM = re.compile(r'<form[^>]*method="post" action="([^"]+)">(.*?)</form>', re.DOTALL)
FIELD = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


@dataclass(slots=True, kw_only=True)
class Browser:
    """One browser; what it shows is in `page`."""

    client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=30, trust_env=False))
    page: httpx.Response | None = None

    def open(self, address: str) -> httpx.Response:
        """Open a page, wherever that leads."""
        return self._follow(self.client.get(address))

    def forms(self) -> dict[str, dict[str, str]]:
        """Give the forms of the page that is shown, each by its action with its hidden fields."""
        page = self._shown()
        return {
            unescape(action): {name: unescape(value) for name, value in FIELD.findall(body)}
            for action, body in FORM.findall(page.text)
        }

    def send(self, action: str, **changes: str) -> httpx.Response:
        """Send a form of the page that is shown, as a browser sends it."""
        page = self._shown()
        return self.post(urljoin(str(page.url), action), {**self.forms()[action], **changes})

    def post(self, address: str, data: dict[str, str], *, origin: str | None = None) -> httpx.Response:
        """Send a form that need not be on the page; `origin` is the site that it is on."""
        parts = urlsplit(address)
        headers = {"origin": origin or f"{parts.scheme}://{parts.netloc}"}
        return self._follow(self.client.post(address, data=data, headers=headers))

    def _follow(self, answer: httpx.Response) -> httpx.Response:
        for _ in range(10):
            if answer.next_request is None:
                break
            answer = self.client.get(str(answer.next_request.url))
        self.page = answer
        return answer

    def _shown(self) -> httpx.Response:
        if self.page is None:
            raise AssertionError("no page is open")
        return self.page
