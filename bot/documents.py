"""Documents on their way: fetched a few at a time beside the lanes, and what came of it remembered for a while."""

import hashlib
import json
import logging
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from functools import partial
from pathlib import Path

from bot.facts import DocumentLook, DocumentState, PullRequestFacts
from bot.gather_documents import LEFT_OUT, MAX_DOCUMENTS, look_at
from bot.references import references
from bot.scratch import Scratch
from schemas.codec import decode, encode
from schemas.config import DocumentPolicy
from schemas.errors import UserError
from schemas.leaf import Document

log = logging.getLogger(__name__)

THREADS = 2
PATIENCE = 4.0
"""Seconds that a look at a pull request waits for its documents; after that they come with the next look."""
FORGET_FAILURE = 300.0
"""Seconds after which what could not be had is tried again."""
MAX_FAILURES = 1_000
MAX_KEPT = 256 * 1024 * 1024
"""Bytes of documents that are kept on disk, those last used."""
PENDING = DocumentLook(
    state=DocumentState.UNREACHABLE, detail="it is still being fetched; this report is renewed when it is there"
)


class Documents:
    """What stands behind documents; lanes may share it."""

    def __init__(self, folder: Path, *, loopback: bool, patience: float = PATIENCE) -> None:
        """Begin with what was kept.

        Args:
            folder: Where documents are kept.
            loopback: Whether a taxonomy's policy may name this machine, as where GitHub's API is on it too.
            patience: Seconds that a look waits for its documents.
        """
        self._loopback = loopback
        self._kept, self._scratch, self._patience = folder / "kept", Scratch(folder / "scratch"), patience
        self._turn = threading.Lock()
        self._running: dict[str, Future[DocumentLook]] = {}
        self._failures: dict[str, tuple[float, DocumentLook]] = {}
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="documents")

    def look(self, facts: PullRequestFacts, *, later: Callable[[str], None]) -> Mapping[str, DocumentLook]:
        """Give what stands behind the documents of changed leaves, by leaf folder, as far as it is known in time.

        Args:
            facts: The facts so far.
            later: Called, from another thread, with the name of a document that came too late.
        """
        policy = facts.config.document
        named = references(facts)
        chosen = dict.fromkeys(named.values())
        futures = {document: self._ask(document, policy) for document in list(chosen)[:MAX_DOCUMENTS]}
        wait(futures.values(), timeout=self._patience)
        looks = {}
        for document, future in futures.items():
            if future.done() and not future.cancelled():
                looks[document] = future.result()
            else:
                looks[document] = PENDING
                future.add_done_callback(partial(_call, later, _key(document, policy)))
        return {folder: looks.get(document, LEFT_OUT) for folder, document in named.items()}

    def close(self) -> None:
        """End what is still being fetched."""
        self._stop.set()
        self._pool.shutdown(cancel_futures=True)
        self._scratch.close()

    def _ask(self, document: Document, policy: DocumentPolicy) -> Future[DocumentLook]:
        """Give the look that is known, on its way, or now begun."""
        key = _key(document, policy)
        known = self._known(key)
        with self._turn:
            if key in self._running:
                return self._running[key]
            if known is None:
                future = self._pool.submit(self._fetch, key, document, policy)
                self._running[key] = future
                return future
        ready: Future[DocumentLook] = Future()
        ready.set_result(known)
        return ready

    def _fetch(self, key: str, document: Document, policy: DocumentPolicy) -> DocumentLook:
        try:
            look = look_at(document, policy, loopback=self._loopback, scratch=self._scratch.path, stop=self._stop)
            self._remember(key, look)
        except Exception as error:  # a look at a pull request does not fail for its document
            log.exception("a document could not be looked at")
            reason = str(error) if isinstance(error, UserError) else "by a defect of ours"
            look = DocumentLook(state=DocumentState.UNREACHABLE, detail=reason)
            self._remember(key, look)  # or whoever waits for it would have it fetched again without end
            return look
        else:
            return look
        finally:
            with self._turn:
                self._running.pop(key, None)

    def _known(self, key: str) -> DocumentLook | None:
        until, failure = self._failures.get(key, (0.0, None))
        if failure is not None and time.monotonic() < until:
            return failure
        path = self._kept / f"{key}.json"
        try:
            look = decode(DocumentLook, path.read_text(encoding="utf-8"))
            os.utime(path)
        except (OSError, ValueError, UserError):
            return None
        return look

    def _remember(self, key: str, look: DocumentLook) -> None:
        if look.state is not DocumentState.READ:
            with self._turn:
                while len(self._failures) >= MAX_FAILURES:
                    self._failures.pop(next(iter(self._failures)))
                self._failures[key] = time.monotonic() + FORGET_FAILURE, look
            return
        self._kept.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self._kept, prefix=".")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(encode(look))
            Path(name).replace(self._kept / f"{key}.json")
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise
        self._trim()

    def _trim(self) -> None:
        """Forget the documents that were not used for longest, where there are too many bytes of them."""
        files = sorted((each for path in self._kept.glob("*.json") for each in _age_and_size(path)), reverse=True)
        room = MAX_KEPT
        for _, size, path in files:
            room -= size
            if room < 0:
                path.unlink(missing_ok=True)


def _key(document: Document, policy: DocumentPolicy) -> str:
    asked = (document.repo, document.commit, document.patterns, policy.hosts, policy.types, policy.megabytes)
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:32]


def _age_and_size(path: Path) -> Iterator[tuple[float, int, Path]]:
    """Give a file's age and size, unless another thread has just removed it."""
    with suppress(FileNotFoundError):
        found = path.stat()
        yield found.st_mtime, found.st_size, path


def _call(later: Callable[[str], None], name: str, done: Future[DocumentLook]) -> None:
    if not done.cancelled():
        later(name)
