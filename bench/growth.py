"""Cost of the index as a corpus grows: the index alone, in a real corpus file, one transaction per batch.

    python bench/growth.py [--articles 1000000] [--batch 1000] [--memory]

Signatures are drawn at random (computing a million real ones would measure that); one of ten articles is a
near-duplicate of an earlier one, with a Jaccard similarity of .5 to 1. A row for each 100,000 articles: articles
per CPU-second for finding candidates and copies, writing and merging; the cost of an article against the first
100,000; bytes of the index for each article; size of the file (with merged pages that SQLite keeps for reuse);
planted pairs of .7 and more that were proposed; peak memory. ``--memory`` keeps the segments out of SQLite.
"""

from __future__ import annotations

import argparse
import resource
import sqlite3
import tempfile
import time
from pathlib import Path

import numpy as np

from curator.cluster.grow import SPEAKERS
from curator.index import Index, MemorySegments
from curator.signature import Scheme
from curator.store.connection import connect
from curator.store.duplicates import SegmentRows

STEP = 100_000
THRESHOLD = 0.7
N_PERM = Scheme().n_perm


class Planter:
    """Draws batches of signatures with near-duplicates of earlier articles planted among them."""

    def __init__(self, seed: int, n_kept: int = 20_000) -> None:
        self._random = np.random.default_rng(seed)
        self._kept = np.zeros((n_kept, N_PERM), dtype=np.uint32)
        self._kept_ids = np.zeros(n_kept, dtype=np.int64)
        self._n_seen = 0

    def batch(self, first: int, n: int) -> tuple[np.ndarray, dict[tuple[int, int], float]]:
        """Return n signatures and the planted pairs with the Jaccard similarity each was planted with."""
        rows = self._random.integers(0, 2**32, (n, N_PERM), dtype=np.uint32)
        planted = {}
        for row in range(0, n, 10):
            if self._n_seen:
                source = int(self._random.integers(min(self._n_seen, len(self._kept))))
                jaccard = float(self._random.uniform(0.5, 1.0))
                same = self._random.random(N_PERM) < jaccard
                rows[row, same] = self._kept[source, same]
                planted[int(self._kept_ids[source]), first + row] = jaccard
        for row in range(5, n, 10):
            place = self._n_seen if self._n_seen < len(self._kept) else int(self._random.integers(len(self._kept)))
            self._kept[place], self._kept_ids[place] = rows[row], first + row
            self._n_seen += 1
        return rows, planted


def bytes_of(connection: sqlite3.Connection) -> int:
    """Return the bytes of all blocks and heads that are stored."""
    sums = ("SELECT total(length(data)) FROM segment_blocks", "SELECT total(length(head)) FROM segments")
    return int(sum(connection.execute(query).fetchone()[0] for query in sums))


def grow(args: argparse.Namespace, folder: Path) -> None:
    """Grow an index and print what it costs."""
    connection = connect(folder / "growth.db", create=True)
    store = MemorySegments() if args.memory else SegmentRows(connection)
    index, planter = Index(store), Planter(1)
    used, first_cost = 0.0, None
    found = wanted = 0
    print(f"{'articles':>9} {'per CPU-s':>9} {'cost':>5} {'bytes':>6} {'file MB':>8} {'recall':>7} {'peak MB':>8}")
    for first in range(0, args.articles, args.batch):
        minhashes, planted = planter.batch(first, args.batch)
        ids = range(first, first + args.batch)
        digests = [row.tobytes()[:16] for row in minhashes]
        start = time.process_time()
        connection.execute("BEGIN")
        pairs = index.candidates(ids, minhashes)
        index.copies(digests, SPEAKERS + 1)
        index.add(ids, digests, ids, minhashes)
        connection.execute("COMMIT")
        used += time.process_time() - start
        similar = {pair for pair, jaccard in planted.items() if jaccard >= THRESHOLD}
        wanted += len(similar)
        found += len(similar & {tuple(pair) for pair in pairs.pairs.tolist()})
        done = first + args.batch
        if done % STEP == 0:
            first_cost = first_cost or used
            n_bytes = bytes_of(connection) if isinstance(store, SegmentRows) else store.n_bytes
            megabytes = (folder / "growth.db").stat().st_size / 1e6
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(
                f"{done:9} {STEP / used:9.0f} {used / first_cost:5.2f} {n_bytes / done:6.0f} {megabytes:8.0f}"
                f" {found / wanted:7.4f} {peak:8.0f}",
                flush=True,
            )
            used = 0.0
    connection.close()


def main() -> None:
    """Print one row for each 100,000 articles."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=1_000_000)
    parser.add_argument("--batch", type=int, default=1_000)
    parser.add_argument("--memory", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        grow(args, Path(folder))


if __name__ == "__main__":
    main()
