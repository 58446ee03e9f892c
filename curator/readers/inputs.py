"""What is being read: an opened file or member of an archive, with what the user says of it and what it may cost."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from io import BufferedReader

from curator.errors import ReadError
from curator.model import Failure, Place, Raw
from curator.settings import Settings

Item = Raw | Failure

#: Notes that a run keeps; folders of thousands of odd files say no more than the first of them.
_MOST_NOTES = 20
#: Below so many unpacked bytes nobody minds what they were packed to: small files of one character pack well.
_RATIO_FROM_BYTES = 64_000_000


class InputError(ReadError):
    """An input, a record in it, or the rest of it cannot be read; ``error`` is the sort of failure."""

    def __init__(self, error: str, message: str) -> None:
        super().__init__(message)
        self.error = error


class ExceededError(InputError):
    """A file unpacks to more than the settings allow: nothing more of it is read, whatever it holds."""


class Notes:
    """What a person should know of the reading that is no failure, each note once."""

    def __init__(self) -> None:
        self._texts: dict[str, None] = {}
        self._n_more = 0

    def add(self, text: str) -> None:
        """Keep a note, short of the most that are kept."""
        if len(self._texts) < _MOST_NOTES:
            self._texts[text] = None
        elif text not in self._texts:
            self._n_more += 1

    def texts(self) -> tuple[str, ...]:
        """Return the notes in the order they came in."""
        more = (f"and {self._n_more:,} more notes on the input",) if self._n_more else ()
        return (*self._texts, *more)


class Gauge:
    """Bytes of one file as it lies on disk, and of all that was unpacked from it; a bomb ends here."""

    def __init__(self, settings: Settings, packed: Callable[[], int]) -> None:
        self._settings = settings
        self._packed = packed
        self._n_unpacked = 0

    @property
    def n_packed(self) -> int:
        """Bytes of the file that were read so far."""
        return self._packed()

    def add(self, n_bytes: int) -> None:
        """Count unpacked bytes; raises ExceededError where they are too many, or too many for what they came from."""
        self._n_unpacked += n_bytes
        limits = self._settings
        if self._n_unpacked > limits.max_unpacked_bytes:
            message = f"unpacks to more than {limits.max_unpacked_bytes:,} bytes"
            raise ExceededError("unpacked-size", f"{message}{_KEPT} max_unpacked_bytes{_RAISE}")
        if self._n_unpacked > max(_RATIO_FROM_BYTES, limits.max_unpacked_ratio * max(self._packed(), 1)):
            message = f"unpacks to more than {limits.max_unpacked_ratio:,} times its size, as only bombs do"
            raise ExceededError("unpacked-ratio", f"{message}{_KEPT} max_unpacked_ratio{_RAISE}")


NO_SUCH_PATH = "there is no such file or folder: check the path"
NO_SUCH_PATTERN = "no file or folder matches the pattern: check it"
_KEPT = "; what came before was read; if it is genuine, raise"
_RAISE = " in curator.toml"


@dataclass(frozen=True, slots=True)
class Options:
    """What the user says of all inputs of a run: a declared format and encoding, the limits, and room for notes."""

    format: str | None = None
    encoding: str | None = None
    settings: Settings = field(default_factory=Settings)
    notes: Notes = field(default_factory=Notes)


@dataclass(frozen=True, slots=True)
class Input:
    """An opened file, or a member of an archive.

    ``name`` tells its ending. ``behind`` is the place of the last document that need not be read again, ``depth``
    the number of containers around the stream; ``is_found`` where a walk through a folder came upon it.
    """

    stream: BufferedReader
    path: str
    name: str
    gauge: Gauge
    member: str | None = None
    behind: Place | None = None
    depth: int = 0
    is_found: bool = False

    @property
    def source(self) -> str:
        """What documents and failures are named after: the path, with the member behind an exclamation mark."""
        return self.path if self.member is None else f"{self.path}!{self.member}"

    @property
    def start(self) -> int:
        """Where reading begins: bytes of the unpacked stream, or rows."""
        return self.behind.end if self.behind else 0

    @property
    def number(self) -> int:
        """Ordinal of the last document that was read before."""
        return self.behind.number if self.behind else 0

    def place(self, start: int, end: int, number: int) -> Place:
        """Return where a document of this input stands."""
        return Place(self.path, self.member, start, end, number)

    def unpacked(self, stream: BufferedReader, name: str) -> Input:
        """Return this input with one layer of packing less."""
        return replace(self, stream=stream, name=name, depth=self.depth + 1)

    def inner(self, stream: BufferedReader, name: str, member: str) -> Input:
        """Return a member of this archive; ``member`` is its name without those of the archives around it."""
        full = member if self.member is None else f"{self.member}!{member}"
        behind = self.behind if self.behind and _leads_to(full, self.behind.member) else None
        return replace(self, stream=stream, name=name, member=full, behind=behind, depth=self.depth + 1)

    def failure(self, error: InputError) -> Failure:
        """Return the failure of this input."""
        return Failure(self.source, "read", error.error, str(error))


def _leads_to(member: str, sought: str | None) -> bool:
    return sought is not None and (sought == member or sought.startswith(f"{member}!"))


def is_before(given: Input, member: str) -> bool:
    """Return whether a member of this archive is not the one that reading goes on in."""
    if given.behind is None:
        return False
    full = member if given.member is None else f"{given.member}!{member}"
    return not _leads_to(full, given.behind.member)


def os_error(error: OSError) -> InputError:
    """Return an error of the operating system as one of an input."""
    if isinstance(error, FileNotFoundError):
        return InputError("missing", NO_SUCH_PATH)
    if isinstance(error, PermissionError):
        return InputError("permission", "may not be read by this user: change its permissions, or run as its owner")
    return InputError("unreadable", f"cannot be read: {error.strerror or error or os.strerror(error.errno or 0)}")


def too_large(what: str, settings: Settings) -> InputError:
    """Return the error of a document that is over the limit."""
    limit = f"the limit of {settings.max_document_bytes:,} bytes for one document"
    return InputError("too-large", f"{what} {limit}: split it, or raise max_document_bytes in curator.toml")


def nothing_in(given: Input, expected: str) -> InputError:
    """Return the error of an input that holds nothing."""
    found = "nothing came in on standard input" if given.source == "-" else "the file is empty"
    return InputError("empty", f"{found}: expected {expected}")
