"""Packed bytes -> unpacked bytes, streaming: gz, bz2, xz and zst, with limits on what they may cost."""

from __future__ import annotations

import bz2
import codecs
import io
import lzma
import tempfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from io import BufferedReader
from typing import IO, TYPE_CHECKING, BinaryIO, NamedTuple, Protocol, cast

import zstandard

from curator.readers.inputs import Gauge, InputError
from curator.readers.letterheads import lacks_headers
from curator.settings import Settings

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

#: Read at once; the head of an input, which its format is told by, lies within.
BUFFER_BYTES = 1 << 17
_PACKED_BYTES = 1 << 16
#: Of a member that breaks, at most so much is lost of what came before.
_MEMBER_BYTES = 1 << 13
#: zstandard unpacks what it is given in one go: a block of 4 bytes may be 128 KB, so this is at most 32 MB.
_ZSTD_BYTES = 1 << 10
#: What a pipe must give before its format is told, unless a whole line comes first; a tar header is no shorter. Of
#: what may be a message it must give all headers.
_TELLING_BYTES = 512

#: A copy that a reader may jump in stays in memory up to this size.
_IN_MEMORY_BYTES = 1 << 24

_DAMAGED = (zlib.error, lzma.LZMAError, zstandard.ZstdError, OSError, EOFError, ValueError)


class _Unpacker(Protocol):
    """What ``bz2`` and ``lzma`` offer: at most so many bytes a call, so that no bomb fills the memory."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _Gzip:
    """``zlib`` in the manner of ``bz2`` and ``lzma``."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(16 + zlib.MAX_WBITS)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return not self._inner.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, max_length)


class _Zstd:
    """``zstandard`` in the manner of ``bz2`` and ``lzma``; gives up to 32 MB at once."""

    def __init__(self, settings: Settings) -> None:
        unpacker = zstandard.ZstdDecompressor(max_window_size=settings.max_window_bytes)
        self._inner = unpacker.decompressobj()
        self._given = b""
        self._ready = b""

    @property
    def eof(self) -> bool:
        return self._inner.eof and not self._ready

    @property
    def needs_input(self) -> bool:
        return not self._ready and not self._given

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data + self._given

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        self._given += data
        while not self._ready and self._given and not self._inner.eof:
            piece, self._given = self._given[:_ZSTD_BYTES], self._given[_ZSTD_BYTES:]
            self._ready = self._inner.decompress(piece)
        end = len(self._ready) if max_length < 0 else max_length
        found, self._ready = self._ready[:end], self._ready[end:]
        return found


_UNPACKERS: Mapping[str, Callable[[Settings], _Unpacker]] = {
    "gzip": lambda _: _Gzip(),
    "bzip2": lambda _: bz2.BZ2Decompressor(),
    "xz": lambda settings: lzma.LZMADecompressor(memlimit=settings.max_window_bytes),
    "zstandard": _Zstd,
}
_GZIP_MEMBER = b"\x1f\x8b\x08"
_AGAIN = "what came before was read: fetch the file again"


