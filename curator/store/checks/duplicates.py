"""Index, pairs and clusters, each proved from what it is made of."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter

import numpy as np

from curator.cluster import KeepRule, Pair, make_clusters
from curator.cluster.verify import Overlap, overlaps
from curator.errors import StoreError
from curator.index import Index
from curator.signature import Scheme, from_bytes
from curator.signature.shingles import BLANK, shingle, split
from curator.store import duplicates
from curator.store.checks.problem import Problem, proved
from curator.store.read import property_of, texts_of

#: Signatures, and pairs of texts, that are held in memory together.
_SIGNATURES_TOGETHER = 1_000
_PAIRS_TOGETHER = 2_000

#: A share that is computed again may differ by rounding.
_ROUNDING = 1e-9


def stored_scheme(connection: sqlite3.Connection) -> Scheme:
    """Return the signature scheme of a corpus; StoreError where it is damaged."""
    stored = property_of(connection, "scheme")
    return Scheme() if stored is None else Scheme.from_json(stored)


def stored_rule(connection: sqlite3.Connection) -> KeepRule:
    """Return the rule of clusters of a corpus; StoreError where it is damaged."""
    stored = property_of(connection, "keep_rule")
    return KeepRule() if stored is None else KeepRule.from_json(stored)


def check_rules(connection: sqlite3.Connection) -> Iterator[Problem]:
    """Prove that what signatures and clusters are made by can be read."""
    for name, read in (("scheme", stored_scheme), ("keep_rule", stored_rule)):
        try:
            read(connection)
        except StoreError as error:
            yield Problem("rules", name, str(error))


def check_index(connection: sqlite3.Connection) -> Iterator[Problem]:
    """Prove that the index proposes every signed article: it, or a copy of it, stands in all bands.

    By a damaged scheme nothing can be looked up: ``check_rules`` tells that.
    """
    try:
        scheme = stored_scheme(connection)
    except StoreError:
        return
    try:
        yield from _missing(connection, scheme)
    except StoreError as error:
        yield Problem("index", "segments", str(error))


def _missing(connection: sqlite3.Connection, scheme: Scheme) -> Iterator[Problem]:
    index = Index(duplicates.SegmentRows(connection), scheme)
    # A bit of an article, not its digest: of a million articles 1 MB.
    banded = np.zeros(duplicates.greatest_signed(connection) + 1, dtype=np.bool_)
    for rows in duplicates.batches_of_minhashes(connection, _SIGNATURES_TOGETHER):
        ids, digests, rows_of_hashes = zip(*rows, strict=True)
        listed, n_bands = index.entries_of(ids, digests, from_bytes(rows_of_hashes, scheme))
        banded[np.array(ids)[n_bands == scheme.bands]] = True
        for place in np.flatnonzero(~listed).tolist():
            if digests[place] != BLANK:
                yield Problem("index", f"article {ids[place]}", "is not in the index as its signature asks for")
    # What became a copy may stand in some bands still: those that its former text shared with this one.
    for digest, copies in groupby(duplicates.ids_by_digest(connection), itemgetter(0)):
        members = [identity for _, identity in copies]
        if digest != BLANK and not banded[members].any():
            yield Problem("index", f"article {members[0]}", "stands in no band of the index, nor does a copy of it")


def batches_of_pairs(connection: sqlite3.Connection) -> Iterator[tuple[list[Pair], dict[int, str]]]:
    """Yield all stored pairs, some together, with the texts of their articles."""
    for batch in duplicates.batches_of_pairs(connection, _PAIRS_TOGETHER):
        yield batch, texts_of(connection, {number for pair in batch for number in pair[:2]})


def least_jaccard(connection: sqlite3.Connection) -> float:
    """Return the similarity from which pairs are stored; 0 where the rule that says so is damaged."""
    try:
        return stored_rule(connection).floor
    except StoreError:
        return 0.0


def wrong_pairs(pairs: Sequence[Pair], texts: Mapping[int, str], floor: float) -> list[Problem]:
    """Return the pairs that share another part of their texts than they say, or less than ``floor``."""
    whole = {number: text for number, text in texts.items() if isinstance(text, str)}  # others are problems of texts
    return proved(lambda some: _wrong_pairs(some, whole, floor), pairs, lambda pair: f"pairs: {pair.a} {pair.b}")


def _wrong_pairs(pairs: Sequence[Pair], texts: Mapping[int, str], floor: float) -> list[Problem]:
    places = {number: place for place, number in enumerate(texts)}
    # A pair of an article that is not there is a reference without its row.
    some = [pair for pair in pairs if pair.a in places and pair.b in places]
    wanted = np.array([(places[pair.a], places[pair.b]) for pair in some], dtype=np.int64)
    shared = overlaps(wanted, split(shingle(list(texts.values()))))
    return [
        Problem("pairs", f"{pair.a} {pair.b}", f"says {pair.jaccard}, the texts share {overlap.jaccard}")
        for pair, overlap in zip(some, shared, strict=True)
        if pair.jaccard < floor or not _says(pair, overlap)
    ]


def _says(pair: Pair, overlap: Overlap) -> bool:
    shares = (overlap.jaccard, overlap.shared / overlap.size_a, overlap.shared / overlap.size_b)
    return all(abs(said - share) <= _ROUNDING for said, share in zip(pair[2:], shares, strict=True))


def check_clusters(connection: sqlite3.Connection) -> Iterator[Problem]:
    """Prove that clusters and survivors are those that the stored pairs and the rule make.

    By a damaged rule they cannot be made: ``check_rules`` tells that.
    """
    try:
        rule = stored_rule(connection)
    except StoreError:
        return
    members = duplicates.members_of(connection, duplicates.linked_ids(connection, rule.threshold))
    clusters = make_clusters(members, duplicates.all_pairs(connection, rule.threshold), rule)
    for identity in duplicates.wrongly_marked(connection, [member.id for member in members], clusters):
        yield Problem("clusters", f"article {identity}", "is not marked as the stored pairs and the rule ask for")
    for name in duplicates.wrong_clusters(connection, clusters):
        yield Problem("clusters", name, "is not the cluster that the stored pairs and the rule make")
