"""Scraped text -> markup that shows every character of it, the invisible ones as chips."""

from __future__ import annotations

import re
import unicodedata

from markupsafe import Markup, escape

# Controls but tab and line breaks; soft hyphen; joiners, marks, embeddings, isolates; tags; surrogates.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f\ud800-\udfff]"
)
_JOINERS = "\u200c\u200d"
_SHORT = {
    "\u00ad": "SHY",
    "\u200b": "ZWSP",
    "\u200c": "ZWNJ",
    "\u200d": "ZWJ",
    "\u200e": "LRM",
    "\u200f": "RLM",
    "\u202a": "LRE",
    "\u202b": "RLE",
    "\u202c": "PDF",
    "\u202d": "LRO",
    "\u202e": "RLO",
    "\u2066": "LRI",
    "\u2067": "RLI",
    "\u2068": "FSI",
    "\u2069": "PDI",
    "\ufeff": "BOM",
}

#: Letters up to here (Latin) need no joiner: one that stands behind them hides something.
_LAST_LATIN = "\u024f"


def visible(text: str) -> Markup:
    r"""Return text escaped for HTML, each invisible character as a chip with its code point.

    A joiner behind a letter or sign that takes one (Persian, Indic, emoji) is left at work.

    >>> str(visible("a<b")), "RLO" in visible("x\u202ey"), "ZWNJ" in visible("\u0645\u06cc\u200c\u062e")
    ('a&lt;b', True, False)
    """
    parts: list[Markup] = []
    at = 0
    for found in _UNSEEN.finditer(text):
        if found.group() in _JOINERS and found.start() and text[found.start() - 1] > _LAST_LATIN:
            continue
        parts += [escape(text[at : found.start()]), _chip(found.group())]
        at = found.end()
    return Markup("").join([*parts, escape(text[at:])])


def has_unseen(text: str) -> bool:
    """Return whether a text holds characters that would be shown as chips."""
    return _UNSEEN.search(text) is not None


def _chip(char: str) -> Markup:
    code = f"U+{ord(char):04X}"
    name = unicodedata.name(char, "control character")
    return Markup('<span class="unseen" title="{} {}">{}</span>').format(code, name.lower(), _SHORT.get(char, code))


def marked(text: str, opening: str, closing: str) -> Markup:
    r"""Return text as ``visible`` does, with what stands between the two marks highlighted.

    >>> str(marked("a \x02b\x03 c", "\x02", "\x03"))
    'a <mark>b</mark> c'
    """
    parts = []
    for piece in text.split(opening):
        inside, mark, rest = piece.partition(closing)
        parts.append(Markup("<mark>{}</mark>{}").format(visible(inside), visible(rest)) if mark else visible(piece))
    return Markup("").join(parts)
