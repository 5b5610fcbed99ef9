"""The web side from outside: what it refuses, how it says so, and the headers on every answer."""

import json
import os
import re
import resource
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path

import httpx
import pytest

from bot.app import strict_headers
from bot.connections import HEAD_BYTES, REQUEST_SECONDS, SILENT_SECONDS
from bot.webhook import sign
from tests.bot.world import SECRET, BotProcess, private_key, wait

PEM = private_key()
BEFORE = "the secret of last year"
HEADERS = strict_headers(forms=False)


def environment(folder: Path, **more: str) -> dict[str, str]:
    return {
        "ESPALIER_APP_ID": "7", "ESPALIER_PRIVATE_KEY": PEM, "ESPALIER_WEBHOOK_SECRET": SECRET,
        "ESPALIER_GITHUB_API_URL": "http://127.0.0.1:9/api/v3", "ESPALIER_DATA_DIR": str(folder), "ESPALIER_PORT": "0",
        **more,
    }  # fmt: skip


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BotProcess]:
    folder = tmp_path_factory.mktemp("bot")
    before = {"ESPALIER_WEBHOOK_SECRET_BEFORE": BEFORE}
    process = BotProcess(environment=environment(folder, **before), log=folder / "bot.log")
    process.start()
    yield process
    assert process.end() == 0


def deliver(bot: BotProcess, body: bytes, **headers: str) -> httpx.Response:
    sent = {"X-GitHub-Event": "ping", "X-GitHub-Delivery": "g-1", "X-Hub-Signature-256": sign(SECRET, body), **headers}
    return httpx.post(f"{bot.address}/webhooks/github", content=body, headers=sent, timeout=30, trust_env=False)


def test_a_ping_is_answered_and_not_handled(bot: BotProcess) -> None:
    answer = deliver(bot, b'{"zen": "Keep it logically awesome."}')
    assert (answer.status_code, answer.json()) == (200, {"message": "ignored"})


def test_what_is_not_signed_with_the_secret_is_refused_without_a_trace_of_it(bot: BotProcess) -> None:
    for signature in (sign("guess", b"{}"), "sha256=", ""):
        answer = deliver(bot, b"{}", **{"X-Hub-Signature-256": signature})
        assert answer.status_code == 401
        assert SECRET not in answer.text
    assert SECRET not in bot.log.read_text()
    assert 'espalier_webhooks_total{status="401"}' in bot.get("/metrics").text


def test_while_a_secret_is_being_replaced_both_are_taken(bot: BotProcess) -> None:
    for secret in (SECRET, BEFORE):
        assert deliver(bot, b"{}", **{"X-Hub-Signature-256": sign(secret, b"{}")}).status_code == 200


@pytest.mark.parametrize("body", [b"{", b"", b"payload=%7B%7D", b"\xff\xfe", b"[" * 100_000])
def test_a_signed_body_that_is_no_json_is_refused(bot: BotProcess, body: bytes) -> None:
    answer = deliver(bot, body)
    assert (answer.status_code, answer.json()["message"][:20]) == (400, "the body is not JSON")


def test_a_delivery_is_sent_by_post_alone(bot: BotProcess) -> None:
    answer = bot.get("/webhooks/github")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


def test_a_delivery_s_answer_has_strict_headers(bot: BotProcess) -> None:
    for answer in (deliver(bot, b"{}"), deliver(bot, b"{"), deliver(bot, b"{}", **{"X-Hub-Signature-256": ""})):
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
        assert "server" not in answer.headers


def test_an_event_of_our_own_is_not_taken_from_outside(bot: BotProcess) -> None:
    assert deliver(bot, b"{}", **{"X-GitHub-Event": "espalier_build"}).status_code == 400


