"""Puts prompts to a teacher, as many at once as it can take, and counts those that it would not answer."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from runner.prompts import Ask, messages
from runner.teacher import Refused, Teacher
from schemas.errors import UserError

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
    answered: Counter[bool] = field(default_factory=Counter)
    """How many prompts were answered (True) and refused (False)."""

    def put(self, asks: Sequence[Ask]) -> list[str]:
        """Put all prompts; a refused one is counted, and answered by nothing.

        A `UserError` of the teacher's, that it can answer none, goes through; a teacher that has refused every prompt
        so far is one too, for that is no fault of a single prompt.
        """
        replies: list[str | Refused] = []
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

    def _one(self, ask: Ask) -> str | Refused:
        tokens = ask.count * (_TOKENS_CONTEXT if ask.text is None and ask.step.value == "contexts" else _TOKENS_EACH)
        try:
            return self.teacher.chat(messages(ask), seed=self.seed, max_tokens=tokens)
        except Refused as refusal:
            return refusal

    def _counted(self, replies: Sequence[str | Refused]) -> list[str]:
        refused = [reply for reply in replies if isinstance(reply, Refused)]
        self.answered.update(isinstance(reply, str) for reply in replies)
        if refused and not self.answered[True]:
            raise UserError(
                f"The teacher {self.teacher.name} refused all of {len(refused)} prompts: check that --teacher-model "
                "is the name it serves its model by, and that its context holds some 1,000 tokens. It said: "
                f"{refused[-1]}"
            )
        if refused:
            self.dropped["prompt refused"] += len(refused)
        return ["" if isinstance(reply, Refused) else reply for reply in replies]
