"""Verified pairs and components -> clusters, and articles as they are in the end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from operator import itemgetter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curator.cluster import Cluster, KeepRule, Member, Pair, make_clusters
from curator.engine.groups import starts_of, whole_groups
from curator.pipeline.deduplicating import OLDER
from curator.pipeline.scaling import tables
from curator.pipeline.scaling.documents import Ids, number
from curator.store.rows import shown, unpack_text

Row = Mapping[str, Any]

#: What the rule of the keeper reads of a document.
FACTS = ("id", "key", "published", "fetched_at", "chars", "article_site")


def facts_of(first: Ids, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield what the rule of the keeper reads of each document, as ``LINKED`` without component."""
    for batch in number(first, FACTS, batches):
        # The day of publication, or else of the fetch: the earliest day the text is known from.
        days = pc.coalesce(batch["published"], pc.utf8_slice_codeunits(batch["fetched_at"], 0, 10))
        found = {"id": batch["id"], "key": batch["key"], "published": days, "chars": batch["chars"]}
        yield padded(batch.num_rows, found | {"site": batch["article_site"]})


def padded(n: int, found: Mapping[str, object]) -> pa.RecordBatch:
    """Return a batch of ``LINKED``, null where nothing was found."""
    return tables.columns(tables.LINKED, **{name: found.get(name, pa.nulls(n)) for name in tables.LINKED.names})


def pairs_by_first(threshold: float, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the pairs that link as ``LINKED`` without component: the smaller id under ``id``, the other under ``b``."""
    for batch in batches:
        found = batch.filter(pc.greater_equal(batch["jaccard"], threshold))
        columns = {name: found[name] for name in ("b", "jaccard", "containment_a", "containment_b")}
        yield padded(found.num_rows, {"id": found["a"], **columns})


def gather(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the ``LINKED`` rows of ids that have a component, each with it.

    Takes facts, digests (``TEXTS``), ``LABELS`` and pairs of one id together, sorted by id.
    """
    names = tables.LINKED.names
    for table in whole_groups(batches, "id"):
        starts = starts_of(table["id"])
        sizes = np.diff(starts, append=table.num_rows)
        groups = np.repeat(np.arange(starts.size), sizes)
        component, digest = (_spread(table[name], groups, starts.size) for name in ("component", "digest"))
        told = table.set_column(table.schema.get_field_index("component"), "component", component)
        told = told.set_column(told.schema.get_field_index("digest"), "digest", digest)
        wanted = pc.and_(component.is_valid(), pc.or_(table["key"].is_valid(), table["b"].is_valid()))
        yield from told.filter(wanted).select(names).to_batches()


def _spread(column: pa.ChunkedArray, groups: np.ndarray[Any, Any], n: int) -> pa.Array:
    """Return a column in which each group has everywhere the one value it has somewhere; null where it has none."""
    column = column.combine_chunks()
    there = np.flatnonzero(column.is_valid().to_numpy(zero_copy_only=False))
    rows = np.full(n, -1, dtype=np.int64)
    rows[groups[there]] = there
    places = rows[groups]
    return column.take(pa.array(places, mask=places < 0))


def cluster(rule: KeepRule, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the ``MARKS`` of ``LINKED`` that are sorted by component."""
    rows = (row for table in whole_groups(batches, "component") for row in _marks(table, rule))
    return tables.batches(rows, tables.MARKS, tables.NARROW_ROWS)


def _marks(table: pa.Table, rule: KeepRule) -> Iterator[Row]:
    edges = [*starts_of(table["component"]).tolist(), table.num_rows]
    for start, end in pairwise(edges):
        rows = table.slice(start, end - start).to_pylist()
        members = [Member(*_MEMBER(row)) for row in rows if row["key"] is not None]
        pairs = [Pair(*_PAIR(row)) for row in rows if row["b"] is not None]
        for found in make_clusters(members, pairs, rule):
            yield from _cluster_marks(found)


_MEMBER = itemgetter("id", "key", "digest", "published", "chars", "site")
_PAIR = itemgetter("id", "b", "jaccard", "containment_a", "containment_b")


def _cluster_marks(found: Cluster) -> Iterator[Row]:
    told = {"size": found.size, "min_similarity": found.min_similarity}
    yield {"id": found.keeper, "marked": "kept", "cluster_id": found.id, **told}
    for member in found.duplicates:
        yield {
            "id": member.id,
            "marked": "duplicate",
            "cluster_id": found.id,
            "duplicate_of": member.duplicate_of,
            "similarity": member.similarity,
            "via": member.via,
        }


def clusters_of(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the rows of ``CLUSTERS`` that ``MARKS`` tell of."""
    for batch in batches:
        found = batch.filter(batch["size"].is_valid())
        yield tables.columns(
            tables.CLUSTERS, id=found["cluster_id"], size=found["size"], keeper_id=found["id"],
            min_similarity=found["min_similarity"],
        )  # fmt: skip


#: What articles take over from the cleaned documents; the site and url are those of the article.
_TAKEN = [
    "id", "key", "source", "source_id", "title", "text", "lang", "published", "author", "words", "chars", "raw_chars",
    "ratio_cut", "review", "fetched_at", "status", "reason",
]  # fmt: skip
ARTICLE_COLUMNS = [*_TAKEN, "article_site", "article_url"]
#: Articles before it is known what became of them.
UNDECIDED = pa.schema([pa.field("id", pa.int64()), *(tables.CLEANED.field(name) for name in ARTICLE_COLUMNS[1:])])


def articles_of(first: Ids, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the rows that articles are made of."""
    return number(first, ARTICLE_COLUMNS, batches)


def finish(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the rows of ``ARTICLES`` with what became of them.

    Takes article rows, ``MARKS`` and ``SUPERSEDED`` together, sorted by id.
    """
    for table in whole_groups(batches, "id"):
        starts = starts_of(table["id"])
        groups = np.repeat(np.arange(starts.size), np.diff(starts, append=table.num_rows))
        spread = {name: _spread(table[name], groups, starts.size) for name in _DECIDED}
        newest = spread.pop("newest")
        old = newest.is_valid()
        status = pc.if_else(old, "superseded", pc.coalesce(spread.pop("marked"), table["status"].combine_chunks()))
        reason = pc.if_else(old, OLDER, table["reason"].combine_chunks())
        own = {name: table[name].combine_chunks() for name in _TAKEN if name not in ("status", "reason")}
        own |= {"site": table["article_site"].combine_chunks(), "url": table["article_url"].combine_chunks()}
        batch = tables.columns(tables.ARTICLES, status=status, reason=reason, superseded_by=newest, **own, **spread)
        yield batch.filter(table["key"].combine_chunks().is_valid())


_DECIDED = ("marked", "cluster_id", "duplicate_of", "similarity", "via", "newest")


def cuts_of(first: Ids, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the rows of ``CUTS``: every cut with the characters it took."""
    rows = (row for batch in number(first, ["id", "page", "spans"], batches) for row in batch.to_pylist())
    return tables.batches((cut for row in rows for cut in _cut_rows(row)), tables.CUTS, tables.NARROW_ROWS)


def _cut_rows(row: Row) -> Iterator[Row]:
    if row["spans"]:
        page = unpack_text(row["page"])
        for span in row["spans"]:
            yield {"article_id": row["id"], **span, "text": shown(page[span["start"] : span["end"]])}