@pytest.mark.parametrize("length", ["26214401", "999999999999", "-1", "many"])
def test_a_body_that_says_it_is_too_large_is_not_even_read(bot: BotProcess, length: str) -> None:
    host, port = bot.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as line:
        line.sendall(f"POST /webhooks/github HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode())
        status = int(line.recv(4096).split(b" ")[1])
    assert status in {400, 413}


def test_an_unsigned_body_is_not_even_read(bot: BotProcess) -> None:
    status, answer = told(
        bot, b"POST /webhooks/github HTTP/1.1\r\nHost: x\r\nContent-Length: 20000000\r\n\r\nonly this"
    )
    assert (status, b"connection: close" in answer) == (401, True)


def test_headers_without_end_are_cut_off(bot: BotProcess) -> None:
    many = b"".join(b"X-%d: %s\r\n" % (number, b"a" * 1000) for number in range(HEAD_BYTES // 1000 + 1))
    assert told(bot, b"GET /healthz HTTP/1.1\r\n" + many)[0] == 431


def test_what_says_nothing_or_comes_byte_by_byte_is_cut_off_and_others_are_served(bot: BotProcess) -> None:
    start = f"POST /webhooks/github HTTP/1.1\r\nHost: x\r\nX-Hub-Signature-256: {sign('x', b'')}\r\n".encode()
    begun = {"nothing": b"", "headers": start, "body": start + b"Content-Length: 1000\r\n\r\n"}
    began, took = time.monotonic(), {}
    with ExitStack() as stack:
        lines = {what: stack.enter_context(connected(bot)) for what in begun}
        for what, line in lines.items():
            line.sendall(begun[what])
            line.settimeout(0.3)
        while lines and time.monotonic() < began + REQUEST_SECONDS + 10:
            for what, line in tuple(lines.items()):
                try:
                    answer = line.recv(4096)
                except TimeoutError:
                    if what != "nothing":
                        line.sendall(b"a")
                else:
                    assert answer.startswith(b"HTTP/1.1 408 ")
                    took[what] = time.monotonic() - began
                    del lines[what]
            assert bot.get("/healthz").status_code == 200
    assert SILENT_SECONDS - 1 < took["nothing"] < REQUEST_SECONDS - 1
    assert min(took["headers"], took["body"]) > REQUEST_SECONDS - 1


def connected(bot: BotProcess) -> socket.socket:
    host, port = bot.address.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=30)


def told(bot: BotProcess, request: bytes) -> tuple[int, bytes]:
    """Send bytes; give the answer's status, and the answer."""
    with connected(bot) as line:
        line.sendall(request)
        answer = line.recv(65_536)
    return int(answer.split(b" ")[1]), answer


def ping(guid: str, *, body: bytes = b"{}", **headers: str) -> bytes:
    """Write a delivery as it goes over the line."""
    sent = {
        "Host": "x", "X-GitHub-Event": "ping", "X-GitHub-Delivery": guid, "X-Hub-Signature-256": sign(SECRET, body),
        "Content-Length": str(len(body)), **headers,
    }  # fmt: skip
    head = "\r\n".join(["POST /webhooks/github HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items())])
    return head.encode() + b"\r\n\r\n" + body


def read_all(line: socket.socket) -> bytes:
    """Read until the bot hangs up."""
    return b"".join(iter(lambda: line.recv(65_536), b""))


def sent(bot: BotProcess, *requests: bytes) -> bytes:
    """Send requests at once over one connection; give all that comes back until the bot hangs up."""
    with connected(bot) as line:
        line.sendall(b"".join(requests))
        return read_all(line)


PAGE = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


def test_deliveries_and_pages_take_turns_on_one_connection(bot: BotProcess) -> None:
    with closing(HTTPConnection(bot.address.removeprefix("http://"), timeout=30)) as line:
        line.connect()
        port = line.sock.getsockname()[1]
        for number in range(3):
            signed = {"X-GitHub-Event": "ping", "X-GitHub-Delivery": f"g-turn-{number}"}
            line.request("POST", "/webhooks/github", b"{}", {**signed, "X-Hub-Signature-256": sign(SECRET, b"{}")})
            assert line.getresponse().read() == b'{"message": "ignored"}'
            line.request("GET", "/healthz")
            assert line.getresponse().read() == b"ok\n"
        assert line.sock.getsockname()[1] == port


@pytest.mark.parametrize("behind", [ping("g-second"), PAGE, b"\x00 no request", b"a" * 100_000])
def test_what_does_not_wait_for_the_answer_before_it_is_not_heard(bot: BotProcess, behind: bytes) -> None:
    first = f"g-first-{len(behind)}"
    answer = sent(bot, ping(first), behind)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"connection: close" in answer
    assert deliver(bot, b"{}", **{"X-GitHub-Delivery": first}).json() == {"message": "known already"}
    if behind.startswith(b"POST"):
        assert deliver(bot, b"{}", **{"X-GitHub-Delivery": "g-second"}).json() == {"message": "ignored"}


def test_a_delivery_behind_a_page_that_is_not_answered_is_not_heard(bot: BotProcess) -> None:
    answer = sent(bot, b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", ping("g-behind"))
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"espalier_up 1" in answer
    assert deliver(bot, b"{}", **{"X-GitHub-Delivery": "g-behind"}).json() == {"message": "ignored"}


def test_a_refusal_is_the_last_answer_on_its_connection(bot: BotProcess) -> None:
    forged = ping("g-forged").replace(sign(SECRET, b"{}").encode(), sign("guess", b"{}").encode())
    for refused in (forged, ping("g-text", body=b"no JSON")):
        answer = sent(bot, refused, refused, refused)
        assert answer.count(b"HTTP/1.1 4") == 1
        assert b"connection: close" in answer


def test_a_delivery_may_name_the_whole_address(bot: BotProcess) -> None:
    whole = ping("g-whole", Connection="close").replace(b" /webhooks", b" http://x/webhooks")
    assert sent(bot, whole).endswith(b'{"message": "ignored"}')


def test_a_question_for_the_head_alone_is_answered_without_a_body(bot: BotProcess) -> None:
    answer = sent(bot, b"HEAD /webhooks/github HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 405 ")
    assert answer.endswith(b"\r\n\r\n")


def test_the_connection_closes_where_the_sender_wants_that(bot: BotProcess) -> None:
    assert b"connection: close" in sent(bot, ping("g-close", Connection="close"))
    assert sent(bot, ping("g-old").replace(b" HTTP/1.1\r\n", b" HTTP/1.0\r\n")).endswith(b'{"message": "ignored"}')


def test_a_sender_that_asks_before_it_sends_a_body_is_told_to_go_on(bot: BotProcess) -> None:
    request = ping("g-expect", Expect="100-continue")
    head, body = request.removesuffix(b"{}"), b"{}"
    with connected(bot) as line:
        line.sendall(head)
        assert line.recv(4096) == b"HTTP/1.1 100 Continue\r\n\r\n"
        line.sendall(body)
        assert line.recv(4096).startswith(b"HTTP/1.1 200 ")


def test_a_body_in_many_parts_is_put_together(bot: BotProcess) -> None:
    body = json.dumps({"text": "a" * 300_000}).encode()
    request = ping("g-parts", body=body)
    with connected(bot) as line:
        for start in range(0, len(request), 50_000):
            line.sendall(request[start : start + 50_000])
            time.sleep(0.01)
        assert line.recv(4096).startswith(b"HTTP/1.1 200 ")


def test_a_body_in_chunks_is_read_up_to_the_limit_only(bot: BotProcess) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(30):
            yield b"x" * 1024 * 1024

    try:
        headers = {"X-Hub-Signature-256": sign(SECRET, b"")}
        status = httpx.post(
            f"{bot.address}/webhooks/github", content=chunks(), headers=headers, timeout=30, trust_env=False
        ).status_code
    except httpx.HTTPError:  # the server may hang up while we still send
        status = 413
    assert status == 413


def test_a_delivery_that_concerns_us_is_kept_once_though_github_is_away(bot: BotProcess) -> None:
    pull = {"number": 7, "head": {"sha": "a" * 40}, "base": {"ref": "main"}}
    payload = {"action": "opened", "repository": {"full_name": "o/t"}, "installation": {"id": 5}, "pull_request": pull}
    body = json.dumps(payload).encode()
    for status in (202, 200):
        answer = deliver(bot, body, **{"X-GitHub-Event": "pull_request", "X-GitHub-Delivery": "g-2"})
        assert answer.status_code == status
    assert bot.get("/readyz").status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        ("/?fragment", 200),
        ("/healthz", 200),
        ("/metrics", 200),
        ("/builds/none", 404),
        ("/builds/none?fragment", 404),
        ("/static/bot.css", 200),
        ("/static/live.js", 200),
        ("/static/mark.svg", 200),
        ("/static/routes.py", 404),
        ("/static/..%2Froutes.py", 404),
        ("/no/such/page", 404),
        ("/openapi.json", 404),
        ("/docs", 404),
    ],
)
def test_every_answer_has_strict_headers(bot: BotProcess, path: str, status: int) -> None:
    answer = bot.get(path)
    assert answer.status_code == status
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS


def test_a_page_holds_no_script_or_style_of_its_own_and_nothing_of_the_address(bot: BotProcess) -> None:
    page = bot.get("/builds/%3Cscript%3Ealert(1)%3C%2Fscript%3E").text
    assert "<script>" not in page
    assert "style=" not in bot.get("/").text
    assert "<style" not in bot.get("/").text


def test_an_unchanged_fragment_costs_no_body(bot: BotProcess) -> None:
    first = bot.get("/?fragment")
    again = httpx.get(
        f"{bot.address}/?fragment", headers={"If-None-Match": first.headers["etag"]}, timeout=30, trust_env=False
    )
    assert (again.status_code, again.content) == (304, b"")


def run(arguments: list[str], **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ESPALIER_")}
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments], env={**kept, **variables}, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip


def test_a_missing_setting_is_one_sentence_and_exit_2() -> None:
    done = run(["serve"])
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("ESPALIER_APP_ID is not set")
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_key_that_cannot_sign_is_one_sentence_and_exit_2(tmp_path: Path) -> None:
    key = "-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----"
    done = run(["serve"], **environment(tmp_path, ESPALIER_PRIVATE_KEY=key))
    assert done.returncode == 2
    assert done.stderr.startswith("The App's private key cannot sign")
    assert "abc" not in done.stderr


def test_a_port_in_use_is_one_sentence_and_exit_2(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        done = run(["serve"], **environment(tmp_path, ESPALIER_PORT=port))
    assert done.returncode == 2
    assert done.stderr == f"Port {port} is in use; end what listens there, or set ESPALIER_PORT.\n"


def test_a_database_that_cannot_be_opened_is_one_sentence_and_exit_2(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run(["serve"], **environment(tmp_path / "file"))
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1


@contextmanager
def full_disk(bot: BotProcess) -> Iterator[None]:
    """Let the bot's process write no file until the block ends, as on a full disk."""
    assert bot.process is not None
    before = resource.prlimit(bot.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(bot.process.pid, resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.prlimit(bot.process.pid, resource.RLIMIT_FSIZE, before)


def test_while_nothing_can_be_kept_the_bot_is_not_ready_and_takes_no_delivery(bot: BotProcess) -> None:
    headers = {"X-GitHub-Delivery": "g-full"}
    with full_disk(bot):
        answer = deliver(bot, b"{}", **headers)
        assert (answer.status_code, answer.json()["message"]) == (503, "it cannot be kept now: send it again later")
        wait(lambda: bot.get("/readyz").status_code == 503, what="the bot to say that it is not ready")
        assert "cannot be written" in bot.get("/readyz").text
        assert bot.get("/healthz").status_code == 200
    wait(lambda: bot.get("/readyz").status_code == 200, what="the bot to be ready again")
    assert deliver(bot, b"{}", **headers).json() == {"message": "ignored"}
    assert deliver(bot, b"{}", **headers).json() == {"message": "known already"}


def test_a_database_of_another_version_makes_the_bot_unready(tmp_path: Path) -> None:
    bot = BotProcess(environment=environment(tmp_path), log=tmp_path / "bot.log")
    bot.start()
    assert bot.get("/readyz").status_code == 200
    with closing(sqlite3.connect(tmp_path / "espalier.sqlite3")) as other:
        other.execute("UPDATE alembic_version SET version_num = '9999'")
        other.commit()
    wait(lambda: bot.get("/readyz").status_code == 503, what="the bot to say that it is not ready")
    assert "another version" in bot.get("/readyz").text
    bot.end()


def test_the_numbers_say_what_an_alert_needs(bot: BotProcess) -> None:
    body = json.dumps({"repository": {"full_name": "o/t"}, "installation": {"id": 5}, "number": 1}).encode()
    deliver(bot, body, **{"X-GitHub-Delivery": "g-numbers"})
    text = bot.get("/metrics").text
    assert "\nespalier_database_up 1\n" in text
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    names = {line.partition("{")[0].partition(" ")[0] for line in lines}
    assert names >= {
        "espalier_up", "espalier_webhooks_total", "espalier_deliveries", "espalier_oldest_delivery_seconds",
        "espalier_handling_seconds_bucket", "espalier_handling_seconds_sum", "espalier_handling_seconds_count",
        "espalier_missed_total",
    }  # fmt: skip
    for name in ("espalier_handlings_total", "espalier_outbox", "espalier_builds", "espalier_github_answers_total"):
        assert f"# TYPE {name} " in text
    counts = [int(line.split()[1]) for line in lines if line.startswith("espalier_handling_seconds_bucket")]
    assert counts == sorted(counts)
    assert all(re.fullmatch(r'[a-z_]+(\{[a-z]+="[^"]*"\})? [0-9.]+', line) for line in lines)
