"""The first bytes of an input -> what it is: text, HTML, JSON lines, or nothing that can be read."""

from __future__ import annotations

import codecs
import json
import re
from typing import Literal

Media = Literal["text/plain", "text/html"]

HEAD_BYTES = 4096
GZIP = b"\x1f\x8b"
UTF8_BOM = codecs.BOM_UTF8

#: Byte-order marks; UTF-32 first, since its little-endian mark begins with that of UTF-16.
_WIDE = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MAGIC = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"RIFF", "an image, sound or film (RIFF)"),
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"BZh", "bzip2 data"),
    (b"\xfd7zXZ\x00", "xz data"),
    (b"\x28\xb5\x2f\xfd", "zstandard data"),
    (GZIP, "gzip data inside gzip data"),
    (b"PAR1", "a Parquet table"),
)

#: An object's first key decides: prose does not begin with it. Matched behind a byte-order mark and white space.
_OBJECT = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"(?:[^"\\]|\\.)*"\s*:')
_LIST = re.compile(rb'(?:\xef\xbb\xbf)?\s*\[\s*\{\s*"')
_HTML = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S
)


def format_of(head: bytes) -> str:
    """Return "json", "html" or "text", told from the first bytes of an input.

    >>> format_of(b'{"id": 1, "text": "a"}'), format_of(b"<!DOCTYPE html><p>a"), format_of(b"{a} is a set")
    ('json', 'html', 'text')
    """
    if _OBJECT.match(head) or _LIST.match(head):
        return "json"
    return "html" if _HTML.match(head) else "text"


def is_one_value(head: bytes) -> bool:
    r"""Return whether JSON that begins so is one value over several lines (or one line) rather than JSON lines.

    JSON lines begin with a line that is an object by itself and have a further line; so does no single value.

    >>> is_one_value(b'{\n "text": "a"\n}'), is_one_value(b'{"text": "a"}\n{"text": "b"}\n')
    (True, False)
    """
    if _LIST.match(head) or not _OBJECT.match(head):
        return True
    first, feed, rest = head.removeprefix(UTF8_BOM).lstrip().partition(b"\n")
    if first.strip() == b"{" or (feed and not first.rstrip().endswith(b"}")):
        return rest.lstrip()[:2] != b'{"'
    return False


def limit_text(max_bytes: int) -> str:
    """Return how a message names the limit and what to do about it."""
    return f"the limit of {max_bytes:,} bytes for one document: split it, or raise max_document_bytes in curator.toml"


def wide_encoding(head: bytes) -> str | None:
    """Return the encoding that a byte-order mark other than that of UTF-8 stands for, or None."""
    return next((name for mark, name in _WIDE if head.startswith(mark)), None)


def binary_sort(content: bytes) -> str | None:
    r"""Return what sort of binary data the bytes are, or None for text in any encoding.

    >>> binary_sort(b"GIF89a..."), binary_sort("Grüße".encode("utf-16")), binary_sort(b"a\x00b\x00\x00\x01")
    ('a GIF image', None, 'binary data (NUL bytes)')
    """
    for magic, name in _MAGIC:
        if content.startswith(magic):
            return name
    # A stray NUL or two stand in old web pages; more than that, and a thousandth of all bytes, is more than any text.
    if content.count(0) <= max(2, len(content) // 1000) or wide_encoding(content[:4]) is not None:
        return None
    return None if bare_utf16(content) else "binary data (NUL bytes)"


def bare_utf16(content: bytes) -> str | None:
    """Return the byte order of UTF-16 text that lacks its mark, or None.

    Told by NUL in every second place of the head: holds for Latin scripts, the ones such files are seen in.
    """
    head = content[:HEAD_BYTES]
    if len(head) < 4 or len(content) % 2:
        return None
    high, low = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if low > 0.7 * half and not high:
        return "utf-16-le"
    return "utf-16-be" if high > 0.7 * half and not low else None


def split_list(content: bytes) -> list[bytes] | None:
    """Return the items of a JSON list, each as JSON of its own, or None where the bytes are no valid list."""
    try:
        items = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(items, list):
        return None
    return [json.dumps(item, ensure_ascii=True).encode() for item in items]
