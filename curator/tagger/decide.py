"""Scores of lines -> which lines to cut, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from curator.tagger.characters import Floats
from curator.tagger.windows import after, before, shifted

#: A step of the knob moves every score by this much, in logits: -1 is careful, 1 is thorough.
KNOB_LOGITS = 1.5
#: A line is cut below even odds; below better ones only where the whole document is in doubt.
_EVEN = 0.5
#: From this expected F1 on, a document counts as well understood.
_CLEAR = 0.7
#: On a dump that is nearly clean (by the expected share of main text) a line is cut on better odds only: the token F1
#: is the same there from .08 to .5, lines lost by hand labels are fewer below .3 (bench/tagger.md).
_MIXED_SHARE, _CLEAN_SHARE, _CLEAN_SCORE = 0.6, 0.85, 0.25
#: On dumps a line is spared from this score on where the lines around it, so many on both sides, reach this mean.
#: Halves the lines lost of programmes and lists inside the text, at the same token F1 (bench/tagger.md).
_SPARED_SCORE, _SPARED_REACH, _SPARED_AROUND = 0.06, 3, 0.15
#: Where extractor and network agree on this share of a page (token F1), the extractor's word begins to count, and
#: from the second on it counts in full, this many logits: bench/tagger.md has what that adds.
_AT_ODDS, _AGREED, _VOTE_LOGITS = 0.7, 0.9, 1.5
#: The features that reasons speak of, beside the number of words.
_SHOWN = ("bullet", "last_ellipsis", "closed", "times", "topic_main",
          "cut_before", "cut_after", "main_inside", "main_from")  # fmt: skip
#: Where rules have cut a smaller share of the lines than the first, only what is almost surely clutter is cut; from
#: the second on this says nothing.
_BARE_FRAME, _FRAME, _BARE_SCORE = 0.02, 0.06, 0.1
#: Up to this share prose within the main block stays from the score on, and what shares this part of its topic words
#: with it: halves the lines lost of recall dumps by hand labels, at the same token F1 (bench/tagger.md).
_NO_FRAME, _INSIDE_SCORE, _ON_TOPIC = 0.03, 0.02, 0.4
#: There, short lines stay where half of the lines so near hold digits or a colon.
_DATA_REACH, _DATA_CHARS = 3, 140
#: The end of a dump is clutter as a whole, readers' comments say, where its lines lie below the score by so many logits
#: together, each by so many at most, and this share of the expected main text stands above: a tenth more of the clutter
#: of recall dumps goes, at the same loss (bench/tagger.md). Not where more of its lines hold data or are items.
_END_SCORE, _END_LOGITS, _LINE_LOGITS, _MAIN_ABOVE, _MOST_DATA = 0.1, 8.0, 4.0, 0.5, 0.3
_FEWEST_LINES, _DATA_DIGITS = 3, 0.12
#: Entries of a menu at the very top have so many words at most, a claim among them so many. More entries make a list.
_ENTRY_WORDS, _CLAIM_WORDS, _FEWEST_ENTRIES, _MOST_ENTRIES = 3, 8, 4, 25
#: What rules propose to cut goes below even odds; where they propose most lines of the document, the first share to the
#: second, it is a list itself and only what is below the score goes (an index of 43 names lost 40 of them).
_SOME_PROPOSED, _MOST_PROPOSED, _LISTED_SCORE = 0.5, 0.8, 0.1
#: In a document of few lines left by the rules only what is almost surely clutter is cut: below the first score where
#: rules found next to no frame, below the second where they found one.
_FEW_LINES, _MANY_LINES, _FEW_SCORE, _FEW_FRAMED_SCORE = 12, 40, 0.005, 0.05
#: A line between two paragraphs that stay is a crosshead up to this many words and characters; in scripts without
#: spaces only characters count. Rare: in 1,400 held-out dumps five such lines were cut, one of them main text.
_CROSSHEAD_WORDS, _CROSSHEAD_CHARS = 5.5, 40.5
#: A headline stands at most this many lines above the first paragraph, has more than two words, at least this
#: score, and this share of its topic words in the main text.
_HEAD_REACH, _HEAD_WORDS, _HEAD_SCORE, _HEAD_TOPIC = 8, 3.5, 0.1, 0.3


def hear_extractor(scores: Floats, weights: Floats, columns: Mapping[str, Floats]) -> Floats:
    """Return scores moved by what the extractor says of each line; as they are for dumps, which have no extractor.

    The extractor is a second opinion that errs elsewhere than the network. On a forum or a shop's page the two
    see different texts, and there it is mostly the extractor that is wrong: then it is not heard.
    """
    if "extracted" not in columns:
        return scores
    mine, votes = scores >= _EVEN, columns["extracted"]
    theirs = votes > 0
    both = 2 * weights[mine & theirs].sum() / max(float(weights[mine].sum() + weights[theirs].sum()), 1e-9)
    heard = _VOTE_LOGITS * _between(float(both), (_AT_ODDS, 0), (_AGREED, 1))
    odds = scores / np.maximum(1 - scores, 1e-9) * np.exp(heard * votes)
    return np.asarray(odds / (1 + odds), dtype=np.float32)


def threshold(scores: Floats, weights: Floats, hinted: bool = False, frame: float = 1.0) -> float:
    """Return the score below which a line is cut.

    It is what makes the expected token F1 of the kept lines largest, lower on dumps that are nearly clean, and
    lower still on short ones: a recipe, a poem, a note of ten lines has no frame for its lines to stand out from.
    So it is, and lowest on short ones, where rules found next to no frame: ``frame`` is the share of the dump's lines
    that they have cut.
    HTML (``hinted``) tells enough to go without this caution.

    The expectation takes scores for probabilities: keeping the k best lines gives 2 * hits / (kept + wanted), and
    the best k keeps lines down to half that figure. So a document of which little is sure keeps more: a page that
    looks like clutter from top to bottom, a poem say, comes through whole.

    >>> threshold(np.array([0.2, 0.25, 0.2]), np.ones(3)) < 0.2
    True
    """
    if hinted:
        return _best(scores, weights)[0]
    sure = _between(frame, (_BARE_FRAME, _FEW_SCORE), (_FRAME, _FEW_FRAMED_SCORE))
    few = _between(len(scores), (_FEW_LINES, sure), (_MANY_LINES, _EVEN))
    best, share = _best(scores, weights)
    clean = _between(share, (_MIXED_SHARE, _EVEN), (_CLEAN_SHARE, _CLEAN_SCORE))
    bare = _between(frame, (_BARE_FRAME, _BARE_SCORE), (_FRAME, _EVEN))
    return min(few, bare, clean if best == _EVEN else best)


def _between(x: float, low: tuple[float, float], high: tuple[float, float]) -> float:
    """Return the value at x of the line between two points, and beyond them that of the nearer one."""
    (x_low, y_low), (x_high, y_high) = low, high
    if x >= x_high:
        return y_high
    return y_low if x <= x_low else (y_high - y_low) / (x_high - x_low) * (x - x_low) + y_low


def _best(scores: Floats, weights: Floats) -> tuple[float, float]:
    """Return the threshold for the largest expected token F1, and the expected share of main text."""
    order = (-scores).argsort(kind="stable")
    hits = (scores * weights).take(order).cumsum()
    expected = 2 * hits / np.maximum(weights.take(order).cumsum() + hits[-1], 1e-9)
    best = float(expected.max())
    share = float(hits[-1] / np.maximum(weights.sum(), 1e-9))
    return (_EVEN if best > _CLEAR else best / 2), share


def keep(scores: Floats, weights: Floats, columns: Mapping[str, Floats] | None = None) -> NDArray[np.bool_]:
    """Return which lines stay; with columns at hand, the line that looks like the headline among them."""
    hinted = columns is not None and "link_density" in columns
    frame = 1.0 if columns is None or hinted else _frame(columns)
    kept = np.asarray(scores >= threshold(scores, weights, hinted, frame))
    unsaid = np.ones_like(kept) if columns is None else columns["proposed"] == 0
    if not unsaid.all():
        listed = _between(1 - float(unsaid.mean()), (_SOME_PROPOSED, _EVEN), (_MOST_PROPOSED, _LISTED_SCORE))
        kept = np.where(unsaid, kept, scores >= listed)
    gone = np.zeros_like(kept) if columns is None or hinted else _menu(scores, columns) | _end(scores, weights, columns)
    if kept.all() and not gone.any():
        return kept
    if columns is not None and not hinted:
        doubtful = unsaid & ~kept & (scores >= _SPARED_SCORE)
        if doubtful.any():
            kept |= doubtful & _spared(scores, columns)
        if frame <= _NO_FRAME:
            kept |= (_inside(columns) & (scores >= _INSIDE_SCORE) | _data(columns)) & unsaid
        kept |= _crossheads(kept, columns) & unsaid
        kept |= _introduced(kept, columns) & unsaid
        kept &= ~gone
    head = _headline(scores, kept, columns) if columns else None
    if head is not None:
        kept[head] = True
    return kept


def _frame(columns: Mapping[str, Floats]) -> float:
    """Return the share of a document's lines that rules cut or propose to cut; runs of over eight count as eight."""
    n_cut = float(np.expm1(columns["cut_before"]).sum())
    return (n_cut + float(columns["proposed"].sum())) / (n_cut + len(columns["cut_before"]))


