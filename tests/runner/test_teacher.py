"""The endpoint teacher: patient with a busy server, plain about one that is not there."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from runner.teacher import EndpointTeacher, Message, Refused
from schemas.errors import UserError
from tests.fakes.chat_endpoint import ChatEndpoint, chatting, completion

HELLO = (Message(role="system", content="Be brief."), Message(role="user", content="hello"))


@pytest.fixture
def endpoint() -> Iterator[ChatEndpoint]:
    with chatting(ChatEndpoint()) as running:
        yield running


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def teacher(endpoint: ChatEndpoint, pauses: list[float]) -> Iterator[EndpointTeacher]:
    made = EndpointTeacher(url=endpoint.url, model="tiny", pause=pauses.append)
    yield made
    made.close()


def complaint(teacher: EndpointTeacher) -> str:
    with pytest.raises(UserError) as caught:
        teacher.chat(HELLO, seed=1, max_tokens=8)
    return str(caught.value)


def test_the_reply_is_the_models_text(teacher: EndpointTeacher, endpoint: ChatEndpoint) -> None:
    assert teacher.chat(HELLO, seed=7, max_tokens=8) == "hello"
    (request,) = endpoint.requests
    assert (request["model"], request["seed"], request["max_tokens"]) == ("tiny", 7, 8)
    assert request["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "hello"},
    ]


@pytest.mark.parametrize("suffix", ["", "/", "/chat/completions"])
def test_the_url_may_be_given_in_any_of_its_forms(endpoint: ChatEndpoint, suffix: str) -> None:
    for base in (endpoint.url, endpoint.url.removesuffix("/v1")):
        if base.endswith("/v1") or suffix != "/chat/completions":
            made = EndpointTeacher(url=base + suffix, model="tiny")
            assert made.chat(HELLO, seed=1, max_tokens=8) == "hello"
            made.close()


def test_its_name_shows_model_and_endpoint_but_no_credentials() -> None:
    for url, shown in {
        "http://user:secret@127.0.0.1:8000/v1": "http://127.0.0.1:8000",
        "http://127.0.0.1:8000/east/v1": "http://127.0.0.1:8000/east",
    }.items():
        made = EndpointTeacher(url=url, model="tiny")
        assert made.name == f"tiny at {shown}"
        made.close()


def test_no_complaint_shows_the_endpoint_s_credentials(pauses: list[float]) -> None:
    made = EndpointTeacher(url="http://user:secret@127.0.0.1:9/v1", model="tiny", pause=pauses.append)
    said = complaint(made)
    assert "http://127.0.0.1:9/v1" in said
    assert "secret" not in said
    made.close()


def test_a_busy_server_is_asked_again_after_growing_pauses(
    teacher: EndpointTeacher, endpoint: ChatEndpoint, pauses: list[float]
) -> None:
    endpoint.answers = [(503, b""), (429, b"")]
    assert teacher.chat(HELLO, seed=1, max_tokens=8) == "hello"
    assert pauses == [1.0, 2.0]


def test_a_server_that_stays_busy_is_given_up(teacher: EndpointTeacher, endpoint: ChatEndpoint) -> None:
    endpoint.answers = [(503, b"loading the model")] * 10
    assert "answered 503" in complaint(teacher)
    assert len(endpoint.requests) == 4


def test_a_server_that_is_not_there_is_said_so(pauses: list[float]) -> None:
    made = EndpointTeacher(url="http://127.0.0.1:9/v1", model="tiny", pause=pauses.append)
    assert "cannot be reached (ConnectError): start it, or check --teacher-url" in complaint(made)
    assert len(pauses) == 3
    made.close()


def test_what_is_no_url_is_said_so() -> None:
    made = EndpointTeacher(url="ftp://somewhere", model="tiny", pause=lambda _: None)
    assert "not an HTTP URL" in complaint(made)
    made.close()


def test_a_locked_door_asks_for_the_key(teacher: EndpointTeacher, endpoint: ChatEndpoint) -> None:
    endpoint.key = "secret"
    assert "set ESPALIER_TEACHER_KEY" in complaint(teacher)
    keyed = EndpointTeacher(url=endpoint.url, model="tiny", key="secret")
    assert keyed.chat(HELLO, seed=1, max_tokens=8) == "hello"
    keyed.close()


def test_a_model_that_is_not_there_is_named(endpoint: ChatEndpoint) -> None:
    made = EndpointTeacher(url=endpoint.url, model="huge")
    assert "does not know the model huge" in complaint(made)
    made.close()


@pytest.mark.parametrize(
    "junk",
    [b"<html>hello</html>", b"[]", b"{}", b'{"choices": []}', b'{"choices": [{"message": {"content": 3}}]}', b"\xff"],
)
def test_junk_is_not_taken_for_an_answer(teacher: EndpointTeacher, endpoint: ChatEndpoint, junk: bytes) -> None:
    endpoint.answers = [(200, junk)]
    assert "not a chat completion" in complaint(teacher)


def test_an_answer_without_content_is_an_empty_one(teacher: EndpointTeacher, endpoint: ChatEndpoint) -> None:
    endpoint.answers = [(200, completion(None))]
    assert not teacher.chat(HELLO, seed=1, max_tokens=8)


def test_a_prompt_that_is_too_long_is_refused_alone(teacher: EndpointTeacher, endpoint: ChatEndpoint) -> None:
    endpoint.longest = 5
    with pytest.raises(Refused, match="maximum context length"):
        teacher.chat(HELLO, seed=1, max_tokens=8)


LONG = b'{"message": "This model\'s maximum context length is 1024 tokens. However, you requested 1152 output tokens"}'


def test_a_reply_too_long_for_a_small_context_is_asked_for_shorter(
    teacher: EndpointTeacher, endpoint: ChatEndpoint
) -> None:
    endpoint.answers = [(400, LONG), (400, LONG)]
    assert teacher.chat(HELLO, seed=1, max_tokens=1152) == "hello"
    assert [request["max_tokens"] for request in endpoint.requests] == [1152, 576, 288]


def test_a_prompt_that_fills_the_context_alone_is_refused_after_few_tries(
    teacher: EndpointTeacher, endpoint: ChatEndpoint
) -> None:
    endpoint.longest = 5
    with pytest.raises(Refused, match="maximum context length"):
        teacher.chat(HELLO, seed=1, max_tokens=1152)
    assert [request["max_tokens"] for request in endpoint.requests] == [1152, 576, 288, 144, 72, 64]


def test_a_refusal_for_another_reason_is_not_asked_again(teacher: EndpointTeacher, endpoint: ChatEndpoint) -> None:
    endpoint.answers = [(400, b"{\"detail\": \"Server is pinned to 'a'; requested 'b'.\"}")]
    with pytest.raises(Refused, match="pinned"):
        teacher.chat(HELLO, seed=1, max_tokens=1152)
    assert len(endpoint.requests) == 1


def test_no_more_requests_are_under_way_than_it_was_told(endpoint: ChatEndpoint) -> None:
    made = EndpointTeacher(url=endpoint.url, model="tiny", parallel=2)
    endpoint.delay = 0.02
    with ThreadPoolExecutor(max_workers=8) as pool:
        replies = list(pool.map(lambda _: made.chat(HELLO, seed=1, max_tokens=8), range(12)))
    assert replies == ["hello"] * 12
    assert endpoint.most_at_once <= 2
    made.close()


def test_a_server_that_says_when_to_come_again_is_heeded_within_reason(
    teacher: EndpointTeacher, endpoint: ChatEndpoint, pauses: list[float]
) -> None:
    endpoint.answers = [(429, b""), (429, b"")]
    endpoint.retry_after = "7"
    teacher.chat(HELLO, seed=1, max_tokens=8)
    endpoint.answers = [(429, b"")]
    endpoint.retry_after = "9999"
    teacher.chat(HELLO, seed=1, max_tokens=8)
    assert pauses == [7.0, 7.0, 30.0]
