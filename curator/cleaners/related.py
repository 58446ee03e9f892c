"""Links, teasers and headlines of other articles, with their headings.

The rules of single lines stand here; lists under headings in ``related_list``, teasers and headlines without any
heading in ``related_echo``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from curator.cleaners.batch import NEIGHBOUR_ARROW, Batch, bullets, places
from curator.cleaners.phrases import Phrases
from curator.cleaners.related_echo import (
    broken_off,
    cut_related_bullets,
    cut_related_echo,
    cut_related_more,
    cut_related_teasers,
    ending_in_midst,
    reading_on,
)
from curator.cleaners.related_list import LIST_PHRASES, cut_related_list, headings, is_heading
from curator.cleaners.rule import BlockRule, LineRule, Rule, cut
from curator.cleaners.sentence import ends_in_full_stop, n_sentences
from curator.model import Cut, Line

#: What stands between a label and the headline it names. A hyphen counts only with white space on both sides.
#: One class with a bounded run before it, so a long line costs no more than 70 characters.
_SEPARATOR = re.compile(r"^.{2,70}?(?:\s*[:|：»›→>]+|\s+[-–—]|[–—])\s*", re.DOTALL)

#: A label in front of a headline is at most this long: "Lesen Sie dazu auch unseren Kommentar:".
_LABEL_CHARS = 60

#: The longest headline with its deck behind a label that was seen in the hand-labelled dumps has 170 characters.
_NAMED_CHARS = 220

#: A sentence that only links to another page is short; longer ones that open alike have matter of their own.
_LINK_CHARS = 120

#: A headline that stands twice on a line has at least this length and so many spaces; "New York New York" is a title.
_DOUBLED_CHARS = 25
_DOUBLED_WORDS = 3

#: Links to the page before and after, one line or two: "← Karl Marx – Philosoph, Ökonom".
_NEIGHBOUR_PAGE = re.compile(r"(?:[←⟵◀❮]\s*\S.{8,}|\S.{8,}[→⟶❯])", re.DOTALL)


def named_headline(line: Line, phrases: Phrases) -> str | None:
    """Return the headline that a line names behind a label such as "À lire :", or None.

    What follows the label is one sentence: "Mehr dazu: Der Film lief 2019. Dann ..." is a paragraph.
    """
    label = phrases.starting("related.label", line.key)
    if label is None or len(line.bare) > _LABEL_CHARS + _NAMED_CHARS:
        return None
    mark = _SEPARATOR.match(line.bare)
    if mark and _is_label(line.bare[: mark.end()], label):
        rest = line.bare[mark.end() :]
        return rest if _is_name(rest) and (" " in label or _is_plain_headline(line, rest)) else None
    bare_label = phrases.starting("related.label_bare", line.key)
    rest = _after_words(line.bare, bare_label) if bare_label else ""
    return rest if rest[:1].isupper() and _is_name(rest) and not ends_in_full_stop(rest) else None


def _is_label(front: str, label: str) -> bool:
    """Return whether the words before a separator are a label, perhaps with a few words of its own."""
    extra = len(front.split()) - len(label.split())
    # A short label with more words behind it is a sentence: "Read the agreement: it says".
    return len(front) <= _LABEL_CHARS and extra <= (4 if " " in label else 0)


def _is_name(rest: str) -> bool:
    """Return whether text could be a headline, with its deck perhaps; a paragraph ends in a full stop."""
    if not 8 <= len(rest) <= _NAMED_CHARS or n_sentences(rest) > 2:
        return False
    return not ends_in_full_stop(rest) or (len(rest) <= 120 and n_sentences(rest) == 1)


def _is_plain_headline(line: Line, rest: str) -> bool:
    """Return whether a headline stands behind a label of one word: "Video: 4K, 30 fps" is a product's datum."""
    return line.bare == line.text and rest[0].isupper() and rest.count(" ") >= 3 and not ends_in_full_stop(rest)


def _after_words(text: str, phrase: str) -> str:
    """Return what stands behind as many words as a folded phrase has."""
    parts = text.split(None, len(phrase.split()))
    return parts[-1] if len(parts) > len(phrase.split()) else ""


def cut_related_label(lines: Sequence[Line], phrases: Phrases) -> Iterator[Cut]:
    r"""Cut lines that name another article behind a label: "À lire : <headline>".

    >>> from curator.cleaners.phrases import load_phrases
    >>> from curator.page.lines import split_lines
    >>> lines = split_lines("Leggi anche: Il sindaco si dimette\nRead more about her life in our obituary.")
    >>> [found.start for found in cut_related_label(lines, load_phrases())]
    [0]
    """
    for line in lines:
        if named_headline(line, phrases) is not None:
            yield cut(line, "related", "related-label", "names another article behind a label")