def _spared(scores: Floats, columns: Mapping[str, Floats]) -> NDArray[np.bool_]:
    """Return the lines that the lines around them speak for: an isolated doubt is no clutter.

    Nobody speaks for a line that stands more than once, or beside one that a rule has cut.
    """
    at = np.arange(len(scores))
    n_beside = (np.minimum(at, _SPARED_REACH) + np.minimum(at[::-1], _SPARED_REACH)).astype(np.float32)
    around = (before(scores, _SPARED_REACH) + after(scores, _SPARED_REACH)) / np.maximum(n_beside, 1)
    alone = (columns["times"] == 0) & (columns["cut_before"] == 0) & (columns["cut_after"] == 0)
    return np.asarray(alone & (around > _SPARED_AROUND))


def _inside(columns: Mapping[str, Floats]) -> NDArray[np.bool_]:
    """Return the lines within the main block of a dump without a frame that are prose or on its topic.

    There the tagger has a line's words alone to go by, and those of a page on forms, offers or newsletters deceive.
    """
    alone = (columns["times"] == 0) & (columns["cut_before"] == 0) & (columns["cut_after"] == 0)
    told = (columns["prose"] > 0) | (columns["topic_main"] >= _ON_TOPIC)
    return np.asarray((columns["main_inside"] > 0) & alone & told)


