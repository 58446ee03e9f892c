"""Lines that many different articles share: what is left of templates, or of a text that travels in parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from hashlib import blake2b
from typing import NamedTuple

import numpy as np

#: A line of fewer words says little by being shared.
_LEAST_WORDS = 3

#: Articles from which a line counts as shared.
LEAST_ARTICLES = 3

#: 16,777,216 counters (64 MB), of which a line has one: a counter never says less than the articles of its line.
_COUNTER_BITS = 24

Batches = Callable[[], Iterable[tuple[Sequence[int], Sequence[str]]]]


class SharedLine(NamedTuple):
    """A line, as it stands in the article with the smallest id, and the number of articles that share it."""

    articles: int
    text: str
    first_id: int


def _hashes(text: str) -> dict[int, str]:
    """Return the distinct lines of a text by hash; case and spacing apart."""
    found: dict[int, str] = {}
    for line in text.split("\n"):
        words = line.casefold().split()
        if len(words) >= _LEAST_WORDS:
            name = blake2b(" ".join(words).encode("utf-8", "surrogatepass"), digest_size=8).digest()
            found.setdefault(int.from_bytes(name), line.strip())
    return found


def shared_lines(batches: Batches, n: int) -> list[SharedLine]:
    """Return the n lines that most of the articles share, at least ``LEAST_ARTICLES``; reads them twice.

    ``batches`` gives ids and texts, by id. The first reading counts in a table of a fixed size, so that the second
    one needs to remember only lines that may be shared: memory does not grow with lines that stand alone.
    """
    counters = np.zeros(1 << _COUNTER_BITS, dtype=np.uint32)
    for _, texts in batches():
        hashes = np.array([value for text in texts for value in _hashes(text)], dtype=np.uint64)
        np.add.at(counters, hashes >> np.uint64(64 - _COUNTER_BITS), 1)
    counts: Counter[int] = Counter()
    first: dict[int, tuple[str, int]] = {}
    for ids, texts in batches():
        for number, text in zip(ids, texts, strict=True):
            for value, line in _hashes(text).items():
                if counters[value >> (64 - _COUNTER_BITS)] >= LEAST_ARTICLES:
                    counts[value] += 1
                    first.setdefault(value, (line, number))
    ranked = sorted((-count, *first[value]) for value, count in counts.items() if count >= LEAST_ARTICLES)
    return [SharedLine(-count, line, number) for count, line, number in ranked[:n]]
