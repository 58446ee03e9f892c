"""Paths -> raws: files, folders and standard input become ``Raw`` documents, streaming, in bounded memory.

    read_paths(paths, *, format=None, encoding=None, max_bytes=50_000_000, stdin=None) -> Iterator[Raw | Failure]
    revive(content, record, row) -> Raw      the same Raw from stored bytes (row: source, media, url, ...)
    given_id(raw) -> str | int | None        the record's own id, of the type it came in

Nothing that an input holds ends the run: what cannot be read comes as a ``Failure`` (``curator.model``) in the
place where the document would have stood.
"""

from __future__ import annotations

from curator.readers.paths import FORMATS, MAX_BYTES, is_encoding, read_paths
from curator.readers.records import given_id
from curator.readers.revive import revive

__all__ = ["FORMATS", "MAX_BYTES", "given_id", "is_encoding", "read_paths", "revive"]
