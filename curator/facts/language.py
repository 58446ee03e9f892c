"""The language of a text, by its byte n-grams."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Protocol

from curator.model import Line

#: Read are the longest lines up to this many characters: they tell as much as the whole, in a third of a millisecond.
_MAX_CHARS = 1_000
#: Fewer letters than these are a name or a slogan, not a language.
_MIN_LETTERS = 40
_MIN_PROBABILITY = 0.9
#: One name for one language: Norwegian is tagged by its written forms, too.
_SAME = {"nb": "no", "nn": "no"}


class _Identifier(Protocol):
    def classify(self, text: str) -> tuple[str, float]: ...


@cache
def _identifier() -> _Identifier:
    """Return the model, loaded once; it is never changed, so a text's language depends on the text alone."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415 - most of a second to load

    identifier: _Identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    return identifier


def find_language(lines: Sequence[Line], named: str | None) -> str | None:
    """Return the ISO 639-1 code of the language that the lines are in, or None where that is not certain.

    What the page says of itself (``named``) counts only where the text points to the same language.
    """
    text = _sample(lines)
    if sum(map(str.isalpha, text)) < _MIN_LETTERS:
        return None
    found, probability = _identifier().classify(text)
    found = _SAME.get(found, found)
    own = (named or "").partition("-")[0].lower()
    if probability >= _MIN_PROBABILITY or found == _SAME.get(own, own):
        return found
    return None


def _sample(lines: Sequence[Line]) -> str:
    """Return the longest lines, in their order, up to the limit: names and numbers stand in short ones."""
    ranked = sorted(range(len(lines)), key=lambda i: (-len(lines[i].text), i))
    chosen = []
    n_chars = 0
    for i in ranked:
        chosen.append(i)
        n_chars += len(lines[i].text)
        if n_chars >= _MAX_CHARS:
            break
    return "\n".join(lines[i].text[:_MAX_CHARS] for i in sorted(chosen))[: 2 * _MAX_CHARS]
