"""A mailbox (mbox) -> the documents of its messages, one in memory at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from io import BufferedReader
from itertools import chain, pairwise

from curator.model import Raw
from curator.readers import streams
from curator.readers.headers import end_of_headers
from curator.readers.inputs import Input, InputError, Item, Options, too_large
from curator.readers.letterheads import begins_message
from curator.readers.messages import document_of

_LINE_BYTES = 1 << 16
#: Lines of a text that begin with "From " were given a sign more when they were put into the mailbox.
_QUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)
#: What Thunderbird notes of a message that was deleted or moved, and stays in the file until that is compacted.
_EXPUNGED = re.compile(rb"^X-Mozilla-Status: [0-9a-f]{3}[89a-f]\s*$", re.MULTILINE | re.IGNORECASE)
#: What IMAP servers put before the first message for themselves.
_OF_SERVER = re.compile(rb"^Subject: [^\n]{0,80}FOLDER INTERNAL DATA", re.MULTILINE)


@dataclass(slots=True)
class _Message:
    """Bytes of a mailbox from one line that begins a message to the next, at most so many as are held."""

    start: int
    is_message: bool
    pieces: list[bytes] = field(default_factory=list)
    n_bytes: int = 0

    def add(self, line: bytes, most: int) -> None:
        self.n_bytes += len(line)
        if self.n_bytes <= most:
            self.pieces.append(line)


@dataclass(slots=True)
class _Told:
    """What a person is told of a mailbox as a whole."""

    n_read: int = 0
    n_deleted: int = 0
    n_attached: int = 0

    def notes(self, source: str) -> Iterator[str]:
        if self.n_attached:
            yield f"{source}: {self.n_attached:,} files attached to messages were passed over"
        if self.n_deleted:
            yield f"{source}: {self.n_deleted:,} messages that were deleted in the mail program were passed over"


def read_mbox(given: Input, options: Options) -> Iterator[Item]:
    """Yield a document or a failure for every message; its source has its number ("box.mbox:17")."""
    told = _Told()
    for number, message in enumerate(_messages(given, options.settings.max_document_bytes), given.number + 1):
        item = _item(message, given, number, options)
        if item is None:
            told.n_deleted += 1
            continue
        told.n_read += 1
        if isinstance(item, Raw):
            attached = item.meta.get("attachments", [])
            told.n_attached += len(attached) if isinstance(attached, list) else 0
        yield item
    for note in told.notes(given.source):
        options.notes.add(note)
    if not told.n_read and given.behind is None:
        raise InputError("no-documents", "the mailbox holds no messages")


def _item(message: _Message, given: Input, number: int, options: Options) -> Item | None:
    """Return the document of a message, or what is wrong with it; None for one that was deleted."""
    source = f"{given.source}:{number}"
    try:
        raw = _raw_of(message, options)
    except InputError as error:
        return given.failure(error)._replace(source=source)
    except Exception as error:  # one message that the readers trip over costs no other
        told = f"reading the message broke ({type(error).__name__}: {error}); please report it with the message"
        return given.failure(InputError("damaged", told))._replace(source=source)
    if raw is None:
        return None
    return replace(raw, source=source, place=given.place(message.start, message.start + message.n_bytes, number))


def _raw_of(message: _Message, options: Options) -> Raw | None:
    if message.n_bytes > options.settings.max_document_bytes:
        raise too_large("the message is longer than", options.settings)
    content = b"".join(message.pieces)
    if not message.is_message:
        what = f"{message.n_bytes:,} bytes before the first line such as"
        raise InputError("damaged", f'{what} "From ann@example.org Mon Mar  4 08:00:00 2024" are no message')
    headers = content[: end_of_headers(content, 0, len(content))]
    if _EXPUNGED.search(headers) or _OF_SERVER.search(headers):
        return None
    return document_of(_QUOTED.sub(rb"\1", content) if b"\n>" in content else content, options)


def _messages(given: Input, most: int) -> Iterator[_Message]:
    """Yield what stands between the lines that begin a message, blank lines before the first left out."""
    streams.skip(given.stream, given.start)
    at, begins_line = given.start, True
    message: _Message | None = None
    for line, following in pairwise(chain(_lines(given.stream), (b"",))):
        if begins_line and begins_message(line, following):
            if message is not None:
                yield message
            message = _Message(at, is_message=True)
        elif message is None and line.strip():
            message = _Message(at, is_message=False)
        if message is not None:
            message.add(line, most)
        begins_line = line.endswith(b"\n")
        at += len(line)
    if message is not None:
        yield message


def _lines(stream: BufferedReader) -> Iterator[bytes]:
    while line := stream.readline(_LINE_BYTES):
        yield line