def cut_related_heading(lines: Sequence[Line], phrases: Phrases) -> Iterator[Cut]:
    """Cut headings over links to other articles: "Mehr zum Thema", "You may also like"."""
    for line in lines:
        if is_heading(line, phrases):
            yield cut(line, "related", "related-heading", "heading over links to other articles")


def cut_related_link(lines: Sequence[Line], phrases: Phrases) -> Iterator[Cut]:
    """Cut sentences that only send the reader to another page: "Click here to read the affidavit."."""
    for line in lines:
        if len(line.text) > _LINK_CHARS or phrases.starting("related.link", line.key) is None:
            continue
        if n_sentences(line.text) == 1:
            yield cut(line, "related", "related-link", "only sends the reader to another page")


def _with_arrows(batch: Batch) -> list[int]:
    return places(batch.held & NEIGHBOUR_ARROW)


def cut_related_neighbour(lines: Sequence[Line], phrases: Phrases) -> Iterator[Cut]:
    """Cut links to the article before or after this one, told by their arrows."""
    for line in lines:
        if len(line.text) <= _NAMED_CHARS and _NEIGHBOUR_PAGE.fullmatch(line.text) and " " in line.bare:
            yield cut(line, "related", "related-neighbour", "arrow to the article before or after")


def cut_related_doubled(lines: Sequence[Line], phrases: Phrases) -> Iterator[Cut]:
    """Cut headlines that stand twice on one line: as the name of a link's picture, and as its text."""
    for line in lines:
        if is_doubled(line.text):
            yield cut(line, "related", "related-twice", "headline that stands twice on its line")


def is_doubled(text: str) -> bool:
    """Return whether a text is the same few words twice.

    >>> is_doubled("The mayor of Rome resigns at last The mayor of Rome resigns at last"), is_doubled("bye bye")
    (True, False)
    """
    half = len(text) // 2
    if not _DOUBLED_CHARS <= half <= _NAMED_CHARS or text[half] != " " or text[0] != text[half + 1]:
        return False
    return len(text) % 2 == 1 and text[:half] == text[half + 1 :] and text.count(" ", 0, half) >= _DOUBLED_WORDS


def _doubled(batch: Batch) -> list[int]:
    able = places((batch.n_chars > 2 * _DOUBLED_CHARS) & (batch.n_chars <= 2 * _NAMED_CHARS + 1) & (batch.n_chars & 1))
    return [i for i in able if (text := batch.text[i])[len(text) // 2] == " " and is_doubled(text)]


def _may_be_teasers(batch: Batch) -> set[int]:
    return {*batch.once(broken_off), *batch.once(ending_in_midst)}


RULES: tuple[Rule, ...] = (
    LineRule(
        "related-label",
        "related",
        cut_related_label,
        spares="paragraphs that open with such a label",
        opens=("related.label",),
    ),
    LineRule(
        "related-heading",
        "related",
        cut_related_heading,
        spares="sub-headings such as 'Related work'",
        also=headings,
    ),
    LineRule(
        "related-link",
        "related",
        cut_related_link,
        spares="paragraphs that hold such a sentence",
        opens=("related.link",),
    ),
    LineRule(
        "related-neighbour",
        "related",
        cut_related_neighbour,
        spares="arrows inside a sentence or formula",
        also=_with_arrows,
    ),
    LineRule(
        "related-twice",
        "related",
        cut_related_doubled,
        spares="titles and exclamations that say a word twice",
        also=_doubled,
    ),
    BlockRule(
        "related-list",
        "related",
        cut_related_list,
        spares="the prose and sub-headings behind the list",
        needs=LIST_PHRASES,
    ),
    BlockRule(
        "related-echo",
        "related",
        cut_related_echo,
        spares="sub-headings that stand twice",
        needs=("related.label",),
        also=broken_off,
    ),
    BlockRule(
        "related-teasers",
        "related",
        cut_related_teasers,
        spares="paragraphs that end in dots; poems",
        also=_may_be_teasers,
    ),
    BlockRule(
        "related-more",
        "related",
        cut_related_more,
        spares="a paragraph with a link at its end",
        also=reading_on,
    ),
    BlockRule(
        "related-bullets",
        "related",
        cut_related_bullets,
        spares="enumerations that the text introduces",
        also=bullets,
    ),
)
