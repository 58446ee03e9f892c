"""A MIME message -> its parts, each with its headers and bytes; parts hold no copy of the message.

The package ``email`` reads the headers. The parts are found by their boundaries in the bytes themselves, the outer
ones first: its parser holds 13 times the size of a message in memory, and tests each line for each of the boundaries
around it, which takes minutes where a message is made for it.
"""

from __future__ import annotations

import binascii
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

from curator.readers.headers import decoded, end_of_headers, parse_headers
from curator.readers.inputs import InputError

#: Messages in messages, and lists of parts in each other: more than people forward or mailers make.
MOST_DEPTH = 30
_MOST_PARTS = 10_000
#: Of the headers of a part; those of a message are limited by the setting.
_MOST_HEADER_BYTES = 100_000
_LINE = re.compile(rb"[A-Za-z0-9+/]*={0,2}")
_PADDING = re.compile(rb"=+")
#: A line that is base64 and no word of a text that was put behind it.
_LONG_LINE = 60


@dataclass(frozen=True, slots=True)
class Part:
    """A message or a part of one: its headers, and where its body stands in the bytes of the message.

    ``media`` is its type without parameters, in lower case; text/plain where it is none, message/rfc822 in a digest.
    ``is_closed`` says whether a boundary ends it, where it is a part: without one it may have been cut off.
    """

    headers: Message
    media: str
    content: bytes
    start: int
    end: int
    is_closed: bool = True
    depth: int = 0

    @property
    def charset(self) -> str | None:
        """The charset that the part names."""
        return self.headers.get_content_charset()

    @property
    def name(self) -> str | None:
        """The name of the file that is attached."""
        return decoded(self.headers.get_filename() or "") or None

    @property
    def is_attached(self) -> bool:
        """Whether the part is to be shown as a file beside the text."""
        given = self.headers.get_param("filename", header="content-disposition") is not None
        return given or self.headers.get_content_disposition() == "attachment"

    def parameter(self, name: str) -> str:
        """Return a parameter of the media type, empty where it is not given."""
        value = self.headers.get_param(name)
        return value if isinstance(value, str) else ""


def part_of(content: bytes, start: int, end: int, above: Part | None = None, *, is_closed: bool = True) -> Part:
    """Return the message whose headers begin at ``start``, or the part of ``above``; InputError for a bad one."""
    depth = 0 if above is None else above.depth + 1
    if depth > MOST_DEPTH:
        raise InputError(
            "damaged", f"more than {MOST_DEPTH} lists of parts stand inside each other: no mailer does that"
        )
    behind = end_of_headers(content, start, end)
    if behind - start > _MOST_HEADER_BYTES and depth:
        raise InputError("headers", f"the headers of a part have more than {_MOST_HEADER_BYTES:,} bytes")
    headers = parse_headers(content[start:behind])
    if content.startswith(b"\r\n", behind):
        behind += 2
    elif content.startswith(b"\n", behind):
        behind += 1
    if above is not None and above.media == "multipart/digest":
        headers.set_default_type("message/rfc822")
    return Part(headers, headers.get_content_type(), content, min(behind, end), end, is_closed, depth)


def parts_of(part: Part) -> list[Part]:
    """Return the parts that stand in one, in their order; raises InputError where none can be found, or too many."""
    if part.media == "message/rfc822":
        return [part_of(part.content, part.start, part.end, part, is_closed=part.is_closed)]
    boundary = part.headers.get_boundary() or ""
    places = list(_places(part, boundary.encode("utf-8", "surrogateescape"))) if boundary else []
    if not places:
        what = "no boundary comes that parts them" if boundary else "it names no boundary that parts them"
        raise InputError("truncated", f"the message has parts, but {what}: it is cut off or damaged; fetch it again")
    is_inside = part.depth > 0 and part.is_closed
    return [
        part_of(part.content, start, end, part, is_closed=is_closed or is_inside) for start, end, is_closed in places
    ]


def _places(part: Part, boundary: bytes) -> Iterator[tuple[int, int, bool]]:
    """Yield where the parts between boundaries begin and end, and whether a boundary ends them."""
    content, begin, n_parts = part.content, None, 0
    for at, behind, is_last in _boundaries(content, b"--" + boundary, part.start, part.end):
        if begin is not None:
            yield begin, max(begin, _before_line_end(content, at)), True
        begin, n_parts = None if is_last else behind, n_parts + 1
        if is_last:
            return
        if n_parts > _MOST_PARTS:
            raise InputError("damaged", f"the message has more than {_MOST_PARTS:,} parts, as only made-up ones have")
    if begin is not None:
        yield begin, part.end, False


def _boundaries(content: bytes, mark: bytes, start: int, end: int) -> Iterator[tuple[int, int, bool]]:
    """Yield where lines begin and end that are a boundary, and whether it is the one behind the last part."""
    at = start if content.startswith(mark, start) else content.find(b"\n" + mark, start, end) + 1
    while at:
        line_end = content.find(b"\n", at, end)
        line_end = end if line_end < 0 else line_end
        rest = content[at + len(mark) : min(line_end, at + len(mark) + 200)].strip(b" \t\r")
        if rest in (b"", b"--"):
            yield at, min(line_end + 1, end), bool(rest)
        at = content.find(b"\n" + mark, line_end, end) + 1


def _before_line_end(content: bytes, at: int) -> int:
    """Return where a line ends that stands above ``at``: the line end before a boundary belongs to the boundary."""
    if content.startswith(b"\r\n", at - 2):
        return at - 2
    return at - 1


def body_of(part: Part) -> bytes:
    """Return the bytes of a part without its transfer encoding; raises InputError where they are damaged."""
    body = part.content[part.start : part.end]
    coding = str(part.headers.get("content-transfer-encoding", "")).partition(";")[0].strip().lower()
    if coding == "base64":
        return _from_base64(body)
    if coding == "quoted-printable":
        return quopri.decodestring(body)
    if coding in ("x-uuencode", "uuencode", "x-uue"):
        raise InputError("content-coding", f"the text is coded as {coding!r}: expected base64 or quoted-printable")
    return body


def _from_base64(body: bytes) -> bytes:
    """Return what base64 holds; a text that is none is taken as it stands, as are texts put behind sound base64.

    Programs that add their lines to the text of a message do so without a look at its coding.
    """
    lines = [line.strip() for line in body.splitlines()]
    n_sound = next((n for n, line in enumerate(lines) if not _LINE.fullmatch(line)), len(lines))
    added = lines[n_sound:]
    runs = [run for run in _PADDING.split(b"".join(lines[:n_sound])) if run]
    is_mixed = any(len(line) >= _LONG_LINE and _LINE.fullmatch(line) for line in added)
    if not runs and added and not is_mixed:
        return body
    if is_mixed or any(len(run) % 4 == 1 for run in runs):
        message = f"the text is no sound base64: line {n_sound + 1} of {len(lines):,}, or its length, is damaged"
        raise InputError("damaged", message)
    found = b"".join(binascii.a2b_base64(run + b"=" * (-len(run) % 4)) for run in runs)
    return found + b"\n".join([b"", *added] if added else [])
