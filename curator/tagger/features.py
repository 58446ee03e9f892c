"""Lines -> numbers: what a line, its neighbours and its document look like, whatever the language.

The lines of many documents are read at once: most of the time goes into calls of numpy, however few lines they get.
What sums over lines stops at a document's bounds, so its numbers do not depend on the documents beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

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
    Ints,
    read_characters,
)
from curator.tagger.recurrence import Topics, repeats
from curator.tagger.structure import hint_columns
from curator.tagger.windows import Spans, Totals, beside, gaps_to, run_lengths, running, spans_of, sums

#: A line of prose has at least this many words and a sentence end: what density counts.
PROSE_WORDS = 10
#: What a line that is no prose costs the main block, in words: ten of them outweigh a paragraph of 40 words.
_OTHER_LINE_PRICE = 4.0
#: Classes that may follow a sentence end, and those that may stand between it and the line's end.
_AFTER_STOP = np.isin(np.arange(N_CLASSES), (SPACE, QUOTE, BRACKET, UNSPACED))
_CLOSING = np.isin(np.arange(N_CLASSES), (QUOTE, BRACKET, SPACE))

#: The kind of cuts that only repeat the extractor's verdict.
_VOTE = "extract"
#: What stands in place of a kind where rules only propose to cut a line.
PROPOSED = "proposed"

#: Kinds of which a line cut by a rule tells what comes after it: "3 comments", "Read also".
_ANNOUNCING = ("comments", "related")
_TOLD = (PROPOSED, *(f"{kind}_{name}" for kind in _ANNOUNCING for name in ("above", "below", "since")))

AnyNumbers = NDArray[np.floating | np.integer]
Columns = dict[str, Floats]

_LOGGED = {"commas": COMMA, "colons": COLON, "quotes": QUOTE, "brackets": BRACKET, "dashes": DASH, "bars": BAR,
           "symbols": SYMBOL, "emoji": EMOJI}  # fmt: skip
_FIRST = {"upper": UPPER, "lower": LOWER, "digit": DIGIT, "quote": QUOTE, "bar": BAR, "dash": DASH}
_LAST = {"letter": LOWER, "digit": DIGIT, "comma": COMMA, "colon": COLON, "bracket": BRACKET, "bar": BAR}
_FIRST_NAMES, _LAST_NAMES = [f"first_{name}" for name in _FIRST], [f"last_{name}" for name in _LAST]
_FIRST_KINDS, _LAST_KINDS = (np.array(list(kinds.values()), np.uint8)[:, None] for kinds in (_FIRST, _LAST))
#: Signs at the end of a line that tell of it, and the numbers they and a full stop go by.
_FINAL = {"last_ellipsis": "…", "last_question": "?？؟", "last_exclaim": "!！"}
_FINAL_NUMBERS, _DOT = np.arange(1, len(_FINAL) + 1, dtype=np.uint8)[:, None], len(_FINAL) + 1
#: Words counted apart, in places of classes that no word begins with: short ones in small letters, years.
_SHORT_LOWER, _YEAR, _N_TALLIES = SPACE, STOP, STOP + 1
_REACHES, _CUT_REACH = (1, 3, 8, 20), 5
#: The rows that are summed up before and after each line, and from where to where: prose at each reach, cut lines.
_SUM_ROWS = np.array((*([0] * 2 * len(_REACHES)), 1, 2))
_SUM_BEGIN = np.array([-reach for reach in _REACHES] + [1] * len(_REACHES) + [-_CUT_REACH, 1])
_SUM_END = np.array([0] * len(_REACHES) + [reach + 1 for reach in _REACHES] + [0, 1 + _CUT_REACH])
_REACHES_IN_LINES = np.array(_REACHES * 2, dtype=np.float32)[:, None]
#: What is averaged over the lines around each line.
_AROUND = ("short", "bullet", "capitalised", "closed", "digits", "gap", "last_ellipsis", "clock", "words")
#: Shares of a line's letters (0), characters (1), words (2), tenfold words (3), words with spaces between them (4).
#: Behind the commas stands how full of words a line is.
_SHARES = ("upper", "uncased", "unspaced", "digits", "spaces", "numbers", "short_lower", "commas_per_word",
           "words_few", "words_some", "words_many", "word_chars", "capitalised")  # fmt: skip
_WHOLE_OF, _COMMAS = (0, 0, 0, 1, 1, 2, 2, 2, 3, 4), _SHARES.index("commas_per_word")
#: From how many words on a line has some, and how many more make it full.
_LEAST_WORDS, _MORE_WORDS = (np.array(words, np.float32)[:, None] for words in ((0, 5, 15), (6, 15, 45)))
_SUMMED = (*(f"prose_{side}_{reach}" for side in ("before", "after") for reach in _REACHES),
           "cut_before", "cut_after", "cut_before_5", "cut_after_5", "topic_words")  # fmt: skip
#: What a line may hold, with the signs that tell so by themselves.
_SIGNS = {"clock": "", "link": "@", "copyright": "©®™", "money": "€$£%", "hash": "#"}
_STYLES = ("doc_lines", "doc_words", "doc_line_words", "doc_prose", "doc_prose_lines", "doc_short", "doc_bullets",
           "doc_gaps", "doc_closed", "doc_continued")  # fmt: skip


def _table(groups: Iterable[str]) -> NDArray[np.uint8]:
    """Return for each character up to U+FFFF the number, from 1, of the group of signs that it is one of, or 0."""
    table = np.zeros(0x10000, dtype=np.uint8)
    for number, signs in enumerate(groups, 1):
        table[[ord(sign) for sign in signs]] = number
    return table


_SIGN_OF, _FINAL_OF, _IN_CLOCK = _table(_SIGNS.values()), _table([*_FINAL.values(), "."]), _table([":./h"])


def _rows(*rows: Floats) -> Floats:
    """Return rows below each other: quicker than np.stack for many short ones."""
    return np.concatenate(rows).reshape(len(rows), -1)


def _ratio(part: AnyNumbers, whole: AnyNumbers) -> Floats:
    return np.asarray(part / np.maximum(whole, 1), dtype=np.float32)


def _within(values: AnyNumbers, most: int) -> AnyNumbers:
    """Return values no lower than 0 and no higher than ``most``: what np.clip does in twice the time."""
    return np.minimum(np.maximum(values, 0), most)


def _tallied(chars: Characters) -> Floats:
    """Return how many words of each line begin with a character of each class: (_N_TALLIES, n_lines)."""
    kinds = chars.word_kind.astype(np.int64)
    kinds[(kinds == LOWER) & (chars.word_chars <= 3)] = _SHORT_LOWER
    four = ((kinds == DIGIT) & (chars.word_chars == 4)).nonzero()[0]
    begun = chars.codes.take(chars.word_start.take(four))
    kinds[four[(begun == ord("1")) | (begun == ord("2"))]] = _YEAR
    n_lines = len(chars.start)
    found = np.bincount(chars.word_line * _N_TALLIES + kinds, minlength=n_lines * _N_TALLIES)
    return np.ascontiguousarray(found.reshape(n_lines, _N_TALLIES).T, dtype=np.float32)


def _longest(chars: Characters, n_words: Floats) -> Floats:
    longest = np.zeros(len(n_words), dtype=np.float32)
    worded = n_words.nonzero()[0]
    if len(worded):
        longest[worded] = np.maximum.reduceat(chars.word_chars, chars.first_word.take(worded))
    return longest


def _shape(chars: Characters) -> Columns:
    """Return length, case, digits and punctuation of each line by itself."""
    counts, tally = np.ascontiguousarray(chars.counts.T), _tallied(chars)
    n_words = (chars.first_word[1:] - chars.first_word[:-1]).astype(np.float32)
    n_chars = (chars.end - chars.start).astype(np.float32)
    letters = counts[UPPER] + counts[LOWER] + counts[SPACED] + counts[UNSPACED]
    marks = counts.take(list(_LOGGED.values()), axis=0)
    logs = np.log1p(_rows(n_chars, n_words, _longest(chars, n_words), *marks))
    columns = dict(zip(("chars", "words", "longest", *_LOGGED), logs, strict=True))
    numbers = tally[DIGIT] + tally[_YEAR]
    parts = _rows(
        counts[UPPER], counts[SPACED], counts[UNSPACED], counts[DIGIT], counts[SPACE],
        numbers, tally[_SHORT_LOWER], counts[COMMA], letters, tally[UPPER],
    )  # fmt: skip
    wholes = _rows(letters, n_chars, n_words, n_words * 10, n_words - tally[UNSPACED]).take(_WHOLE_OF, axis=0)
    shares = _ratio(parts, wholes)
    np.minimum(shares[_COMMAS], 1, out=shares[_COMMAS])
    length = _within((n_words - _LEAST_WORDS) / _MORE_WORDS, 1)
    columns |= zip(_SHARES, (*shares[: _COMMAS + 1], *length, *shares[_COMMAS + 1 :]), strict=True)
    columns["year"] = np.minimum(tally[_YEAR], 2)
    return columns


def _edges(chars: Characters) -> Columns:
    """Return how each line begins and ends."""
    first, last = chars.kinds.take(chars.start), chars.kinds.take(chars.end - 1)
    columns = dict(zip(_FIRST_NAMES, (first == _FIRST_KINDS).astype(np.float32), strict=True))
    columns |= zip(_LAST_NAMES, (last == _LAST_KINDS).astype(np.float32), strict=True)
    final = _FINAL_OF.take(chars.codes.take(chars.end - 1), mode="clip")
    found = final == _FINAL_NUMBERS
    before = chars.codes.take(np.maximum(chars.end - 2, 0))
    found[0] |= (final == _DOT) & (before == ord(".")) & (chars.end - chars.start > 2)
    columns |= zip(_FINAL, found.astype(np.float32), strict=True)
    return columns


def _signs(chars: Characters) -> Columns:
    """Return marks that stand for a time, an address, a copyright notice, money."""
    at, line = chars.sign, chars.sign_line
    code, following = chars.codes.take(at), chars.codes.take(at + 1)
    behind = at + 2  # beyond the last line feed: the line feed, which is none of what is asked for
    clock = (chars.kinds.take(at) == DIGIT) & (chars.kinds.take(behind, mode="clip") == DIGIT)
    link = (code == ord(":")) & (following == ord("/")) & (chars.codes.take(behind, mode="clip") == ord("/"))
    sign = _SIGN_OF.take(code, mode="clip")
    flags = np.zeros((len(_SIGNS) + 1, len(chars.start)), dtype=np.float32)
    flags[sign, line] = 1
    flags[1, line[clock & (_IN_CLOCK.take(following, mode="clip") > 0)]] = 1
    flags[2, line[link]] = 1
    return dict(zip(_SIGNS, flags[1:], strict=True))


def _sentence_ends(chars: Characters) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Return sentence ends per line, those inside the line, and whether the line closes with one.

    A stop counts before white space, the line's end, or closing quotes and brackets; not in "3.5" or "www.a.b".
    """
    kinds, at = chars.kinds, chars.sign
    stop = (kinds.take(at) == STOP) & _AFTER_STOP.take(kinds.take(at + 1))
    ends = np.bincount(chars.sign_line[stop], minlength=len(chars.start))
    last = chars.end - 1
    closing = _CLOSING.take(kinds.take(last)) & (last > chars.start)
    closed = kinds.take(last - closing) == STOP
    return ends.astype(np.float32), np.maximum(ends - closed, 0).astype(np.float32), closed


