"""Bands that very many texts share: who is compared with whom, whatever order they came in.

Of a band with more than 128 distinct texts (``index.lsh.CROWD``) the 128 of the smallest digests represent it: they are
compared with all, the others only with them. Which texts those are is a function of the set, so a text that comes may
take a representative's place, and one that goes may leave it to the next; both change pairs of texts that were there
before, and both are rare: among n texts a new one is among the first 128 with probability 128 / n.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from typing import NamedTuple

from curator.index.lsh import CROWD

Digests = Iterable[bytes]


class Crowd(NamedTuple):
    """The distinct texts that share a band, by digest, with the id of a document that has the text."""

    members: Mapping[bytes, int]

    def representatives(self, *, without: Set[bytes] = frozenset(), beside: Digests = ()) -> set[bytes]:
        """Return the texts that represent the crowd, or would, without some or with others beside them.

        >>> sorted(Crowd({b"b": 1, b"a": 2}).representatives(without={b"a"}, beside=[b"c"]))
        [b'b', b'c']
        """
        return set(sorted({*self.members, *beside} - without)[:CROWD])

    def partners(self, asked: Digests) -> list[tuple[int, int]]:
        """Return the pairs of documents to be compared for these members' sake, the smaller id first."""
        speakers = self.representatives()
        pairs: list[tuple[int, int]] = []
        for one in asked:
            others = self.members if one in speakers else speakers
            pairs.extend(_ordered(self.members[one], self.members[other]) for other in others if other != one)
        return pairs

    def parted(self, new: Set[bytes]) -> dict[bytes, set[bytes]]:
        """Return who lost their place as representatives to new members, and the texts that each spoke to as such."""
        speakers = self.representatives()
        lost = self.representatives(without=new) - speakers
        silent = self.members.keys() - speakers - new
        return {one: silent - {one} for one in lost}

    def risen(self, gone: Digests) -> set[bytes]:
        """Return who represents the crowd now that these are gone, and did not before."""
        return self.representatives() - self.representatives(beside=gone)


def _ordered(one: int, other: int) -> tuple[int, int]:
    return (one, other) if one < other else (other, one)
