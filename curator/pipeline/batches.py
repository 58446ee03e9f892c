"""Batches of cleaned documents -> rows: each batch with all that follows from it in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeVar

from curator.model import Failure
from curator.pipeline.deduplicating import Deduplicator, settle
from curator.pipeline.known_lines import CutAhead, cut_known_lines, noted_row
from curator.pipeline.recutting import sketches_of
from curator.pipeline.report import Tally
from curator.store import read, resuming, write
from curator.store.connection import Connection
from curator.store.resuming import FailedInput
from curator.store.rows import Entry
from curator.store.templates import note_lines, set_marks

E = TypeVar("E")

#: A batch ends early at so many characters, so that a batch of books fits into memory too.
_BATCH_CHARS = 50_000_000

_REMOVED = "was removed by another command while it was added again: `curator retry` adds it, if it is wanted"


class Seen(NamedTuple):
    """A document that the corpus held already when it was read."""

    key: str
    source: str
    fetched_at: str | None


Item = Entry | Seen | Failure


def batched(items: Iterable[E], n: int, item_of: Callable[[E], object] = lambda item: item) -> Iterator[list[E]]:
    """Yield items in lists of n and a shorter last one; of long documents fewer go together."""
    batch: list[E] = []
    chars = 0
    for each in items:
        batch.append(each)
        item = item_of(each)
        chars += item.article.raw_chars if isinstance(item, Entry) else 0
        if len(batch) == n or chars > _BATCH_CHARS:
            yield batch
            batch, chars = [], 0
    if batch:
        yield batch


def write_batch(
    connection: Connection,
    deduplicator: Deduplicator,
    items: Sequence[Item],
    run_id: int,
    tally: Tally,
    found: Sequence[FailedInput] = (),
) -> None:
    """Write documents and failures with all that follows from them; the caller holds the transaction.

    ``found`` tells for each item where it would be found again if it is a failure.
    """
    known = read.ids_of_keys(connection, [item.key for item in items if not isinstance(item, Failure)])
    fresh: dict[str, Entry] = {}
    again: list[Entry | Seen] = []
    resuming.settle_failures(connection, [item.source for item in items if not isinstance(item, Failure)])
    for number, item in enumerate(items):
        if isinstance(item, Failure):
            resuming.add_failure(connection, item, run_id, found[number] if found else FailedInput())
            tally.fail(item)
        elif isinstance(item, Entry) and item.key not in known and item.key not in fresh:
            fresh[item.key] = item
        elif item.key in known or item.key in fresh:
            tally.unchanged += 1
            again.append(item)
        else:  # seen, and removed since by another process; its content is no more at hand
            gone = Failure(item.source, "store", "removed", _REMOVED)
            resuming.add_failure(connection, gone, run_id, found[number] if found else FailedInput())
            tally.fail(gone)
    cut = cut_known_lines(connection, list(fresh.values()))
    ids = write.add_entries(connection, [each.entry for each in cut], run_id)
    tally.add(ids)
    added = dict(zip(ids, cut, strict=True))
    known |= zip(fresh, ids, strict=True)
    urls = read.urls_of(connection, _moved(connection, known, again)) | read.urls_of(connection, ids)
    settle(connection, deduplicator, {i for i, each in added.items() if each.entry.article.status == "kept"}, urls)
    _note_lines(connection, deduplicator, added)


def _moved(connection: Connection, known: Mapping[str, int], again: Iterable[Entry | Seen]) -> list[int]:
    """Note that stored documents were seen again, and return those whose latest fetch that moved."""
    ids = [(known[item.key], item) for item in again]
    return [number for number, item in ids if write.see_again(connection, number, item.source, item.fetched_at)]


def _note_lines(connection: Connection, deduplicator: Deduplicator, added: Mapping[int, CutAhead]) -> None:
    """Keep for learning the lines of documents that were cut ahead or whose signature is at hand; the others wait."""
    ahead = {number: each for number, each in added.items() if each.entry is not each.before}
    sketches = dict(zip(ahead, sketches_of([each.before.text.text for each in ahead.values()]), strict=True))
    sketches |= deduplicator.sketches(
        [number for number, each in added.items() if each.before.noted and each.entry is each.before]
    )
    rows = [row for number, sketched in sketches.items() if (row := noted_row(number, added[number].before, sketched))]
    note_lines(connection, list(sketches), rows)
    set_marks(connection, [(number, each.mark) for number, each in ahead.items()])
