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
from itertools import chain, islice
from multiprocessing import get_all_start_methods, get_context, parent_process
from typing import TypeVar

from curator.model import Failure, Raw
from curator.pipeline.cleaning import Tools, load_tools
from curator.settings import Settings

T = TypeVar("T")
P = TypeVar("P")
R = TypeVar("R")
Work = Callable[[Raw, Tools], T]
Job = Callable[[Sequence[Raw | P]], list[T | P | Failure]]

#: Documents per task: small enough to keep all workers busy, large enough that passing them costs little.
_CHUNK = 32
#: Below so many documents starting processes costs more than it saves.
_WORTH_IT = 256


def count_workers(settings: Settings) -> int:
    """Return how many processes clean: the setting, or one per processor that this process may use."""
    if settings.workers:
        return settings.workers
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def work_on(
    items: Iterable[Raw | P], work: Work[T], settings: Settings, *, cuts: bool = True
) -> Iterator[T | P | Failure]:
    """Yield what ``work`` makes of each document, in order; whatever is no document passes through.

    ``work`` must be a function of a module, since it is called in other processes; ``settings.workers`` 1 calls
    it in this one. A document that a worker process dies of becomes a Failure.
    """
    stream = iter(items)
    tools = load_tools(settings, cuts=cuts)
    n_workers = count_workers(settings)
    head = list(islice(stream, _WORTH_IT)) if n_workers > 1 else []
    if len(head) < _WORTH_IT:
        yield from (_do(item, work, tools) for item in chain(head, stream))
        return
    yield from _in_processes(chain(head, stream), partial(_do_chunk, work, settings, cuts), n_workers)


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


def _in_processes(stream: Iterator[Raw | P], job: Job[P, T], n_workers: int) -> Iterator[T | P | Failure]:
    pending: deque[tuple[list[Raw | P], Future[list[T | P | Failure]]]] = deque()
    pool = _pool(n_workers)
    try:
        while True:
            while len(pending) < 3 * n_workers and (chunk := list(islice(stream, _CHUNK))):
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
