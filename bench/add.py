"""A large dump through ``curator add``, twice: documents a second, processor time, memory, size on disk.

    python bench/add.py [--documents 100000] [--workers 0] [--keep]

Writes an invented dump to bench/out/ (JSON lines, texts of about 2 KB with clutter around them, 400 sites of which
every other repeats a line, one text of ten a near-duplicate or a copy of an earlier one), adds it to a new corpus by
the command itself, and adds it again, which must change nothing. Beside the time by the clock stands the processor
time of the writing process and of its workers: on a machine that does other things, that is the time to compare.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from processes import cpu_s, megabytes, tree
from synthetic import Writer

OUT = Path(__file__).parent / "out"
SITES = 400
MENU = "Home\nNews\nPolitics\nBusiness\nSport\nCulture\nMy account\nLog in\n"
FOOT = "\n\nShare this article\nFacebook | Twitter | WhatsApp | E-Mail\n\nRead also\n"
END = "\n\nSubscribe to our newsletter\n© Example Media GmbH. All rights reserved."


class Cost(NamedTuple):
    """What a run of the command took; peaks are the largest resident sets of the two sorts of processes."""

    wall_s: float
    parent_cpu_s: float
    workers_cpu_s: float
    parent_mb: float
    worker_mb: float
    counts: dict[str, object]


def page(writer: Writer, rng: random.Random, body: str, title: str) -> str:
    """Return a text dump of an article: its body with a menu, a byline, a caption, promotions and other headlines."""
    day = f"{rng.randint(1, 28)}.{rng.randint(1, 12)}.20{rng.randint(10, 24)}"
    others = "\n".join(f"{rng.randint(10, 23)}:{rng.randint(10, 59)} {writer.sentence()[:60]}" for _ in range(3))
    head = f"{MENU if rng.random() < 0.5 else ''}{title}\n\nBy Ina Beispiel, {day}\n\n"
    caption = f"\n\nPhoto: {title.split(maxsplit=1)[0]}/dpa" if rng.random() < 0.3 else ""
    return f"{head}{body}{caption}{FOOT}{others}{END}"


def documents(n: int) -> Iterator[dict[str, str]]:
    """Yield n records."""
    rng = random.Random(1)
    writer = Writer(1)
    # Every other site repeats a line on its pages, which is then learned and cut.
    claims = [f"\n{writer.sentence()}" if number % 2 else "" for number in range(SITES)]
    recent: list[str] = []
    for number in range(n):
        site = min(int(rng.paretovariate(0.8)), SITES) - 1
        if recent and rng.random() < 0.1:
            body = writer.variant(rng.choice(recent))
        else:
            body = "\n\n".join(" ".join(writer.sentence() for _ in range(2)) for _ in range(rng.randint(3, 6)))
            recent = [*recent[-1_999:], body]
        text = page(writer, rng, body, writer.sentence()[:70]) + claims[site]
        yield {"id": str(number), "url": f"https://www.site{site}.example/{number}", "text": text}


def dump(n: int) -> Path:
    """Return the file with n records, written if it is not there yet."""
    path = OUT / f"add_{n}.jsonl"
    if not path.exists():
        OUT.mkdir(exist_ok=True)
        part = path.with_suffix(".part")
        with part.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(record) + "\n" for record in documents(n))
        part.rename(path)
    return path


class Peaks(threading.Thread):
    """Reads, five times a second, the memory of a process and of those it started; processor time where it ends."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid = pid
        self.parent_mb: list[float] = []
        self.worker_mb = self.parent_cpu_s = 0.0

    def run(self) -> None:
        """Read until the process is gone."""
        while True:
            try:
                self.parent_mb.append(megabytes(self.pid, "status", "VmRSS"))
                self.parent_cpu_s = cpu_s(self.pid)
            except OSError:
                return
            for worker in tree(self.pid)[1:]:
                with contextlib.suppress(OSError):
                    self.worker_mb = max(self.worker_mb, megabytes(worker, "status", "VmRSS"))
            time.sleep(0.2)


def drop(db: Path) -> None:
    """Delete a corpus file with what SQLite keeps beside it."""
    for path in OUT.glob(f"{db.name}*"):
        path.unlink()


def add(path: Path, db: Path, workers: int) -> Cost:
    """Run ``curator add`` and return what it took."""
    command = [sys.executable, "-m", "curator", "add", str(path), "--db", str(db), "--json", "--workers", str(workers)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        peaks = Peaks(process.pid)
        peaks.start()
        out, _ = process.communicate()
    wall_s = time.monotonic() - started
    if process.returncode:
        sys.exit(f"curator add ended with {process.returncode}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    quarter = len(peaks.parent_mb) // 4
    if quarter:
        first, last = max(peaks.parent_mb[: 2 * quarter]), max(peaks.parent_mb[-quarter:])
        print(f"  writer's memory, peak of the first half and of the last quarter: {first:.0f}, {last:.0f} MB")
    workers_s = used_s - peaks.parent_cpu_s
    return Cost(wall_s, peaks.parent_cpu_s, workers_s, max(peaks.parent_mb), peaks.worker_mb, json.loads(out))


def tell(name: str, n: int, cost: Cost) -> None:
    """Print the figures of a run."""
    print(
        f"{name}: {cost.wall_s:.0f} s, {n / cost.wall_s:,.0f} documents/s;"
        f" processor {cost.parent_cpu_s + cost.workers_cpu_s:.0f} s:"
        f" writer {cost.parent_cpu_s / n * 1e3:.2f} ms, workers {cost.workers_cpu_s / n * 1e3:.2f} ms a document;"
        f" peak memory: writer {cost.parent_mb:.0f} MB, worker {cost.worker_mb:.0f} MB"
    )
    print(f"  {json.dumps({name: value for name, value in cost.counts.items() if isinstance(value, int)})}", flush=True)


def main() -> None:
    """Add a dump twice and say what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--keep", action="store_true", help="leave the corpus in bench/out/")
    args = parser.parse_args()
    path = dump(args.documents)
    db = OUT / f"add_{args.documents}.db"
    drop(db)
    n = args.documents
    print(f"{n:,} documents, {path.stat().st_size / n / 1e3:.2f} KB each", flush=True)
    tell("added", n, add(path, db, args.workers))
    size = sum(each.stat().st_size for each in OUT.glob(f"{db.name}*"))
    print(f"  on disk: {size / 1e6:,.0f} MB, {size / n / 1e3:.2f} KB a document", flush=True)
    again = add(path, db, args.workers)
    tell("again", n, again)
    if again.counts["unchanged"] != n:
        sys.exit("adding again changed something")
    if not args.keep:
        drop(db)


if __name__ == "__main__":
    main()
