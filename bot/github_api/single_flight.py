"""One request for all who want the same at once; who wants something else waits for nobody."""

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class SingleFlight(Generic[Key, Value]):
    """Requests that are under way, by what they ask for; threads may share it."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._under_way: dict[Key, Future[Value]] = {}

    def ask(self, key: Key, request: Callable[[], Value]) -> Value:
        """Send a request, unless the same is under way; who waits for another's gets its answer, or its error.

        Args:
            key: What is asked for.
            request: Asks for it, without any lock held.
        """
        with self._turn:
            going = self._under_way.get(key)
            is_first = going is None
            if going is None:
                going = self._under_way[key] = Future()
        if is_first:
            self._send(key, request, going)
        return going.result()

    def _send(self, key: Key, request: Callable[[], Value], answer: Future[Value]) -> None:
        try:
            answer.set_result(request())
        except BaseException as error:  # noqa: BLE001 - whoever asked raises it
            answer.set_exception(error)
        finally:
            with self._turn:
                del self._under_way[key]
