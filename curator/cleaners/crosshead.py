"""Crossheads of an article that read like furniture: "Kommentare", "Share", "Newsletter" between paragraphs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from curator.cleaners.page_lines import PageLines
from curator.cleaners.sentence import ends_sentence, is_prose
from curator.cleaners.shape import is_bulleted
from curator.model import Cut, Line

#: Kinds whose words also head a part of an article, with the number of words up to which they do. Marks of
#: advertisements stand between paragraphs as a rule, bylines and headings over links often: on 2,000 dumps of
#: ../shared/bench 42 of 42, 18 of 21 and 17 of 21 such lines are clutter, but 5 of 12 of these kinds are not.
_WORDS = {
    "share": 2,
    "social": 2,
    "newsletter": 2,
    "account": 2,
    "comments": 2,
    "caption": 2,
    "legal": 2,
    "navigation": 2,
    "consent": 1,
}

#: Crossheads are short; signs and numbers tell a button ("Share:", "Kommentare (3)", "Back to top ↑").
_CROSSHEAD_CHARS = 40
_SIGN = re.compile(r"[\d:：()\[\]|/+*#&.…!?›»→↑]")


def spare_crossheads(lines: Sequence[Line], found: Iterable[Cut]) -> list[Cut]:
    r"""Return the cuts of single lines less those of crossheads, which stand once and between two paragraphs.

    >>> from curator.page.lines import split_lines
    >>> prose = f"Die Leser schreiben {'sehr ' * 20}viel zurück."
    >>> cut = Cut(len(prose) + 1, len(prose) + 10, "comments", "comments-line", "heading of a comment section")
    >>> spare_crossheads(split_lines(f"{prose}\nKommentar\n{prose}"), [cut])
    []
    >>> len(spare_crossheads(split_lines(f"{prose}\nKommentar\nJane Doe"), [cut]))
    1
    """
    cuts = list(found)
    between = {(lines[at].start, lines[at].end): at for at in _between_prose(lines)}
    able = [cut for cut in cuts if cut.kind in _WORDS and cut[:2] in between]
    if not able:
        return cuts
    taken = {cut[:2] for cut in cuts}
    times: Counter[str] | None = None
    spared = set()
    for cut in able:
        at = between[cut[:2]]
        if not _reads_as_crosshead(lines[at], cut.kind) or not _closed_around(lines, at, taken):
            continue
        times = times or Counter(line.key for line in lines)
        if times[lines[at].key] == 1:
            spared.add(cut[:2])
    return [cut for cut in cuts if cut[:2] not in spared]


def _reads_as_crosshead(line: Line, kind: str) -> bool:
    text = line.bare
    if len(text) > _CROSSHEAD_CHARS or text[0].islower() or _SIGN.search(text):
        return False
    return len(text.split()) <= _WORDS[kind]


def _between_prose(lines: Sequence[Line]) -> set[int]:
    """Return the indexes of the lines that stand right between two that read as paragraphs."""
    if isinstance(lines, PageLines):
        prose = lines.paragraphs
    else:
        prose = [at for at, line in enumerate(lines) if is_prose(line.text)]
    return {at + 1 for at in prose}.intersection([at - 1 for at in prose])


def _closed_around(lines: Sequence[Line], at: int, taken: set[tuple[int, int]]) -> bool:
    """Return whether no rule cuts the paragraphs around a line, which has a bullet only if they have."""
    if not all(ends_sentence(line.text) and line[2:4] not in taken for line in (lines[at - 1], lines[at + 1])):
        return False
    return is_bulleted(lines[at - 1]) == is_bulleted(lines[at]) == is_bulleted(lines[at + 1])