class _Source(io.RawIOBase):
    """Bytes that ``give`` makes, at most so many a call and none at the end, for a buffer to read from."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        data = self.give(len(view))
        view[: len(data)] = data
        return len(data)

    def give(self, n_most: int) -> bytes:
        """Return the next bytes."""
        raise NotImplementedError


class Gap(NamedTuple):
    """Where in unpacked bytes damaged ones are missing: at ``at``, of a member whose bytes begin at ``start``.

    What was unpacked of that member is not known to be sound: its checksum stands at its end.
    """

    start: int
    at: int


class Unpacked(_Source):
    """The content of a packed stream, of all its members; raises InputError where the data is damaged or ends early."""

    def __init__(self, packed: BufferedReader, sort: str, settings: Settings, gauge: Gauge) -> None:
        self._packed = packed
        self._sort = sort
        self._new = partial(_UNPACKERS[sort], settings)
        self._unpacker = self._new()
        self._gauge = gauge
        self._rest = self._fed = b""
        self._damage: InputError | None = None
        self._goes_on = False
        self._n_given = 0
        self._member_start = 0
        #: Where in the unpacked bytes damaged ones were passed over, each with the start of the member they are of.
        self.gaps: list[Gap] = []
        self._ended = False

    def give(self, n_most: int) -> bytes:
        """Return as much as is asked for, short of the end; damage is told of when all before it was given."""
        pieces: list[bytes] = []
        n_left, n_gaps = n_most, len(self.gaps)
        while n_left and not self._ended and self._damage is None:
            pieces.append(self._more(n_left))
            n_left -= len(pieces[-1])
            self._n_given += len(pieces[-1])
            if len(self.gaps) > n_gaps and n_left < n_most:
                break  # so that no call gives bytes from both sides of a gap
        if n_left == n_most and self._damage is not None:
            raise self._damage
        self._gauge.add(n_most - n_left)
        return b"".join(pieces)

    def _more(self, n_most: int) -> bytes:
        try:
            if self._unpacker.eof and not self._next_member():
                return b""
            data = self._feed() if self._unpacker.needs_input else b""
            if not data and self._unpacker.needs_input:
                self._damage = InputError("truncated", f"the {self._sort} data is cut off; {_AGAIN}")
                return b""
            return self._unpacker.decompress(data, n_most)
        except InputError as error:
            self._damage = error
        except _DAMAGED as error:
            if not (self._goes_on and self._find_member()):
                self._damage = self._told(error)
        return b""

    def go_on_behind_damage(self) -> None:
        """Pass over damaged gzip members, also one that was met already; ``gaps`` says where."""
        self._goes_on = True
        if self._damage is not None and self._damage.error == "truncated" and self._find_member():
            self._damage = None

    def _find_member(self) -> bool:
        """Begin the next gzip member behind damaged data, and return whether there is one."""
        if self._sort != "gzip":
            return False
        self.gaps.append(Gap(self._member_start, self._n_given))
        rest = self._fed[1:]
        while (at := rest.find(_GZIP_MEMBER)) < 0:
            if not (data := self._packed.read1(_PACKED_BYTES)):
                return False
            rest = rest[-2:] + data
        self._unpacker, self._member_start = self._new(), self._n_given
        self._rest = rest[at:]
        return True

    def _told(self, error: Exception) -> InputError:
        if "memory" in str(error).lower():
            needed = f"the {self._sort} data needs more memory than max_window_bytes allows"
            return InputError("window", f"{needed}: raise it in curator.toml (zstd --long=31 needs 2147483648)")
        return InputError("truncated", f"the {self._sort} data is damaged or cut off ({error}); {_AGAIN}")

    def _next_member(self) -> bool:
        """Begin the member that follows, and return whether there is one; zeros behind the last are padding."""
        rest = self._unpacker.unused_data
        while not (rest := rest.lstrip(b"\0")):
            if not (rest := self._packed.read1(_PACKED_BYTES)):
                self._ended = True
                return False
        self._unpacker, self._member_start = self._new(), self._n_given
        self._rest = rest
        return True

    def _feed(self) -> bytes:
        data, self._rest = self._rest, b""
        self._fed = data or self._packed.read1(_PACKED_BYTES)
        return self._fed


class _Counted(_Source):
    """A pipe that counts what it gave, and waits for enough to tell a format by before it gives the first of it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._head: bytes | None = None
        self.n_bytes = 0

    def give(self, n_most: int) -> bytes:
        if self._head is None:
            self._head = self._first(min(_TELLING_BYTES, n_most))
        data = self._head or _read_some(self._stream, n_most)
        data, self._head = data[:n_most], data[n_most:]
        self.n_bytes += len(data)
        return data

    def _first(self, n_bytes: int) -> bytes:
        head = b""
        while lacks_headers(head) or not (len(head) >= n_bytes or b"\n" in head):
            if not (data := _read_some(self._stream, n_bytes)):
                break
            head += data
        return head


def _read_some(stream: BinaryIO, n_bytes: int) -> bytes:
    """Return what a pipe holds now rather than wait for more."""
    read1 = getattr(stream, "read1", None)
    return bytes((read1 or stream.read)(n_bytes) or b"")


class _Watched(_Source):
    """A member of an archive, counted; what its library raises is told as damage when all before it was given."""

    def __init__(self, stream: IO[bytes], gauge: Gauge, sort: str) -> None:
        self._stream = stream
        self._gauge = gauge
        self._sort = sort
        self._damage: InputError | None = None

    def give(self, n_most: int) -> bytes:
        pieces: list[bytes] = []
        n_left = n_most
        while n_left and (data := self._read(min(n_left, _MEMBER_BYTES))):
            pieces.append(data)
            n_left -= len(data)
        if not pieces and self._damage is not None:
            raise self._damage
        self._gauge.add(n_most - n_left)
        return b"".join(pieces)

    def _read(self, n_bytes: int) -> bytes:
        if self._damage is not None:
            return b""
        try:
            return self._stream.read(n_bytes)
        except InputError as error:
            self._damage = error
        except Exception as error:  # what zipfile and tarfile may raise for damaged bytes is a long list
            told = f"the {self._sort} member is damaged or cut off ({error}); {_AGAIN}"
            self._damage = InputError("truncated", told)
        return b""


