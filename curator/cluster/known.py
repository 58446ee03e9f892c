"""The documents at hand and those of the corpus, looked up by id."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from curator.cluster.records import Batch, Documents
from curator.signature.hashing import Int64, UInt32, UInt64
from curator.signature.minhash import from_bytes
from curator.signature.scheme import Scheme
from curator.signature.shingles import shingle, split


class Known:
    """What is known of documents that take part: those of a batch, which may not be in the corpus yet, and all others.

    ``floor`` is the least Jaccard similarity of a pair of them.
    """

    def __init__(self, documents: Documents, batch: Batch, scheme: Scheme, floor: float) -> None:
        self.floor = floor
        self._documents, self._batch, self._scheme = documents, batch, scheme
        self._rows = {number: row for row, number in enumerate(batch.ids)}
        self._digests: dict[int, bytes] = {}

    @property
    def own_ids(self) -> Iterable[int]:
        """The documents of the batch."""
        return self._rows.keys()

    def digests(self, ids: Iterable[int]) -> dict[int, bytes]:
        """Return the digests of those of the ids that take part, by id; each is looked up once."""
        wanted = set(ids)
        if missing := wanted - self._rows.keys() - self._digests.keys():
            self._digests |= {number: row.digest for number, row in self._documents.signatures(sorted(missing)).items()}
        rows = self._rows
        own = {number: self._batch.digests[rows[number]] for number in wanted if number in rows}
        return {number: self._digests[number] for number in wanted if number in self._digests} | own

    def rows(self, ids: Int64) -> tuple[Int64, list[bytes], UInt32]:
        """Return those of sorted, distinct ids that take part, with their digests and signatures row by row."""
        numbers = ids.tolist()
        own = np.array([self._rows.get(number, -1) for number in numbers], dtype=np.int64)
        others = [number for number in numbers if number not in self._rows]
        found = self._documents.signatures(others) if others else {}
        matrix = np.empty((ids.size, self._scheme.n_perm), dtype=np.uint32)
        matrix[own >= 0] = self._batch.minhashes[own[own >= 0]]
        there = np.array([number in found for number in numbers], dtype=np.bool_)
        matrix[there] = from_bytes([found[number].minhash for number in numbers if number in found], self._scheme)
        digests = self._batch.digests
        known = [
            digests[row] if row >= 0 else found[number].digest
            for number, row in zip(numbers, own.tolist(), strict=True)
            if row >= 0 or number in found
        ]
        part = (own >= 0) | there
        return ids[part], known, matrix[part]

    def matrix(self, ids: Sequence[int]) -> UInt32:
        """Return the signatures of these ids, which take part, in their order: shape (n_ids, n_perm)."""
        wanted = np.array(ids, dtype=np.int64)
        order = np.argsort(wanted, kind="stable")
        found = np.empty((wanted.size, self._scheme.n_perm), dtype=np.uint32)
        found[order] = self.rows(wanted[order])[2]
        return found

    def shingles(self, ids: Sequence[int]) -> list[UInt64]:
        """Return the shingle hashes of each of these ids, which take part; reads the texts of the corpus only."""
        found: dict[int, UInt64] = {}
        own = self._batch.shingles
        if own is not None:
            starts = own.starts
            rows = {number: self._rows[number] for number in ids if number in self._rows}
            found = {number: own.hashes[starts[row] : starts[row + 1]] for number, row in rows.items()}
        texts = self._texts([number for number in ids if number not in found])
        found |= zip(texts, split(shingle(list(texts.values()))), strict=True)
        return [found[number] for number in ids]

    def _texts(self, ids: Sequence[int]) -> dict[int, str]:
        found = dict(self._documents.texts([number for number in ids if number not in self._rows]))
        return found | {number: self._batch.texts[self._rows[number]] for number in ids if number in self._rows}
