"""Lines -> numbers: what a line, its neighbours and its document look like, whatever the language."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from curator.model import Line
from curator.tagger.characters import (
    BAR,
    BRACKET,
    COLON,
    COMMA,
    DASH,
    DIGIT,
    EMOJI,
    LOWER,
    N_CLASSES,
    QUOTE,
    SPACE,
    SPACED,
    STOP,
    SYMBOL,
    UNSPACED,
    UPPER,
    Characters,
    Floats,
    Hashes,
    Ints,
    read_characters,
)
from curator.tagger.structure import hint_columns
from curator.tagger.windows import after, all_after, all_around, all_before, before, distance_to, run_length, shifted

#: A line of prose has at least this many words and a sentence end: what density counts.
PROSE_WORDS = 10
#: What a line that is no prose costs the main block, in words: ten of them outweigh a paragraph of 40 words.
_OTHER_LINE_PRICE = 4.0
#: Classes that may follow a sentence end, and those that may stand between it and the line's end.
_AFTER_STOP = np.isin(np.arange(N_CLASSES), (SPACE, QUOTE, BRACKET, UNSPACED))
_CLOSING = np.isin(np.arange(N_CLASSES), (QUOTE, BRACKET, SPACE))
#: Words shorter than this say little about the topic.
_TOPIC_CHARS = 5

#: What is averaged over the lines around each line.
_AROUND = ("short", "bullet", "capitalised", "closed", "digits", "gap", "last_ellipsis", "clock", "words")

#: The kind of cuts that only repeat the extractor's verdict.
_VOTE = "extract"

Columns = dict[str, Floats]
AnyNumbers = NDArray[np.floating | np.integer]


def _ratio(part: AnyNumbers, whole: AnyNumbers) -> Floats:
    return np.asarray(part / np.maximum(whole, 1), dtype=np.float32)


def _log(counts: AnyNumbers) -> Floats:
    return np.log1p(counts).astype(np.float32)


def _flag(where: NDArray[np.bool_]) -> Floats:
    return where.astype(np.float32)


def _any_of(codes: NDArray[np.uint32], wanted: str) -> NDArray[np.bool_]:
    """Return where a code is one of a few characters: quicker than np.isin for so few."""
    found = codes == ord(wanted[0])
    for char in wanted[1:]:
        found |= codes == ord(char)
    return np.asarray(found)


def _per_line(chars: Characters, where: NDArray[np.bool_]) -> Floats:
    """Return how many of the words named by where stand in each line."""
    return np.bincount(chars.word_line[where], minlength=len(chars.start)).astype(np.float32)


def _sentence_ends(chars: Characters) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Return sentence ends per line, those inside the line, and whether the line closes with one.

    A stop counts before white space, the line's end, or closing quotes and brackets; not in "3.5" or "www.a.b".
    """
    kinds = chars.kinds
    following = np.full(len(kinds), SPACE, dtype=np.uint8)
    following[:-1] = kinds[1:]
    stop = (kinds == STOP) & _AFTER_STOP[following]
    total = np.concatenate(([0], np.cumsum(stop)))
    ends = total[chars.end] - total[chars.start]
    last = np.maximum(chars.end - 1, 0)
    closing = _CLOSING[kinds[last]] & (chars.end - chars.start > 1)
    last = np.where(closing, np.maximum(last - 1, chars.start), last)
    closed = kinds[last] == STOP
    return ends.astype(np.float32), np.maximum(ends - closed, 0).astype(np.float32), closed


def _shape(chars: Characters) -> Columns:
    """Return length, case, digits and punctuation of each line by itself."""
    counts = chars.counts
    n_words = np.bincount(chars.word_line, minlength=len(chars.start)).astype(np.float32)
    n_chars = (chars.end - chars.start).astype(np.float32)
    letters = counts[:, UPPER] + counts[:, LOWER] + counts[:, SPACED] + counts[:, UNSPACED]
    word_chars = chars.word_chars.astype(np.float32)
    longest = np.zeros(len(chars.start), dtype=np.float32)
    np.maximum.at(longest, chars.word_line, word_chars)
    upper = chars.word_kind == UPPER
    first_upper = _per_line(chars, upper)
    spaced_words = _per_line(chars, chars.word_kind != UNSPACED)
    columns: Columns = {
        "chars": _log(n_chars),
        "words": _log(n_words),
        "words_few": _ratio(np.minimum(n_words, 6), np.full_like(n_words, 6)),
        "words_some": np.clip((n_words - 5) / 15, 0, 1),
        "words_many": np.clip((n_words - 15) / 45, 0, 1),
        "word_chars": _ratio(letters, n_words * 10),
        "longest": _log(longest),
        "upper": _ratio(counts[:, UPPER], letters),
        "digits": _ratio(counts[:, DIGIT], n_chars),
        "uncased": _ratio(counts[:, SPACED], letters),
        "unspaced": _ratio(counts[:, UNSPACED], letters),
        "capitalised": _ratio(first_upper, spaced_words),
        "numbers": _ratio(_per_line(chars, chars.word_kind == DIGIT), n_words),
        "short_lower": _ratio(_per_line(chars, (chars.word_kind == LOWER) & (chars.word_chars <= 3)), n_words),
        "commas": _log(counts[:, COMMA]),
        "commas_per_word": np.minimum(_ratio(counts[:, COMMA], n_words), 1),
        "spaces": _ratio(counts[:, SPACE], n_chars),
    }
    marks = {"colons": COLON, "quotes": QUOTE, "brackets": BRACKET, "dashes": DASH, "bars": BAR, "symbols": SYMBOL}
    columns |= {name: _log(counts[:, kind]) for name, kind in marks.items()}
    columns["emoji"] = _log(counts[:, EMOJI])
    return columns


