"""Headlines and teasers of other articles that no heading announces."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from curator.cleaners.phrases import Phrases
from curator.cleaners.rule import Marks, cut
from curator.cleaners.sentence import ends_sentence, is_cut_off, is_prose
from curator.model import Cut, Line

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


def cut_related_echo(lines: Sequence[Line], phrases: Phrases, marks: Marks) -> Iterator[Cut]:
    """Cut headlines and teasers of other articles that stand twice: once as such, once elsewhere in the dump."""
    twice = {text for text, n in Counter(line.text for line in lines if _breaks_off(line)).items() if n > 1}
    named = set(_named(lines, marks))
    for line in lines:
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


def _breaks_off(line: Line) -> bool:
    """Return whether a line is a teaser cut off with an ellipsis; "[...]" stands in quotations."""
    return _TEASER_CHARS <= len(line.text) <= _LONG_TEASER_CHARS and is_cut_off(line.text) and line.text[-1] != "]"


def cut_related_teasers(lines: Sequence[Line], phrases: Phrases, marks: Marks) -> Iterator[Cut]:
    """Cut three or more teasers in a row that break off, with an ellipsis or all at the same length."""
    for run in _runs(lines, _breaks_off):
        if len(run) >= _TEASER_RUN:
            for i in run:
                yield cut(lines[i], "related", "related-teasers", "one of several teasers that break off")
    for run in _runs(lines, _ends_in_midst):
        chars = [len(lines[i].text) for i in run]
        if len(run) < _EVEN_RUN or max(chars) - min(chars) > _SPREAD_CHARS:
            continue
        if not any(is_prose(line.text) for line in lines[run[-1] + 1 :]):
            for i in run:
                yield cut(lines[i], "related", "related-teasers", "one of several teasers cut at one length")


def _runs(lines: Sequence[Line], belongs: Callable[[Line], bool]) -> Iterator[list[int]]:
    """Yield the indexes of each run of lines of one sort."""
    run: list[int] = []
    for at, line in enumerate(lines):
        if belongs(line):
            run.append(at)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _ends_in_midst(line: Line) -> bool:
    """Return whether a long line without a bullet ends in a word, as no sentence does."""
    text = line.text
    return (
        _EVEN_CHARS < len(text) <= _LONG_TEASER_CHARS
        and text[-1].isalnum()
        and line.bare == text
        and "http" not in text
    )


def cut_related_bullets(lines: Sequence[Line], phrases: Phrases, marks: Marks) -> Iterator[Cut]:
    """Cut two or three bulleted headlines right behind the opening paragraph, in the midst of prose."""
    first = next((i for i, line in enumerate(lines) if is_prose(line.text) and i not in marks), len(lines))
    for start, end in _bulleted_runs(lines):
        if start != first + 1 or end == len(lines) or not 2 <= end - start <= 3:
            continue
        around = _is_paragraph(lines[first]) and _is_paragraph(lines[end])
        if around and all(_is_full_headline(line) for line in lines[start:end]):
            for line in lines[start:end]:
                yield cut(line, "related", "related-bullets", "headline in the midst of prose")


def _bulleted_runs(lines: Sequence[Line]) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of every run of lines with bullets."""
    start = None
    for at, line in enumerate(lines):
        if line.bare == line.text:
            if start is not None:
                yield start, at
            start = None
        elif start is None:
            start = at
    if start is not None:
        yield start, len(lines)


def _is_full_headline(line: Line) -> bool:
    """Return whether a bullet is a whole headline: nine words or more, no end of a sentence, no sign of a list."""
    text = line.bare
    plain = text[0].isupper() and text[-1].isalnum() and not any(sign in text for sign in (":", "–", ";", "|", "="))
    return plain and 50 <= len(text) <= 140 and text.count(" ") >= 8


def _is_paragraph(line: Line) -> bool:
    """Return whether a line without a bullet is prose that does not announce a list."""
    return line.bare == line.text and is_prose(line.text) and ends_sentence(line.text)