def _frame(lines: Sequence[Line], columns: Columns, spans: Spans) -> Columns:
    """Return bullets, blank lines and sentences that run on from line to line."""
    gap = np.minimum(np.array([line.gap for line in lines], dtype=np.float32), 3)
    bullet = np.array([line.text != line.bare for line in lines], dtype=np.float32)
    opened = columns["first_lower"]
    unclosed = ((columns["closed"] == 0) & (columns["last_colon"] == 0)).astype(np.float32)
    next_gap, next_opened = beside(_rows(gap, opened), -1, spans)
    return {
        "gap": gap,
        "gap_after": next_gap,
        "bullet": bullet,
        "continued": opened * beside(unclosed, 1, spans),
        "continues": unclosed * next_opened,
    }


def _logs_of_counts(
    chars: Characters, columns: Columns, prose: NDArray[np.bool_], main: Mapping[str, Ints], spans: Spans
) -> Columns:
    """Return logarithms of counts and distances: how often a line recurs, runs of lines, how far prose is."""
    times, flags = repeats(chars, spans)
    short_run, unclosed_run = run_lengths(_rows(columns["short"], 1 - columns["closed"]) > 0, spans)
    prose_from, prose_to = gaps_to(prose, spans)
    counts = (
        times[0] - 1, times[1] - times[0], times[2], short_run, unclosed_run, prose_from, prose_to,
        _within(main["begin"] - spans.at, 60), _within(spans.at - main["stop"], 60),
    )  # fmt: skip
    logs = np.log1p(np.concatenate(counts)).astype(np.float32).reshape(len(counts), -1)
    names = ("times", "times_start", "times_shape", "short_run", "unclosed_run", "prose_from", "prose_to",
             "main_from", "main_to")  # fmt: skip
    found = dict(zip(names, logs, strict=True))
    found["times_shape"] = (logs[2] / np.maximum(np.log1p(spans.stop - spans.first), 1)).astype(np.float32)
    return found | dict(zip(("earlier", "same_shape_before", "same_shape_after"), flags, strict=True))