def _edges(chars: Characters) -> Columns:
    """Return how each line begins and ends."""
    first, last = chars.kinds[chars.start], chars.kinds[np.maximum(chars.end - 1, 0)]
    names = {"upper": UPPER, "lower": LOWER, "digit": DIGIT, "quote": QUOTE, "bar": BAR, "dash": DASH}
    columns = {f"first_{name}": _flag(first == kind) for name, kind in names.items()}
    names = {"letter": LOWER, "digit": DIGIT, "comma": COMMA, "colon": COLON, "bracket": BRACKET, "bar": BAR}
    columns |= {f"last_{name}": _flag(last == kind) for name, kind in names.items()}
    codes = chars.codes
    final = codes[np.maximum(chars.end - 1, 0)]
    dots = (final == ord(".")) & (codes[np.maximum(chars.end - 2, 0)] == ord(".")) & (chars.end - chars.start > 2)
    columns["last_ellipsis"] = _flag((final == ord("…")) | dots)
    columns["last_question"] = _flag(_any_of(final, "?？؟"))
    columns["last_exclaim"] = _flag(_any_of(final, "!！"))
    return columns


def _has(chars: Characters, where: NDArray[np.bool_]) -> Floats:
    total = np.concatenate(([0], np.cumsum(where)))
    return _flag(total[chars.end] > total[chars.start])


def _signs(chars: Characters) -> Columns:
    """Return marks that stand for a time, a year, an address, money, a copyright notice."""
    codes, kinds = chars.codes, chars.kinds
    digit = kinds == DIGIT
    clock = np.zeros(len(codes), dtype=bool)
    clock[1:-1] = digit[:-2] & digit[2:] & _any_of(codes[1:-1], ":./h")
    link = np.zeros(len(codes), dtype=bool)
    link[:-2] = (codes[:-2] == ord(":")) & (codes[1:-1] == ord("/")) & (codes[2:] == ord("/"))
    year = (chars.word_kind == DIGIT) & (chars.word_chars == 4) & _any_of(codes[chars.word_start], "12")
    return {
        "clock": _has(chars, clock),
        "link": _has(chars, link | (codes == ord("@"))),
        "copyright": _has(chars, _any_of(codes, "©®™")),
        "money": _has(chars, _any_of(codes, "€$£%")),
        "hash": _has(chars, codes == ord("#")),
        "year": np.minimum(_per_line(chars, year), 2),
    }


def _starts(keys: Hashes, line_of: Ints, n_lines: int, n_words: int) -> Hashes:
    """Return a hash of the first n_words words of each line."""
    first = np.searchsorted(line_of, np.arange(n_lines))
    total = np.zeros(n_lines, dtype=np.uint64)
    for i in range(n_words):
        at = np.minimum(first + i, max(len(keys) - 1, 0))
        if len(keys):
            inside = (first + i < len(keys)) & (line_of[at] == np.arange(n_lines))
            total = total * np.uint64(31) + np.where(inside, keys[at], np.uint64(7))
    return total


def _times(keys: Hashes) -> Ints:
    """Return how often each key occurs."""
    _, index, counts = np.unique(keys, return_inverse=True, return_counts=True)
    return np.asarray(counts[index], dtype=np.int64)


