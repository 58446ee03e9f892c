"""Signatures, index, pairs and clusters, each proved from what it is made of, down to the texts."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import numpy as np

from curator.cluster import KeepRule, Pair, make_clusters
from curator.cluster.verify import Overlap, overlaps
from curator.errors import StoreError
from curator.index import Index
from curator.signature import Scheme, from_bytes, sign, to_rows
from curator.signature.shingles import BLANK, shingle, split
from curator.store import duplicates
from curator.store.checks.problem import Problem
from curator.store.read import property_of, texts_of

#: Texts, and pairs of texts, that are held in memory together.
_TEXTS_TOGETHER = 1_000
_PAIRS_TOGETHER = 2_000

#: A share that is computed again may differ by rounding.
_ROUNDING = 1e-9


def check_signatures(connection: sqlite3.Connection) -> Iterator[Problem]:
    """Prove that every signature is that of its text."""
    scheme = _scheme(connection)
    for rows in duplicates.batches_of_signed(connection, _TEXTS_TOGETHER):
        fresh = sign([text for _, text, _, _ in rows], scheme)
        for (identity, _, *stored), *made in zip(rows, fresh.digests, to_rows(fresh.minhashes), strict=True):
            if stored != made:
                yield Problem("signatures", f"article {identity}", "has a signature that is not that of its text")


def _scheme(connection: sqlite3.Connection) -> Scheme:
    stored = property_of(connection, "scheme")
    return Scheme() if stored is None else Scheme.from_json(stored)


def check_index(connection: sqlite3.Connection) -> Iterator[Problem]:
    """Prove that the index proposes every signed article: it, or a copy of it, stands in all bands."""
    try:
        yield from _missing(connection)
    except StoreError as error:
        yield Problem("index", "segments", str(error))


def _missing(connection: sqlite3.Connection) -> Iterator[Problem]:
    scheme = _scheme(connection)
    index = Index(duplicates.SegmentRows(connection), scheme)
    banded: set[bytes] = set()
    first: dict[bytes, int] = {}
    for rows in duplicates.batches_of_signed(connection, _TEXTS_TOGETHER):
        ids, _, digests, rows_of_hashes = zip(*rows, strict=True)
        listed, n_bands = index.entries_of(ids, digests, from_bytes(rows_of_hashes, scheme))
        for identity, digest, is_listed, n in zip(ids, digests, listed.tolist(), n_bands.tolist(), strict=True):
            if digest == BLANK:
                continue
            first.setdefault(digest, identity)
            # What became a copy may stand in some bands still: those that its former text shared with this one.
            if not is_listed:
                yield Problem("index", f"article {identity}", "is not in the index as its signature asks for")
            if n == scheme.bands:
                banded.add(digest)
    for digest in first.keys() - banded:
        yield Problem("index", f"article {first[digest]}", "stands in no band of the index, nor does a copy of it")


def check_pairs(connection: sqlite3.Connection) -> Iterator[Problem]:
    """Prove that each stored pair shares as much as it says, by the texts themselves."""
    floor = _rule(connection).floor
    for batch in duplicates.batches_of_pairs(connection, _PAIRS_TOGETHER):
        texts = texts_of(connection, {number for pair in batch for number in pair[:2]})
        places = {number: place for place, number in enumerate(texts)}
        # A pair of an article that is not there is a reference without its row.
        some = [pair for pair in batch if pair.a in places and pair.b in places]
        wanted = np.array([(places[pair.a], places[pair.b]) for pair in some], dtype=np.int64)
        for pair, overlap in zip(some, overlaps(wanted, split(shingle(list(texts.values())))), strict=True):
            if pair.jaccard < floor or not _says(pair, overlap):
                found = f"says {pair.jaccard}, the texts share {overlap.jaccard}"
                yield Problem("pairs", f"{pair.a} {pair.b}", found)


def _says(pair: Pair, overlap: Overlap) -> bool:
    shares = (overlap.jaccard, overlap.shared / overlap.size_a, overlap.shared / overlap.size_b)
    return all(abs(said - share) <= _ROUNDING for said, share in zip(pair[2:], shares, strict=True))


def _rule(connection: sqlite3.Connection) -> KeepRule:
    stored = property_of(connection, "keep_rule")
    return KeepRule() if stored is None else KeepRule.from_json(stored)


def check_clusters(connection: sqlite3.Connection) -> Iterator[Problem]:
    """Prove that clusters and survivors are those that the stored pairs and the rule make."""
    rule = _rule(connection)
    members = duplicates.members_of(connection, duplicates.linked_ids(connection, rule.threshold))
    clusters = make_clusters(members, duplicates.all_pairs(connection, rule.threshold), rule)
    for identity in duplicates.wrongly_marked(connection, [member.id for member in members], clusters):
        yield Problem("clusters", f"article {identity}", "is not marked as the stored pairs and the rule ask for")
    for name in duplicates.wrong_clusters(connection, clusters):
        yield Problem("clusters", name, "is not the cluster that the stored pairs and the rule make")