def _main_block(running_gain: Floats, spans: Spans) -> dict[str, Ints]:
    """Return for each line the first and the last line of its document's densest run of prose.

    The run is the segment with the largest sum of words in prose less a price for every other line.
    """
    begins, stops = [], []
    for first, stop in spans.bounds:
        total = np.zeros(stop - first + 1, dtype=np.float64)
        total[1:] = running_gain[first:stop]
        last = int((total[1:] - np.minimum.accumulate(total[:-1])).argmax())
        begins.append(first + int(total[: last + 1].argmin()))
        stops.append(first + last)
    return {"begin": np.array(begins).take(spans.number), "stop": np.array(stops).take(spans.number)}


def _topic_shares(topics: Topics, prose: NDArray[np.bool_], main: Mapping[str, Ints], spans: Spans) -> Columns:
    """Return how many of a line's topic words other lines hold: all lines, prose, the main block, its first lines."""
    begin, at = main["begin"], spans.at
    inside = (at >= begin) & (at <= main["stop"])
    head = (at >= begin) & (at < begin + 3)
    holders = np.ones((4, len(prose)), dtype=bool)
    holders[1:] = prose
    holders[2] &= inside
    holders[3] &= head
    share, depth = topics.shared(holders)
    return {
        "main_inside": inside.astype(np.float32),
        "topic_lines": share[0], "topic_lines_deep": depth[0],
        "topic_prose": share[1], "topic_prose_deep": depth[1],
        "topic_main": share[2], "topic_main_deep": depth[2],
        "topic_head": share[3],
    }  # fmt: skip


