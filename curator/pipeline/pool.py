"""Processes that work on chunks: they end with the one that started them, and can be ended when they hang."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from multiprocessing import get_all_start_methods, get_context, parent_process
from multiprocessing.queues import SimpleQueue
from typing import TypeVar

R = TypeVar("R")
A = TypeVar("A")

#: Whether processes are forked: they then start in 15 ms, with everything loaded, and need no guard in the caller's
#: script. Elsewhere each imports curator anew, which takes a second or two.
FORKS = "fork" in get_all_start_methods() and os.name == "posix"

#: PR_SET_PDEATHSIG of Linux's prctl: the signal that a process gets when its parent is gone.
_PARENT_DEATH_SIGNAL = 1

#: Jobs that are on their way at most, for each process: none waits while results are taken up.
_AHEAD = 3

#: What stands for a job whose process died, or that was ended because it took too long.
DIED, TIMEOUT = "worker-died", "timeout"


class Lost(Exception):  # noqa: N818 - no error of ours: it tells the caller which of two things happened
    """A job has no result: ``reason`` is ``DIED`` or ``TIMEOUT``. All processes of its pool are gone."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Pool:
    """Processes that call functions of modules; after ``Lost`` a new one is needed."""

    def __init__(self, n_workers: int) -> None:
        context = get_context("fork" if FORKS else "spawn")
        self._pids: SimpleQueue[int] = context.SimpleQueue()
        self._executor = ProcessPoolExecutor(n_workers, context, initializer=_begin, initargs=(self._pids,))
        self._is_closed = False

    def submit(self, job: Callable[[A], R], argument: A) -> Future[R]:
        """Have a function called in one of the processes."""
        return self._executor.submit(job, argument)

    def result(self, future: Future[R], limit_s: float) -> R:
        """Return what a job gave; raise Lost where its process died, or where it took so long from now on."""
        try:
            return future.result(limit_s)
        except BrokenProcessPool as error:
            raise Lost(DIED) from error
        except TimeoutError as error:
            if future.done():  # the job's own TimeoutError
                raise
            self.kill()
            raise Lost(TIMEOUT) from error

    def kill(self) -> None:
        """End all processes at once, whatever they do; those of a pool that was closed have ended."""
        if self._is_closed:  # their numbers may be other processes' by now
            return
        while not self._pids.empty():
            # They are not waited for while the executor lives, so a number cannot be another process's by now.
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pids.get(), signal.SIGKILL)
        # One that was sending leaves half a result, and the executor would wait for the other half for ever: its pipe
        # has an end as long as anybody can write to it, and this process can (no method of the executor closes that).
        self._executor._result_queue._writer.close()  # type: ignore[attr-defined]
        self.close()

    def close(self) -> None:
        """Let the processes end when they have done what they are at, and wait for that."""
        # Without waiting, the interpreter may end while the executor's thread does, and print a traceback.
        self._executor.shutdown(wait=True, cancel_futures=True)
        self._is_closed = True


def results_of(jobs: Iterable[Callable[[], R]], n_workers: int, limit_s: float) -> Generator[R | Lost, None, None]:
    """Yield what each job gives, in order; Lost for one whose process died, or that took longer.

    Jobs must be such as can be sent to another process. With one worker they are called in this one.
    """
    if n_workers == 1:
        yield from (job() for job in jobs)
        return
    pool, pending = Pool(n_workers), deque[tuple[Callable[[], R], Future[R]]]()
    stream = iter(jobs)
    try:
        while True:
            for job in islice(stream, _AHEAD * n_workers - len(pending)):
                pending.append((job, pool.submit(_called, job)))
            if not pending:
                return
            job, future = pending.popleft()
            try:
                yield pool.result(future, limit_s)
            except Lost:
                pool.close()
                yield _alone(job, limit_s)
                pool = Pool(n_workers)
                pending = deque((other, pool.submit(_called, other)) for other, _ in pending)
    finally:
        if pending:
            pool.kill()
        pool.close()


def _called(job: Callable[[], R]) -> R:
    return job()


def _alone(job: Callable[[], R], limit_s: float) -> R | Lost:
    """Return what a job gives in a process of its own: the guilty one of several that went together is lost again."""
    pool = Pool(1)
    try:
        return pool.result(pool.submit(_called, job), limit_s)
    except Lost as lost:
        return lost
    finally:
        pool.kill()  # an interrupted run does not wait for what hangs


def _begin(pids: SimpleQueue[int]) -> None:
    """Make this process end when the one that started it is gone; Ctrl-C is for that one to handle."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What the parent has loaded stays: to look through it for dead cycles, again and again, takes a 20th of the time.
    gc.freeze()
    pids.put(os.getpid())
    if sys.platform == "linux":
        # Linux itself ends it: a search in C that never comes back lets no thread of ours run.
        ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
