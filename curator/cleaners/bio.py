"""Notes on the author, editorial and affiliate notes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from curator.cleaners.batch import ADDRESS, Batch, places
from curator.cleaners.datasheet import is_code
from curator.cleaners.page_lines import on_page
from curator.cleaners.phrases import Phrases
from curator.cleaners.rule import BlockRule, LineRule, Marks, Rule, cut
from curator.cleaners.sentence import n_sentences
from curator.model import Cut, Line
from curator.page.fold import fold

#: A note is a sentence or two; the longest in the hand-labelled dumps has 188 characters.
_NOTE_CHARS = 420

_SENTENCE_END = re.compile(r"[.!?:…] |[。！？]|\s[–—-]\s")
_QUOTES = "\"'„“”«»‹›‘’「『"

#: A line's key holds this much of it, so the end of a longer line cannot be looked up.
_FOLDED_CHARS = 160

#: Who reported from where, then who contributed: two sentences, seldom three.
_CREDIT_SENTENCES = 3

#: A portrait of the author is one paragraph, seldom two short ones.
_PORTRAIT_CHARS = 700

#: A portrait names its author first: one to four capitalised words, then a verb and a role.
_NAME_FIRST = re.compile(r"(?:[A-ZÀ-ÞŁŚŻČŠŽÖÄÜ][\w.'’-]*\s+){1,4}(?:\([^()]{0,40}\)\s*)?(?:,\s*\d{2},\s*)?")
_NAME_CHARS = 80
_ROLE_CHARS = 90


def cut_bio_note(lines: Sequence[Line], phrases: Phrases) -> Iterator[Cut]:
    r"""Cut notes on where the article comes from and whose opinion it holds.

    >>> from curator.cleaners.phrases import load_phrases
    >>> from curator.page.lines import split_lines
    >>> lines = split_lines("This article was originally published in Ex.\nThis article of the treaty is new.")
    >>> [found.start for found in cut_bio_note(lines, load_phrases())]
    [0]
    """
    for line in lines:
        if len(line.text) <= _NOTE_CHARS and _opens_note(line, phrases) and n_sentences(line.text) <= 4:
            yield cut(line, "bio", "bio-note", "note on the article or its author")


def _opens_note(line: Line, phrases: Phrases) -> bool:
    if phrases.starting("bio.start", line.key) is not None:
        return True
    label = phrases.starting("bio.label", line.key)
    return label is not None and ":" in line.bare[: len(label) + 3]


def cut_bio_tip(lines: Sequence[Line], phrases: Phrases) -> Iterator[Cut]:
    """Cut calls to send the newsroom tips, with the address or the messenger to send them by."""
    for line in lines:
        if len(line.text) > _NOTE_CHARS or line.bare[0] in _QUOTES or not _names_channel(line.text, phrases):
            continue
        if any(phrases.starting("bio.tip", fold(sentence)) for sentence in _SENTENCE_END.split(line.text)):
            yield cut(line, "bio", "bio-tip", "asks for tips to the newsroom")


def _names_channel(text: str, phrases: Phrases) -> bool:
    """Return whether text names a messenger, or has the sign of an address in it."""
    if "@" in text:
        return True
    small = text.casefold()
    return any(word in small for word in phrases.of("bio.channel"))


def _may_name_channels(batch: Batch) -> set[int]:
    able = {*batch.in_texts["bio.channel"], *places(batch.held & ADDRESS)}
    return {i for i in able if len(batch.text[i]) <= _NOTE_CHARS}


def cut_bio_contributed(lines: Sequence[Line], phrases: Phrases) -> Iterator[Cut]:
    """Cut lines that say who contributed: "Jo Doe in Paris contributed to this report."."""
    endings = tuple(phrases.of("bio.contributed"))
    for line in lines:
        if _contributed(line, endings):
            yield cut(line, "bio", "bio-contributed", "says who contributed")


def _contributed(line: Line, endings: tuple[str, ...]) -> bool:
    if len(line.text) <= _FOLDED_CHARS:
        return line.key.endswith(endings) and n_sentences(line.text) <= _CREDIT_SENTENCES
    if len(line.text) > _NOTE_CHARS or n_sentences(line.text) > _CREDIT_SENTENCES:
        return False
    return fold(line.text[-_FOLDED_CHARS:]).endswith(endings)


def _speak_of_contributions(batch: Batch) -> list[int]:
    return batch.in_texts["bio.contributed"]


def cut_bio_portrait(lines: Sequence[Line], phrases: Phrases, marks: Marks) -> Iterator[Cut]:
    """Cut the portrait of the author below the text: with a heading, or a name, "is" and a role in front."""
    for i in sorted(portraits(lines, phrases, marks)):
        yield cut(lines[i], "bio", "bio-portrait", "portrait of the author below the text")


def portraits(lines: Sequence[Line], phrases: Phrases, marks: Marks) -> set[int]:
    """Return the indexes of the lines that portray the author: the last prose, and what stands behind it.

    Looked for from the end, so that nothing more is found once a portrait is gone. Two paragraphs of text stay.
    """
    page = on_page(lines, phrases)
    prose = [i for i in page.paragraphs if i not in marks]
    found: set[int] = set()
    while len(prose) > 2 and (block := _portrait_at(lines, prose[-1], phrases, marks)):
        found |= block
        prose.pop()
    if len(prose) > 2:
        # A name, a verb and a role are three words at least; what stands behind the text has fewer as a rule.
        able = (i for i in range(prose[-1] + 1, len(lines)) if i not in marks and page.key[i].count(" ") > 1)
        found |= {i for i in able if _is_portrait(lines[i], phrases)}
    return found


def _portrait_at(lines: Sequence[Line], at: int, phrases: Phrases, marks: Marks) -> set[int]:
    """Return the lines of a portrait whose prose stands at an index, its heading and name above included."""
    if len(lines[at].text) > _PORTRAIT_CHARS:
        return set()
    for heading in (at - 1, at - 2):
        if heading > 0 and _heads_portrait(lines[heading], phrases):
            return {i for i in range(heading, at + 1) if i not in marks}
    return {at} if _is_portrait(lines[at], phrases) else set()


def _heads_portrait(line: Line, phrases: Phrases) -> bool:
    return len(line.text) <= 60 and phrases.has("bio.heading", line.key) and not is_code(line.text)


def _is_portrait(line: Line, phrases: Phrases) -> bool:
    """Return whether a line opens with a name, a verb and a role: "Jo Doe is a reporter in Rome."."""
    if len(line.text) > _PORTRAIT_CHARS:
        return False
    name = _NAME_FIRST.match(line.text, 0, _NAME_CHARS)
    if name is None:
        return False
    words = line.text[name.end() : name.end() + _ROLE_CHARS].split()
    if not words or words[0].casefold() not in phrases.of("bio.link"):
        return False
    near = [word.strip(".,;()").casefold() for word in words[1:8]]
    roles = phrases.of("bio.role")
    return any(word in roles for word in near) or any(" ".join(pair) in roles for pair in pairwise(near))


RULES: tuple[Rule, ...] = (
    LineRule(
        "bio-note",
        "bio",
        cut_bio_note,
        spares="paragraphs that open alike and go on with the matter",
        opens=("bio.start", "bio.label"),
    ),
    LineRule(
        "bio-tip",
        "bio",
        cut_bio_tip,
        spares="appeals of the police, and sentences on tips",
        also=_may_name_channels,
    ),
    LineRule(
        "bio-contributed",
        "bio",
        cut_bio_contributed,
        spares="sentences on other contributions",
        also=_speak_of_contributions,
    ),
    BlockRule("bio-portrait", "bio", cut_bio_portrait, spares="people whom the article itself is about"),
)