def _around(columns: Columns, mass: Floats, n_cut: Floats, spans: Spans) -> tuple[Columns, Floats]:
    """Return what the lines around each line are like on average, and sums to take logarithms of.

    These are prose in words at four reaches before and after, and lines that rules have cut within five.
    """
    totals = Totals(_rows(mass, *n_cut, *(columns[name] for name in _AROUND)), spans)
    found: Columns = {}
    for reach, means in zip((2, 6), totals.around(slice(3, None), (2, 6)), strict=True):
        found |= zip((f"{name}_around_{reach}" for name in _AROUND), means, strict=True)
    summed = totals.sums(_SUM_ROWS, _SUM_BEGIN, _SUM_END)
    return found, np.concatenate((summed[:-2] / _REACHES_IN_LINES, n_cut, summed[-2:] + n_cut))


def _styles(n_words: Floats, prose: Floats, mass: Floats, columns: Columns, spans: Spans) -> tuple[Floats, Floats]:
    """Return each document's style, the same for all its lines, and its number of words and of words in prose."""
    flags = (columns[name] for name in ("short", "bullet", "gap", "closed", "continued"))
    words, in_prose, in_mass, lines, *marked = sums(_rows(n_words, n_words * prose, mass, prose, *flags), spans)
    n_lines = np.array([stop - first for first, stop in spans.bounds])
    n = n_lines.astype(np.float32)
    short, bullets, gaps, closed, continued = marked
    found = _rows(
        np.log1p(n_lines).astype(np.float32), np.log1p(words), np.log1p(words / n), in_prose / np.maximum(words, 1),
        lines / n, (short / n_lines).astype(np.float32), bullets / n, gaps / n, closed / n, continued / n,
        words, in_mass,
    ).take(spans.number, axis=1)  # fmt: skip
    return found[: len(_STYLES)], found[len(_STYLES) :]


def _places(run: Floats, own: Floats, totals: Floats, spans: Spans) -> Columns:
    """Return where in its document each line stands: by lines, by words, by prose.

    ``run`` are running sums of mass and words, ``own`` what each line adds to them, ``totals`` their ends.
    """
    place = (spans.at - spans.first).astype(np.float32)
    n = (spans.stop - spans.first).astype(np.float32)
    shares = (run - own) / np.maximum(totals, 1)
    from_top, from_end = np.log1p(_rows(place, n - 1 - place))
    return {
        "place": (place + np.float32(0.5)) / n,
        "from_top": from_top,
        "from_end": from_end,
        "prose_share_before": shares[0],
        "words_before_share": shares[1],
    }


def open_lines(lines: Sequence[Line], marks: Sequence[str | None] | None) -> tuple[list[int], Ints]:
    """Return the indices of lines that no rule has cut, and how many cut lines stand before each and at the end.

    What only the extractor left out counts as open, as does what rules only propose: the tagger hears both as hints.
    """
    if marks is None:
        return list(range(len(lines))), np.zeros(len(lines) + 1, dtype=np.int64)
    left = [i for i, kind in enumerate(marks) if kind in (None, _VOTE, PROPOSED)]
    edges = np.array([-1, *left, len(lines)], dtype=np.int64)
    return left, edges[1:] - edges[:-1] - 1


