"""Headlines and teasers of other articles that no heading announces."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence, Set

import numpy as np
from numpy.typing import NDArray

from curator.cleaners.batch import STOP, Batch, places
from curator.cleaners.page_lines import on_page, runs
from curator.cleaners.phrases import Phrases
from curator.cleaners.rule import Marks, cut
from curator.cleaners.sentence import ends_sentence, is_cut_off, is_headline, is_prose
from curator.model import Cut, Line
from curator.page.fold import fold

#: Shorter lines that end in dots are verses, exclamations, list entries; longer ones are paragraphs. The
#: teasers of the seeds have 150 to 180 characters; two events of 394 on a list page stood twice as its body.
_TEASER_CHARS = 80
_LONG_TEASER_CHARS = 350

#: Three teasers in a row are a list; two paragraphs in a row may well trail off.
_TEASER_RUN = 3

#: Teasers without an ellipsis were all cut at one number of characters: they differ by no more than a word.
#: Fewer than four, or lines that prose follows, may be a list of the article's own.
_SPREAD_CHARS = 10
_EVEN_RUN = 4
_EVEN_CHARS = 120

#: A headline that recurs has at least this length: shorter ones recur as sub-headings and names of products.
_HEADLINE_CHARS = 40

#: Teasers that end in a link to read on have at least so many characters; one alone may be a paragraph with a link.
_MORE_CHARS = 40
_MORE_RUN = 2

#: The link stands behind the end of a sentence, perhaps in brackets or with an arrow: "... at last. [Read more »]".
_READ_ON = re.compile(
    r"[.!?…。！？\"”»“)\]]\s?[\[(]?([^\W\d_][^.!?…。！？()\[\]]{1,26}?)\s?(?:[\])›»>→⟶.…]|\.\.\.){0,4}$"
)
_MORE_TAIL_CHARS = 40


def cut_related_echo(lines: Sequence[Line], phrases: Phrases, marks: Marks) -> Iterator[Cut]:
    """Cut headlines and teasers of other articles that stand twice: once as such, once elsewhere in the dump."""
    texts = (lines[i].text for i in on_page(lines, phrases).where(broken_off))
    twice = {text for text, n in Counter(texts).items() if n > 1}
    named = set(_named(lines, marks))
    for line in lines if twice or named else ():
        if line.text in twice:
            yield cut(line, "related", "related-echo", "teaser that stands twice")
        elif line.key in named and len(line.text) >= _HEADLINE_CHARS:
            yield cut(line, "related", "related-echo", "headline that a link elsewhere in the dump names")


def _named(lines: Sequence[Line], marks: Marks) -> Iterator[str]:
    """Yield the folded headlines that labels such as "À lire :" name, less one to five words at their front."""
    for at, found in marks.items():
        if found.rule == "related-label":
            words = lines[at].key.split(" ")
            for n in range(1, min(6, len(words) - 4)):
                yield " ".join(words[n:])


def broken_off(batch: Batch) -> list[int]:
    """Return the lines that are a teaser cut off with an ellipsis; "[...]" stands in quotations."""
    able = batch.once(_open_ended) & (batch.n_chars >= _TEASER_CHARS) & (batch.n_chars <= _LONG_TEASER_CHARS)
    return [i for i in places(able) if (text := batch.text[i])[-1] in ".…)" and is_cut_off(text)]


def _open_ended(batch: Batch) -> NDArray[np.bool_]:
    """Return which lines do not end in one stop alone: most do, and neither an ellipsis nor a link ends so."""
    found: NDArray[np.bool_] = (batch.last & STOP == 0) | (batch.before_last & STOP > 0)
    return found


def cut_related_teasers(lines: Sequence[Line], phrases: Phrases, marks: Marks) -> Iterator[Cut]:
    """Cut three or more teasers in a row that break off, with an ellipsis or all at the same length."""
    page = on_page(lines, phrases)
    for run in runs(page.where(broken_off)):
        if len(run) >= _TEASER_RUN:
            for i in run:
                yield cut(lines[i], "related", "related-teasers", "one of several teasers that break off")
    for run in runs(page.where(ending_in_midst)):
        chars = [len(lines[i].text) for i in run]
        if len(run) < _EVEN_RUN or max(chars) - min(chars) > _SPREAD_CHARS:
            continue
        if not any(is_prose(line.text) for line in lines[run[-1] + 1 :]):
            for i in run:
                yield cut(lines[i], "related", "related-teasers", "one of several teasers cut at one length")


def ending_in_midst(batch: Batch) -> list[int]:
    """Return the long lines without a bullet that end in a word, as no sentence does."""
    able = places(
        (batch.n_chars > _EVEN_CHARS) & (batch.n_chars <= _LONG_TEASER_CHARS) & (batch.n_bare == batch.n_chars)
    )
    return [i for i in able if (text := batch.text[i])[-1].isalnum() and "http" not in text]


def cut_related_more(lines: Sequence[Line], phrases: Phrases, marks: Marks) -> Iterator[Cut]:
    """Cut two or more teasers that end in a link to read on, with the headline above each: "... at last. Read more"."""
    page = on_page(lines, phrases)
    found = page.where(reading_on)
    for run in _near(found):
        if len(run) < _MORE_RUN:
            continue
        for i in run:
            yield cut(lines[i], "related", "related-more", "teaser that ends in a link to read on")
            if i and i - 1 not in run and i - 1 not in marks and _heads_teaser(lines[i - 1]):
                yield cut(lines[i - 1], "related", "related-more", "headline over a teaser with a link to read on")


def _near(at: Sequence[int]) -> Iterator[list[int]]:
    """Yield indexes, given in their order, by runs with at most one other line between two of them."""
    run: list[int] = []
    for i in at:
        if run and i > run[-1] + 2:
            yield run
            run = []
        run.append(i)
    if run:
        yield run


def _heads_teaser(line: Line) -> bool:
    return is_headline(line.bare) and not is_prose(line.text)


def reading_on(batch: Batch) -> list[int]:
    """Return the lines that are a teaser with a link to read on at their end: "... at last. Read more"."""
    words = batch.phrases.of("related.more")
    able = batch.once(_open_ended) & (batch.n_chars >= _MORE_CHARS) & (batch.n_chars <= _LONG_TEASER_CHARS)
    return [i for i in places(able) if _reads_on(batch.text[i], words)]


def _reads_on(text: str, words: Set[str]) -> bool:
    mark = _READ_ON.search(text[-_MORE_TAIL_CHARS:])
    return mark is not None and fold(mark[1]) in words


def cut_related_bullets(lines: Sequence[Line], phrases: Phrases, marks: Marks) -> Iterator[Cut]:
    """Cut two or three bulleted headlines right behind the opening paragraph, in the midst of prose."""
    page = on_page(lines, phrases)
    first = next((i for i in page.paragraphs if i not in marks), len(lines))
    end = start = first + 1
    while end < len(lines) and page.bulleted[end]:
        end += 1
    if end >= len(lines) or not 2 <= end - start <= 3:
        return
    around = _is_paragraph(lines[first]) and _is_paragraph(lines[end])
    if around and all(_is_full_headline(line) for line in lines[start:end]):
        for line in lines[start:end]:
            yield cut(line, "related", "related-bullets", "headline in the midst of prose")


def _is_full_headline(line: Line) -> bool:
    """Return whether a bullet is a whole headline: nine words or more, no end of a sentence, no sign of a list."""
    text = line.bare
    plain = text[0].isupper() and text[-1].isalnum() and not any(sign in text for sign in (":", "–", ";", "|", "="))
    return plain and 50 <= len(text) <= 140 and text.count(" ") >= 8


def _is_paragraph(line: Line) -> bool:
    """Return whether a line without a bullet is prose that does not announce a list."""
    return line.bare == line.text and is_prose(line.text) and ends_sentence(line.text)
