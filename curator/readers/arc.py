"""ARC files, as the Internet Archive wrote them before WARC -> raws: text responses of status 200."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BufferedReader

from curator.readers.inputs import Input, Item, Options
from curator.readers.recorded import Form, Head
from curator.readers.warc import read_responses
from curator.settings import Settings

#: The line before each record: address, IP address, date, media type, in version 2 five fields more, and the length.
#: Some crawlers left spaces in addresses, and in front of a charset.
_URL_LINE = re.compile(
    rb"(?P<url>[a-zA-Z][\w+.-]{0,20}:[^\r\n]{0,8000}) (?P<ip>[\d.:a-fA-F-]{1,45}) (?P<date>\d{8,14})"
    rb" (?P<type>\S{1,200}(?: charset=\S{1,40})?)(?: \S{1,10} \S{1,200} \S{1,8000} (?:\d{1,18}|-) \S{1,1000})?"
    rb" (?P<length>\d{1,18})\s*\Z"
)
#: Addresses of records that are no answer of a web server: of the file itself, of names and their addresses.
_WEB = (b"http:", b"https:")


def read_arc(given: Input, options: Options) -> Iterator[Item]:
    """Yield the text responses of status 200 of an ARC file ("old.arc.gz:17" is its seventeenth record).

    Versions 1 and 2; a record that is damaged is a failure, and reading goes on with the next one.
    """
    yield from read_responses(given, options, Form(_URL_LINE.match, _read_head))


def _read_head(stream: BufferedReader, line: bytes, settings: Settings) -> Head:
    """Return the head that a line is, its fields by their names in WARC."""
    found = _URL_LINE.match(line)
    if found is None:
        raise ValueError(f"{line[:80]!r} begins no record of an ARC file")
    headers = {
        "warc-type": "response" if found["url"].lower().startswith(_WEB) else "metadata",
        "warc-target-uri": _text(found["url"]),
        "warc-date": _iso(_text(found["date"])),
        "content-type": _text(found["type"]),
    }
    return Head(0, headers, int(found["length"]))


def _text(field: bytes) -> str:
    try:
        return field.decode("utf-8")
    except UnicodeDecodeError:
        return field.decode("latin-1")


def _iso(date: str) -> str:
    """Return the digits of a date as ISO 8601 in UTC.

    >>> _iso("19960923142103"), _iso("19960923")
    ('1996-09-23T14:21:03Z', '1996-09-23T00:00:00Z')
    """
    part = date.ljust(14, "0")
    return f"{part[:4]}-{part[4:6]}-{part[6:8]}T{part[8:10]}:{part[10:12]}:{part[12:14]}Z"
