"""The first bytes of an input -> what it is: text, HTML, JSON lines, mail, or nothing that can be read."""

from __future__ import annotations

import codecs
import json
import re

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
#: Containers and tables that are read, told by their first bytes whatever their names say.
_CONTAINERS = (
    (GZIP, "gzip"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstandard"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"PK\x07\x08PK\x03\x04", "zip"),
    (b"PAR1", "parquet"),
    (b"SQLite format 3\x00", "sqlite"),
    (b"WARC/", "warc"),
    (b"filedesc:", "arc"),
)
_BZIP2 = re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)")
_ZSTD_SKIPPED = re.compile(rb"[\x50-\x5f]\x2a\x4d\x18")
#: Behind four letters the size of all, then what it is; or the version of the tags before a sound.
_MEDIA = re.compile(rb"RIFF.{4}(?:WEBP|WAVE|AVI )|ID3[\x02-\x04]", re.DOTALL)
_MAGIC = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF87a", "a GIF image"),
    (b"GIF89a", "a GIF image"),
    (b"%PDF-", "a PDF"),
    (b"{\\rtf", "an RTF document"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old office document"),
    (b"\x7fELF", "a program"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\x04\x22\x4d\x18", "lz4 data"),
    (b"\x1f\x9d", "data packed with compress (.Z)"),
    (b"\x1f\xa0", "data packed with compress (.Z)"),
    (b"LZIP\x01", "data packed with lzip"),
    (b"!BDN", "a mailbox of Outlook (.pst)"),
    (b"fLaC\x00", "a sound (FLAC)"),
    (b"OggS\x00", "a sound or film (Ogg)"),
)

#: An object's first key decides: prose does not begin with it. Matched behind a byte-order mark and white space.
_OBJECT = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"(?:[^"\\]|\\.)*"\s*:')
_LIST = re.compile(rb'(?:\xef\xbb\xbf)?\s*\[\s*\{\s*"')
#: What may stand before the first element: instructions and comments. Each is taken or not, once: a page that begins
#: with 40 comments would take hours where a match may try each of their ends anew.
_PROLOG = rb"(?:(?><\?[^>]*>|<!--.*?-->)\s*+)*+"
_START = rb"(?:\xef\xbb\xbf)?\s*+" + _PROLOG
_XML = re.compile(_START + rb"<(urlset|sitemapindex|rss|feed|rdf:RDF)\b", re.I | re.S)
_HTML = re.compile(_START + rb"<(?:!doctype\s+html|html|head|body)\b", re.I | re.S)
#: A document type of XML; entities may be declared in it.
_DOCTYPE = rb"<!doctype\s[^>\[]*+(?:\[[^\]]*+\]\s*+)?+>\s*+"
#: A first element, and whether another one stands in it at once.
_ROOT = re.compile(
    rb"(" + _START + rb")(" + _DOCTYPE + _PROLOG + rb")?+<([a-z_][\w.:-]*+)[^<>]*+>(\s*+<[a-z_!])?+", re.I | re.S
)


def container_of(head: bytes) -> str | None:
    r"""Return the sort of container or table that begins so, or None for text.

    >>> container_of(b"\x1f\x8b\x08"), container_of(b"WARC/1.0"), container_of(b"Zip")
    ('gzip', 'warc', None)
    """
    for magic, sort in _CONTAINERS:
        if head.startswith(magic):
            return sort
    if _BZIP2.match(head):
        return "bzip2"
    if _ZSTD_SKIPPED.match(head):
        return "zstandard"
    return "tar" if _is_tar(head) else None


def _is_tar(head: bytes) -> bool:
    """Return whether a head is that of a tar archive: by its mark, or by its checksum where it is too old for one."""
    header = head[:512]
    if len(header) < 512 or header[257:262] == b"ustar":
        return len(header) == 512
    digits = header[148:156].strip(b" \0")
    if not header[0] or not re.fullmatch(rb"[0-7]{1,7}", digits):
        return False
    return int(digits, 8) == sum(header[:148]) + sum(header[156:]) + 8 * 0x20


def xml_sort(head: bytes) -> str | None:
    """Return what XML that lists addresses is, or None for anything else.

    >>> xml_sort(b"<?xml version='1.0'?><urlset>"), xml_sort(b"<!doctype html>")
    ('a sitemap', None)
    """
    found = _XML.match(head)
    if found is None:
        return None
    return "a sitemap" if found[1].lower() in (b"urlset", b"sitemapindex") else "a feed"


def format_of(head: bytes) -> str:
    """Return "json", "html" or "text", told from the first bytes of an input.

    >>> format_of(b'{"id": 1, "text": "a"}'), format_of(b"<!DOCTYPE html><p>a"), format_of(b"{a} is a set")
    ('json', 'html', 'text')
    """
    if _OBJECT.match(head) or _LIST.match(head):
        return "json"
    return "html" if _HTML.match(head) else "text"


def goes_on_as_text(head: bytes) -> bool:
    r"""Return whether a first line that is a JSON object without text stands before lines of which none begins as JSON.

    What a page gave its scripts stands so in dumps of all that it holds; JSON lines have objects below, damaged or not.

    >>> goes_on_as_text(b'{"@type": "Page"}\nRabat\n'), goes_on_as_text(b'{"id": 1}\n{"id": 2')
    (True, False)
    """
    first, *others = (line for line in head.removeprefix(UTF8_BOM).splitlines() if line.strip())
    if not others or any(line.lstrip().startswith((b"{", b"[")) for line in others):
        return False
    try:
        found = json.loads(first)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and not {"text", "html"} & found.keys()


def markup_root(head: bytes) -> str | None:
    """Return the first element of what begins as XML, or as a piece of HTML, does; None for prose.

    >>> markup_root(b'<?xml version="1.0"?><TEI>'), markup_root(b"<doc><p>a</p>"), markup_root(b"<b>Rabat</b> and")
    ('TEI', 'doc', None)
    """
    found = _ROOT.match(head)
    if found is None or not (b"<?xml" in found[1].lower() or found[2] or found[4]):
        return None
    return found[3].decode("ascii", "replace")


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


def wide_encoding(head: bytes) -> str | None:
    """Return the encoding that a byte-order mark other than that of UTF-8 stands for, or None."""
    return next((name for mark, name in _WIDE if head.startswith(mark)), None)


def magic_sort(head: bytes) -> str | None:
    """Return what binary data that nothing here reads begins so, or None."""
    if _MEDIA.match(head):
        return "an image, sound or film"
    return next((name for magic, name in _MAGIC if head.startswith(magic)), None)


def binary_sort(content: bytes) -> str | None:
    r"""Return what sort of binary data the bytes are, or None for text in any encoding.

    >>> binary_sort(b"GIF89a..."), binary_sort("Grüße".encode("utf-16")), binary_sort(b"a\x00b\x00\x00\x01")
    ('a GIF image', None, 'binary data (NUL bytes)')
    """
    if (named := magic_sort(content)) is not None:
        return named
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
