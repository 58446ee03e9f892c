"""Zip and tar archives -> the documents of their members, one after the other; nothing is unpacked to a path."""

from __future__ import annotations

import io
import re
import tarfile
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import IO, cast

from curator.readers import streams
from curator.readers.inputs import Input, InputError, Item, Options, is_before
from curator.readers.names import ending, is_document, is_hidden

Read = Callable[[Input, Options], Iterator[Item]]
Open = Callable[[], IO[bytes]]

_DIRECTORY_ENTRY = b"PK\x01\x02"
#: Where the records lie that end a zip: 22 bytes with a comment behind them, and before them 76 for a large one.
_END_BYTES = 65_535 + 22 + 76
_SCAN_BYTES = 1 << 20
#: First members of office documents and e-books, which are zip archives too.
_OFFICE = ("[Content_Types].xml", "mimetype", "_rels/.rels")
_ENCRYPTED = 0x1
#: What tells a WACZ file, a crawl with its indexes: one of these beside its WARC files, or files of its own sort.
_WACZ_MARKS = frozenset({"datapackage.json", "webarchive.yaml", "pages/pages.jsonl"})
_WACZ_CRAWL = re.compile(r"archive/.+\.warc(?:\.gz)?|.+\.wacz", re.IGNORECASE)

#: Entries that hold the name or attributes of the next one; a large one is damage, or made to fill the memory.
_HEADER_TYPES = (
    tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK,
)  # fmt: skip
_MOST_HEADER_BYTES = 1_000_000


@dataclass(slots=True)
class _Archive:
    """An archive while it is read: which of its members are documents, and what is said of the others."""

    given: Input
    options: Options
    read: Read
    sort: str
    _names: Counter[str] = field(default_factory=Counter)
    _left_out: Counter[str] = field(default_factory=Counter)
    _n_members: int = 0
    _n_taken: int = 0
    _is_behind: bool = False

    def member(self, name: str, open_member: Open) -> Iterator[Item]:
        """Yield the documents of a member; raises InputError where it is one too many.

        A further member of the same name gets its number behind it.
        """
        if self._n_members >= self.options.settings.max_members:
            raise _too_many(self.options.settings.max_members)
        self._n_members += 1
        self._names[name] += 1
        if is_hidden(name):
            return
        if not is_document(name):
            self._left_out[ending(name)] += 1
            return
        self._n_taken += 1
        unique = name if self._names[name] == 1 else f"{name}#{self._names[name]}"
        self._is_behind = self._is_behind or not is_before(self.given, unique)
        if self._is_behind:
            yield from self._read(name, unique, open_member)

    def _read(self, name: str, unique: str, open_member: Open) -> Iterator[Item]:
        inner = self.given.inner(self.given.stream, name, unique)
        try:
            file = open_member()
        except InputError as error:
            yield inner.failure(error)
            return
        except Exception as error:  # what zipfile and tarfile may raise for damaged bytes is a long list
            message = f"the {self.sort} member cannot be opened ({error}): fetch the file again"
            yield inner.failure(InputError("damaged", message))
            return
        with file:
            stream = streams.watch(file, self.given.gauge, self.sort)
            yield from self.read(self.given.inner(stream, name, unique), self.options)

    def close(self) -> None:
        """Note what was left out; raises InputError where nothing was taken."""
        if not self._n_taken:
            message = "the archive holds no documents: expected members that end in .txt, .html, .jsonl or the like"
            raise InputError("no-documents", message)
        if self._left_out:
            ends = ", ".join(f"{end or 'no ending'} {n:,}" for end, n in self._left_out.most_common(6))
            self.options.notes.add(f"{self.given.source}: members of other endings were left out ({ends})")


def _too_many(max_members: int) -> InputError:
    limit = f"the archive has more than {max_members:,} members"
    return InputError("members", f"{limit}; what came before was read; raise max_members in curator.toml")


def read_zip(given: Input, options: Options, read: Read) -> Iterator[Item]:
    """Yield the documents of a zip archive's members in the order of its directory."""
    with streams.seekable(given.stream, options.settings) as file:
        _check_directory(file, options.settings.max_members)
        try:
            zipped = zipfile.ZipFile(file)
        except Exception as error:  # as for members
            raise InputError("damaged", f"the zip archive is damaged ({error}): fetch the file again") from error
        infos = zipped.infolist()
        if infos and infos[0].filename in _OFFICE:
            message = "holds an office document or e-book, expected text: convert it to text, HTML or JSON lines first"
            raise InputError("binary", message)
        archive = _Archive(given, options, read, "zip")
        for info in _crawls(infos) or infos:
            if not info.filename.endswith("/"):  # is_dir() trips over an empty name
                yield from archive.member(info.filename, partial(_open_zipped, zipped, info))
        archive.close()


