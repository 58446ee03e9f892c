"""Bytes -> text with the name of its encoding; never fails, whatever the bytes are."""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

from curator.readers import sniff

#: What browsers read for a declared name (WHATWG Encoding Standard, names and labels, 2024): pages that call
#: themselves Latin-1 are Windows-1252, and so on.
_AS_READ = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "big5": "big5hkscs",
}
#: Encodings whose bytes are all ASCII: they must be tried before UTF-8, which accepts them as they are.
_SEVEN_BIT = re.compile(r"iso2022|hz|utf-7")
_META_CHARSET = re.compile(rb"""<meta\b[^>]{0,200}?\bcharset\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE)
_META_BYTES = 4096

#: Letters and marks of Western European texts beyond ASCII, as Windows-1252 has them.
_WESTERN = frozenset("ÄÖÜäöüßÀÂÆÇÈÉÊËÎÏÔŒÙÛàâæçèéêëîïôœùûüÿÁÍÓÚÑáíóúñìòÌÒÃÕãõÅØåøªº")
#: Signs that stand inside a word only where Polish, Czech or Baltic bytes are read as Windows-1252, or those of
#: ISO 8859-2 as Windows-1250.
_FOREIGN = re.compile(r"\w[¡¢£¥¦±³¹»¼¾¿¶]\w")
#: Detection chooses among the encodings that web pages were really written in; left free, it calls Polish Celtic.
_CANDIDATES = [
    *("cp1250", "iso8859_2", "cp1251", "koi8_r", "koi8_u", "iso8859_5", "cp866", "cp1252", "cp1253", "iso8859_7"),
    *("cp1254", "cp1255", "cp1256", "iso8859_6", "cp1257", "cp1258", "cp874", "mac_roman"),
    *("gb18030", "big5", "cp932", "euc_jp", "cp949"),
]
#: Detection reads this much from the start and the end of a text: it is slow, and a text has one encoding.
_DETECT_BYTES = 5_000


class Decoded(NamedTuple):
    """Text after its byte-order mark, and the Python name of the encoding it was read with."""

    text: str
    encoding: str


def decode(content: bytes, declared: str | None = None, *, is_html: bool = False) -> Decoded:
    r"""Return the text of any bytes.

    In this order: byte-order mark, the declared encoding, UTF-8, the charset that HTML names, UTF-16 without a
    mark, Western European, detection. What an encoding that was chosen cannot read becomes U+FFFD.

    >>> decode("Grüße".encode("cp1252"))
    Decoded(text='Grüße', encoding='cp1252')
    >>> decode(b"\xff\xfeH\x00i\x00").text
    'Hi'
    """
    return (
        _by_mark(content)
        or _strictly(content, declared)
        or _by_meta_of_seven_bits(content, is_html)
        or _strictly(content, "utf-8")
        or _by_meta(content, is_html)
        or _strictly(content, sniff.bare_utf16(content))
        or _nearly_utf8(content, declared)
        or _western(content)
        or _detected(content)
    )


def hint_of(content: bytes, charset: str | None, *, is_html: bool) -> str | None:
    r"""Return the charset that a server names, or None where the bytes or the page itself speak against it.

    Servers name one charset for all their files. So bytes that are UTF-8 are UTF-8; Latin-1, which servers name when
    nobody told them, gives way to what the page says; and UTF-16 shows by itself.

    >>> hint_of("Grüße".encode(), "iso-8859-1", is_html=False), hint_of(b"Gr\xfc\xdfe", "iso-8859-1", is_html=False)
    (None, 'iso-8859-1')
    """
    codec = _codec(charset)
    if codec is None or codec.startswith(("utf-16", "utf-32")):
        return None
    if _SEVEN_BIT.match(codec):
        return charset
    said = _codec(_meta_name(content, is_html))
    if _strictly(content, "utf-8") is not None or (codec == "cp1252" and said not in (None, codec)):
        return None
    return charset


def _by_mark(content: bytes) -> Decoded | None:
    if content.startswith(codecs.BOM_UTF8):
        return Decoded(content[3:].decode("utf-8", "replace"), "utf-8")
    wide = sniff.wide_encoding(content[:4])
    return Decoded(content.decode(wide, "replace"), wide) if wide else None


def _codec(name: str | None) -> str | None:
    """Return the Python codec to read a declared encoding with, or None for an unknown name."""
    try:
        found = codecs.lookup((name or "").strip())
    except (LookupError, ValueError):
        return None
    # base64, rot13 and the like are codecs to Python, but no encodings of text.
    return _AS_READ.get(found.name, found.name) if found._is_text_encoding else None


def _strictly(content: bytes, name: str | None) -> Decoded | None:
    codec = _codec(name)
    if codec is None:
        return None
    try:
        return Decoded(content.decode(codec), codec)
    except (UnicodeError, ValueError):
        return None


def _nearly_utf8(content: bytes, declared: str | None) -> Decoded | None:
    """Return the text of bytes that are declared to be UTF-8, where a few are broken and more beyond ASCII are not."""
    found = _with_few_broken(content, "utf-8") if _codec(declared) == "utf-8" else None
    if found is None or 2 * found.text.count("\ufffd") > sum(char > "\x7f" for char in found.text):
        return None
    return found


def _meta_name(content: bytes, is_html: bool) -> str | None:
    found = _META_CHARSET.search(content, 0, _META_BYTES) if is_html else None
    return found[1].decode("ascii", "ignore") if found else None


def _by_meta_of_seven_bits(content: bytes, is_html: bool) -> Decoded | None:
    codec = _codec(_meta_name(content, is_html))
    return _strictly(content, codec) if codec and _SEVEN_BIT.match(codec) else None


def _by_meta(content: bytes, is_html: bool) -> Decoded | None:
    """Return the text read as its markup says; a few bad bytes do not speak against it."""
    codec = _codec(_meta_name(content, is_html))
    if codec is None or codec.startswith(("utf-16", "utf-32")):
        return None
    return _with_few_broken(content, codec)


def _with_few_broken(content: bytes, codec: str) -> Decoded | None:
    try:
        text = content.decode(codec, "replace")
    except (UnicodeError, ValueError):
        return None
    # UTF-8 with a broken character or two is still UTF-8; with many it is something else that says so.
    return Decoded(text, codec) if text.count("\ufffd") * 1000 <= len(text) + 1000 else None


def _western(content: bytes) -> Decoded | None:
    """Return the text as Windows-1252 if its letters beyond ASCII are Western European ones, in their places."""
    try:
        text = content.decode("cp1252")
    except UnicodeError:
        return None
    letters = sum(map(str.isalpha, text))
    beyond = [char for char in text if char > "\x7f" and char.isalpha()]
    if len(beyond) * 2 > letters or not _WESTERN.issuperset(beyond) or _FOREIGN.search(text):
        return None
    return Decoded(text, "cp1252")


def _detected(content: bytes) -> Decoded:
    from charset_normalizer import from_bytes  # noqa: PLC0415 - slow to load, and UTF-8 never needs it

    sample = content if len(content) <= 2 * _DETECT_BYTES else content[:_DETECT_BYTES] + content[-_DETECT_BYTES:]
    best = from_bytes(sample, cp_isolation=_CANDIDATES).best()
    codec = (_codec(best.encoding) if best else None) or "cp1252"
    text = content.decode(codec, "replace")
    if codec == "cp1250" and _FOREIGN.search(text):
        return Decoded(content.decode("iso8859-2", "replace"), "iso8859-2")
    return Decoded(text, codec)
