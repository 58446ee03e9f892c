"""Articles that come, go or change -> pairs, clusters and versions that follow from all that are stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

import numpy as np

from curator.cluster import Change, KeepRule, add_documents, make_batch, make_clusters, reach, remove_documents
from curator.index import Index, Listed
from curator.pipeline.corpus_rules import keep_rule_of, scheme_of
from curator.pipeline.progress import Progress, Tell, untold
from curator.settings import Settings
from curator.signature import Scheme, from_bytes, to_rows
from curator.signature.shingles import BLANK
from curator.store import duplicates as rows
from curator.store import read, write
from curator.store.connection import Connection, transaction
from curator.templates import SKETCH_SEED, SKETCH_VALUES, sketch

#: Signatures that are written to a new index together.
_SIGNATURES_TOGETHER = 20_000

#: What ``reason`` says of a version of a url that is not the newest.
OLDER = "a newer version of its url is in the corpus"


class Deduplicator:
    """The near-duplicate index of an open corpus, with the rule of its clusters; not to be used after a rollback."""

    def __init__(self, connection: Connection, scheme: Scheme, rule: KeepRule) -> None:
        self._connection = connection
        self._articles = rows.SignedArticles(connection)
        self._scheme = scheme
        self._rule = rule
        self._open_index()

    def _open_index(self) -> None:
        self._data_version = rows.data_version(self._connection)
        self._index = Index(rows.SegmentRows(self._connection), scheme=self._scheme)

    def renew_index(self, tell: Tell = untold) -> None:
        """Write the index anew, from stored signatures, where too much of it is of articles that changed or left."""
        self._heed_others()
        if self._index.is_bloated(rows.count_signed(self._connection)):
            tell(Progress("writing the index of duplicates anew"))
            self._index.renew(self._all_listed())

    def _all_listed(self) -> Iterator[Listed]:
        # Found in one pass over an index of the table: asked for each article, it takes longer than all the rest.
        firsts = rows.first_ids(self._connection)
        for signed in rows.batches_of_minhashes(self._connection, _SIGNATURES_TOGETHER):
            visible = [row for row in signed if row[1] != BLANK]
            ids = [number for number, _, _ in visible]
            is_first = np.isin(ids, firsts).tolist()
            banded = [(number, minhash) for (number, _, minhash), first in zip(visible, is_first, strict=True) if first]
            values = from_bytes([minhash for _, minhash in banded], self._scheme)
            yield Listed(ids, [digest for _, digest, _ in visible], [number for number, _ in banded], values)

    def _heed_others(self) -> None:
        """Take up what another process wrote: the segments in memory may be gone, and the rule another one."""
        if rows.data_version(self._connection) != self._data_version:
            self._open_index()
            self._rule = KeepRule.from_json(read.property_of(self._connection, "keep_rule") or self._rule.to_json())

    def update(self, joining: Sequence[int], leaving: Sequence[int]) -> None:
        """Bring pairs and clusters up to date with articles that begin or cease to take part."""
        self._heed_others()
        gone, fellows = rows.leave(self._connection, leaving)
        changed = {*joining, *fellows}
        if gone:
            changed |= self._write(remove_documents(self._index, gone, self._articles, self._rule.floor))
        if joining:
            changed |= self._join(joining)
        self.recluster(changed)

    def _join(self, ids: Sequence[int]) -> set[int]:
        texts = read.texts_of(self._connection, ids)
        batch = make_batch(ids, [texts[identity] for identity in ids], self._scheme)
        rows.add_signatures(self._connection, zip(ids, batch.digests, to_rows(batch.minhashes), strict=True))
        return self._write(add_documents(self._index, batch, self._articles, self._rule.floor))

    def _write(self, change: Change) -> set[int]:
        """Write pairs, and return the articles that have one more or less."""
        parted = rows.drop_pairs(self._connection, change.lost)
        rows.add_pairs(self._connection, change.pairs)
        return parted.union(*(pair[:2] for pair in change.pairs))

    def sketches(self, ids: Sequence[int]) -> dict[int, bytes]:
        """Return what learning keeps of the signatures of those of these articles that take part.

        Sketches are signatures of 128 permutations and the first seed: there are none by another scheme.
        """
        if (self._scheme.n_perm, self._scheme.seed) != (SKETCH_VALUES, SKETCH_SEED):
            return {}
        found = self._articles.signatures(ids)
        values = from_bytes([row.minhash for row in found.values()], self._scheme)
        return {identity: sketch(minhash) for identity, minhash in zip(found, values, strict=True)}

    def recluster(self, ids: Iterable[int]) -> None:
        """Cluster anew the whole components around these articles."""
        reached, pairs = reach(ids, partial(rows.pairs_of, self._connection), self._rule)
        members = rows.members_of(self._connection, reached)
        clusters = make_clusters(members, pairs, self._rule)
        rows.write_clusters(self._connection, [member.id for member in members], clusters)


def deduplicator_of(connection: Connection, settings: Settings) -> Deduplicator:
    """Return what keeps the duplicates of a corpus up to date."""
    return Deduplicator(connection, scheme_of(connection, settings), keep_rule_of(connection, settings))


def renew_index(connection: Connection, deduplicator: Deduplicator, tell: Tell = untold) -> None:
    """Write the index of duplicates anew, in one transaction, where a third of it is of articles that changed or left.

    Commands that change or remove articles end with this; one that was killed before it leaves it to the next.
    """
    with transaction(connection):
        deduplicator.renew_index(tell)


def settle(connection: Connection, deduplicator: Deduplicator, new: set[int], urls: Iterable[str]) -> None:
    """Supersede older versions of these urls, then bring the duplicates up to date.

    ``new`` are articles that are not signed yet.
    """
    older, newest = versions(read.versions_of(connection, urls))
    superseded = [version.id for version in older if version.status != "superseded"]
    revived = [version.id for version in newest if version.status == "superseded"]
    deduplicator_leaves = [identity for identity in superseded if identity not in new]
    write.set_status(connection, [(identity, "kept", None) for identity in revived])
    deduplicator.update(sorted(new.difference(superseded) | set(revived)), deduplicator_leaves)
    write.set_status(connection, [(identity, "superseded", OLDER) for identity in superseded])


def settle_waiting(connection: Connection, deduplicator: Deduplicator, n: int) -> None:
    """Settle the versions that an upgrade of the file left, n addresses in a transaction."""
    while addresses := read.unsettled_addresses(connection, n):
        with transaction(connection):
            settle(connection, deduplicator, set(), addresses)
            write.settle_addresses(connection, addresses)


def versions(found: Iterable[read.Version]) -> tuple[list[read.Version], list[read.Version]]:
    """Return the older versions and the newest one of each url; rejected ones neither supersede nor are superseded."""
    by_url: dict[str, list[read.Version]] = {}
    for version in found:
        if version.status != "rejected":
            by_url.setdefault(version.url, []).append(version)
    older, newest = [], []
    for group in by_url.values():
        *old, last = sorted(group, key=lambda version: (version.fetched_at or "", version.published or "", version.key))
        older.extend(old)
        newest.append(last)
    return older, newest
