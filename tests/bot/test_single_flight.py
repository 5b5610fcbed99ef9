"""Who wants the same at once causes one request, and who wants something else waits for nobody."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.github_api.single_flight import SingleFlight
from tests.bot.world import wait


def test_all_who_want_the_same_at_once_get_the_answer_of_one_request() -> None:
    flight, go, asked = SingleFlight[str, int](), threading.Event(), []

    def request() -> int:
        asked.append(1)
        go.wait(30)
        return len(asked)

    with ThreadPoolExecutor(4) as threads:
        try:
            waiting = [threads.submit(flight.ask, "a", request) for _ in range(4)]
            wait(lambda: asked, what="the request")
            assert flight.ask("b", lambda: 7) == 7
        finally:
            go.set()
        assert {each.result() for each in waiting} <= {1, 2}  # whoever came after the answer asked anew
    assert flight.ask("a", lambda: 9) == 9


def test_an_error_is_raised_to_all_who_wait_and_kept_for_nobody() -> None:
    flight, go, asked = SingleFlight[str, int](), threading.Event(), []

    def request() -> int:
        asked.append(1)
        go.wait(30)
        raise ZeroDivisionError

    with ThreadPoolExecutor(2) as threads:
        try:
            waiting = [threads.submit(flight.ask, "a", request) for _ in range(2)]
            wait(lambda: asked, what="the request")
        finally:
            go.set()
        for each in waiting:
            with pytest.raises(ZeroDivisionError):
                each.result()
    assert flight.ask("a", lambda: 9) == 9
