"""Headers of a message -> text, names, days and addresses; what is damaged in them costs itself only.

The parser of ``email`` is asked for the headers as they stand, and no more: those of its policy ``default`` raise
IndexError on what mailers really write (CPython issues 105802, 148518 and 151857), and take 12 times as long.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import parseaddr, parsedate_to_datetime

from curator.readers.decode import decode

#: A line of a header, and one that goes on with it. The names are what RFC 5322 allows: printable, without a colon.
_FIELD = rb"[!-9;-~]+[ \t]*:"
_LINE = re.compile(_FIELD + rb"|[ \t]")
#: The lines at the front of a message that are headers: also one that is none, but has one right below. Each line is
#: taken or not by its first bytes and those of the next, so this takes linear time.
_BLOCK = re.compile(
    rb"(?:(?:" + _FIELD + rb"|[ \t]|>*From )[^\n]*(?:\n|\Z)|[^\r\n][^\n]*\n(?=[A-Za-z][A-Za-z-]*:[ \t]))*+"
)
#: What of a value is looked at: longer ones are lists of readers, and take long to decode.
_MOST_CHARS = 4_000
_FOLD = re.compile(r"[ \t]*[\r\n]+[ \t]*")
#: Words that are encoded, with the blanks between them: those belong to none.
_ENCODED = re.compile(r"=\?[^?\s]+\?[bq]\?[^?]*\?=(?:\s*=\?[^?\s]+\?[bq]\?[^?]*\?=)*", re.IGNORECASE)
_NAMED = re.compile(r"([^<>]+)<[^<>]*>")
_ADDRESS = re.compile(r"\S+@\S+")
_ENCLOSED = re.compile(r"<([^<>]*)>")
_WEB_ADDRESS = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)


def end_of_headers(content: bytes, start: int, end: int) -> int:
    r"""Return where the headers end that begin at ``start``: there the blank line stands, or the body without one.

    >>> end_of_headers(b"To: a\nFrom: b\n\nHallo: c", 0, 23), end_of_headers(b"Hallo", 0, 5)
    (14, 0)
    """
    found = _BLOCK.match(content, start, end)
    return found.end() if found else start


def parse_headers(block: bytes) -> Message:
    """Return the headers of a block; lines between them that are none are passed over."""
    lines = (line for line in block.splitlines(keepends=True) if _LINE.match(line))
    # Headers only: else a pattern is compiled for each boundary, which takes longer than all the rest.
    return BytesHeaderParser().parsebytes(b"".join(lines))


def header(message: Message, name: str) -> str:
    """Return a header as it stands, on one line; of several of a name the first, empty where there is none.

    Bytes beyond ASCII, which no standard allows but mailers send, are decoded as text is.
    """
    value = next((str(value) for key, value in message.raw_items() if key.lower() == name), "")[:_MOST_CHARS]
    if not value.isascii():
        value = decode(value.encode("ascii", "surrogateescape")).text
    return _FOLD.sub(" ", value).strip()


def decoded_header(message: Message, name: str) -> str:
    r"""Return a header as people read it: encoded words are decoded, damaged ones stay as they are.

    >>> decoded_header(parse_headers(b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= =?utf-8?q?_aus?= Rabat\n"), "subject")
    'Grüße aus Rabat'
    """
    return decoded(header(message, name))


def decoded(value: str) -> str:
    """Return a value with its encoded words decoded."""
    return " ".join(_ENCODED.sub(_decoded_words, value).split())


def _decoded_words(found: re.Match[str]) -> str:
    try:
        words = decode_header(found[0])
    except (HeaderParseError, ValueError):
        return found[0]
    # A language may stand behind the charset: "utf-8*en" (RFC 2231).
    parts = ((word, (charset or "").partition("*")[0]) for word, charset in words)
    return "".join(word if isinstance(word, str) else decode(word, charset).text for word, charset in parts)


def sender(message: Message) -> str | None:
    r"""Return the name of who a message is from; None where only an address is given.

    >>> sender(parse_headers(b'From: "Lee, Ann" <ann@example.org>')), sender(parse_headers(b"From: ann@example.org"))
    ('Lee, Ann', None)
    """
    value = header(message, "from")
    # A comma without quotes around it parts a name in two for the parser.
    try:
        name = parseaddr(value)[0]
    except RecursionError:  # hundreds of brackets, each inside the other
        return None
    name = name or (found[1] if (found := _NAMED.match(value)) else "")
    name = decoded(name).strip(" \"'")
    return name if name and not _ADDRESS.fullmatch(name) else None


def written_at(message: Message) -> str | None:
    """Return the time of a message in ISO 8601, with the zone it was written in; None where it is no time."""
    try:
        return parsedate_to_datetime(header(message, "date")).isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def own_id(message: Message) -> str | None:
    """Return the id that a message was given when it was sent, or None."""
    value = header(message, "message-id")
    found = _ENCLOSED.search(value)
    return (found[1] if found else value).strip() or None


def web_address(message: Message, names: Sequence[str]) -> str | None:
    r"""Return the first of these headers that holds an address of the web, or None; folded ones are made whole.

    >>> web_address(parse_headers(b"Content-Location: https://a.example/b\r\n /c\r\n"), ["content-location"])
    'https://a.example/b/c'
    """
    for name in names:
        found = _WEB_ADDRESS.match("".join(decoded(header(message, name)).strip("<> ").split()))
        if found:
            return found[0]
    return None