def _repeats(chars: Characters) -> Columns:
    """Return how often a line, its beginning and its shape recur in the document."""
    n = len(chars.start)
    first_word = np.searchsorted(chars.word_line, np.arange(n))
    position = np.arange(len(chars.word_line)) - first_word[chars.word_line]
    whole = np.zeros(n, dtype=np.uint64)
    np.add.at(whole, chars.word_line, chars.word_hash * (position.astype(np.uint64) * np.uint64(2) + np.uint64(1)))
    times = _times(whole)
    _, first = np.unique(whole, return_index=True)
    earlier = np.ones(n, dtype=np.float32)
    earlier[first] = 0
    form = (chars.word_kind.astype(np.uint64) + np.uint64(1)) * np.uint64(11)
    shape = _starts(form, chars.word_line, n, 4) * np.uint64(64) + np.minimum(
        np.bincount(chars.word_line, minlength=n), 12
    ).astype(np.uint64)
    return {
        "times": _log(times - 1),
        "earlier": earlier,
        "times_start": _log(_times(_starts(chars.word_hash, chars.word_line, n, 2)) - times),
        "times_shape": _log(_times(shape)) / max(np.log1p(n), 1),
        "same_shape_before": _flag(shape == shifted(shape, 1)),
        "same_shape_after": _flag(shape == shifted(shape, -1)),
    }


class Topics:
    """The distinct topic words of each line, for asking how many of them other lines share.

    ``line`` and ``word`` (n_pairs) name each line and word that occur together once; ``size`` counts per line.
    """

    def __init__(self, chars: Characters) -> None:
        """Collect the words of five letters and more, and the character pairs of unspaced scripts."""
        content = (chars.word_chars >= _TOPIC_CHARS) | (chars.word_kind == UNSPACED)
        n_lines = len(chars.start)
        _, words = np.unique(chars.word_hash[content], return_inverse=True)
        self.n_words = int(words.max()) + 1 if len(words) else 0
        # Sorted by hand: np.unique takes three times as long on some thousands of numbers.
        pairs = np.sort(chars.word_line[content] * max(self.n_words, 1) + words)
        pairs = pairs[np.diff(pairs, prepend=-1) > 0]
        self.line = pairs // max(self.n_words, 1)
        self.word = pairs % max(self.n_words, 1)
        self.size = np.bincount(self.line, minlength=n_lines).astype(np.float32)

    def shared(self, weight: Floats) -> tuple[Floats, Floats]:
        """Return per line the share of its topic words that other lines hold, and their mean support.

        ``weight`` (n_lines) says how much a line counts as a holder; a line never supports itself.
        """
        held = np.bincount(self.word, weights=weight[self.line], minlength=self.n_words)
        other = held[self.word] - weight[self.line]
        seen = np.bincount(self.line, weights=np.minimum(other, 1), minlength=len(self.size))
        depth = np.bincount(self.line, weights=np.log1p(np.maximum(other, 0)), minlength=len(self.size))
        return _ratio(seen, self.size), _ratio(depth, self.size)


def _density(prose: Floats, chars: Characters, columns: Columns) -> Columns:
    """Return how much prose, how many short or bulleted lines stand around each line."""
    n_words = np.expm1(columns["words"])
    mass = np.minimum(n_words, 80) * prose
    short = _flag(n_words <= 4)
    found: Columns = {}
    reaches = (1, 3, 8, 20)
    for reach, ahead, behind in zip(reaches, all_before(mass, reaches), all_after(mass, reaches), strict=True):
        found[f"prose_before_{reach}"] = _log(ahead / reach)
        found[f"prose_after_{reach}"] = _log(behind / reach)
    near, far = all_around([short if name == "short" else columns[name] for name in _AROUND], (2, 6))
    for name, close, wide in zip(_AROUND, near, far, strict=True):
        found[f"{name}_around_2"], found[f"{name}_around_6"] = close, wide
    found["words_before"] = shifted(columns["words"], 1)
    found["words_after"] = shifted(columns["words"], -1)
    total = max(float(mass.sum()), 1.0)
    found["prose_share_before"] = ((np.cumsum(mass) - mass) / total).astype(np.float32)
    found["prose_from"], found["prose_to"] = distance_to(prose > 0)
    found["short_run"] = _log(run_length(short > 0))
    found["unclosed_run"] = _log(run_length(columns["closed"] == 0))
    return found


def _main_block(prose: Floats, n_words: Floats, topics: Topics) -> Columns:
    """Return where each line stands to the densest run of prose, and how many of its topic words that run holds.

    The run is the segment with the largest sum of words in prose less a price for every other line.
    """
    at = np.arange(len(prose))
    gain = np.where(prose > 0, np.minimum(n_words, 60), -_OTHER_LINE_PRICE)
    total = np.concatenate(([0.0], np.cumsum(gain)))
    lowest = np.minimum.accumulate(total[:-1])
    stop = int(np.argmax(total[1:] - lowest))
    begin = int(np.argmin(total[: stop + 1]))
    inside = _flag((at >= begin) & (at <= stop))
    share, depth = topics.shared(inside * prose)
    head, _ = topics.shared(_flag((at >= begin) & (at < begin + 3)) * prose)
    return {
        "main_inside": inside,
        "main_from": np.log1p(np.clip(begin - at, 0, 60)).astype(np.float32),
        "main_to": np.log1p(np.clip(at - stop, 0, 60)).astype(np.float32),
        "topic_main": share,
        "topic_main_deep": depth,
        "topic_head": head,
    }


