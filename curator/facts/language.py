"""The language of a text, by its byte n-grams."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress, islice

from curator.facts.byte_ngrams import SAME, load_model
from curator.model import Line

#: Read are the longest lines up to this many characters: they tell as much as the whole. With 500, one text in a
#: hundred less is told (bench dumps and snippets).
_MAX_CHARS = 1_000
#: Fewer letters than these are a name or a slogan, not a language.
_MIN_LETTERS = 40
_MIN_PROBABILITY = 0.85


def find_languages(pages: Sequence[tuple[Sequence[Line], str | None]]) -> list[str | None]:
    """Return for each page (lines, named) the ISO 639-1 code of its language, or None where that is not certain.

    What the page says of itself (``named``) counts only where the text points to the same language.
    """
    texts = [_sample(lines) for lines, _ in pages]
    told = [sum(1 for _ in islice(filter(str.isalpha, text), _MIN_LETTERS)) == _MIN_LETTERS for text in texts]
    likely = iter(load_model().most_likely(list(compress(texts, told))))
    return [_certain(next(likely), named) if is_told else None for is_told, (_, named) in zip(told, pages, strict=True)]


def _certain(likely: tuple[str, float] | None, named: str | None) -> str | None:
    if likely is None:
        return None
    found, probability = likely
    own = (named or "").partition("-")[0].lower()
    return found if probability >= _MIN_PROBABILITY or found == SAME.get(own, own) else None


def _sample(lines: Sequence[Line]) -> str:
    """Return the longest lines, in their order, up to the limit: names and numbers stand in short ones."""
    lengths = [len(line.text) for line in lines]
    chosen = []
    n_chars = 0
    # Reversed, sorting keeps lines of one length in their order.
    for i in sorted(range(len(lines)), key=lengths.__getitem__, reverse=True):
        chosen.append(i)
        n_chars += lengths[i]
        if n_chars >= _MAX_CHARS:
            break
    return "\n".join(lines[i].text[:_MAX_CHARS] for i in sorted(chosen))[: 2 * _MAX_CHARS]
