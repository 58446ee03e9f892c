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
_MIN_PROBABILITY = 0.85
#: Forms of one language that the model tells apart, and the name they go by.
_SAME = {"nb": "no", "nn": "no", "ary": "ar", "arz": "ar", "als": "de", "bar": "de", "yue": "zh", "wuu": "zh"}
#: Languages behind the first that may be forms of it.
_N_RANKED = 4


class _Identifier(Protocol):
    def rank(self, text: str) -> list[tuple[str, float]]: ...


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
    ranked = [(_SAME.get(lang, lang), probability) for lang, probability in _identifier().rank(text)[:_N_RANKED]]
    found = ranked[0][0]
    probability = sum(share for lang, share in ranked if lang == found)
    own = (named or "").partition("-")[0].lower()
    return found if probability >= _MIN_PROBABILITY or found == _SAME.get(own, own) else None


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
