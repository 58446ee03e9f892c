"""How tests wait: for what is to happen, never for a time to pass; the limit is one that only what hangs meets."""

import re
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

#: Far more than anything takes on the slowest machine.
LIMIT_S = 600

#: A line of progress, which a command prints every ten seconds.
_PROGRESS = re.compile(r"^curator: [a-z ]+: .*\bdocuments/s\b.*\n|^curator: [a-z ]+: \d+% .*\n", re.MULTILINE)


def wait_for(condition: Callable[[], object], every_s: float = 0.01) -> None:
    """Return once something is so."""
    end = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(every_s)


#: CPU seconds that `_work` takes on the machine that the limits of tests come from.
_WORK_S = 0.05


def _work() -> None:
    sum(len(word) for _ in range(200) for word in ("a b " * 5_000).split())


def _cpu_s(call: Callable[[], T]) -> tuple[T, float]:
    begun = time.process_time()
    done = call()
    return done, time.process_time() - begun


def within(limit_s: float, call: Callable[[], T], name: str = "it") -> T:
    """Return what a call gives, which takes no more CPU time than that: on a slower machine as much more as all does.

    Called up to three times, since what else runs on a machine takes its caches, and its speed changes.
    """
    for _ in range(3):
        done, took_s = _cpu_s(call)
        slowness = max(1.0, _cpu_s(_work)[1] / _WORK_S)
        if took_s <= limit_s * slowness:
            return done
    raise AssertionError(f"{name} took {took_s:.1f} s where {limit_s * slowness:.1f} s are allowed")


def without_progress(said: str) -> str:
    r"""Return what a command said beside the lines that tell how far it is.

    >>> without_progress("curator: adding: 40% · 3 added · 2 documents/s · 0:07 left\ncurator: a.txt: is empty\n")
    'curator: a.txt: is empty\n'
    """
    return _PROGRESS.sub("", said)
