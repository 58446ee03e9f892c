"""Some documents of a corpus -> a corpus of their own, with versions and duplicates settled among them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar

from curator.cluster import STORED_JACCARD
from curator.pipeline.clustering import dedup
from curator.pipeline.corpus_rules import keep_rule_of
from curator.pipeline.deduplicating import deduplicator_of, settle, settle_waiting
from curator.pipeline.progress import Progress, Tell, counted, untold
from curator.pipeline.runs import end_run, start_run
from curator.settings import Settings
from curator.store import copy, read, write
from curator.store.connection import Connection, connect, transaction
from curator.store.selection import Selection

T = TypeVar("T")


def copy_corpus(
    connection: Connection, settings: Settings, selection: Selection, target: Path, tell: Tell = untold
) -> dict[str, int]:
    """Write the chosen documents to a new corpus file; return its articles by status.

    Texts, cuts and ids are those of the corpus. A duplicate whose survivor stays behind hangs on the next one by the
    corpus's rule or stands alone; an older version whose newer one stays behind is current again.
    """
    tell(Progress("copying"))
    copy.copy_chosen(connection, selection, target)
    with closing(connect(target)) as made:
        run_id = start_run(made, "export", settings)
        _settle(made, settings, tell)
        with transaction(made):
            counts = read.count_statuses(made)
            end_run(made, run_id, counts | {"query": asdict(selection)})
            write.analyze(made)
    return counts


def _batched(items: Sequence[T], n: int) -> Iterator[Sequence[T]]:
    for first in range(0, len(items), n):
        yield items[first : first + n]


def _settle(connection: Connection, settings: Settings, tell: Tell) -> None:
    deduplicator = deduplicator_of(connection, settings)
    unsigned = copy.unsigned_ids(connection)
    for ids in counted(_batched(unsigned, settings.batch_rows), len, len(unsigned), (tell, "finding duplicates")):
        with transaction(connection):
            deduplicator.update(ids, [])
    for urls in _batched(copy.superseded_urls(connection), settings.batch_rows):
        with transaction(connection):
            settle(connection, deduplicator, set(), urls)
    settle_waiting(connection, deduplicator, settings.batch_rows)
    if keep_rule_of(connection, settings).floor < STORED_JACCARD:
        dedup(connection, settings, rescan=True, tell=tell)
