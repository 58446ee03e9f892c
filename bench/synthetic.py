"""Made-up news texts with planted near-duplicates, the same for the same seed.

Words follow Zipf's law over a made-up vocabulary between real function words, so that unrelated texts share about
as few 5-word shingles as real ones do. Nothing here is anybody's text.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import accumulate

_GRAMMAR = (
    "the of and to in a that is was for on with as by at from it his her which be are this has had not but they"
    " were said who their after would will been one also more over than new two when its other about into out"
)
_CLUTTER = (
    "read more about this topic sign up for our newsletter and get the best stories every morning share this article"
    " with your friends follow us on all networks weather today cloudy with sunny spells and a light wind from the west"
)
_ONSETS = "b br c ch d dr f fl g gr h j k kl l m n p pl qu r s sch st t tr v w z"
_NUCLEI = "a ai au e ea ei i ia o oi ou u ue"
_CODAS = "b ck d g l ll m n nd ng r rd rn s st t th x"
FUNCTION_WORDS, CLUTTER, ONSETS, NUCLEI, CODAS = (
    tuple(words.split()) for words in (_GRAMMAR, _CLUTTER, _ONSETS, _NUCLEI, _CODAS)
)
KINDS = ("edit", "drop", "clutter", "cut", "same")


def vocabulary(n: int, rng: random.Random) -> list[str]:
    """Return n distinct made-up words of one to four syllables."""
    words: dict[str, None] = {}
    while len(words) < n:
        parts = rng.choices((1, 2, 3, 4), weights=(2, 6, 5, 2))[0]
        words["".join(rng.choice(ONSETS) + rng.choice(NUCLEI) + rng.choice((*CODAS, "")) for _ in range(parts))] = None
    return list(words)


class Writer:
    """Writes texts of about 25 sentences in paragraphs."""

    def __init__(self, seed: int, n_words: int = 30_000) -> None:
        self._rng = random.Random(seed)
        self._words = vocabulary(n_words, self._rng)
        self._weights = list(accumulate(1 / (rank + 8) for rank in range(n_words)))

    def sentence(self) -> str:
        """Return a sentence of 8 to 26 words, half of them function words."""
        n = self._rng.randint(8, 26)
        content = self._rng.choices(self._words, cum_weights=self._weights, k=n)
        grammar = self._rng.choices(FUNCTION_WORDS, k=n)
        words = [word if self._rng.random() < 0.55 else small for word, small in zip(content, grammar, strict=True)]
        return " ".join(words).capitalize() + "."

    def text(self) -> str:
        """Return a text of 4 to 12 paragraphs."""
        paragraphs = self._rng.randint(4, 12)
        return "\n".join(" ".join(self.sentence() for _ in range(self._rng.randint(2, 4))) for _ in range(paragraphs))

    def variant(self, text: str) -> str:
        """Return a text that another outlet might have made of this one."""
        kind = self._rng.choice(KINDS)
        if kind == "edit":
            words = text.split(" ")
            for _ in range(int(len(words) * self._rng.uniform(0.002, 0.08))):
                words[self._rng.randrange(len(words))] = self._rng.choice(self._words)
            return " ".join(words)
        if kind == "drop":
            paragraphs = text.split("\n")
            kept = [paragraph for paragraph in paragraphs if self._rng.random() > 0.2]
            return "\n".join(kept or paragraphs[:1])
        if kind == "clutter":
            words = [self._rng.choice(CLUTTER) for _ in range(self._rng.randint(10, 120))]
            return text + "\n" + " ".join(words)
        if kind == "cut":
            return text[: int(len(text) * self._rng.uniform(0.5, 0.97))]
        return text.upper()


def texts(n: int, seed: int = 1, ratio_variants: float = 0.2) -> Iterator[str]:
    """Yield n texts, of which about that share are variants of one of the 2,000 texts before."""
    writer = Writer(seed)
    rng = random.Random(seed + 1)
    recent: list[str] = []
    for _ in range(n):
        text = writer.variant(rng.choice(recent)) if recent and rng.random() < ratio_variants else writer.text()
        if len(recent) < 2_000:
            recent.append(text)
        else:
            recent[rng.randrange(2_000)] = text
        yield text