def told_by_rules(marks: Sequence[str | None] | None, left: Sequence[int]) -> Floats:
    """Return what rules say around each open line, in rows as ``_TOLD`` names them: (n_rows, n_open).

    That is 1 where they propose to cut it; and of each kind of which a line announces what follows, how many lines
    they cut above and below (logarithms), and how near the last one above is (one over the distance in lines).
    """
    found = np.zeros((len(_TOLD), len(left)), dtype=np.float32)
    if marks is None:
        return found
    if PROPOSED in marks:
        found[0] = [marks[i] == PROPOSED for i in left]
    for row, kind in enumerate(_ANNOUNCING):
        if kind in marks:
            cut = np.array([i for i, mark in enumerate(marks) if mark == kind])
            n_above = cut.searchsorted(left)
            distance = left - cut.take(n_above - 1)
            found[1 + 3 * row] = np.log1p(n_above)
            found[2 + 3 * row] = np.log1p(len(cut) - n_above)
            found[3 + 3 * row] = np.where(n_above > 0, 1 / np.maximum(distance, 1), 0)
    return found


def base_columns(
    lines: Sequence[Line], n_cut: Ints, spans: Spans | None = None, told: Floats | None = None
) -> tuple[Columns, Characters, Topics]:
    """Return the named features of lines that no rule has cut, with what later stages read from the text again.

    ``spans`` say where the documents of the lines begin; without, they are one. ``n_cut`` is what ``open_lines`` gives
    of each document, one behind the other. ``told`` is what ``told_by_rules`` gives of each, side by side. Lines of
    HTML must be of one document.
    """
    spans = spans or spans_of([len(lines)])
    chars = read_characters([line.text for line in lines])
    columns = _shape(chars) | _edges(chars) | _signs(chars)
    ends, inner, closed = _sentence_ends(chars)
    columns["ends"], columns["inner_ends"] = np.log1p(_rows(ends, inner))
    columns["closed"] = closed.astype(np.float32)
    columns |= _frame(lines, columns, spans)
    n_words = np.expm1(columns["words"])
    is_prose = (n_words >= PROSE_WORDS) & (ends > 0)
    prose = columns["prose"] = is_prose.astype(np.float32)
    mass = np.minimum(n_words, 80) * prose
    columns["short"] = (n_words <= 4).astype(np.float32)
    gain = np.where(is_prose, np.minimum(n_words, 60), np.float32(-_OTHER_LINE_PRICE))
    run = running(_rows(mass, n_words, gain), spans)
    main = _main_block(run[2], spans)
    topics = Topics(chars, spans)
    columns |= _topic_shares(topics, is_prose, main, spans) | _logs_of_counts(chars, columns, is_prose, main, spans)
    cut_lines = np.minimum(_rows(n_cut[spans.at + spans.number], n_cut[spans.at + spans.number + 1]), 8)
    around, logged = _around(columns, mass, cut_lines.astype(np.float32), spans)
    columns |= around | dict(zip(_SUMMED, np.log1p(np.concatenate((logged, topics.size[None]))), strict=True))
    columns["words_before"], columns["words_after"] = (
        beside(columns["words"], 1, spans),
        beside(columns["words"], -1, spans),
    )
    styles, totals = _styles(n_words, prose, mass, columns, spans)
    columns |= dict(zip(_STYLES, styles, strict=True)) | _places(run[:2], _rows(mass, n_words), totals[::-1], spans)
    del columns["short"]
    columns |= zip(_TOLD, np.zeros((len(_TOLD), len(lines)), np.float32) if told is None else told, strict=True)
    return columns | hint_columns(lines, mass), chars, topics


def stacked(columns: Mapping[str, Floats], names: Sequence[str]) -> Floats:
    """Return the columns of these names side by side: (n_lines, n_names)."""
    return _rows(*map(columns.__getitem__, names)).T


def features(lines: Sequence[Line], marks: Sequence[str | None] | None = None) -> Floats:
    """Return the features of the lines that no rule has cut: float32, (n_open_lines, n_features).

    ``marks`` names for each line the kind it was cut as by a rule, ``PROPOSED``, or None.
    """
    left, n_cut = open_lines(lines, marks)
    if not left:
        return np.zeros((0, 0), dtype=np.float32)
    columns, _, _ = base_columns([lines[i] for i in left], n_cut, told=told_by_rules(marks, left))
    return stacked(columns, tuple(columns))