def _crawls(infos: Sequence[zipfile.ZipInfo]) -> list[zipfile.ZipInfo]:
    """Return the crawls in a WACZ file: the rest of it lists what they hold. Nothing for any other zip archive."""
    if _WACZ_MARKS.isdisjoint(info.filename for info in infos):
        return []
    return [info for info in infos if _WACZ_CRAWL.fullmatch(info.filename)]


def _open_zipped(zipped: zipfile.ZipFile, info: zipfile.ZipInfo) -> IO[bytes]:
    if info.flag_bits & _ENCRYPTED:
        raise InputError("encrypted", "the zip member is encrypted: unpack the archive with its password first")
    return zipped.open(info)


def _check_directory(file: IO[bytes], max_members: int) -> None:
    """Raise InputError where a zip has too many members: its directory is held in memory as a whole."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - _END_BYTES))
    begin = max(0, size - _END_BYTES - _directory_bytes(file.read(_END_BYTES)))
    n_members = 0
    for start in range(begin, size, _SCAN_BYTES):
        file.seek(start)
        n_members += file.read(_SCAN_BYTES).count(_DIRECTORY_ENTRY)
        if n_members > max_members:
            raise _too_many(max_members)
    file.seek(0)


def _directory_bytes(tail: bytes) -> int:
    """Return what a zip says of the size of its directory, in either of the two records at its end."""
    at, at64 = tail.rfind(b"PK\x05\x06"), tail.rfind(b"PK\x06\x06")
    if at64 >= 0:
        return int.from_bytes(tail[at64 + 40 : at64 + 48], "little")
    return int.from_bytes(tail[at + 12 : at + 16], "little") if at >= 0 else 0


def read_tar(given: Input, options: Options, read: Read) -> Iterator[Item]:
    """Yield the documents of a tar archive's files in their order, also of several archives one after the other.

    Links and devices are passed over: what a link leads to stands in the archive itself, or outside it. Raises
    InputError at the end where blocks between the members are damaged.
    """
    damaged: list[str] = []
    archive = _Archive(given, options, read, "tar")
    kind = _entry_class(damaged)
    stream = cast("IO[bytes]", streams.Sparing(given.stream))
    with tarfile.open(fileobj=stream, mode="r|", tarinfo=kind, ignore_zeros=True) as packed:
        while (entry := _next_entry(packed)) is not None:
            packed.members.clear()  # type: ignore[attr-defined]  # else a million of them stay in memory
            if entry.isfile():
                yield from archive.member(entry.name, partial(_open_entry, packed, entry))
    if damaged:
        message = (
            f"damaged blocks in the tar archive: {len(damaged):,} ({damaged[0]}); members that began there are lost"
        )
        raise InputError("damaged", f"{message}, all others were read: fetch the file again")
    archive.close()


def _next_entry(packed: tarfile.TarFile) -> tarfile.TarInfo | None:
    try:
        return packed.next()
    except InputError:
        raise
    except (tarfile.TarError, ValueError, OverflowError, EOFError) as error:
        message = f"the tar archive is damaged or cut off ({error}); what came before was read: fetch the file again"
        raise InputError("truncated", message) from error


def _open_entry(packed: tarfile.TarFile, entry: tarfile.TarInfo) -> IO[bytes]:
    if entry.issparse():
        raise InputError("sparse", "the tar member is sparse, full of holes, and no text: unpack it to look at it")
    file = packed.extractfile(entry)
    if file is None:
        raise InputError("damaged", "the tar member is no file")
    return file


def _entry_class(damaged: list[str]) -> type[tarfile.TarInfo]:
    """Return a class of entries that notes each block that is no header; ``tarfile`` passes over them in silence."""

    class Entry(tarfile.TarInfo):
        @classmethod
        def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Entry:
            try:
                entry = super().frombuf(buf, encoding, errors)
            except tarfile.HeaderError as error:
                if len(buf) == tarfile.BLOCKSIZE and any(buf):
                    damaged.append(str(error))
                raise
            if entry.size < 0 or (entry.type in _HEADER_TYPES and entry.size > _MOST_HEADER_BYTES):
                message = f"an entry of the tar archive claims {entry.size:,} bytes for a name: fetch the file again"
                raise InputError("damaged", message)
            return entry

    return Entry