def _menu(scores: Floats, columns: Mapping[str, Floats]) -> NDArray[np.bool_]:
    """Return the entries of a menu of which no rule knows a word: many short lines, below even odds, at the very top.

    Some lines that are a little longer, a site's claim say, may stand among them; prose follows.
    """
    entry = (columns["words"] <= np.log1p(_ENTRY_WORDS)) & (columns["closed"] == 0)
    entry &= (columns["digits"] == 0) & (columns["colons"] == 0)
    prose = columns["prose"] > 0
    claim = (scores < _EVEN) & (columns["words"] <= np.log1p(_CLAIM_WORDS)) & ~prose
    others = (~(entry | claim)).nonzero()[0]
    end = int(others[0]) if len(others) else len(scores)
    if not _FEWEST_ENTRIES <= entry[:end].sum() <= _MOST_ENTRIES or not prose[end:].any():
        return np.zeros_like(entry)
    entry[end:] = False
    return np.asarray(entry & (scores < _EVEN))


def _end(scores: Floats, weights: Floats, columns: Mapping[str, Floats]) -> NDArray[np.bool_]:
    """Return the lines below even odds of an end that is clutter as a whole.

    What speaks for a single line, prose inside the main block or lines around that are no surer, speaks for each of
    fifty comments too. Together they are sure. Tables, sources and lists stand at the end of texts as well.
    """
    found = np.zeros(len(scores), dtype=bool)
    if np.count_nonzero(scores < _END_SCORE) < _FEWEST_LINES:
        return found
    likely = np.clip(scores, 1e-6, 1 - 1e-6)
    above = np.log(likely / (1 - likely)) - np.log(_END_SCORE / (1 - _END_SCORE))
    total = np.minimum(np.maximum(above, -_LINE_LOGITS), _LINE_LOGITS)[::-1].cumsum()[::-1]
    begin = int(total.argmin())
    main = scores * weights
    if total[begin] > -_END_LOGITS or not _FEWEST_LINES <= begin <= len(scores) - _FEWEST_LINES:
        return found
    data = columns["digits"][begin:] > _DATA_DIGITS
    for name in ("bars", "bullet", "link", "first_digit"):
        data |= columns[name][begin:] > 0
    if main[:begin].sum() >= _MAIN_ABOVE * main.sum() and data.mean() <= _MOST_DATA:
        found[begin:] = scores[begin:] < _EVEN
    return found


def _data(columns: Mapping[str, Floats]) -> NDArray[np.bool_]:
    """Return the short lines of a dump without a frame of whose neighbours half hold digits or a colon.

    Programmes, prices, results, opening hours: below the last paragraph they look like what frames a page.
    """
    told = ((columns["digits"] > 0) | (columns["colons"] > 0)).astype(np.float32)
    at = np.arange(len(told))
    n_around = np.minimum(at, _DATA_REACH) + np.minimum(at[::-1], _DATA_REACH) + 1
    around = before(told, _DATA_REACH) + after(told, _DATA_REACH) + told
    alone = (columns["times"] == 0) & (columns["cut_before"] == 0) & (columns["cut_after"] == 0)
    return np.asarray(alone & (2 * around >= n_around) & (columns["chars"] <= np.log1p(_DATA_CHARS)))


