"""The rows that go into a corpus file together for one document, and how texts are packed into them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

import zstandard

from curator.model import Cut

_SURROGATES = re.compile("[\ud800-\udfff]")
# Level 3: on texts of 2 KB higher levels save 2 % and take twice the time.
_LEVEL = 3


class ArticleRow(NamedTuple):
    """What the table ``articles`` holds of a document before duplicates are looked for."""

    title: str | None
    site: str | None
    url: str | None
    lang: str | None
    published: str | None
    author: str | None
    words: int
    chars: int
    raw_chars: int
    ratio_cut: float
    review: str | None
    status: str
    reason: str | None


class TextRow(NamedTuple):
    """An article's text, and where its title stands in the page."""

    title_start: int | None
    title_end: int | None
    text: str


class CutRow(NamedTuple):
    """A cut with the characters it took."""

    cut: Cut
    text: str


#: What the table ``cuts`` holds of a cut beside its article: start, end, kind, rule, why, text. Plain, since a document
#: has a dozen of them, which travel from process to process: as records they take three times as long.
CutValues = tuple[int, int, str, str, str, str]


class NotedLines(NamedTuple):
    """What learning keeps of the lines of a page, as in the table ``page_lines``."""

    headline: int
    shown: bool
    lines: bytes


class Entry(NamedTuple):
    """A cleaned document, ready to be written; ``content``, ``record`` and ``page`` are packed, ``cuts`` as stored.

    ``content`` is None where ``record`` holds it. ``fields`` and ``meta`` are JSON; ``meta`` is None where the record
    holds that too. ``noted`` None leaves it to learning to look at the page again.
    """

    key: str
    source: str
    source_id: str | None
    url: str | None
    site: str | None
    fetched_at: str | None
    media: str
    encoding: str | None
    n_bytes: int
    member: str | None
    position: int | None
    fields: str | None
    meta: str | None
    content: bytes | None
    record: bytes | None
    page: bytes
    repairs: str | None
    article: ArticleRow
    text: TextRow
    cuts: tuple[CutValues, ...]
    noted: NotedLines | None = None


def pack(data: bytes) -> bytes:
    """Return bytes compressed for the file."""
    return zstandard.ZstdCompressor(level=_LEVEL).compress(data)


def unpack(blob: bytes) -> bytes:
    """Return the bytes that were packed."""
    return zstandard.ZstdDecompressor().decompress(blob)


def pack_text(text: str) -> bytes:
    """Return text compressed; lone surrogates survive."""
    return pack(text.encode("utf-8", "surrogatepass"))


def unpack_text(blob: bytes) -> str:
    r"""Return the text that was packed.

    >>> unpack_text(pack_text("a\ud800"))
    'a\ud800'
    """
    return unpack(blob).decode("utf-8", "surrogatepass")


def shown(text: str) -> str:
    """Return text as a TEXT column can hold it: U+FFFD for each lone surrogate, so offsets stay as they are."""
    if text.isascii():
        return text
    try:
        text.encode()  # a tenth of the time of a search
    except UnicodeEncodeError:
        return _SURROGATES.sub("\ufffd", text)
    return text


def cut_values(cuts: Iterable[Cut], page: str) -> tuple[CutValues, ...]:
    r"""Return the rows of cuts in a page.

    >>> cut_values([Cut(0, 4, "account", "r", "why")], "Home\nRabat")
    ((0, 4, 'account', 'r', 'why', 'Home'),)
    """
    page = shown(page)
    return tuple((*cut, page[cut.start : cut.end]) for cut in cuts)
