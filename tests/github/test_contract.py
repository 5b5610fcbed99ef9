"""The validators are tested against answers as GitHub's documentation shows them, and against near misses."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.github.contract import (
    ContractError,
    check_delivery,
    check_request,
    check_response,
    check_webhook,
)
from tests.github.slices import describe, find_operation
from tests.github.watch import Watched, watch

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

REPO = "/repos/vale/lanterns"
HEADERS = {
    "content-type": "application/json; charset=utf-8",
    "x-github-request-id": "C0FF:1",
    "x-ratelimit-limit": "5000",
    "x-ratelimit-remaining": "4999",
    "x-ratelimit-reset": "1893456000",
    "x-ratelimit-used": "1",
    "x-ratelimit-resource": "core",
}
LABEL = {
    "id": 1,
    "node_id": "L1",
    "url": "http://forge.test/api/v3/repos/vale/lanterns/labels/triage",
    "name": "triage",
    "description": None,
    "color": "f29513",
    "default": False,
}
ERROR = {"message": "Not Found", "documentation_url": "https://docs.github.com/rest", "status": "404"}
PING = {
    "zen": "Keep it logically awesome.",
    "hook_id": 7,
    "hook": {
        "type": "App",
        "id": 7,
        "name": "web",
        "active": True,
        "events": ["pull_request"],
        "config": {"content_type": "json", "insecure_ssl": "0", "url": "http://bot.test/webhooks/github"},
        "updated_at": "2026-01-02T03:04:05Z",
        "created_at": "2026-01-02T03:04:05Z",
        "app_id": 3,
        "url": "http://forge.test/api/v3/app/hook",
        "ping_url": "http://forge.test/api/v3/app/hook/pings",
        "deliveries_url": "http://forge.test/api/v3/app/hook/deliveries",
    },
}


def test_every_described_schema_compiles_and_all_its_references_resolve() -> None:
    assert describe() > 300


@pytest.mark.parametrize(
    ("method", "path", "template", "parameters"),
    [
        ("GET", "/app", "/app", {}),
        ("get", "/api/v3/repos/vale/lanterns", "/repos/{owner}/{repo}", {"owner": "vale", "repo": "lanterns"}),
        ("GET", f"{REPO}/contents/docs/a%20b.md", "/repos/{owner}/{repo}/contents/{path}", {"path": "docs/a b.md"}),
        ("GET", f"{REPO}/contents", "/repos/{owner}/{repo}/contents/{path}", {"path": ""}),
        ("GET", f"{REPO}/contents/", "/repos/{owner}/{repo}/contents/{path}", {"path": ""}),
        ("GET", f"{REPO}/commits/topic/one/status", "/repos/{owner}/{repo}/commits/{ref}/status", {"ref": "topic/one"}),
        ("GET", f"{REPO}/commits/topic/one", "/repos/{owner}/{repo}/commits/{ref}", {"ref": "topic/one"}),
        ("GET", f"{REPO}/compare/a...b", "/repos/{owner}/{repo}/compare/{basehead}", {"basehead": "a...b"}),
        ("GET", f"{REPO}/pulls/comments/5", "/repos/{owner}/{repo}/pulls/comments/{comment_id}", {"comment_id": "5"}),
        ("DELETE", f"{REPO}/labels/needs%2Fwork", "/repos/{owner}/{repo}/labels/{name}", {"name": "needs/work"}),
    ],
)
def test_a_path_finds_its_operation(method: str, path: str, template: str, parameters: dict[str, str]) -> None:
    operation, found = find_operation(method, path)
    assert operation.template == template
    assert found.items() >= parameters.items()


@pytest.mark.parametrize(("method", "path"), [("GET", "/nothing"), ("PUT", f"{REPO}/labels"), ("GET", "/app/")])
def test_an_operation_that_github_does_not_describe_fails(method: str, path: str) -> None:
    with pytest.raises(ContractError, match="GitHub describes no"):
        find_operation(method, path)


def test_a_response_of_the_described_shape_passes_parsed_or_as_bytes() -> None:
    check_response("GET", f"/api/v3{REPO}/labels", 200, HEADERS, [LABEL])
    check_response("GET", f"/api/v3{REPO}/labels", 200, HEADERS, json.dumps([LABEL]).encode())


def test_a_header_may_be_written_in_any_case() -> None:
    check_response("GET", f"{REPO}/labels", 200, {name.title(): value for name, value in HEADERS.items()}, [])


@pytest.mark.parametrize("change", [{"id": "1"}, {"color": None}, {"default": "no"}, {"url": "not a url"}])
def test_a_value_of_another_type_fails_and_the_message_says_where(change: dict[str, object]) -> None:
    with pytest.raises(ContractError, match=f"at /0/{next(iter(change))}"):
        check_response("GET", f"{REPO}/labels", 200, HEADERS, [LABEL | change])


def test_a_missing_key_fails() -> None:
    with pytest.raises(ContractError, match="node_id"):
        check_response("GET", f"{REPO}/labels/triage", 200, HEADERS, {k: v for k, v in LABEL.items() if k != "node_id"})


def test_a_status_that_github_does_not_document_fails() -> None:
    with pytest.raises(ContractError, match="no such status"):
        check_response("GET", f"{REPO}/labels", 201, HEADERS, [LABEL])


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429])
def test_errors_that_github_gives_everywhere_pass_with_a_message_and_fail_without(status: int) -> None:
    check_response("POST", f"{REPO}/check-runs", status, HEADERS, ERROR)
    with pytest.raises(ContractError, match="documentation_url"):
        check_response("POST", f"{REPO}/check-runs", status, HEADERS, {"message": "Not Found"})


def test_an_error_described_without_a_body_has_the_body_of_every_error() -> None:
    check_response("GET", f"{REPO}/pulls/1/merge", 404, HEADERS, ERROR)
    with pytest.raises(ContractError, match="message"):
        check_response("GET", f"{REPO}/pulls/1/merge", 404, HEADERS, {})


@pytest.mark.parametrize("name", [name for name in HEADERS if name != "content-type"])
def test_a_response_without_a_header_that_github_always_sends_fails(name: str) -> None:
    with pytest.raises(ContractError, match=name):
        check_response("GET", f"{REPO}/labels", 200, {k: v for k, v in HEADERS.items() if k != name}, [])


def test_a_body_that_is_not_json_fails() -> None:
    with pytest.raises(ContractError, match="not JSON"):
        check_response("GET", f"{REPO}/labels", 200, HEADERS, b"<p>")
    with pytest.raises(ContractError, match="content type"):
        check_response("GET", f"{REPO}/labels", 200, HEADERS | {"content-type": "text/html"}, b"<p>")


def test_a_raw_file_is_not_read_as_json() -> None:
    raw = HEADERS | {"content-type": "application/vnd.github.raw+json; charset=utf-8"}
    check_response("GET", f"{REPO}/contents/README.md", 200, raw, b"# Lanterns")


def test_no_content_means_no_body() -> None:
    check_response("DELETE", f"{REPO}/labels/triage", 204, HEADERS, b"")
    with pytest.raises(ContractError, match="no body"):
        check_response("DELETE", f"{REPO}/labels/triage", 204, HEADERS, b"{}")


def test_a_wrong_alternative_is_reported_by_what_is_wrong_with_the_closest() -> None:
    with pytest.raises(ContractError, match=r"download_url|name|type"):
        check_response("GET", f"{REPO}/contents/a", 200, HEADERS, {"type": "file"})


def test_a_pull_requests_head_repository_may_be_gone() -> None:
    with pytest.raises(ContractError) as caught:
        check_response("GET", f"{REPO}/pulls/1", 200, HEADERS, {"head": {"repo": None}})
    assert "/head/repo" not in str(caught.value)


@pytest.mark.parametrize(
    ("method", "path", "query", "body"),
    [
        ("GET", f"{REPO}/pulls", "state=open&per_page=100", b""),
        ("GET", f"{REPO}/pulls", {"page": "2"}, None),
        ("POST", f"{REPO}/issues/1/comments", "", {"body": "Thank you"}),
        ("POST", f"{REPO}/issues/1/labels", "", {"labels": ["triage"]}),
        ("POST", f"{REPO}/issues/1/labels", "", ["triage"]),
        ("PUT", f"{REPO}/issues/1/labels", "", []),
        ("POST", f"{REPO}/check-runs", "", {"name": "dco", "head_sha": "a" * 40, "status": "in_progress"}),
        ("POST", "/app/installations/4/access_tokens", "", b'{"permissions": {"checks": "write"}}'),
        ("POST", "/app/installations/4/access_tokens", "", b""),
        ("DELETE", f"{REPO}/labels/triage", "", b""),
    ],
)
def test_a_request_as_github_documents_it_passes(
    method: str, path: str, query: str | dict[str, str], body: object
) -> None:
    check_request(method, path, query, body)


@pytest.mark.parametrize(
    ("method", "path", "query", "body", "reason"),
    [
        ("GET", f"{REPO}/pulls", "sate=open", b"", "no query parameter sate"),
        ("GET", f"{REPO}/pulls", "state=ajar", b"", "ajar"),
        ("GET", f"{REPO}/pulls/one", "", b"", "integer"),
        ("POST", f"{REPO}/issues/1/comments", "", b"", "a body is required"),
        ("POST", f"{REPO}/issues/1/comments", "", {}, "body"),
        ("POST", f"{REPO}/issues/1/comments", "", {"body": "x" * 65_537}, "65536"),
        ("POST", f"{REPO}/issues/1/comments", "", {"body": "x", "text": "y"}, "knows no text"),
        ("POST", f"{REPO}/issues/1/comments", "", b"{", "not JSON"),
        ("POST", f"{REPO}/labels", "", {"name": "x" * 51}, "50"),
        ("PUT", f"{REPO}/issues/1/labels", "", [str(n) for n in range(101)], "100"),
        ("POST", f"{REPO}/check-runs", "", {"name": "dco", "head_sha": "a", "status": "completed"}, "conclusion"),
        ("DELETE", f"{REPO}/labels/triage", "", {"name": "triage"}, "takes no body"),
    ],
)
def test_a_request_that_departs_from_githubs_description_fails(
    method: str, path: str, query: str, body: object, reason: str
) -> None:
    with pytest.raises(ContractError, match=reason):
        check_request(method, path, query, body)


def test_more_annotations_than_one_request_may_carry_fail() -> None:
    annotation = {"path": "a", "start_line": 1, "end_line": 1, "annotation_level": "failure", "message": "m"}
    run = {"name": "yaml", "head_sha": "a" * 40, "output": {"title": "t", "summary": "s", "annotations": [annotation]}}
    check_request("POST", f"{REPO}/check-runs", "", run)
    run["output"]["annotations"] = [annotation] * 51
    with pytest.raises(ContractError, match="50"):
        check_request("POST", f"{REPO}/check-runs", "", run)


def test_a_webhook_of_the_described_shape_passes_and_one_key_too_many_fails() -> None:
    check_webhook("ping", PING)
    check_webhook("ping", json.dumps(PING).encode())
    with pytest.raises(ContractError, match="extra"):
        check_webhook("ping", PING | {"extra": 1})


@pytest.mark.parametrize(
    ("event", "body", "reason"),
    [
        ("sneeze", {}, "no event sneeze"),
        ("pull_request", {"action": "sneezed"}, "no action 'sneezed'"),
        ("pull_request", [], "no action None"),
        ("pull_request", {"action": "synchronize"}, "before"),
    ],
)
def test_an_unknown_event_or_action_fails(event: str, body: object, reason: str) -> None:
    with pytest.raises(ContractError, match=reason):
        check_webhook(event, body)


def _delivery(body: bytes, secret: str) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "User-Agent": "GitHub-Hookshot/e5510ae",
        "X-GitHub-Event": "ping",
        "X-GitHub-Delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
        "X-GitHub-Hook-ID": "7",
        "X-GitHub-Hook-Installation-Target-ID": "3",
        "X-GitHub-Hook-Installation-Target-Type": "integration",
        "X-Hub-Signature-256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest(),
    }


def test_a_delivery_passes_with_githubs_headers_and_its_signature() -> None:
    body = json.dumps(PING).encode()
    check_delivery(_delivery(body, "s"), body, secret="s")
    with pytest.raises(ContractError, match="signature"):
        check_delivery(_delivery(body, "another"), body, secret="s")


@pytest.mark.parametrize("name", [name for name in _delivery(b"", "s") if name != "X-Hub-Signature-256"])
def test_a_delivery_without_one_of_githubs_headers_fails(name: str) -> None:
    body = json.dumps(PING).encode()
    headers = _delivery(body, "s")
    del headers[name]
    with pytest.raises(ContractError, match=name.lower()):
        check_delivery(headers, body)


def _answer(request: httpx.Request) -> httpx.Response:
    if request.url.path.endswith("/labels"):
        return httpx.Response(200, headers=HEADERS, json=[LABEL])
    return httpx.Response(200, headers=HEADERS, json={"unlike": "anything"})


def test_a_watched_client_checks_rest_answers_and_leaves_the_rest_alone() -> None:
    transport = httpx.MockTransport(_answer)
    with watch(httpx.Client(transport=transport, base_url="http://forge.test"), requests=True) as client:
        client.get(f"/api/v3{REPO}/labels", params={"per_page": "10"})
        client.get("/_forge/users")
        with pytest.raises(ContractError, match="the answer 200"):
            client.get(f"/api/v3{REPO}")
        with pytest.raises(ContractError, match="per_side"):
            client.get(f"/api/v3{REPO}/labels", params={"per_side": "10"})


async def _serve(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    refused = scope["path"].endswith("/comments")
    headers = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
    await send({"type": "http.response.start", "status": 422 if refused else 200, "headers": headers})
    body = ERROR if refused else [LABEL]
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})


def test_a_watched_application_keeps_what_departed_from_the_contract() -> None:
    watched = Watched(app=_serve)

    async def talk() -> None:
        transport = httpx.ASGITransport(app=watched)
        async with httpx.AsyncClient(transport=transport, base_url="http://forge.test") as client:
            await client.get(f"/api/v3{REPO}/labels")
            await client.get("/somewhere/else")
            await client.post(f"/api/v3{REPO}/issues/1/comments", json={"text": "refused, so not held against us"})
            assert watched.failures == []
            await client.get(f"/api/v3{REPO}")
            await client.get(f"/api/v3{REPO}/labels?sate=open")

    asyncio.run(talk())
    assert [failure.splitlines()[0] for failure in watched.failures] == [
        f"the answer 200 to GET /api/v3{REPO}",
        f"the request GET /api/v3{REPO}/labels: GitHub knows no query parameter sate",
    ]
