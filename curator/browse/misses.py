"""What a rule cut and lines that were kept -> the kept lines that look most like what was cut."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from curator.page.fold import fold

#: Longer lines are sentences: that they share words with a cut says nothing.
_MOST_WORDS = 12
_MOST_CHARS = 120

#: Below this share of common words two short lines are hardly of one sort.
_LEAST_LIKENESS = 0.5
_MOST_MISSES = 12


class Miss(NamedTuple):
    """A kept line, the article it stands in, and the cut text it is most like: Jaccard of their words, 0..1."""

    article_id: int
    text: str
    cut: str
    likeness: float


def nearest_misses(cuts: Sequence[str], texts: Iterable[tuple[int, str]]) -> list[Miss]:
    r"""Return the short kept lines that share most words with short texts that were cut, each line once.

    ``texts`` are (article id, kept text). Case, punctuation and digits do not count.

    >>> nearest_misses(["Mein Konto"], [(7, "Mein neues Konto\nDie Stadt baut eine Brücke.")])[0][:3]
    (7, 'Mein neues Konto', 'Mein Konto')
    """
    words = {cut: found for cut in cuts if (found := _words(cut))}
    holders: dict[str, list[str]] = {}
    for cut, found in words.items():
        for word in found:
            holders.setdefault(word, []).append(cut)
    misses: dict[str, Miss] = {}
    for identity, text in texts:
        for line in text.splitlines():
            miss = _nearest(line.strip(), identity, words, holders)
            if miss and miss.text not in misses:
                misses[miss.text] = miss
    return sorted(misses.values(), key=lambda miss: (-miss.likeness, miss.text))[:_MOST_MISSES]


def _words(text: str) -> frozenset[str]:
    """Return the words of a short text, nothing of a long one; numbers, which all fold alike, are no words."""
    if len(text) > _MOST_CHARS or not any(map(str.isalpha, text)):
        return frozenset()
    words = [word for word in fold(text).split() if any(map(str.isalpha, word))]
    return frozenset(words) if len(words) <= _MOST_WORDS else frozenset()


def _nearest(line: str, identity: int, words: dict[str, frozenset[str]], holders: dict[str, list[str]]) -> Miss | None:
    mine = _words(line)
    shared = Counter(cut for word in mine for cut in holders.get(word, ()))
    best = max(((n / len(mine | words[cut]), cut) for cut, n in shared.items()), default=(0.0, ""))
    return Miss(identity, line, best[1], best[0]) if best[0] >= _LEAST_LIKENESS else None
