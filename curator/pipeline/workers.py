"""Documents -> cleaned documents, in this process or in several; the order and the results are the same."""

from __future__ import annotations

import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from itertools import islice
from multiprocessing import get_all_start_methods, get_context, parent_process
from queue import Empty, Queue
from typing import NamedTuple, TypeVar

from curator.model import Failure, Raw
from curator.pipeline.cleaning import Tools, load_tools
from curator.settings import Settings

T = TypeVar("T")
P = TypeVar("P")
R = TypeVar("R")
E = TypeVar("E")
Work = Callable[[Raw, Tools], T]
Job = Callable[[Sequence[Raw | P]], list[T | P | Failure]]
#: Called with a number and whether to wait: gives so many items at most; none, though it may wait, is the end.
Take = Callable[[int, bool], list[E]]

#: Documents per task: small enough to keep all workers busy, large enough that passing them costs little.
_CHUNK = 32
#: Below so many documents starting processes costs more than it saves.
_WORTH_IT = 256


class _End(NamedTuple):
    """Stands behind the last item; ``error`` is what ended the reading, if not its end."""

    error: BaseException | None


def count_workers(settings: Settings) -> int:
    """Return how many processes clean: the setting, or one per processor that this process may use."""
    if settings.workers:
        return settings.workers
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def work_on(
    items: Iterable[Raw | P], work: Work[T], settings: Settings, *, cuts: bool = True, live: bool = False
) -> Iterator[T | P | Failure]:
    """Yield what ``work`` makes of each document, in order; whatever is no document passes through.

    ``work`` must be a function of a module, since it is called in other processes; ``settings.workers`` 1 calls
    it in this one. A document that a worker process dies of becomes a Failure. ``live``: the documents come in as
    time goes by, from a pipe, and none waits for a later one; ``items`` are then read by a thread.
    """
    tools = load_tools(settings, cuts=cuts)
    n_workers = count_workers(settings)
    if n_workers == 1:
        yield from (_do(item, work, tools) for item in items)
        return
    take = _arrivals(items) if live else _supply(items)
    while head := take(_WORTH_IT, True):
        if len(head) == _WORTH_IT:
            job = partial(_do_chunk, work, settings, cuts)
            yield from _in_processes(_with_head(head, take), job, n_workers)
            return
        yield from (_do(item, work, tools) for item in head)


def _supply(items: Iterable[E]) -> Take[E]:
    stream = iter(items)
    return lambda n_most, wait: list(islice(stream, n_most))


def _arrivals(items: Iterable[E]) -> Take[E]:
    """Return a function that gives what has come in, read ahead by a thread."""
    queue: Queue[E | _End] = Queue(_WORTH_IT)
    threading.Thread(target=_read_ahead, args=(items, queue), daemon=True).start()
    ended: list[_End] = []

    def take(n_most: int, wait: bool) -> list[E]:
        taken: list[E] = []
        while not ended and len(taken) < n_most:
            try:
                item = queue.get(block=wait and not taken)
            except Empty:
                break
            if isinstance(item, _End):
                ended.append(item)
            else:
                taken.append(item)
        if ended and not taken and ended[0].error is not None:
            raise ended[0].error
        return taken

    return take


def _read_ahead(items: Iterable[E], queue: Queue[E | _End]) -> None:
    try:
        for item in items:
            queue.put(item)
    except BaseException as error:  # raised again where the items are taken
        queue.put(_End(error))
    else:
        queue.put(_End(None))


def _with_head(head: Sequence[E], take: Take[E]) -> Take[E]:
    left = deque(head)

    def take_head_first(n_most: int, wait: bool) -> list[E]:
        if not left:
            return take(n_most, wait)
        return [left.popleft() for _ in range(min(n_most, len(left)))]

    return take_head_first


def _do(item: Raw | P, work: Work[T], tools: Tools) -> T | P:
    return work(item, tools) if isinstance(item, Raw) else item


def _do_chunk(work: Work[T], settings: Settings, cuts: bool, items: Sequence[Raw | P]) -> list[T | P | Failure]:
    tools = load_tools(settings, cuts=cuts)  # loaded once in each process
    return [_do(item, work, tools) for item in items]


def _pool(n_workers: int) -> ProcessPoolExecutor:
    # fork needs no guard in the caller's script and starts at once; where there is none, the default serves.
    method = "fork" if "fork" in get_all_start_methods() and os.name == "posix" else "spawn"
    return ProcessPoolExecutor(n_workers, mp_context=get_context(method), initializer=_end_with_parent)


def _end_with_parent() -> None:
    """End this worker when the process that started it is gone, however it went; Ctrl-C is for that one to handle."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _in_processes(take: Take[Raw | P], job: Job[P, T], n_workers: int) -> Iterator[T | P | Failure]:
    pending: deque[tuple[list[Raw | P], Future[list[T | P | Failure]]]] = deque()
    pool = _pool(n_workers)
    try:
        while True:
            # With nothing under way, only the next document can bring something; else what is done goes out first.
            while len(pending) < 3 * n_workers and (chunk := take(_CHUNK, not pending)):
                pending.append((chunk, pool.submit(job, chunk)))
            if not pending:
                return
            chunk, future = pending.popleft()
            try:
                done = future.result()
            except BrokenProcessPool:
                done = _one_by_one(chunk, job)
                pool.shutdown(wait=False, cancel_futures=True)
                pool = _pool(n_workers)
                pending = deque((again, pool.submit(job, again)) for again, _ in pending)
            yield from done
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _one_by_one(items: Sequence[Raw | P], job: Callable[[Sequence[Raw | P]], list[R]]) -> list[R | Failure]:
    """Return what becomes of a chunk in which a worker died: each document alone, the deadly one a failure."""
    done: list[R | Failure] = []
    for item in items:
        with _pool(1) as pool:
            try:
                done.extend(pool.submit(job, [item]).result())
            except BrokenProcessPool:
                message = "the process that cleaned it died (out of memory?); look at the document, then add it again"
                source = item.source if isinstance(item, Raw) else ""
                done.append(Failure(source, "clean", "worker-died", message))
    return done
