"""Outputs that are there whole or not at all: written beside their place, flushed to disk, then renamed."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

from curator.errors import OutputError

#: The manifest of a folder, and that of a file behind its name. Readers of whole folders (Spark, Hugging Face
#: datasets) pass over names that begin with "_".
MANIFEST = "_manifest.json"
FILE_MANIFEST = ".manifest.json"
MADE_BY = "curator export"
#: What Python puts in place of bytes that are no UTF-8.
_SURROGATE = re.compile("[\ud800-\udfff]")


class Written(NamedTuple):
    """A finished file: its name, the articles in it, its size and the SHA-256 of its bytes in hex."""

    name: str
    articles: int
    bytes: int
    sha256: str


class HashedFile:
    """A file that is written from front to end, and knows the hash of what went into it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._hash = hashlib.sha256()
        self._n_bytes = 0
        self.closed = False

    def write(self, data: bytes) -> int:
        """Write bytes; return how many."""
        n_bytes = memoryview(data).nbytes
        self._stream.write(data)
        self._hash.update(data)
        self._n_bytes += n_bytes
        return n_bytes

    def tell(self) -> int:
        """Return the number of bytes written so far."""
        return self._n_bytes

    def flush(self) -> None:
        """Hand what is buffered to the operating system."""
        self._stream.flush()

    def close(self) -> None:
        """Leave the closing to the one who opened the stream."""

    def written(self, name: str, n_articles: int) -> Written:
        """Return what was written, under a name."""
        return Written(name, n_articles, self._n_bytes, self._hash.hexdigest())


#: What the system says where a disk, or a user's share of it, is full.
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def hashed_file(path: Path) -> Iterator[HashedFile]:
    """Give a new file that is on the disk when the block ends."""
    with path.open("xb") as stream:
        yield HashedFile(stream)
        stream.flush()
        os.fsync(stream.fileno())


def hash_of(path: Path) -> tuple[int, str]:
    """Return the size of a file and its SHA-256 in hex."""
    with path.open("rb") as stream:
        return path.stat().st_size, hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def placed_file(output: Path, *, overwrite: bool) -> Iterator[Path]:
    """Give a path beside the output for the block to write a file at; when it ends, the file takes its place.

    Raises OutputError where something stands in the way, or there is no folder or no room for it.
    """
    _require_free(output, overwrite=overwrite)
    if output.is_dir():
        raise OutputError(f"{output}: is a folder; give the name of a file in it")
    with _beside(output) as folder:
        made = folder / output.name
        yield made
        flush_file(made)
        _require_free(output, overwrite=overwrite)
        made.replace(output)
    _flush_folder(output.parent)


@contextmanager
def placed_folder(output: Path, *, overwrite: bool) -> Iterator[Path]:
    """Give an empty folder beside the output; when the block ends, it takes the output's place.

    What the block writes there it must flush itself. Only a folder that an export made, or an empty one, is ever
    replaced. Raises OutputError as ``placed_file`` does.
    """
    _require_free(output, overwrite=overwrite)
    with _beside(output) as folder:
        made = folder / "new"
        made.mkdir()
        yield made
        _flush_folder(made)
        _require_free(output, overwrite=overwrite)
        if output.exists():
            output.rename(folder / "old")
        made.rename(output)
    _flush_folder(output.parent)


def _require_free(output: Path, *, overwrite: bool) -> None:
    parent = output.absolute().parent
    if not parent.is_dir():
        raise OutputError(f"{output}: there is no folder {output.parent}; make it, or give another name")
    if not (output.exists() or output.is_symlink()) or (output.is_dir() and not any(output.iterdir())):
        return
    if output.exists() and not (output.is_file() or output.is_dir()):
        raise OutputError(f"{output}: is no file but a device or pipe; write to standard output for that")
    if output.is_dir() and not _is_ours(output):
        raise OutputError(f"{output}: is a folder that no export made; give another name, or remove it yourself")
    if not overwrite:
        raise OutputError(f"{output}: is there already; give another name, or replace it with --overwrite")


def _is_ours(folder: Path) -> bool:
    try:
        found = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(found, dict) and found.get("made_by") == MADE_BY


@contextmanager
def _beside(output: Path) -> Iterator[Path]:
    """Give a folder on the file system of the output, gone when the block ends."""
    try:
        folder = Path(tempfile.mkdtemp(dir=output.parent, prefix=f".{output.name[:100]}."))
    except OSError as error:
        raise OutputError(f"{output}: cannot be made: {error.strerror}; give another name") from error
    try:
        yield folder
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        told = f"{error.strerror}; nothing of it is there; make room, or give another name"
        raise OutputError(f"{output}: cannot be written to its end: {told}") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def flush_file(path: Path) -> None:
    """Have the operating system write a file to the disk."""
    with path.open("rb") as stream:
        os.fsync(stream.fileno())


def _flush_folder(folder: Path) -> None:
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def manifest_of(output: Path) -> Path:
    """Return where the manifest of a file stands."""
    return output.with_name(output.name + FILE_MANIFEST)


def write_manifest(path: Path, manifest: Mapping[str, object]) -> None:
    """Write a manifest as JSON that people can read."""
    told = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    # Names of files need be no UTF-8: JSON has a way to write what Python puts in place of such bytes.
    path.write_text(_SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", told), encoding="utf-8")
    flush_file(path)
