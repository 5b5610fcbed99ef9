"""The bad connection breaks what the bot asks in the ways that it is told, and nothing else."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.bot.world import wait
from tests.fakes.faults import FAULTS, Asked, Fault, Faults, Lines, Nth, Plan, Planner, only

PULL = "/api/v3/repos/orchard/taxonomy/pulls/1"
COMMENTS = "/api/v3/repos/orchard/taxonomy/issues/1/comments"


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[str, Faults]]:
    """Serve a forge of one list and one pull request behind the layer."""
    comments: list[object] = []

    async def listing(request: Request) -> Response:
        if request.method == "POST":
            comments.append((await request.json())["body"])
            return JSONResponse(comments[-1], 201)
        return JSONResponse(comments)

    async def pull(_: Request) -> Response:
        return JSONResponse({"number": 1, "mergeable": True})

    routes = [Route(COMMENTS, listing, methods=["GET", "POST"]), Route(PULL, pull)]
    with serving(Faults(app=Starlette(routes=routes), lines=Lines())) as made:
        yield made


@contextmanager
def serving(faults: Faults) -> Iterator[tuple[str, Faults]]:
    config = uvicorn.Config(faults, port=0, http=faults.lines.protocol(), log_level="warning", access_log=False)
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run)
    thread.start()
    wait(lambda: running.started, what="the server")
    try:
        yield f"http://127.0.0.1:{running.servers[0].sockets[0].getsockname()[1]}", faults
    finally:
        running.should_exit = True
        thread.join()


@pytest.fixture
def bot(server: tuple[str, Faults]) -> Iterator[httpx.Client]:
    server[1].done.clear()
    server[1].met.clear()
    headers = {"user-agent": "espalier", "authorization": "Bearer ghs_one"}
    with httpx.Client(base_url=server[0], headers=headers, trust_env=False, timeout=1.5) as client:
        yield client
    server[1].plan = None


def break_once(server: tuple[str, Faults], fault: Fault) -> None:
    server[1].plan = Nth(fault)


def test_without_a_plan_and_for_other_people_nothing_goes_wrong(server: tuple[str, Faults], bot: httpx.Client) -> None:
    assert bot.get(PULL).json() == {"number": 1, "mergeable": True}
    server[1].plan = Plan("server error before the act", seed=1, share=1.0)
    assert httpx.get(f"{server[0]}{PULL}", trust_env=False).status_code == 200
    assert bot.get(PULL).status_code == 502


def test_an_error_after_the_act_hides_what_was_done_and_one_before_it_prevents_it(
    server: tuple[str, Faults], bot: httpx.Client
) -> None:
    break_once(server, only("server error before the act", verb="POST", path="comments$"))
    assert bot.post(COMMENTS, json={"body": "lost"}).status_code == 502
    break_once(server, only("server error after the act", verb="POST", path="comments$"))
    assert bot.post(COMMENTS, json={"body": "kept"}).status_code == 502
    assert "lost" not in bot.get(COMMENTS).json()
    assert "kept" in bot.get(COMMENTS).json()
    assert [(verb, body) for verb, _, body in server[1].done] == [("POST", {"body": "kept"})]
    assert server[1].met == {"server error before the act": 1, "server error after the act": 1}


@pytest.mark.parametrize("after", [False, True])
def test_a_reset_is_one_to_the_other_end(server: tuple[str, Faults], bot: httpx.Client, *, after: bool) -> None:
    break_once(server, FAULTS[f"reset {'after' if after else 'before'} the act"])
    with pytest.raises(httpx.ReadError):
        bot.post(COMMENTS, json={"body": f"reset {after}"})
    assert (f"reset {after}" in bot.get(COMMENTS).json()) is after


def test_an_answer_may_be_slow_or_never_come(server: tuple[str, Faults], bot: httpx.Client) -> None:
    break_once(server, replace(FAULTS["slow answer"], seconds=0.3))
    assert bot.get(PULL).elapsed.total_seconds() > 0.3
    break_once(server, FAULTS["no answer after the act"])
    with pytest.raises(httpx.ReadTimeout):
        bot.post(COMMENTS, json={"body": "unanswered"})
    assert "unanswered" in bot.get(COMMENTS).json()


def test_limits_say_when_to_come_back_as_github_does(server: tuple[str, Faults], bot: httpx.Client) -> None:
    break_once(server, FAULTS["primary limit with 429"])
    primary = bot.get(PULL)
    assert (primary.status_code, primary.headers["x-ratelimit-remaining"]) == (429, "0")
    break_once(server, FAULTS["secondary limit with 403 and Retry-After"])
    secondary = bot.get(PULL)
    assert (secondary.status_code, secondary.headers["retry-after"]) == (403, "1")
    assert "secondary rate limit" in secondary.json()["message"]
    break_once(server, FAULTS["secondary limit with 403"])
    assert "retry-after" not in bot.get(PULL).headers


def test_a_stale_list_is_the_one_of_the_last_time(server: tuple[str, Faults], bot: httpx.Client) -> None:
    before = bot.get(COMMENTS).json()
    bot.post(COMMENTS, json={"body": "unseen"})
    break_once(server, FAULTS["stale list"])
    assert bot.get(COMMENTS).json() == before
    assert bot.get(COMMENTS).json() == [*before, "unseen"]


def test_whether_it_can_be_merged_may_not_be_known(server: tuple[str, Faults], bot: httpx.Client) -> None:
    break_once(server, FAULTS["mergeable not known"])
    assert bot.get(PULL).json()["mergeable"] is None


def test_a_token_that_expired_is_refused_for_good_and_another_is_not(
    server: tuple[str, Faults], bot: httpx.Client
) -> None:
    break_once(server, FAULTS["expired token"])
    assert [bot.get(PULL).status_code for _ in range(2)] == [401, 401]
    assert bot.get(PULL, headers={"authorization": "Bearer ghs_two"}).status_code == 200


def test_a_plan_is_the_same_for_the_same_seed_and_comes_to_an_end() -> None:
    asked = [only("reset before the act", verb=verb, path="") for verb in ("GET", "POST")]
    assert fates(Plan(*asked, seed=5)) == fates(Plan(*asked, seed=5))
    assert fates(Plan(*asked, seed=5)) != fates(Plan(*asked, seed=6))
    assert sum(fates(Plan("reset before the act", seed=1, share=1.0, most=3, in_a_row=1))) == 3


def fates(plan: Planner) -> list[bool]:

    return [plan.choose(Asked(verb="GET", path="/a")) is not None for _ in range(40)]
