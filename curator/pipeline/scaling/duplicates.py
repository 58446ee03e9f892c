"""Signatures -> verified pairs: stages over batches that call the functions of signature, index and cluster."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curator.cluster.grow import SPEAKERS, copy_pairs, cross_pairs, least_equal
from curator.cluster.records import Pair
from curator.cluster.verify import overlaps
from curator.engine.groups import starts_of, whole_groups
from curator.index.entries import band_keys, distinct, run_starts, spread
from curator.index.lsh import CROWD
from curator.pipeline.scaling import tables
from curator.pipeline.scaling.documents import Ids, number
from curator.signature import Scheme, from_bytes, sign, to_rows
from curator.signature.hashing import Int64, UInt64
from curator.signature.shingles import BLANK, shingle, split

#: Texts that are signed together.
_SIGNED_TOGETHER = 1_000

#: Texts meet in blocks of 1,024 numbers: one of a crowd that has a pair with all 50,000 others then travels to 49
#: blocks, and not to 50,000 texts.
_BLOCK_BITS = 10

#: Proposed pairs that a part holds to find those that several of its buckets propose.
_HELD_PAIRS = 1 << 22

#: What ``other`` says of a row that names the speakers of a text.
_SPEAKS = -1
_HALF = np.uint64(32)


def _ints(batch: pa.RecordBatch | pa.Table, name: str) -> Int64:
    return np.asarray(batch[name].to_numpy(), dtype=np.int64)


def sign_documents(scheme: Scheme, first: Ids, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the rows of ``SIGNATURES`` of the documents that cleaning kept."""
    for batch in number(first, ["id", "status", "text"], batches):
        kept = batch.filter(pc.equal(batch["status"], "kept"))
        for start in range(0, kept.num_rows, _SIGNED_TOGETHER):
            some = kept.slice(start, _SIGNED_TOGETHER)
            digests, minhashes = sign(some["text"].to_pylist(), scheme)
            rows = to_rows(minhashes)
            yield tables.columns(tables.SIGNATURES, part=parts_of(digests), id=some["id"], digest=digests, minhash=rows)


def parts_of(digests: Iterable[bytes]) -> list[int]:
    """Return the part that each text belongs to by its digest."""
    return [int.from_bytes(digest[:2]) for digest in digests]


