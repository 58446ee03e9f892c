"""The rows that go into a corpus file together for one document, and how texts are packed into them."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from typing import NamedTuple

import zstandard

from curator.errors import StoreError
from curator.model import Cut

_SURROGATES = re.compile("[\ud800-\udfff]")
# Level 3: on texts of 2 KB higher levels save 2 % and take twice the time.
_LEVEL = 3
#: How a page begins that is packed with the document's own bytes at hand: no frame of Zstandard begins so.
_WITH_RAW = b"\x01"


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

    @property
    def page_text(self) -> str:
        """The page text, unpacked."""
        return unpack_page(self.page, self.content if self.record is None else self.record)


class _Packing(threading.local):
    """What packs and unpacks, one of each for a thread: to make one takes as long as to pack a text of 2 KB."""

    def __init__(self) -> None:
        self.compressor = zstandard.ZstdCompressor(level=_LEVEL)
        self.decompressor = zstandard.ZstdDecompressor()


_PACKING = _Packing()


def pack(data: bytes) -> bytes:
    """Return bytes compressed for the file."""
    return _PACKING.compressor.compress(data)


def unpack(blob: bytes) -> bytes:
    """Return the bytes that were packed; raise StoreError where they are damaged."""
    return _unpacked(_PACKING.decompressor, blob)


def _unpacked(decompressor: zstandard.ZstdDecompressor, blob: bytes) -> bytes:
    try:
        return decompressor.decompress(blob)
    except zstandard.ZstdError as error:
        raise StoreError(f"what is stored is damaged and cannot be unpacked: {error}") from error


def pack_text(text: str) -> bytes:
    """Return text compressed; lone surrogates survive."""
    return pack(text.encode("utf-8", "surrogatepass"))


def unpack_text(blob: bytes) -> str:
    r"""Return the text that was packed.

    >>> unpack_text(pack_text("a\ud800"))
    'a\ud800'
    """
    return _decoded(unpack(blob))


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        raise StoreError(f"what is stored is damaged and is no text: {error}") from error


def pack_page(text: str, raw: bytes) -> bytes:
    """Return page text compressed with the bytes at hand that it was made of.

    Nearly all of it stands there: the page of a JSON record of 2 KB takes 0.1 KB, by itself 1.1 KB.
    """
    return _WITH_RAW + zstandard.ZstdCompressor(level=_LEVEL, dict_data=_dictionary(raw)).compress(
        text.encode("utf-8", "surrogatepass")
    )


def unpack_page(blob: bytes, raw: bytes | None) -> str:
    r"""Return page text; ``raw`` are the bytes that are stored of the document, packed.

    >>> unpack_page(pack_page("Rabat\ud800", b"Rabat"), pack(b"Rabat")), unpack_page(pack_text("as before"), None)
    ('Rabat\ud800', 'as before')
    """
    if not blob.startswith(_WITH_RAW) or raw is None:
        return unpack_text(blob)
    decompressor = zstandard.ZstdDecompressor(dict_data=_dictionary(unpack(raw)))
    return _decoded(_unpacked(decompressor, blob[len(_WITH_RAW) :]))


def _dictionary(raw: bytes) -> zstandard.ZstdCompressionDict:
    # Bytes that begin like a trained dictionary would else be taken for one.
    return zstandard.ZstdCompressionDict(raw, dict_type=zstandard.DICT_TYPE_RAWCONTENT)


def shown(text: str) -> str:
    """Return text as a TEXT column can hold it: U+FFFD for each lone surrogate, so offsets stay as they are."""
    if text.isascii():
        return text
    try:
        text.encode()  # a tenth of the time of a search
    except UnicodeEncodeError:
        return _SURROGATES.sub("\ufffd", text)
    return text


def named(text: str) -> str:
    """Return a name or address as it is stored and looked up: as ``shown``, U+FFFD for U+0000 too.

    SQLite ends a string of JSON at U+0000, so lists of names would not find those that hold one.
    """
    return shown(text).replace("\x00", "\ufffd")


def cut_values(cuts: Iterable[Cut], page: str) -> tuple[CutValues, ...]:
    r"""Return the rows of cuts in a page.

    >>> cut_values([Cut(0, 4, "account", "r", "why")], "Home\nRabat")
    ((0, 4, 'account', 'r', 'why', 'Home'),)
    """
    page = shown(page)
    return tuple((*cut, page[cut.start : cut.end]) for cut in cuts)
