"""Documents that end, stop or hold the process that cleans them: one failure each, and no process left behind."""

import multiprocessing
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from patience import LIMIT_S, wait_for

from curator.corpus import Corpus
from curator.model import Failure, Raw
from curator.pipeline.pool import Lost, results_of
from curator.pipeline.workers import work_on
from curator.settings import Settings


def die(raw, tools):
    """End the process as one does that the system has no memory for."""
    if raw.source == "poison":
        os.kill(os.getpid(), signal.SIGKILL)
    return raw.source


def exit_(raw, tools):
    """Leave without a word."""
    if raw.source == "poison":
        os._exit(0)
    return raw.source


def search_forever(raw, tools):
    """Search in C, which lets no other thread of the process run."""
    if raw.source == "poison":
        re.match(r"(a+)+$", "a" * 60 + "b")
    return raw.source


def sleep_forever(raw, tools):
    """Wait for what never comes."""
    if raw.source == "poison":
        time.sleep(1000)
    return raw.source


def stop(raw, tools):
    """Stop the process, as Ctrl-Z does."""
    if raw.source == "poison":
        os.kill(os.getpid(), signal.SIGSTOP)
    return raw.source


@pytest.mark.parametrize("workers", [1, 2, 3])
@pytest.mark.parametrize(
    ("work", "error"),
    [
        (die, "worker-died"),
        (exit_, "worker-died"),
        (search_forever, "timeout"),
        (sleep_forever, "timeout"),
        (stop, "timeout"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_document_that_ends_or_holds_its_process_is_one_failure(work, error, workers):
    """The guilty one is named, the others are done and in order, for any number of workers."""
    raws = [Raw("poison" if n in (3, 40) else str(n), b"x") for n in range(70)]
    # A busy machine may not let an innocent one run for half a second; it is guilty if no time is enough for it.
    for max_seconds in (0.5, 8, 128) if error == "timeout" else (LIMIT_S,):
        done = list(work_on(raws, work, Settings(workers=workers, max_seconds=max_seconds)))
        if all(one.source == "poison" for one in done if isinstance(one, Failure)):
            break
    assert [one if isinstance(one, str) else (one.source, one.stage, one.error) for one in done] == [
        ("poison", "clean", error) if n in (3, 40) else str(n) for n in range(70)
    ]


def break_together(raws, tools):
    """Break on a chunk with a poison document in it."""
    if any(raw.source == "poison" for raw in raws):
        raise ValueError("poison")
    return [raw.source.upper() for raw in raws]


def upper(raw, tools):
    """Do the same for one document."""
    return Failure(raw.source, "clean", "ValueError", "poison") if raw.source == "poison" else raw.source.upper()


def test_documents_that_break_together_are_asked_alone():
    """What breaks a chunk costs only the document that is guilty."""
    raws = [Raw("poison" if n == 40 else f"d{n}", b"x") for n in range(100)]
    done = list(work_on(raws, upper, Settings(workers=2), together=break_together))
    assert [one for one in done if isinstance(one, str)] == [f"D{n}" for n in range(100) if n != 40]
    assert isinstance(done[40], Failure)


WAITING = """
import os, re, sys, time
from curator.model import Raw
from curator.pipeline.workers import work_on
from curator.settings import Settings

def work(raw, tools):
    os.write(1, b"%d\\n" % os.getpid())
    re.match(r"(a+)+$", "a" * 60 + "b")

list(work_on((Raw(str(n), b"x" * 2_000_000) for n in range(8)), work, Settings(workers=2)))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends processes for us")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_workers_end_when_their_parent_is_gone(how, tmp_path):
    """However it went, and though they search in C; none is left behind."""
    (tmp_path / "waiting.py").write_text(WAITING)
    with subprocess.Popen([sys.executable, "waiting.py"], cwd=tmp_path, stdout=subprocess.PIPE, text=True) as parent:
        workers = [int(parent.stdout.readline()) for _ in range(2)]
        parent.send_signal(how)
    wait_for(lambda: [is_alive(worker) for worker in workers] == [False, False])


def is_alive(pid):
    """Return whether a process runs."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


SENDING = """
import os, sys, time
from pathlib import Path
from curator.pipeline.pool import Pool

def large(path):
    Path(path).touch()
    return bytes(20_000_000)

# The thread that reads results gets its turn for one piece of a pipe's size, and not again for long.
sys.setswitchinterval(0.05)
pool = Pool(2)
pool.submit(large, sys.argv[1])
while not os.path.exists(sys.argv[1]):
    pass
end = time.monotonic() + 0.3
while time.monotonic() < end:
    pass
pool.kill()
"""


def test_processes_can_be_ended_while_they_send(tmp_path):
    """Half a result is not waited for: an interrupted or failed run ends, however large what came in was."""
    assert subprocess.run([sys.executable, "-c", SENDING, str(tmp_path / "begun")], check=True, timeout=LIMIT_S)


INTERRUPTED = """
import os, signal, sys
from pathlib import Path
from curator.model import Raw
from curator.pipeline.workers import work_on
from curator.settings import Settings

asked = Path(sys.argv[1])

def work(raw, tools):
    if raw.source == "poison":
        if asked.exists():
            os.kill(os.getppid(), signal.SIGINT)
        asked.touch()
        while True:
            pass

raws = [Raw("poison" if n == 3 else str(n), b"x") for n in range(300)]
try:
    list(work_on(raws, work, Settings(workers=2, max_seconds=1)))
except KeyboardInterrupt:
    print("interrupted")
"""


def test_an_interrupted_run_does_not_wait_for_a_document_that_hangs(tmp_path):
    """Also where that is just asked alone whether it is guilty."""
    words = [sys.executable, "-c", INTERRUPTED, str(tmp_path / "asked")]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=LIMIT_S)
    assert done.stdout == "interrupted\n"


def test_what_is_asked_of_processes_can_be_left_when_one_was_lost():
    """Though others are under way, and the pool of the lost one is closed."""
    jobs = [partial(time.sleep, 3600), *[partial(abs, -1)] * 9]
    answers = results_of(jobs, 2, 0.5)
    with pytest.raises(Lost):
        raise next(answers)
    answers.close()
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize("verb", ["add_raws", "reclean"])
def test_processes_end_with_the_run_that_an_error_ends(verb, tmp_path):
    """Also while the caller holds on to the error, as a notebook does."""
    raws = [Raw(f"d:{n}", f"Der Rat von Ort {n} tagt heute, wie er sagte.".encode()) for n in range(300)]

    def stop(_):
        raise KeyError("told enough")

    with Corpus(tmp_path / "corpus.db", Settings(workers=2, batch_rows=50)) as corpus:
        corpus.add_raws(raws)
        fresh = [replace(raw, content=raw.content + b" Neu.") for raw in raws]
        run = {"add_raws": partial(corpus.add_raws, fresh), "reclean": partial(corpus.reclean, whole=True)}[verb]
        with pytest.raises(KeyError) as error:
            run(progress=stop)
        assert (multiprocessing.active_children(), error.value.args) == ([], ("told enough",))