def _document(prose: Floats, columns: Columns) -> Columns:
    """Return the line's place in the document, and the document's style, the same for all its lines."""
    n = len(prose)
    n_words = np.expm1(columns["words"])
    place = np.arange(n, dtype=np.float32)
    styles = {
        "doc_lines": np.log1p(n),
        "doc_words": np.log1p(n_words.sum()),
        "doc_line_words": np.log1p(n_words.mean()),
        "doc_prose": (n_words * prose).sum() / max(n_words.sum(), 1),
        "doc_prose_lines": prose.mean(),
        "doc_short": (n_words <= 4).mean(),
        "doc_bullets": columns["bullet"].mean(),
        "doc_gaps": columns["gap"].mean(),
        "doc_closed": columns["closed"].mean(),
        "doc_continued": columns["continued"].mean(),
    }
    found = {name: np.full(n, value, dtype=np.float32) for name, value in styles.items()}
    found["place"] = np.asarray((place + 0.5) / n)
    found["from_top"] = np.log1p(place)
    found["from_end"] = np.log1p(n - 1 - place)
    found["words_before_share"] = np.asarray((np.cumsum(n_words) - n_words) / max(n_words.sum(), 1), dtype=np.float32)
    return found


def _frame(lines: Sequence[Line], columns: Columns, n_cut: Ints) -> Columns:
    """Return bullets, blank lines and lines cut by rules around each line."""
    gap = np.minimum(np.array([line.gap for line in lines], dtype=np.float32), 3)
    bullet = np.array([line.text != line.bare for line in lines])
    opened = columns["first_lower"] > 0
    unclosed = (columns["closed"] == 0) & (columns["last_colon"] == 0)
    cut_before = np.minimum(n_cut[:-1], 8).astype(np.float32)
    cut_after = np.minimum(n_cut[1:], 8).astype(np.float32)
    return {
        "gap": gap,
        "gap_after": shifted(gap, -1),
        "bullet": _flag(bullet),
        "continued": _flag(opened & (shifted(unclosed.astype(np.float32), 1) > 0)),
        "continues": _flag(unclosed & (shifted(_flag(opened), -1) > 0)),
        "cut_before": np.log1p(cut_before),
        "cut_after": np.log1p(cut_after),
        "cut_before_5": np.log1p(before(cut_before, 5) + cut_before),
        "cut_after_5": np.log1p(after(cut_after, 5) + cut_after),
    }


def open_lines(lines: Sequence[Line], marks: Sequence[str | None] | None) -> tuple[list[int], Ints]:
    """Return the indices of lines that no rule has cut, and how many cut lines stand before each and at the end.

    What only the extractor left out counts as open: its word is a vote that the tagger hears.
    """
    if marks is None:
        return list(range(len(lines))), np.zeros(len(lines) + 1, dtype=np.int64)
    left = [i for i, kind in enumerate(marks) if kind is None or kind == _VOTE]
    edges = np.array([-1, *left, len(lines)], dtype=np.int64)
    return left, np.diff(edges) - 1


def base_columns(lines: Sequence[Line], n_cut: Ints) -> tuple[Columns, Characters, Topics]:
    """Return the named features of lines that no rule has cut, with what later stages read from the text again."""
    chars = read_characters([line.text for line in lines])
    columns = _shape(chars) | _edges(chars) | _signs(chars)
    ends, inner, closed = _sentence_ends(chars)
    columns |= {"ends": _log(ends), "inner_ends": _log(inner), "closed": _flag(closed)}
    columns |= _frame(lines, columns, n_cut) | _repeats(chars)
    n_words = np.expm1(columns["words"])
    prose = _flag((n_words >= PROSE_WORDS) & (ends > 0))
    columns["prose"] = prose
    topics = Topics(chars)
    columns["topic_words"] = _log(topics.size)
    columns["topic_lines"], columns["topic_lines_deep"] = topics.shared(np.ones(len(lines), dtype=np.float32))
    columns["topic_prose"], columns["topic_prose_deep"] = topics.shared(prose)
    columns |= _main_block(prose, n_words, topics) | hint_columns(lines, np.minimum(n_words, 80) * prose)
    return columns | _density(prose, chars, columns) | _document(prose, columns), chars, topics


def features(lines: Sequence[Line], marks: Sequence[str | None] | None = None) -> Floats:
    """Return the features of the lines that no rule has cut: float32, (n_open_lines, n_features).

    ``marks`` names for each line the kind it was cut as by a rule, or None.
    """
    left, n_cut = open_lines(lines, marks)
    if not left:
        return np.zeros((0, 0), dtype=np.float32)
    columns, _, _ = base_columns([lines[i] for i in left], n_cut)
    return np.stack(list(columns.values()), axis=1).astype(np.float32)
