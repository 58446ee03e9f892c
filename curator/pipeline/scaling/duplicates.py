"""Signatures -> verified pairs: stages over batches that call the functions of signature, index and cluster."""

from __future__ import annotations

from collections import Counter
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
from curator.index.entries import band_keys, distinct, run_starts, spread
from curator.index.lsh import CROWD
from curator.pipeline.scaling import tables
from curator.pipeline.scaling.documents import Ids, number
from curator.signature import Scheme, from_bytes, sign, to_bytes
from curator.signature.shingles import BLANK, UInt64, shingle, split

Int64 = NDArray[np.int64]

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
            rows = list(map(to_bytes, minhashes))
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
        held.append((low.astype(np.uint64) << _HALF) | np.repeat(numbers, earlier).astype(np.uint64))
        if sum(some.size for some in held) > _HELD_PAIRS:
            held = [distinct(np.concatenate(held))]
            if held[0].size > _HELD_PAIRS // 2:
                yield from _proposed(held.pop())
    if held:
        yield from _proposed(distinct(np.concatenate(held)))


def _proposed(pairs: UInt64) -> Iterator[pa.RecordBatch]:
    for start in range(0, pairs.size, tables.NARROW_ROWS):
        some = pairs[start : start + tables.NARROW_ROWS]
        low, high = (some >> _HALF).astype(np.int64), (some & np.uint64(0xFFFFFFFF)).astype(np.int64)
        yield _pairs(tables.SKETCHES, low, high)


def _pairs(schema: pa.Schema, numbers: Int64, others: Int64) -> pa.RecordBatch:
    """Return pairs as they wait in the blocks of their first numbers."""
    more = {name: pa.nulls(numbers.size) for name in schema.names[3:]}
    return tables.columns(schema, block=numbers >> _BLOCK_BITS, number=numbers, other=others, **more)


class _Block:
    """What is known of texts in whole blocks, and the pairs that wait there, each once: ``low`` < ``high``.

    ``rows`` says by number in which row a text is told of; of rows that tell the same the first counts.
    """

    def __init__(self, table: pa.Table) -> None:
        numbers, others = _ints(table, "number"), _ints(table, "other")
        told = np.flatnonzero(others == 0)
        self._numbers, places = np.unique(numbers[told], return_index=True)
        self._rows = told[places]
        waiting = others > 0
        low, high = (side(numbers[waiting], others[waiting]) for side in (np.minimum, np.maximum))
        joined = distinct((low.astype(np.uint64) << _HALF) | high.astype(np.uint64))
        self.low, self.high = (joined >> _HALF).astype(np.int64), (joined & np.uint64(0xFFFFFFFF)).astype(np.int64)

    def rows(self, numbers: Int64) -> Int64:
        """Return the rows that tell of these texts."""
        return self._rows[np.searchsorted(self._numbers, numbers)]

    def travellers(self) -> tuple[Int64, Int64]:
        """Return which smaller ones must come to which blocks, so that each pair can meet: each once."""
        joined = distinct((self.low.astype(np.uint64) << _HALF) | (self.high >> _BLOCK_BITS).astype(np.uint64))
        return (joined >> _HALF).astype(np.int64), (joined & np.uint64(0xFFFFFFFF)).astype(np.int64)


