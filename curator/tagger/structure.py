"""Hints of HTML lines -> numbers: tags, links, classes, and what extractor, JSON-LD and description vote."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np

from curator.model import Hints, Line
from curator.tagger.characters import UNSPACED, Floats, Hashes, Ints, read_characters
from curator.tagger.windows import Spans, Totals, beside, gaps_to, spans_of

#: A line shows the nearest class and id words: its own element's first, then those of the elements around it.
N_CLASS_WORDS = 12
GROUPS = (N_CLASS_WORDS, N_CLASS_WORDS)
#: Class words must not be taken for words of the text.
_CLASS, _CLASS_STEM = np.uint64(0xC1A55), np.uint64(0xC1A55E)
_ZERO = np.uint64(0)

_TAGS = {
    "p": "p", "li": "li", "td": "td", "th": "td", "div": "div", "blockquote": "blockquote", "figcaption": "figcaption",
    "figure": "figcaption", "nav": "nav", "footer": "footer", "aside": "aside", "header": "header",
    "section": "section", "article": "section", "main": "section", "dd": "dd", "dt": "dd", "pre": "pre",
}  # fmt: skip
_TAG_NAMES = tuple(sorted(set(_TAGS.values())))
_TAG_NUMBERS = {tag: _TAG_NAMES.index(name) for tag, name in _TAGS.items()}

Columns = dict[str, Floats]
_Value = TypeVar("_Value", str, int)


_VOTES: Mapping[bool | None, int] = {None: 0, True: 1, False: -1}


def _known(votes: Sequence[bool | None]) -> tuple[Floats, Floats]:
    """Return 1 where there is a vote, and the vote: 1 for, -1 against, 0 for none."""
    found = np.array(list(map(_VOTES.__getitem__, votes)), dtype=np.float32)
    return np.abs(found), found


def _votes(hints: Sequence[Hints], spans: Spans) -> Columns:
    """Return what extractor, JSON-LD and description say of each line and of those around it."""
    columns: Columns = {}
    for name, votes in (
        ("extracted", [hint.extracted for hint in hints]),
        ("in_body", [hint.in_article_body for hint in hints]),
    ):
        columns[f"{name}_known"], columns[name] = _known(votes)
        near, far = Totals(columns[name][None], spans).around(slice(None), (1, 4))
        columns[f"{name}_around_1"], columns[f"{name}_around_4"] = near[0], far[0]
        columns[f"{name}_from"], columns[f"{name}_to"] = np.log1p(gaps_to(columns[name] > 0, spans))
        columns[f"{name}_share"] = np.full(len(hints), (columns[name] > 0).mean(), dtype=np.float32)
    columns["in_description"] = np.array([hint.in_description for hint in hints], dtype=np.float32)
    return columns


def _numbered(values: Sequence[_Value]) -> tuple[Ints, list[_Value]]:
    """Return the place of each value among the different ones in their order, and these.

    Beyond a document stands a 0, as for lines of the first value: the network was taught with that.

    >>> _numbered(["b", "a", "b"])
    (array([1, 0, 1]), ['a', 'b'])
    """
    ordered = sorted(set(values))
    place = {value: i for i, value in enumerate(ordered)}
    return np.array([place[value] for value in values], dtype=np.int64), ordered


def _places(hints: Sequence[Hints], mass: Floats, spans: Spans) -> Columns:
    """Return links, headings, tags, and how much of the page's prose stands in elements like the line's own.

    ``mass`` is the number of words of each line of prose, 0 for other lines.
    """
    link = np.array([hint.link_density for hint in hints], dtype=np.float32)
    depth = np.array([hint.depth for hint in hints], dtype=np.float32)
    heading = np.array([hint.heading for hint in hints], dtype=np.float32)
    tags = [_TAG_NUMBERS.get(hint.tag, -1) for hint in hints]
    total = max(float(mass.sum()), 1.0)
    near, far = Totals(link[None], spans).around(slice(None), (2, 6))
    one_of = (np.array(tags, dtype=np.int64) == np.arange(len(_TAG_NAMES))[:, None]).astype(np.float32)
    columns = dict(zip((f"tag_{name}" for name in _TAG_NAMES), one_of, strict=True))
    columns |= {
        "link_density": link,
        "link_around_2": near[0],
        "link_around_6": far[0],
        "depth": np.log1p(depth),
        "depth_from_prose": np.clip(depth - float((depth * mass).sum()) / total, -8, 8),
        "heading_1": (heading == 1).astype(np.float32),
        "heading_2": ((heading == 2) | (heading == 3)).astype(np.float32),
        "heading_4": (heading > 3).astype(np.float32),
    }
    place, _ = _numbered([f"{hint.tag} {hint.depth} {hint.classes}" for hint in hints])
    level, _ = _numbered([hint.depth for hint in hints])
    columns["same_before"] = (place == beside(place, 1, spans)).astype(np.float32)
    columns["same_after"] = (place == beside(place, -1, spans)).astype(np.float32)
    columns["prose_in_place"] = (np.bincount(place, weights=mass)[place] / total).astype(np.float32)
    columns["prose_at_depth"] = (np.bincount(level, weights=mass)[level] / total).astype(np.float32)
    return columns


def hint_columns(lines: Sequence[Line], mass: Floats) -> Columns:
    """Return the named features that hints add to a document's lines; empty where a line has none, as in text dumps."""
    hints = [line.hints for line in lines if line.hints is not None]
    if len(hints) < len(lines):
        return {}
    spans = spans_of([len(lines)])
    found = _votes(hints, spans) | _places(hints, mass, spans)
    return {name: np.asarray(values, dtype=np.float32) for name, values in found.items()}


def class_keys(lines: Sequence[Line]) -> Hashes:
    """Return the hashes of class and id words and of their stems: (n_lines, 2 * N_CLASS_WORDS), 0 in empty slots."""
    # Most lines share their classes with others: each string is read once.
    which, strings = _numbered([f"{line.hints.tag} {line.hints.classes}" if line.hints else "-" for line in lines])
    chars = read_characters([str(text).replace("\n", " ") for text in strings])
    first, stop = chars.first_word[:-1], chars.first_word[1:]
    at: Ints = first[:, None] + np.arange(N_CLASS_WORDS)
    inside = at < stop[:, None]
    at = np.clip(at, 0, max(len(chars.word_line) - 1, 0))
    keys = np.zeros((len(strings), 2 * N_CLASS_WORDS), dtype=np.uint64)
    if len(chars.word_hash):
        inside &= chars.word_kind[at] != UNSPACED
        keys[:, :N_CLASS_WORDS] = np.where(inside, chars.word_hash[at] ^ _CLASS, _ZERO)
        keys[:, N_CLASS_WORDS:] = np.where(inside, chars.stem_hash[at] ^ _CLASS_STEM, _ZERO)
    keys >>= np.uint64(32)
    return keys.take(which, axis=0)
