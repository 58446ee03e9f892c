"""Signatures -> verified pairs: stages over batches that call the functions of signature, index and cluster."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from curator.cluster.grow import SPEAKERS, least_equal
from curator.cluster.grow import _copy_pairs as copy_pairs
from curator.cluster.grow import _cross as cross_pairs
from curator.cluster.records import Pair
from curator.cluster.verify import overlaps
from curator.engine.groups import starts_of, whole_groups
from curator.engine.local import BATCH_ROWS
from curator.index.entries import band_addresses, distinct, run_starts, spread
from curator.index.lsh import CROWD
from curator.pipeline.scaling import tables
from curator.pipeline.scaling.documents import Ids, number
from curator.signature import Scheme, from_bytes, sign, to_bytes
from curator.signature.shingles import BLANK, UInt64, shingle, split

Int64 = NDArray[np.int64]

#: Texts that are signed together.
_SIGNED_TOGETHER = 1_000


def _ints(batch: pa.RecordBatch | pa.Table, name: str) -> Int64:
    return np.asarray(batch[name].to_numpy(), dtype=np.int64)


def sign_documents(scheme: Scheme, first: Ids, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the rows of ``SIGNATURES`` of the documents that cleaning kept."""
    for batch in number(first, ["id", "status", "text"], batches):
        kept = batch.filter(pc.equal(batch["status"], "kept"))
        for start in range(0, kept.num_rows, _SIGNED_TOGETHER):
            some = kept.slice(start, _SIGNED_TOGETHER)
            digests, minhashes = sign(some["text"].to_pylist(), scheme)
            rows = list(map(to_bytes, minhashes))
            yield tables.columns(tables.SIGNATURES, id=some["id"], digest=digests, minhash=rows)


