"""How tests wait: for what is to happen, never for a time to pass; the limit is one that only what hangs meets."""

import re
import time
from collections.abc import Callable

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


def without_progress(said: str) -> str:
    r"""Return what a command said beside the lines that tell how far it is.

    >>> without_progress("curator: adding: 40% · 3 added · 2 documents/s · 0:07 left\ncurator: a.txt: is empty\n")
    'curator: a.txt: is empty\n'
    """
    return _PROGRESS.sub("", said)