def _crossheads(kept: NDArray[np.bool_], columns: Mapping[str, Floats]) -> NDArray[np.bool_]:
    """Return the lines that read like crossheads: short, without signs, once, right between paragraphs that stay.

    The same lines are spared where rules would cut them (curator/cleaners/crosshead.py).
    """
    paragraph = kept & (columns["prose"] > 0) & (columns["closed"] > 0)
    between = ~kept & shifted(paragraph, 1) & shifted(paragraph, -1)
    if not between.any():
        return between
    between &= (columns["cut_before"] == 0) & (columns["cut_after"] == 0) & (columns["times"] == 0)
    few = (columns["words"] < np.log1p(_CROSSHEAD_WORDS)) | (columns["unspaced"] > 0)
    short = few & (columns["chars"] < np.log1p(_CROSSHEAD_CHARS))
    signs = sum(columns[name] for name in ("digits", "colons", "bars", "brackets", "symbols", "bullet", "first_lower"))
    return np.asarray(between & short & (columns["words"] > 0) & (columns["closed"] == 0) & (signs == 0))


def _introduced(kept: NDArray[np.bool_], columns: Mapping[str, Floats]) -> NDArray[np.bool_]:
    """Return the items of lists between a line that stays and ends in a colon and a paragraph that stays.

    A list that rules have cut lines of is none of the text, whatever stands above it.
    """
    items = (columns["bullet"] > 0) & (columns["cut_before"] == 0) & (columns["cut_after"] == 0)
    paragraph = kept & (columns["prose"] > 0)
    found = np.zeros_like(kept)
    for colon in (kept & (columns["last_colon"] > 0)).nonzero()[0].tolist():
        end = colon + 1
        while end < len(kept) and items[end]:
            end += 1
        if end < len(kept) and paragraph[end]:
            found[colon + 1 : end] = True
    return found


def _headline(scores: Floats, kept: NDArray[np.bool_], columns: Mapping[str, Floats]) -> int | None:
    """Return the line above the first kept prose that most looks like a headline, where no line above it is kept.

    It has some words, is not cut off, and speaks of what the main text speaks of, or is the first line of all. A first
    line that does both needs no score: the words of a headline on newsletters are those of a button.
    """
    prose = (kept & (columns["prose"] > 0)).nonzero()[0]
    if not len(prose) or kept[: prose[0]].any():
        return None
    above = np.arange(max(0, prose[0] - _HEAD_REACH), prose[0])
    fits = (columns["words"][above] > np.log(_HEAD_WORDS)) & (columns["last_ellipsis"][above] == 0)
    told, first = columns["topic_main"][above] >= _HEAD_TOPIC, above == 0
    above = above[fits & ((told & first) | ((told | first) & (scores[above] > _HEAD_SCORE)))]
    return int(above[np.argmax(scores[above])]) if len(above) else None


def reasons(scores: Floats, columns: Mapping[str, Floats], lines: Sequence[int]) -> list[str]:
    """Return why each of some lines was cut: how sure the tagger is that it is clutter, and what can be seen of it."""
    places = np.array(lines)
    codes = np.rint(np.expm1(columns["words"].take(places).astype(np.float64))).astype(np.int64)
    for name in _SHOWN:
        codes += codes
        codes += columns[name].take(places) != 0
    told = zip(scores.take(places).tolist(), codes.tolist(), strict=True)
    return [f"score {1 - score:.2f}: {_seen(code)}" for score, code in told]


@lru_cache(maxsize=16384)
def _seen(code: int) -> str:
    """Return what can be seen of a line: its number of words, then a bit for each flag that ``_SHOWN`` names."""
    n_words, flags = divmod(code, 1 << len(_SHOWN))
    shown = {name: bool(flags >> place & 1) for place, name in enumerate(reversed(_SHOWN))}
    seen = ["no word" if not n_words else "short" if n_words <= 6 else f"{n_words} words"]
    if shown["bullet"]:
        seen.append("list item")
    if shown["last_ellipsis"]:
        seen.append("cut off with an ellipsis")
    elif not shown["closed"]:
        seen.append("no sentence end")
    if shown["times"]:
        seen.append("stands more than once")
    if n_words > 6 and not shown["topic_main"]:
        seen.append("no topic word of the main text")
    return ", ".join([*seen, _place(shown)])


def _place(shown: Mapping[str, bool]) -> str:
    if shown["cut_before"] and shown["cut_after"]:
        return "between cut lines"
    if shown["cut_before"] or shown["cut_after"]:
        return "beside a cut line"
    if shown["main_inside"]:
        return "inside the main text"
    return "above the main text" if shown["main_from"] else "below the main text"