def leave_out(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the rows of ``SIGNATURES`` whose id has none of ``SUPERSEDED`` beside it, sorted by id."""
    for table in whole_groups(batches, "id"):
        starts = starts_of(table["id"])
        alone = np.diff(starts, append=table.num_rows) == 1
        found = table.take(pa.array(starts[alone])).select(tables.SIGNATURES.names)
        yield from found.filter(found["digest"].is_valid()).to_batches()


def group_copies(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the rows of ``TEXTS`` of ``SIGNATURES`` that are sorted by digest and id; blank texts have none."""
    for whole in whole_groups(batches, "digest"):
        table = whole.filter(pc.not_equal(whole["digest"], pa.scalar(BLANK, pa.binary())))
        ids, starts = _ints(table, "id"), starts_of(table["digest"])
        sizes = np.diff(starts, append=ids.size)
        places = np.arange(ids.size) - np.repeat(starts, sizes)
        speakers: list[list[int] | None] = [None] * ids.size
        for start, size in zip(starts.tolist(), sizes.tolist(), strict=True):
            speakers[start] = ids[start : start + min(size, SPEAKERS)].tolist()
        yield tables.columns(
            tables.TEXTS, id=ids, other=np.zeros_like(ids), first=np.repeat(ids[starts], sizes),
            speaks=places < SPEAKERS, digest=table["digest"].to_pylist(), speakers=speakers,
            minhash=pc.if_else(pa.array(places == 0), table["minhash"].combine_chunks(), None),
        )  # fmt: skip


def distinct_texts(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield one row for each distinct text of ``TEXTS``: that of its first document."""
    for batch in batches:
        yield batch.filter(pc.equal(batch["id"], batch["first"]))


def pair_copies(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the pairs of documents that have one text: all among the speakers, a star for the rest."""
    rows = (row for batch in batches for row in batch.select(["id", "first", "speaks", "speakers"]).to_pylist())
    yield from _pair_rows(pair for row in rows for pair in _copies_of(row))


def _copies_of(row: Mapping[str, Any]) -> Iterator[Pair]:
    if not row["speaks"]:
        yield Pair(row["first"], row["id"], 1.0, 1.0, 1.0)
    elif row["speakers"]:
        spoken = {b"": row["speakers"]}
        yield from copy_pairs(spoken, spoken, set(row["speakers"]))


def _pair_rows(pairs: Iterable[Pair]) -> Iterator[pa.RecordBatch]:
    stream = iter(pairs)
    while some := list(islice(stream, tables.NARROW_ROWS)):
        yield tables.columns(tables.PAIRS, **dict(zip(Pair._fields, zip(*some, strict=True), strict=True)))


def band(scheme: Scheme, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield a row of ``BANDS`` for each band of each distinct text of ``TEXTS``."""
    for batch in distinct_texts(batches):
        minhashes = from_bytes(batch["minhash"].to_pylist(), scheme)
        buckets = band_addresses(minhashes, scheme).view(np.int64)
        ids = np.repeat(_ints(batch, "id"), scheme.bands)
        yield tables.columns(tables.BANDS, bucket=buckets.ravel(), id=ids)


def propose(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the pairs (id < other) of ``BANDS`` that are sorted by bucket and id, as ``CANDIDATES``.

    All pairs of a bucket of up to ``CROWD`` texts; in a larger one, each with the first ``CROWD``: the rule of
    ``curator.index.lsh``. What several buckets of a part propose is proposed once.
    """
    held: list[UInt64] = []
    for table in whole_groups(batches, "bucket"):
        ids, starts = _ints(table, "id"), run_starts(_ints(table, "bucket"))
        sizes = np.diff(starts, append=ids.size)
        places = np.arange(ids.size) - np.repeat(starts, sizes)
        earlier = np.minimum(places, CROWD)
        low = ids[spread(np.repeat(starts, sizes), earlier)]
        high = np.repeat(ids, earlier)
        held.append((low.astype(np.uint64) << np.uint64(32)) | high.astype(np.uint64))
        if sum(some.size for some in held) > _HELD_PAIRS:
            held = [distinct(np.concatenate(held))]
            if held[0].size > _HELD_PAIRS // 2:
                yield from _candidates(held.pop())
    if held:
        yield from _candidates(distinct(np.concatenate(held)))


#: Proposed pairs that a part holds to find those that several of its buckets propose.
_HELD_PAIRS = 1 << 22


def _candidates(pairs: UInt64) -> Iterator[pa.RecordBatch]:
    for start in range(0, pairs.size, tables.NARROW_ROWS):
        some = pairs[start : start + tables.NARROW_ROWS]
        low, high = (some >> np.uint64(32)).astype(np.int64), (some & np.uint64(0xFFFFFFFF)).astype(np.int64)
        yield tables.columns(tables.CANDIDATES, id=low, other=high)


def _distinct_rows(table: pa.Table) -> pa.Table:
    """Return sorted rows without those that repeat the one before in ``id`` and ``other``."""
    ids, others = _ints(table, "id"), _ints(table, "other")
    keep = np.ones(ids.size, dtype=np.bool_)
    keep[1:] = (ids[1:] != ids[:-1]) | (others[1:] != others[:-1])
    return table.filter(pa.array(keep))


def hand_sketches(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield for each candidate (id, other) the row (other, id, signature of id) of ``SKETCHED``.

    Takes ``CANDIDATES`` and distinct ``TEXTS`` together, sorted by id and other: each text stands before its pairs.
    """
    for whole in whole_groups(batches, "id"):
        table = _distinct_rows(whole)
        ids, others = _ints(table, "id"), _ints(table, "other")
        pairs = np.flatnonzero(others)
        own = np.searchsorted(ids, ids[pairs])
        for start in range(0, pairs.size, BATCH_ROWS):
            some = slice(start, start + BATCH_ROWS)
            minhashes = table["minhash"].take(pa.array(own[some])).combine_chunks()
            yield tables.columns(tables.SKETCHED, id=others[pairs[some]], other=ids[pairs[some]], minhash=minhashes)


def compare_sketches(scheme: Scheme, floor: float, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield those of ``SKETCHED`` as ``CANDIDATES`` whose signatures agree enough for this Jaccard similarity.

    Takes them with distinct ``TEXTS``, sorted by id and other.
    """
    least = least_equal(scheme, floor)
    for table in whole_groups(batches, "id"):
        ids, others = _ints(table, "id"), _ints(table, "other")
        pairs = np.flatnonzero(others)
        if pairs.size:
            matrix = from_bytes(table["minhash"].to_pylist(), scheme)
            equal = (matrix[pairs] == matrix[np.searchsorted(ids, ids[pairs])]).sum(axis=1)
            near = pairs[equal >= least]
            yield tables.columns(tables.CANDIDATES, id=others[near], other=ids[near])


def words_of(first: Ids, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the texts of the documents that cleaning kept, as ``WORDS``; ``other`` is -1."""
    for batch in number(first, ["id", "status", "text"], batches):
        kept = batch.filter(pc.equal(batch["status"], "kept"))
        others = np.full(kept.num_rows, -1, dtype=np.int64)
        yield tables.columns(tables.WORDS, id=kept["id"], other=others, text=kept["text"])


def hand_shingles(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield for each candidate (id, other) the row (other, id, shingles and speakers of id) of ``SHINGLED``.

    Takes ``WORDS``, ``TEXTS`` and ``CANDIDATES`` together, sorted by id and other.
    """
    return (batch for table in whole_groups(batches, "id") for batch in _handed(table))


def _handed(table: pa.Table) -> Iterator[pa.RecordBatch]:
    found = _Verified(table)
    for start in range(0, found.pairs.size, tables.WIDE_ROWS):
        some = found.pairs[start : start + tables.WIDE_ROWS]
        owners = found.ids[some].tolist()
        shingles = [found.shingles[owner].tobytes() for owner in owners]
        speakers = [found.speakers[owner] for owner in owners]
        yield tables.columns(
            tables.SHINGLED, id=found.others[some], other=found.ids[some], shingles=shingles, speakers=speakers
        )


class _Verified:
    """The rows of some texts and the pairs they stand in: ``pairs`` are the numbers of the rows that are pairs."""

    def __init__(self, table: pa.Table) -> None:
        self.ids, self.others = _ints(table, "id"), _ints(table, "other")
        self.pairs = np.flatnonzero(self.others > 0)
        paired = distinct(self.ids[self.pairs])
        words = np.flatnonzero((self.others == -1) & np.isin(self.ids, paired))
        heads = np.flatnonzero((self.others == 0) & np.isin(self.ids, paired))
        sets = split(shingle(table["text"].take(pa.array(words)).to_pylist()))
        self.shingles: dict[int, UInt64] = {
            number: distinct(hashes) for number, hashes in zip(self.ids[words].tolist(), sets, strict=True)
        }
        named = table["speakers"].take(pa.array(heads)).to_pylist()
        self.speakers: dict[int, list[int]] = dict(zip(self.ids[heads].tolist(), named, strict=True))


def verify(floor: float, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the pairs of this Jaccard similarity or more, of all speakers of the two texts.

    Takes ``WORDS``, ``TEXTS`` and ``SHINGLED`` together, sorted by id and other.
    """
    return (batch for table in whole_groups(batches, "id") for batch in _pair_rows(_verified(floor, table)))


def _verified(floor: float, table: pa.Table) -> Iterator[Pair]:
    own = _Verified(table)
    for start in range(0, own.pairs.size, tables.WIDE_ROWS):
        some = own.pairs[start : start + tables.WIDE_ROWS]
        rows = table.select(["shingles", "speakers"]).take(pa.array(some)).to_pylist()
        highs = own.ids[some].tolist()
        texts = [np.frombuffer(row["shingles"], dtype=np.uint64) for row in rows]
        texts += [own.shingles[high] for high in highs]
        places = np.arange(some.size)
        found = overlaps(np.stack([places, places + some.size], axis=1), texts)
        for row, high, overlap in zip(rows, highs, found, strict=True):
            if overlap.jaccard >= floor:
                ones, others = row["speakers"], own.speakers[high]
                yield from cross_pairs(ones, others, overlap, {*ones, *others})
