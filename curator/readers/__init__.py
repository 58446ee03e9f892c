"""Paths -> raws: files, folders, archives and standard input become ``Raw`` documents, in bounded memory.

    read_paths(paths, *, format, encoding, settings, stdin, resume) -> Documents   an iterator of Raw | Failure
    present_paths(paths) -> list of paths, list of Failure   those that exist, and one failure for each other
    read_stream(stream, source, *, format, encoding, settings) -> Iterator[Raw | Failure]
    revive(content, record, row) -> Raw      the same Raw from stored bytes (row: source, media, url, ...)
    given_id(raw) -> str | float | None      the record's own id, of the type it came in

Nothing that an input holds ends the run: what cannot be read comes as a ``Failure`` (``curator.model``) in the
place where the document would have stood.
"""

from __future__ import annotations

from curator.readers.formats import FORMATS
from curator.readers.paths import Documents, is_encoding, missing_paths, present_paths, read_paths, read_stream
from curator.readers.records import given_id
from curator.readers.revive import revive

__all__ = [
    "FORMATS",
    "Documents",
    "given_id",
    "is_encoding",
    "missing_paths",
    "present_paths",
    "read_paths",
    "read_stream",
    "revive",
]
