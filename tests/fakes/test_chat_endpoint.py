"""The fake chat server answers as OpenAI-compatible servers do, and remembers."""

from collections.abc import Iterator

import httpx
import pytest

from tests.fakes.chat_endpoint import ChatEndpoint, chatting


@pytest.fixture
def endpoint() -> Iterator[ChatEndpoint]:
    with chatting(ChatEndpoint(reply=lambda messages, seed: f"{seed}: {messages[-1]['content']}")) as running:
        yield running


def ask(endpoint: ChatEndpoint, *, model: str = "tiny", path: str = "/chat/completions") -> httpx.Response:
    body = {"model": model, "seed": 3, "messages": [{"role": "user", "content": "hello"}]}
    return httpx.post(f"{endpoint.url}{path}", json=body, trust_env=False)


def test_it_answers_in_the_completion_format_and_remembers_the_request(endpoint: ChatEndpoint) -> None:
    response = ask(endpoint)
    assert response.status_code == 200
    assert response.json()["choices"][0]["message"] == {"role": "assistant", "content": "3: hello"}
    assert [request["model"] for request in endpoint.requests] == ["tiny"]


def test_it_knows_its_models_paths_and_limits(endpoint: ChatEndpoint) -> None:
    assert ask(endpoint, model="huge").status_code == 404
    assert ask(endpoint, path="/completions").status_code == 404
    endpoint.longest = 3
    assert ask(endpoint).status_code == 400
    assert httpx.post(f"{endpoint.url}/chat/completions", content=b"{", trust_env=False).status_code == 400


def test_it_wants_its_key_once_it_has_one(endpoint: ChatEndpoint) -> None:
    endpoint.key = "secret"
    assert ask(endpoint).status_code == 401


def test_queued_answers_come_first_and_once(endpoint: ChatEndpoint) -> None:
    endpoint.answers = [(503, b"busy")]
    assert ask(endpoint).status_code == 503
    assert ask(endpoint).status_code == 200
