"""A whole corpus at once: local processes beside Spark, on made-up texts, in one run.

python bench/scale.py [--documents 20000 100000] [--no-clean] [--engines local spark] [--words 400]

CPU-seconds are those of all processes of a run (workers, the JVM and its Python processes), memory is the largest sum
of their proportional set sizes, both read from /proc five times a second. Bytes shuffled are what was written to be
sorted anew, packed: of Spark by its event log. Each run is checked to give the tables of the first.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from synthetic import texts

_EVERY_S = 0.2
_TICKS = os.sysconf("SC_CLK_TCK")


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


def tree(root: int) -> list[int]:
    """Return a process and all that descend from it."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    found = [root]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def watch(process: subprocess.Popen) -> Used:
    """Return what a process and its descendants take until it ends."""
    started = time.monotonic()
    cpu: dict[int, float] = {}
    peak = 0.0
    while process.poll() is None:
        used_kb = 0
        for pid in tree(process.pid):
            try:
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                cpu[pid] = (int(fields[11]) + int(fields[12])) / _TICKS
                rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
                used_kb += int(rollup.partition("Pss:")[2].split()[0])
            except (OSError, IndexError):
                continue  # it has ended meanwhile
        peak = max(peak, used_kb / 1024)
        time.sleep(_EVERY_S)
    return Used(time.monotonic() - started, sum(cpu.values()), peak)


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


def run(engine: str, dumps: Path, output: Path, more: list[str]) -> tuple[Used, Counter[str]]:
    """Run ``curator scale`` and return what it took and what it shuffled."""
    events = output.with_suffix(".events")
    events.mkdir()
    code = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import scale; scale.one({engine!r})"
    command = [sys.executable, "-c", code, str(dumps), str(output), str(events), *more]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL if engine == "spark" else None)
    used = watch(process)
    if process.returncode:
        sys.exit(f"{engine} ended with {process.returncode}")
    told = json.loads((events / "local.json").read_text()) if engine == "local" else None
    return used, Counter(told) if told is not None else shuffled_by_table(events)


def one(engine: str) -> None:
    """Do one run in this process; arguments: dumps, output, folder for events, and "raw" where nothing is cleaned."""
    from curator.engine.local import LocalEngine
    from curator.engine.spark import SparkEngine
    from curator.pipeline.scaling.inputs import list_inputs
    from curator.pipeline.scaling.job import ScaleOptions, run_job
    from curator.settings import Settings

    dumps, output, events, *more = sys.argv[1:]
    partitions = max(4, -(-sum(file.stat().st_size for file in Path(dumps).iterdir()) // 32_000_000))
    conf = {
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": events,
        "spark.eventLog.compress": "false",
        "spark.driver.memory": "1g",
        "spark.driver.host": "127.0.0.1",
    }
    found = LocalEngine(2, partitions) if engine == "local" else SparkEngine("local[2]", partitions, conf)
    try:
        run_job(found, list_inputs([dumps]), output, Settings(workers=1), ScaleOptions(clean="raw" not in more))
        if isinstance(found, LocalEngine):
            Path(events, "local.json").write_text(json.dumps({"all": found.shuffled_bytes}))
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
                used, shuffled = run(engine, dumps, output, ["raw"] if told.no_clean else [])
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
