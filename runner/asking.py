"""Puts prompts to a teacher, as many at once as it can take, and counts those that it would not answer."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from runner.prompts import Ask, messages
from runner.teacher import Refused, Teacher

_TOKENS_EACH = 48
_TOKENS_CONTEXT = 96
Tell = Callable[[], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A teacher with the seed it is asked by, and what has been dropped so far."""

    teacher: Teacher
    seed: int
    tell: Tell
    """Called after each answered prompt, from this thread."""
    dropped: Counter[str] = field(default_factory=Counter)

    def put(self, asks: Sequence[Ask]) -> list[str]:
        """Put all prompts; a refused one is counted, and answered by nothing.

        A `UserError` of the teacher's, that it can answer none, goes through.
        """
        replies: list[str] = []
        if self.teacher.parallel == 1:
            for ask in asks:
                replies.append(self._one(ask))
                self.tell()
            return self._counted(replies)
        pool = ThreadPoolExecutor(max_workers=self.teacher.parallel)
        try:
            for future in [pool.submit(self._one, ask) for ask in asks]:
                replies.append(future.result())
                self.tell()
        finally:
            # A stopped build does not wait for replies that nobody reads any more.
            pool.shutdown(wait=False, cancel_futures=True)
        return self._counted(replies)

    def _one(self, ask: Ask) -> str:
        tokens = ask.count * (_TOKENS_CONTEXT if ask.text is None and ask.step.value == "contexts" else _TOKENS_EACH)
        try:
            return self.teacher.chat(messages(ask), seed=self.seed, max_tokens=tokens)
        except Refused:
            return "\0"

    def _counted(self, replies: Sequence[str]) -> list[str]:
        refused = sum(reply == "\0" for reply in replies)
        if refused:
            self.dropped["prompt refused"] += refused
        return ["" if reply == "\0" else reply for reply in replies]