class _Transcoded(_Source):
    """Text in some encoding, as UTF-8 without a byte-order mark; what cannot be decoded becomes U+FFFD."""

    def __init__(self, stream: BufferedReader, encoding: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._ready = b""
        self._ended = False

    def give(self, n_most: int) -> bytes:
        while not self._ready and not self._ended:
            data = self._stream.read1(_PACKED_BYTES)
            self._ended = not data
            self._ready = self._decoder.decode(data, final=self._ended).encode("utf-8", "replace")
        data, self._ready = self._ready[:n_most], self._ready[n_most:]
        return data


def unpack(packed: BufferedReader, sort: str, settings: Settings, gauge: Gauge) -> BufferedReader:
    """Return a stream without its packing, "gzip", "bzip2", "xz" or "zstandard"."""
    return io.BufferedReader(Unpacked(packed, sort, settings, gauge), BUFFER_BYTES)


def go_on_behind_damage(stream: BufferedReader) -> None:
    """Let a stream pass over damaged gzip members; for formats whose records stand each in a member of its own."""
    if isinstance(stream.raw, Unpacked):
        stream.raw.go_on_behind_damage()


def gaps_of(stream: BufferedReader) -> Sequence[Gap]:
    """Return where in a stream damaged data was passed over so far; a single read gives no bytes of both sides."""
    return stream.raw.gaps if isinstance(stream.raw, Unpacked) else ()


class Sparing:
    """A stream for a library that reads ahead: it gives all that came before damage, and tells of that only then."""

    def __init__(self, stream: BufferedReader) -> None:
        self._stream = stream
        self._damage: InputError | None = None

    def read(self, n_bytes: int) -> bytes:
        """Return so many bytes, fewer at the end and before damage; raises InputError behind that."""
        pieces: list[bytes] = []
        while n_bytes > 0 and self._damage is None:
            try:
                pieces.append(self._stream.read1(n_bytes))
            except InputError as error:
                self._damage = error
                break
            if not pieces[-1]:
                break
            n_bytes -= len(pieces[-1])
        data = b"".join(pieces)
        if self._damage is not None and not data:
            raise self._damage
        return data


def watch(stream: IO[bytes], gauge: Gauge, sort: str) -> BufferedReader:
    """Return the stream of an archive's member with a buffer, counted by the gauge."""
    return io.BufferedReader(_Watched(stream, gauge, sort), BUFFER_BYTES)


def transcode(stream: BufferedReader, encoding: str) -> BufferedReader:
    """Return a stream of UTF-8 from one in an encoding that a line reader cannot read as it stands."""
    return io.BufferedReader(_Transcoded(stream, encoding), BUFFER_BYTES)


def count(stream: BinaryIO) -> tuple[BufferedReader, Callable[[], int]]:
    """Return a pipe with a buffer, and a function that says how many bytes came through it."""
    counted = _Counted(stream)
    return io.BufferedReader(counted, BUFFER_BYTES), lambda: counted.n_bytes


def skip(stream: BufferedReader, start: int, at: int = 0) -> None:
    """Read on from byte ``start``: by a seek where the stream allows it, else by passing over all from ``at`` to it."""
    if stream.seekable():
        stream.seek(start)
        return
    n_bytes = start - at
    while n_bytes > 0 and (data := stream.read1(min(n_bytes, BUFFER_BYTES))):
        n_bytes -= len(data)


@contextmanager
def seekable(stream: BufferedReader, settings: Settings) -> Iterator[IO[bytes]]:
    """Yield the bytes of a stream where a reader may jump: itself, or a copy without a name that ends with the block.

    Raises InputError for more than max_spool_bytes.
    """
    if stream.seekable():
        yield stream
        return
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES) as copy:
        n_left = settings.max_spool_bytes
        while data := stream.read1(BUFFER_BYTES):
            n_left -= len(data)
            if n_left < 0:
                limit = f"more than {settings.max_spool_bytes:,} bytes, of a format that is read from its end"
                raise InputError("spool", f"{limit}: save it as a file of its own, or raise max_spool_bytes")
            copy.write(data)
        copy.seek(0)
        yield cast("IO[bytes]", copy)
