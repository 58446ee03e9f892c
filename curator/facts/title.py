"""The headline: named by the markup or the record, or told by its look at the top of a text; never guessed."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from curator.facts.headline import find_headline
from curator.facts.outline import Outline
from curator.model import Page

_WORD = re.compile(r"\w+(?:['’.-]\w+)*")


class Title(NamedTuple):
    """A headline and where it stands on the page, if it does."""

    text: str
    span: tuple[int, int] | None


def find_title(page: Page, top: Outline) -> Title | None:
    """Return the headline of a page, or None where it holds none for certain."""
    if page.meta.title:
        return _named(page, page.meta.title)
    line = find_headline(top) if page.media != "text/html" else None
    return Title(line.bare, (line.end - len(line.bare), line.end)) if line else None


def _words(text: str) -> str:
    return " ".join(_WORD.findall(unicodedata.normalize("NFC", text).casefold()))


def _named(page: Page, title: str) -> Title:
    """Return the title that is named, with the line that says the same words; a heading before other lines."""
    wanted = _words(title)
    same = [line for line in page.lines if len(line.text) <= 2 * len(title) + 20 and _words(line.text) == wanted]
    if not same or not wanted:
        return Title(title, None)
    line = min(same, key=lambda line: ((line.hints.heading or 9) if line.hints else 0, line.start))
    return Title(line.bare, (line.end - len(line.bare), line.end))
