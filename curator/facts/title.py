"""The headline: named by the markup or the record, or told by its shape at the top of a text; never guessed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

from curator.facts.byline import author_of
from curator.facts.outline import TITLE_CHARS, Outline, is_prose
from curator.model import Line, Page
from curator.page.dates import find_date

_WORD = re.compile(r"\w+(?:['’.-]\w+)*")
_MIN_WORDS, _MAX_WORDS = 3, 26
_MIN_BYTES = 14
#: What a headline does not end with: an arrow (a quote's closing mark is none), a colon. A full stop: see below.
_OPEN_END = re.compile(r"(?:[:;,!/>|–—-]|(?<!\w)»|^[^«]*»|\.\.\.|…)$")
_FULL_STOP = re.compile(r"""[.。।][»"”“’')\]]*$""")
_ABBREVIATED = re.compile(r"(?<!\w)(?:[A-ZÀ-Þ]|[A-ZÀ-Þ]\.[A-ZÀ-Þ]|Co|Jr|Sr|Inc|Ltd|St|Dr)\.$")
_ADDRESS = re.compile(r"https?:|www\.|\S@\S|[{}<>=]|\S\.(?:com|org|net|de|fr)\b")
#: "Marokko – Königreich und USA ...": what an article is about; and the place that opens a report.
_TOPIC = re.compile(r"[^\W\d_][\w ]{1,30} [–—-] \S")
_SPEECH = re.compile(r"(?:I|I'm|I’ve|I've|We|Ich|Wir|Je|Nous|Hi|Hello|Hey|Hallo|Bonjour|Dear|Liebe|Lieber)\b[ ,]")
#: The time of an entry in a live blog, the rest of a sentence.
_NO_START = re.compile(r"\d{1,2}[.:]\d\d\b|…|\.\.\.|[^\w\"'«»„“”‘’‚¿¡#@$€(\[]")
#: A standfirst of two sentences; a short headline may have them.
_NEXT_SENTENCE = re.compile(r"[^\W\d_]{2}[.!?] +[^\W\d_]")
_LONG_CHARS = 120
_LABEL = re.compile(r"(?i)(?:text|fotos?|photos?|bild|autor(?:in)?|author|stand|quelle|source|crédits?)\s?: ?")
_PUBLISHED = re.compile(
    r"(?i)\W(?:published|updated)\W*$|(?:originally )?(?:published|posted|updated) |veröffentlicht am "
)

#: With more kept lines than this before the first prose, menus may stand among them.
_FEW_LINES = 3


class Title(NamedTuple):
    """A headline and where it stands on the page, if it does."""

    text: str
    span: tuple[int, int] | None


def find_title(page: Page, top: Outline) -> Title | None:
    """Return the headline of a page, or None where it holds none for certain."""
    if page.meta.title:
        return _named(page, page.meta.title)
    if page.media == "text/html":
        return None
    line = _by_shape(top)
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


def _by_shape(top: Outline) -> Line | None:
    """Return the line of a text that is a headline by its shape and place: above the first prose."""
    if top.n_head == len(top.kept):
        return None
    above, body = top.kept[: top.n_head], top.kept[top.n_head :]
    head = list(islice((line for line in above if not _is_byline(line.text)), _FEW_LINES + 1))
    if len(head) > _FEW_LINES:
        return _behind_menu(above, body, top)
    return head[0] if head and _is_headline(head[0], body, top) else None


def _is_headline(line: Line, body: Sequence[Line], top: Outline) -> bool:
    if not _has_shape(line):
        return False
    if _FULL_STOP.search(line.text) and not _ABBREVIATED.search(line.text):
        return _is_repeated(line, top.cut) or _has_topic(line, body)
    return True


def _has_shape(line: Line) -> bool:
    text = line.bare
    n_words = len(_WORD.findall(text))
    return (
        line.text == text
        and (_MIN_WORDS <= n_words <= _MAX_WORDS or _is_unspaced(text))
        and len(text.encode("utf-8", "replace")) >= _MIN_BYTES
        and len(text) <= TITLE_CHARS
        and not text[0].islower()
        and not _OPEN_END.search(text)
        and not _ADDRESS.search(text)
        and not _SPEECH.match(text)
        and not _NO_START.match(text)
        and not (len(text) > _LONG_CHARS and _NEXT_SENTENCE.search(text))
    )


def _is_unspaced(text: str) -> bool:
    """Return whether a text is in a script without spaces between words and long enough for a headline.

    >>> _is_unspaced("部长会议讨论贸易问题"), _is_unspaced("Wetter")
    (True, False)
    """
    return len(text) >= 8 and sum("\u3040" <= char <= "\u9fff" for char in text) * 2 > len(text)


def _is_byline(text: str) -> bool:
    if _LABEL.match(text) or _PUBLISHED.match(text) or _PUBLISHED.search(text[-14:]):
        return True
    return author_of(text) is not None or (len(text) <= 60 and find_date(text) is not None)


def _is_repeated(line: Line, cut: Sequence[Line]) -> bool:
    """Return whether a line that was cut before (a breadcrumb) ends with the same words."""
    return any(other.start < line.start and other.text.endswith(line.text) for other in cut)


def _has_topic(line: Line, body: Sequence[Line]) -> bool:
    """Return whether a sentence names its topic as headlines do, while the report has a place of its own below."""
    opening = any(_TOPIC.match(other.text) and is_prose(other.text) for other in body[:6])
    return opening and len(line.text) <= 100 and bool(_TOPIC.match(line.text))


def _behind_menu(above: Sequence[Line], body: Sequence[Line], top: Outline) -> Line | None:
    """Return the one line before the first prose that is a headline among menu entries, or None.

    It must be far longer than they are and stand within three lines of the prose, bylines left out.
    """
    able = [line for line in above if len(_WORD.findall(line.text)) >= 5 and _is_headline(line, body, top)]
    able = [line for line in able if not _is_byline(line.text)]
    near = islice((line for line in reversed(above) if not _is_byline(line.text)), _FEW_LINES)
    return able[0] if len(able) == 1 and able[0] in near else None