def hand_sketches(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield ``SKETCHES`` that wait where the greater text of each pair is told of: pairs, and the smaller text once.

    Takes those of all texts and the proposed pairs together, sorted by block.
    """
    for table in whole_groups(batches, "block"):
        found = _Block(table)
        yield from _proposed_there(tables.SKETCHES, found)
        numbers, blocks = found.travellers()
        rows = found.rows(numbers)
        for start in range(0, numbers.size, tables.WIDE_ROWS):
            some = slice(start, start + tables.WIDE_ROWS)
            told = table.select(["id", "minhash"]).take(pa.array(rows[some]))
            yield tables.columns(
                tables.SKETCHES, block=blocks[some], number=numbers[some], other=np.zeros_like(blocks[some]),
                id=told["id"], minhash=told["minhash"],
            )  # fmt: skip


def _proposed_there(schema: pa.Schema, found: _Block) -> Iterator[pa.RecordBatch]:
    for start in range(0, found.low.size, tables.NARROW_ROWS):
        some = slice(start, start + tables.NARROW_ROWS)
        yield _pairs(schema, found.high[some], found.low[some])


def compare_sketches(scheme: Scheme, floor: float, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the pairs of documents whose signatures agree enough for this Jaccard similarity, as ``SHINGLES``.

    Takes the ``SKETCHES`` of all texts and those that were handed on, sorted by block.
    """
    least = least_equal(scheme, floor)
    for table in whole_groups(batches, "block"):
        found = _Block(table)
        numbers = distinct(np.concatenate([found.low, found.high]))
        told = table.select(["id", "minhash"]).take(pa.array(found.rows(numbers)))
        ids, matrix = _ints(told, "id"), from_bytes(told["minhash"].to_pylist(), scheme)
        low, high = np.searchsorted(numbers, found.low), np.searchsorted(numbers, found.high)
        for start in range(0, low.size, tables.NARROW_ROWS):
            one, other = low[start : start + tables.NARROW_ROWS], high[start : start + tables.NARROW_ROWS]
            near = (matrix[one] == matrix[other]).sum(axis=1) >= least
            one, other = ids[one[near]], ids[other[near]]
            yield _pairs(tables.SHINGLES, np.minimum(one, other), np.maximum(one, other))


def words_of(first: Ids, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the texts of the documents that cleaning kept, as ``SHINGLES``."""
    for batch in number(first, ["id", "status", "text"], batches):
        kept = batch.filter(pc.equal(batch["status"], "kept"))
        yield texts_told(_ints(kept, "id"), kept["text"])


def texts_told(ids: Int64, texts: pa.Array) -> pa.RecordBatch:
    """Return texts as ``SHINGLES`` that tell of them."""
    return _told(ids, texts, pa.nulls(ids.size), pa.nulls(ids.size))


def speakers_of(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the documents that speak for each distinct text of ``TEXTS``, as ``SHINGLES`` with ``other`` -1."""
    for batch in batches:
        heads = batch.filter(pc.greater_equal(batch["rank"], 0))
        n = heads.num_rows
        told = _told(_ints(heads, "id"), pa.nulls(n), pa.nulls(n), heads["speakers"])
        yield told.set_column(2, "other", pa.array(np.full(n, _SPEAKS, dtype=np.int64)))


def _told(ids: Int64, words: pa.Array, shingles: pa.Array, speakers: pa.Array) -> pa.RecordBatch:
    return tables.columns(
        tables.SHINGLES, block=ids >> _BLOCK_BITS, number=ids, other=np.zeros_like(ids), words=words,
        shingles=shingles, speakers=speakers,
    )  # fmt: skip


class _Shingled:
    """The shingle sets and speakers of the documents that stand in some pairs of whole blocks, by id."""

    def __init__(self, table: pa.Table, found: _Block, ids: Int64) -> None:
        rows = table.select(["words", "shingles", "speakers"]).take(pa.array(found.rows(ids)))
        words, handed, speakers = (rows[name].to_pylist() for name in rows.schema.names)
        own = [place for place, text in enumerate(words) if text is not None]
        sets = {place: distinct(part) for place, part in zip(own, split(shingle([words[p] for p in own])), strict=True)}
        self.sets: list[UInt64] = [
            sets[place] if place in sets else np.frombuffer(part or b"", dtype=np.uint64)
            for place, part in enumerate(handed)
        ]
        heads = table.filter(pc.equal(table["other"], _SPEAKS))
        named = dict(zip(heads["number"].to_pylist(), heads["speakers"].to_pylist(), strict=True))
        self.speakers: list[list[int]] = [
            given or named[number] for number, given in zip(ids.tolist(), speakers, strict=True)
        ]


def hand_shingles(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield ``SHINGLES`` that wait where the greater document of each pair is told of: pairs, and the smaller one once.

    Takes texts, speakers and pairs together, sorted by block.
    """
    for table in whole_groups(batches, "block"):
        found = _Block(table)
        yield from _proposed_there(tables.SHINGLES, found)
        ids = distinct(found.low)
        known = _Shingled(table, found, ids)
        numbers, blocks = found.travellers()
        places = np.searchsorted(ids, numbers).tolist()
        for start in range(0, numbers.size, tables.WIDE_ROWS):
            some = slice(start, start + tables.WIDE_ROWS)
            yield tables.columns(
                tables.SHINGLES, block=blocks[some], number=numbers[some], other=np.zeros_like(blocks[some]),
                words=pa.nulls(numbers[some].size), shingles=[known.sets[place].tobytes() for place in places[some]],
                speakers=[known.speakers[place] for place in places[some]],
            )  # fmt: skip


def verify(floor: float, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the pairs of this Jaccard similarity or more, of all speakers of the two texts.

    Takes texts, speakers and what was handed on together, sorted by block.
    """
    return (batch for table in whole_groups(batches, "block") for batch in _pair_rows(_verified(floor, table)))


def _verified(floor: float, table: pa.Table) -> Iterator[Pair]:
    found = _Block(table)
    ids = distinct(np.concatenate([found.low, found.high]))
    known = _Shingled(table, found, ids)
    pairs = np.stack([np.searchsorted(ids, found.low), np.searchsorted(ids, found.high)], axis=1)
    for start in range(0, len(pairs), tables.NARROW_ROWS):
        some = pairs[start : start + tables.NARROW_ROWS]
        for (low, high), overlap in zip(some.tolist(), overlaps(some, known.sets), strict=True):
            if overlap.jaccard >= floor:
                ones, others = known.speakers[low], known.speakers[high]
                yield from cross_pairs(ones, others, overlap, {*ones, *others})
