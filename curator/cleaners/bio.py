"""Notes on the author, editorial and affiliate notes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from curator.cleaners.phrases import Phrases
from curator.cleaners.rule import BlockRule, LineRule, Marks, Rule, cut
from curator.cleaners.sentence import is_prose, n_sentences
from curator.model import Cut, Line

#: A note is a sentence or two; the longest in the hand-labelled dumps has 188 characters.
_NOTE_CHARS = 420

#: A portrait of the author is one paragraph, seldom two short ones.
_PORTRAIT_CHARS = 700

#: A portrait names its author first: one to four capitalised words, then a verb and a role.
_NAME_FIRST = re.compile(r"(?:[A-ZÀ-ÞŁŚŻČŠŽÖÄÜ][\w.'’-]*\s+){1,4}(?:\([^()]{0,40}\)\s*)?(?:,\s*\d{2},\s*)?")
_NAME_CHARS = 80
_ROLE_CHARS = 90


def cut_bio_note(lines: Sequence[Line], phrases: Phrases) -> Iterator[Cut]:
    """Cut notes on where the article comes from and whose opinion it holds.

    >>> from curator.cleaners.phrases import load_phrases
    >>> from curator.page.lines import split_lines
    >>> lines = split_lines("This article was originally published in The Example.\\nThis article of the treaty was new.")
    >>> [found.start for found in cut_bio_note(lines, load_phrases())]
    [0]
    """
    for line in lines:
        if len(line.text) > _NOTE_CHARS or n_sentences(line.text) > 4:
            continue
        label = phrases.starting("bio.label", line.key)
        if phrases.starting("bio.start", line.key) is not None or label and ":" in line.bare[: len(label) + 3]:
            yield cut(line, "bio", "bio-note", "note on the article or its author")


def cut_bio_contributed(lines: Sequence[Line], phrases: Phrases) -> Iterator[Cut]:
    """Cut lines that say who contributed: "Jo Doe in Paris contributed to this report."."""
    for line in lines:
        if len(line.text) <= 250 and n_sentences(line.text) == 1 and "contributed" in line.key:
            if any(line.key.endswith(phrase) for phrase in phrases.of("bio.contributed")):
                yield cut(line, "bio", "bio-contributed", "says who contributed")


def cut_bio_portrait(lines: Sequence[Line], phrases: Phrases, marks: Marks) -> Iterator[Cut]:
    """Cut the portrait of the author below the text: with a heading, or a name, "is" and a role in front."""
    prose = [i for i, line in enumerate(lines) if i not in marks and is_prose(line.text)]
    for i, line in enumerate(lines):
        if i in marks:
            continue
        if len(line.text) <= 60 and phrases.has("bio.heading", line.key):
            yield from _below_heading(lines, i, prose)
        elif prose and i >= prose[-1] and len(prose) > 2 and _is_portrait(line, phrases):
            yield cut(line, "bio", "bio-portrait", "portrait of the author below the text")


def _below_heading(lines: Sequence[Line], heading: int, prose: Sequence[int]) -> Iterator[Cut]:
    """Yield the cuts of a heading and its portrait, where hardly any prose follows."""
    behind = [i for i in prose if i > heading]
    before = len(prose) - len(behind)
    if not behind or len(behind) > 1 or before < 2 or behind[0] > heading + 2:
        return
    if len(lines[behind[0]].text) <= _PORTRAIT_CHARS:
        for i in range(heading, behind[0] + 1):
            yield cut(lines[i], "bio", "bio-portrait", "portrait of the author below the text")


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
    return any(word in roles for word in near) or any(" ".join(pair) in roles for pair in zip(near, near[1:], strict=False))


RULES: tuple[Rule, ...] = (
    LineRule("bio-note", "bio", cut_bio_note, spares="paragraphs that open alike and go on with the matter"),
    LineRule("bio-contributed", "bio", cut_bio_contributed, spares="sentences on other contributions"),
    BlockRule("bio-portrait", "bio", cut_bio_portrait, spares="people whom the article itself is about"),
)
