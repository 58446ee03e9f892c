"""Documents -> cleaned documents, in several processes; the order and the results are the same for any number."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future
from itertools import chain, islice
from queue import Empty, Queue
from typing import Generic, NamedTuple, TypeVar

from curator.model import Failure, Raw
from curator.pipeline.cleaner_id import files_id
from curator.pipeline.cleaning import Tools, clean_raw, tools_of
from curator.pipeline.pool import DIED, FORKS, Lost, Pool
from curator.settings import Settings

T = TypeVar("T")
P = TypeVar("P")
E = TypeVar("E")
Work = Callable[[Raw, Tools], T]
#: The same for many documents at once, where that is faster: for each what ``Work`` gives.
Together = Callable[[Sequence[Raw], Tools], Sequence[T]]
#: Called with whether to wait: gives an item in a list, or none; none, though it may wait, is the end.
Take = Callable[[bool], list[E]]

#: Documents per task: small enough to keep all workers busy, large enough that passing them costs little.
_CHUNK = 32
#: A task ends early at so many bytes: books go one by one.
_CHUNK_BYTES = 1 << 20
#: Documents, and bytes of them, that are on their way at most: workers must not wait while a batch is written.
_AHEAD = 2048
_AHEAD_BYTES = 64 << 20
#: Below so many documents starting processes costs more than it saves, where they cannot be forked.
_WORTH_IT = 256
#: Items that a thread reads ahead.
_READ_AHEAD = 256


_WARMING_UP = Raw("", b"The council opened the new bridge on Tuesday, as it said in a statement to the press.")


class _End(NamedTuple):
    """Stands behind the last item; ``error`` is what ended the reading, if not its end."""

    error: BaseException | None


class _Chunk(NamedTuple, Generic[P]):
    """Items that are worked on together; ``n_bytes`` counts the contents of the documents among them."""

    items: list[Raw | P]
    n_bytes: int


class _Work(NamedTuple, Generic[T, P]):
    """What is done with documents, and what it needs in another process."""

    each: Work[T]
    together: Together[T] | None
    settings: Settings
    cuts: bool
    files: bytes

    def tools(self) -> Tools:
        """Return the tools of the run, which are loaded once in each process."""
        return tools_of(self.settings, self.files, cuts=self.cuts)

    def on(self, items: list[Raw | P]) -> list[T | P]:
        """Return what becomes of items, documents together where there is a way to do that."""
        tools = self.tools()
        if self.together is None:
            return self.on_each(items)
        try:
            done = iter(self.together([item for item in items if isinstance(item, Raw)], tools))
        except Exception:  # one of them broke it: each is asked alone, and the edge catches per item there
            return self.on_each(items)
        return [next(done) if isinstance(item, Raw) else item for item in items]

    def on_each(self, items: list[Raw | P]) -> list[T | P]:
        """Return what becomes of items, each by itself."""
        tools = self.tools()
        return [self.each(item, tools) if isinstance(item, Raw) else item for item in items]


def count_workers(settings: Settings) -> int:
    """Return how many processes clean: the setting, or one per processor that this process may use."""
    if settings.workers:
        return settings.workers
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def work_on(
    items: Iterable[Raw | P],
    work: Work[T],
    settings: Settings,
    *,
    cuts: bool = True,
    live: bool = False,
    together: Together[T] | None = None,
) -> Generator[T | P | Failure, None, None]:
    """Yield what ``work`` makes of each document, in order; whatever is no document passes through.

    ``work`` and ``together`` must be functions of a module, since they are called in other processes. A document that
    a process dies of, or that takes longer than ``settings.max_seconds``, becomes a Failure. ``live``: the documents
    come in as time goes by, from a pipe, and none waits for a later one; ``items`` are then read by a thread.
    Closing the generator ends the processes.

    Where processes cannot be forked (Windows), some few documents are worked on in this one: then nothing ends a
    document that hangs.
    """
    wanted: _Work[T, P] = _Work(work, together, settings, cuts, files_id(settings))
    tools = wanted.tools()  # what is wrong with the settings is said before anything is read
    clean_raw(_WARMING_UP, tools)  # loads models that all processes then share
    if not FORKS:
        head = list(islice(stream := iter(items), _WORTH_IT))
        if len(head) < _WORTH_IT:
            yield from wanted.on(head)
            return
        items = chain(head, stream)
    yield from _in_processes(_arrivals(items) if live else _supply(items), wanted)


def _supply(items: Iterable[E]) -> Take[E]:
    stream = iter(items)
    return lambda wait: list(islice(stream, 1))


def _arrivals(items: Iterable[E]) -> Take[E]:
    """Return a function that gives what has come in, read ahead by a thread."""
    queue: Queue[E | _End] = Queue(_READ_AHEAD)
    threading.Thread(target=_read_ahead, args=(items, queue), daemon=True).start()
    ended: list[_End] = []

    def take(wait: bool) -> list[E]:
        # An error of the reading is told when all that was read before has gone its way.
        if ended:
            if wait and ended[0].error is not None:
                raise ended[0].error
            return []
        try:
            item = queue.get(block=wait)
        except Empty:
            return []
        if not isinstance(item, _End):
            return [item]
        ended.append(item)
        return take(wait)

    return take


def _read_ahead(items: Iterable[E], queue: Queue[E | _End]) -> None:
    try:
        for item in items:
            queue.put(item)
    except BaseException as error:  # raised again where the items are taken
        queue.put(_End(error))
    else:
        queue.put(_End(None))


def _next_chunk(take: Take[Raw | P], wait: bool) -> _Chunk[P]:
    """Return the next items, none where nothing came in; ``wait`` says to wait for the first."""
    items: list[Raw | P] = []
    n_bytes = 0
    while len(items) < _CHUNK and n_bytes < _CHUNK_BYTES and (found := take(wait and not items)):
        items += found
        n_bytes += sum(_n_bytes(item) for item in found)
    return _Chunk(items, n_bytes)


def _n_bytes(item: object) -> int:
    return len(item.content or b"") + len(item.record or b"") if isinstance(item, Raw) else 0


class _UnderWay(Generic[T, P]):
    """Chunks that processes work on, in order."""

    def __init__(self, work: _Work[T, P]) -> None:
        self._work = work
        self._n_workers = count_workers(work.settings)
        self._pool = Pool(self._n_workers)
        self._pending: deque[tuple[_Chunk[P], Future[list[T | P]]]] = deque()
        self._n_items = self._n_bytes = 0

    def __len__(self) -> int:
        return len(self._pending)

    @property
    def is_full(self) -> bool:
        """Whether no more documents should be on their way."""
        return self._n_items >= _AHEAD or self._n_bytes >= _AHEAD_BYTES

    def put(self, chunk: _Chunk[P]) -> None:
        """Have a chunk worked on."""
        self._pending.append((chunk, self._pool.submit(self._work.on, chunk.items)))
        self._n_items += len(chunk.items)
        self._n_bytes += chunk.n_bytes

    def next(self) -> Sequence[T | P | Failure]:
        """Return what became of the oldest chunk."""
        chunk, future = self._pending.popleft()
        self._n_items -= len(chunk.items)
        self._n_bytes -= chunk.n_bytes
        limit_s = self._work.settings.max_seconds
        try:
            return self._pool.result(future, limit_s)
        except Lost:
            self._pool.close()
            done = _one_by_one(chunk.items, self._work)
            self._pool = Pool(self._n_workers)
            self._pending = deque((again, self._pool.submit(self._work.on, again.items)) for again, _ in self._pending)
            return done

    def close(self) -> None:
        """End the processes; what is still under way is not waited for."""
        if self._pending:
            self._pool.kill()
        self._pool.close()


def _in_processes(take: Take[Raw | P], work: _Work[T, P]) -> Iterator[T | P | Failure]:
    under_way: _UnderWay[T, P] = _UnderWay(work)
    try:
        while True:
            # With nothing under way, only the next document can bring something; else what is done goes out first.
            while not under_way.is_full and (chunk := _next_chunk(take, wait=not under_way)).items:
                under_way.put(chunk)
            if not under_way:
                return
            yield from under_way.next()
    finally:
        under_way.close()


def _one_by_one(items: Sequence[Raw | P], work: _Work[T, P]) -> list[T | P | Failure]:
    """Return what becomes of a chunk that has no result: each document alone, the guilty one a failure."""
    done: list[T | P | Failure] = []
    pool = Pool(1)
    try:
        for item in items:
            try:
                done += pool.result(pool.submit(work.on_each, [item]), work.settings.max_seconds)
            except Lost as lost:
                done.append(_failure(item, lost.reason, work.settings.max_seconds))
                pool.close()
                pool = Pool(1)
    finally:
        pool.kill()  # an interrupted run does not wait for what hangs
    return done


def _failure(item: object, reason: str, limit_s: float) -> Failure:
    died = "the process that cleaned it died (out of memory?): look at the document, then `curator retry`"
    hung = f"cleaning it took more than {limit_s:g} s (max_seconds): `curator retry --max-seconds` gives it more time"
    source, record = (item.source, item.record) if isinstance(item, Raw) else ("", None)
    return Failure(source, "clean", reason, died if reason == DIED else hung, record)
