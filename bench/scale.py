"""A whole corpus at once: local processes beside Spark, on made-up texts, in one run.

python bench/scale.py [--documents 20000 100000] [--no-clean] [--engines local spark] [--words 400]

CPU-seconds are those of all processes of a run (workers, the JVM and its Python processes), memory is the largest sum
of their proportional set sizes, both read from /proc five times a second. Bytes shuffled are what was written to be
sorted anew, packed: of Spark by its event log. Each run is checked to give the tables of the first.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import multiprocessing
import os
import sys
import tempfile
import time
from collections import Counter
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import NamedTuple

from processes import cpu_s, megabytes, tree
from synthetic import texts

_EVERY_S = 0.2


class Used(NamedTuple):
    """What a run took: seconds by the clock, CPU-seconds, megabytes at most."""

    wall_s: float
    cpu_s: float
    peak_mb: float


def write_texts(folder: Path, n: int, n_words: int) -> None:
    """Write n texts as JSON lines into files of 5,000; one of five is a variant of another."""
    folder.mkdir()
    stream = texts(n)
    for first in range(0, n, 5_000):
        with (folder / f"{first:07}.jsonl").open("w") as file:
            for number in range(first, min(first + 5_000, n)):
                text = " ".join(next(stream).split(" ")[:n_words])
                url = f"https://site{number % 200}.example/{number}"
                file.write(json.dumps({"id": str(number), "text": text, "url": url}) + "\n")


def watch(process: BaseProcess) -> Used:
    """Return what a process and its descendants take until it ends."""
    started = time.monotonic()
    used_s: dict[int, float] = {}
    peak_mb = 0.0
    while process.is_alive():
        together_mb = 0.0
        for pid in tree(process.pid):
            with contextlib.suppress(OSError):  # it has ended meanwhile
                used_s[pid] = cpu_s(pid)
                together_mb += megabytes(pid, "smaps_rollup", "Pss")
        peak_mb = max(peak_mb, together_mb)
        time.sleep(_EVERY_S)
    return Used(time.monotonic() - started, sum(used_s.values()), peak_mb)


def shuffled_by_table(events: Path) -> Counter[str]:
    """Return the bytes that Spark shuffled for each table, by its event log."""
    tables: dict[int, str] = {}
    found: Counter[str] = Counter()
    for path in sorted(events.rglob("events_*")):
        for line in path.open():
            event = json.loads(line)
            if event["Event"] == "SparkListenerJobStart":
                told = event.get("Properties", {}).get("spark.job.description", "")
                tables |= dict.fromkeys(event["Stage IDs"], told.rpartition("/")[2])
            elif event["Event"] == "SparkListenerTaskEnd" and event.get("Task Metrics"):
                written = event["Task Metrics"]["Shuffle Write Metrics"]["Shuffle Bytes Written"]
                found[tables.get(event["Stage ID"], "")] += written
    return found


def run(engine: str, dumps: Path, output: Path, *, cleans: bool) -> tuple[Used, Counter[str]]:
    """Run ``curator scale`` in a process of its own and return what it took and what it shuffled."""
    events = output.with_suffix(".events")
    events.mkdir()
    process = multiprocessing.get_context("spawn").Process(target=one, args=(engine, dumps, output, events, cleans))
    process.start()
    used = watch(process)
    if process.exitcode:
        sys.exit(f"{engine} ended with {process.exitcode}")
    if engine == "local":
        return used, Counter(json.loads((events / "local.json").read_text()))
    return used, shuffled_by_table(events)


def one(engine: str, dumps: Path, output: Path, events: Path, cleans: bool) -> None:
    """Do one run in this process; what was shuffled is told in the folder of events."""
    from curator.engine.local import LocalEngine
    from curator.engine.spark import SparkEngine
    from curator.pipeline.scaling.inputs import list_inputs
    from curator.pipeline.scaling.job import ScaleOptions, run_job
    from curator.settings import Settings

    if engine == "spark":
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
    partitions = max(4, -(-sum(file.stat().st_size for file in dumps.iterdir()) // 32_000_000))
    conf = {
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": str(events),
        "spark.eventLog.compress": "false",
        "spark.driver.memory": "1g",
        "spark.driver.host": "127.0.0.1",
    }
    found = LocalEngine(2, partitions) if engine == "local" else SparkEngine("local[2]", partitions, conf)
    try:
        run_job(found, list_inputs([str(dumps)]), str(output), Settings(workers=1), ScaleOptions(clean=cleans))
        if isinstance(found, LocalEngine):
            (events / "local.json").write_text(json.dumps({"all": found.shuffled_bytes}))
    finally:
        found.close()


def tables(output: Path) -> dict[str, list[str]]:
    """Return the rows of a run's tables in an order of their own."""
    import pyarrow.parquet as pq

    names = ("articles", "pairs", "clusters", "cuts")
    return {name: sorted(map(repr, pq.read_table(output / name).to_pylist())) for name in names}


def main() -> None:
    """Print a line for each run, and for Spark the bytes shuffled for each table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--documents", type=int, nargs="+", default=[20_000, 100_000])
    parser.add_argument("--engines", nargs="+", default=["local", "spark"])
    parser.add_argument("--words", type=int, default=400)
    parser.add_argument("--no-clean", action="store_true")
    told = parser.parse_args()
    print("| documents | engine | seconds | CPU-seconds | us a document | peak MB | bytes shuffled a document |")
    print("|---|---|---|---|---|---|---|")
    details = []
    with tempfile.TemporaryDirectory() as folder:
        for n in told.documents:
            dumps = Path(folder, f"dumps{n}")
            write_texts(dumps, n, told.words)
            first = None
            for engine in told.engines:
                output = Path(folder, f"{engine}{n}")
                used, shuffled = run(engine, dumps, output, cleans=not told.no_clean)
                each = shuffled.total() / n
                print(
                    f"| {n:,} | {engine} | {used.wall_s:,.0f} | {used.cpu_s:,.0f} | {used.cpu_s / n * 1e6:,.0f}"
                    f" | {used.peak_mb:,.0f} | {each:,.0f} |",
                    flush=True,
                )
                details += [(n, table, total / n) for table, total in shuffled.most_common() if engine == "spark"]
                found = tables(output)
                first = first or found
                assert found == first, f"{engine} gives other tables"
    for n, table, each in details:
        if each >= 1:
            print(f"{n:,} documents, for {table or 'the rest'}: {each:,.0f} bytes a document")


if __name__ == "__main__":
    main()