def leave_out(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the rows of ``SIGNATURES`` whose id has none of ``SUPERSEDED`` beside it, sorted by id."""
    for table in whole_groups(batches, "id"):
        starts = starts_of(table["id"])
        alone = np.diff(starts, append=table.num_rows) == 1
        found = table.take(pa.array(starts[alone])).select(tables.SIGNATURES.names)
        yield from found.filter(found["digest"].is_valid()).to_batches()


def group_copies(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the rows of ``TEXTS`` of ``SIGNATURES`` that are sorted by part, digest and id; blank texts have none."""
    ranks: Counter[int] = Counter()
    for whole in whole_groups(batches, "digest"):
        table = whole.filter(pc.not_equal(whole["digest"], pa.scalar(BLANK, pa.binary())))
        ids, starts = _ints(table, "id"), starts_of(table["digest"])
        sizes = np.diff(starts, append=ids.size)
        places = np.arange(ids.size) - np.repeat(starts, sizes)
        speakers: list[list[int] | None] = [None] * ids.size
        rank = np.full(ids.size, -1, dtype=np.int64)
        for start, size, part in zip(
            starts.tolist(), sizes.tolist(), _ints(table, "part")[starts].tolist(), strict=True
        ):
            speakers[start] = ids[start : start + min(size, SPEAKERS)].tolist()
            rank[start] = ranks[part]
            ranks[part] += 1
        minhashes = pc.if_else(pa.array(places == 0), table["minhash"].combine_chunks(), None)
        yield tables.columns(
            tables.TEXTS, part=table["part"], rank=rank, id=ids, first=np.repeat(ids[starts], sizes),
            speaks=places < SPEAKERS, digest=table["digest"], minhash=minhashes, speakers=speakers,
        )  # fmt: skip


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


def sketches_of(first: Ids, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield what is known of each distinct text of ``TEXTS`` as ``SKETCHES``, numbered in the order of digests."""
    for batch in batches:
        heads = batch.filter(pc.greater_equal(batch["rank"], 0))
        numbers = first[_ints(heads, "part")] + _ints(heads, "rank")
        yield tables.columns(
            tables.SKETCHES, block=numbers >> _BLOCK_BITS, number=numbers, other=np.zeros_like(numbers),
            id=heads["id"], minhash=heads["minhash"],
        )  # fmt: skip


def band(scheme: Scheme, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield a row of ``BANDS`` for each band of each of ``SKETCHES``.

    A bucket is the band's number and 42 bits of its key: at a thousand million texts one of 100 gets a false candidate.
    """
    bands = np.arange(scheme.bands, dtype=np.uint64) << np.uint64(42)
    for batch in batches:
        keys = band_keys(from_bytes(batch["minhash"].to_pylist(), scheme), scheme) >> np.uint64(22)
        numbers = np.repeat(_ints(batch, "number"), scheme.bands)
        yield tables.columns(tables.BANDS, bucket=(bands | keys).view(np.int64).ravel(), number=numbers)


def propose(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the pairs of ``BANDS`` that are sorted by bucket and number, as ``SKETCHES``.

    All pairs of a bucket of up to ``CROWD`` texts; in a larger one, each with the ``CROWD`` of the smallest digests:
    the rule of ``curator.cluster.crowds``. What several buckets of a part propose is proposed once, as far as memory
    goes.
    """
    held: list[UInt64] = []
    for table in whole_groups(batches, "bucket"):
        numbers, starts = _ints(table, "number"), run_starts(_ints(table, "bucket"))
        sizes = np.diff(starts, append=numbers.size)
        places = np.arange(numbers.size) - np.repeat(starts, sizes)
        earlier = np.minimum(places, CROWD)
        low = numbers[spread(np.repeat(starts, sizes), earlier)]
        held.append(_joined(low, np.repeat(numbers, earlier)))
        if sum(some.size for some in held) > _HELD_PAIRS:
            held = [distinct(np.concatenate(held))]
            if held[0].size > _HELD_PAIRS // 2:
                yield from _proposed(held.pop())
    if held:
        yield from _proposed(distinct(np.concatenate(held)))


def _proposed(pairs: UInt64) -> Iterator[pa.RecordBatch]:
    for start in range(0, pairs.size, tables.NARROW_ROWS):
        low, high = _halves(pairs[start : start + tables.NARROW_ROWS])
        yield _pairs(tables.SKETCHES, low, high)
        yield _pairs(tables.SKETCHES, high, low)


def _joined(high: Int64, low: Int64) -> UInt64:
    """Return the distinct pairs of numbers below 2**32 as one number each, sorted."""
    return distinct((high.astype(np.uint64) << _HALF) | low.astype(np.uint64))


def _halves(joined: UInt64) -> tuple[Int64, Int64]:
    return (joined >> _HALF).astype(np.int64), (joined & np.uint64(0xFFFFFFFF)).astype(np.int64)


def _pairs(schema: pa.Schema, numbers: Int64, others: Int64) -> pa.RecordBatch:
    """Return pairs as they wait in the blocks of their first numbers."""
    more = {name: pa.nulls(numbers.size) for name in schema.names[3:]}
    return tables.columns(schema, block=numbers >> _BLOCK_BITS, number=numbers, other=others, **more)


class _Block:
    """What is known of texts in whole blocks, and who waits there for whom.

    First each of two texts waits for the other one in its own block; who does goes on, with what is known of it, to
    the block of the greater one, once for all whom it meets there. So a text that is in no pair stays where it is.
    """

    def __init__(self, table: pa.Table) -> None:
        numbers, others = _ints(table, "number"), _ints(table, "other")
        told = np.flatnonzero(others == 0)
        self._numbers, places = np.unique(numbers[told], return_index=True)
        self._rows = told[places]
        waiting = others > 0
        self._waiting = _joined(numbers[waiting], others[waiting])

    def rows(self, numbers: Int64) -> Int64:
        """Return the rows that tell of these texts."""
        return self._rows[np.searchsorted(self._numbers, numbers)]

    def pairs(self) -> tuple[Int64, Int64]:
        """Return the smaller and the greater text of each pair."""
        numbers, others = _halves(self._waiting)
        return _halves(_joined(np.minimum(numbers, others), np.maximum(numbers, others)))

    def leaving(self, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        """Yield the pairs as they wait where the greater text is, each from the block of the smaller one."""
        numbers, others = _halves(self._waiting)
        low, high = numbers[numbers < others], others[numbers < others]
        for start in range(0, low.size, tables.NARROW_ROWS):
            some = slice(start, start + tables.NARROW_ROWS)
            yield _pairs(schema, high[some], low[some])

    def travellers(self) -> Iterator[tuple[Int64, Int64]]:
        """Yield the texts that go on and the blocks they go to, some at a time."""
        numbers, others = _halves(self._waiting)
        going, blocks = _halves(_joined(numbers, np.maximum(numbers, others) >> _BLOCK_BITS))
        for start in range(0, going.size, tables.WIDE_ROWS):
            yield going[start : start + tables.WIDE_ROWS], blocks[start : start + tables.WIDE_ROWS]


def hand_sketches(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield ``SKETCHES`` as they meet: those of all texts and the proposed pairs come in, sorted by block."""
    for table in whole_groups(batches, "block"):
        found = _Block(table)
        yield from found.leaving(tables.SKETCHES)
        for numbers, blocks in found.travellers():
            told = table.select(["id", "minhash"]).take(pa.array(found.rows(numbers)))
            yield tables.columns(
                tables.SKETCHES, block=blocks, number=numbers, other=np.zeros_like(blocks),
                id=told["id"], minhash=told["minhash"],
            )  # fmt: skip


def compare_sketches(scheme: Scheme, floor: float, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the pairs of documents whose signatures agree enough for this Jaccard similarity, as ``SHINGLES``.

    Takes ``SKETCHES`` that meet, sorted by block.
    """
    least = least_equal(scheme, floor)
    for table in whole_groups(batches, "block"):
        found = _Block(table)
        low, high = found.pairs()
        numbers = distinct(np.concatenate([low, high]))
        told = table.select(["id", "minhash"]).take(pa.array(found.rows(numbers)))
        ids, matrix = _ints(told, "id"), from_bytes(told["minhash"].to_pylist(), scheme)
        low, high = np.searchsorted(numbers, low), np.searchsorted(numbers, high)
        for start in range(0, low.size, tables.NARROW_ROWS):
            one, other = low[start : start + tables.NARROW_ROWS], high[start : start + tables.NARROW_ROWS]
            near = (matrix[one] == matrix[other]).sum(axis=1) >= least
            yield _pairs(tables.SHINGLES, ids[one[near]], ids[other[near]])
            yield _pairs(tables.SHINGLES, ids[other[near]], ids[one[near]])


def words_of(first: Ids, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the texts of the documents that cleaning kept, as ``SHINGLES``."""
    for batch in number(first, ["id", "status", "text"], batches):
        kept = batch.filter(pc.equal(batch["status"], "kept"))
        yield texts_told(_ints(kept, "id"), kept["text"])


def texts_told(ids: Int64, texts: pa.Array) -> pa.RecordBatch:
    """Return texts as ``SHINGLES`` that tell of them."""
    return _told(ids, 0, words=texts)


def speakers_of(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the documents that speak for each distinct text of ``TEXTS``, as ``SHINGLES`` with ``other`` -1."""
    for batch in batches:
        heads = batch.filter(pc.greater_equal(batch["rank"], 0))
        yield _told(_ints(heads, "id"), _SPEAKS, speakers=heads["speakers"])


def _told(ids: Int64, other: int, **known: pa.Array) -> pa.RecordBatch:
    more = {name: pa.nulls(ids.size) for name in tables.SHINGLES.names[3:]} | known
    return tables.columns(tables.SHINGLES, block=ids >> _BLOCK_BITS, number=ids, other=np.full_like(ids, other), **more)


def hand_shingles(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield ``SHINGLES`` as they meet: texts, speakers and pairs come in, sorted by block."""
    for table in whole_groups(batches, "block"):
        found = _Block(table)
        yield from found.leaving(tables.SHINGLES)
        heads = table.filter(pc.equal(table["other"], _SPEAKS))
        speakers = dict(zip(heads["number"].to_pylist(), heads["speakers"].to_pylist(), strict=True))
        for numbers, blocks in found.travellers():
            ids, places = np.unique(numbers, return_inverse=True)
            words = table["words"].take(pa.array(found.rows(ids))).to_pylist()
            sets = [distinct(part).tobytes() for part in split(shingle(words))]
            yield tables.columns(
                tables.SHINGLES, block=blocks, number=numbers, other=np.zeros_like(blocks),
                words=pa.nulls(numbers.size), shingles=[sets[place] for place in places.tolist()],
                speakers=[speakers[identity] for identity in numbers.tolist()],
            )  # fmt: skip


def verify(floor: float, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the pairs of this Jaccard similarity or more, of all speakers of the two texts.

    Takes ``SHINGLES`` that meet, sorted by block.
    """
    return (batch for table in whole_groups(batches, "block") for batch in _pair_rows(_verified(floor, table)))


def _verified(floor: float, table: pa.Table) -> Iterator[Pair]:
    found = _Block(table)
    low, high = found.pairs()
    ids = distinct(np.concatenate([low, high]))
    told = table.select(["shingles", "speakers"]).take(pa.array(found.rows(ids)))
    sets = [np.frombuffer(part, dtype=np.uint64) for part in told["shingles"].to_pylist()]
    speakers = told["speakers"].to_pylist()
    pairs = np.stack([np.searchsorted(ids, low), np.searchsorted(ids, high)], axis=1)
    for start in range(0, len(pairs), tables.NARROW_ROWS):
        some = pairs[start : start + tables.NARROW_ROWS]
        for (one, other), overlap in zip(some.tolist(), overlaps(some, sets), strict=True):
            if overlap.jaccard >= floor:
                yield from cross_pairs(speakers[one], speakers[other], overlap, {*speakers[one], *speakers[other]})
