"""Where each input goes on: behind the last document that is safely stored, as long as the file is the same.

A run notes, in the transaction of each batch, how far each of its files is read; when it ends all notes go. So what a
run finds of an earlier one tells that this one was interrupted. A file that changed is read from its start.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from curator.model import Failure, Place, Raw
from curator.readers import Documents
from curator.readers.walk import Walk
from curator.store.resuming import FailedFile, FailedInput, UnfinishedInput

#: Bytes at the beginning of a file that tell it from another one of the same size and time.
_HEAD_BYTES = 4096


class Origin(NamedTuple):
    """Where an item came from: its file, absolute, as it was given, and how it is told from another one.

    ``place`` is that of a document, ``behind`` that of the document before it in the file; both may be None.
    ``path`` is None for what came from no file. ``share`` of all inputs was read by then, None where that is not known.
    """

    path: str | None = None
    name: str = ""
    file: str | None = None
    place: Place | None = None
    behind: Place | None = None
    share: float | None = None


NOWHERE = Origin()


class Extent:
    """How much of the inputs is read, in bytes as they lie on disk."""

    def __init__(self, documents: Documents, paths: Iterable[str | Path]) -> None:
        self._documents = documents
        self._n_bytes = _n_bytes(map(str, paths))
        self._n_before = 0
        self._path: str | None = None

    @property
    def share(self) -> float | None:
        """The share that is read, 0 to 1; None where an input is no file, so that nobody knows its size."""
        documents = self._documents
        if self._n_bytes is None:
            return None
        if documents.path != self._path:
            self._n_before += _n_bytes([self._path]) or 0 if self._path else 0
            self._path = documents.path
        try:
            n_now = documents.n_packed
        except ValueError:  # the file is closed: it is read to its end
            n_now = _n_bytes([self._path]) or 0 if self._path else 0
        return min(1.0, (self._n_before + n_now) / max(self._n_bytes, 1))


def _n_bytes(paths: Iterable[str]) -> int | None:
    """Return the size of files and folders on disk, None where one is a pipe."""
    n_bytes = 0
    for path in paths:
        if os.path.isdir(path):  # noqa: PTH112
            n_bytes += _n_bytes(Walk(path).found) or 0
        elif os.path.isfile(path):  # noqa: PTH113
            n_bytes += os.path.getsize(path)  # noqa: PTH202
        elif path == "-" or os.path.exists(path):  # noqa: PTH110
            return None
    return n_bytes


class Inputs(Mapping[str, Place]):
    """The files of a run, by the names they are read under: the place behind which reading goes on in each.

    Readers ask for a file when they open it; so this also tells which file is being read. ``places`` say by absolute
    path where to go on, and what the file must be for that; ``failed_files`` what could not be read earlier. In the
    end ``resumed`` holds the files that reading went on in, ``touched`` the paths of files with several documents,
    and ``mended`` those of the failed files that could be read.

    ``names`` are given by who reads parts of files again: by path, the names that the files first had. Such a run is
    never taken up.
    """

    def __init__(
        self,
        options: str,
        places: Mapping[str, UnfinishedInput],
        failed_files: Iterable[FailedFile] = (),
        names: Mapping[str, str] | None = None,
    ) -> None:
        self.options = options
        self._names = names
        self.resumed: dict[str, Place] = {}
        self.touched: set[str] = set()
        self.mended: set[FailedFile] = set()
        self._places = places
        self._failed_files = frozenset(failed_files)
        self._extent: Extent | None = None
        self._now = NOWHERE

    def __getitem__(self, name: str) -> Place:
        path = absolute(name)
        file = None if name == "-" else fingerprint(path)
        if file is None:  # a pipe: what it holds comes once
            self._now = Origin(name=name)
            raise KeyError(name)
        found = self._places.get(path)
        place = found.place._replace(path=name) if found is not None and found.file == file else None
        given = name if self._names is None else self._names.get(name, name)
        self._now = Origin(path, given, file, place)
        if (path, given) in self._failed_files:
            self.mended.add((path, given))
        if place is None:
            raise KeyError(name)
        if self._names is None:
            self.resumed[name] = place
            self.touched.add(path)
        return place

    def __bool__(self) -> bool:
        return True  # to be asked, though there may be nothing to go on with

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def measure(self, extent: Extent) -> None:
        """Also tell from now on what share of all inputs is read."""
        self._extent = extent

    def followed(self, items: Iterable[Raw | Failure]) -> Iterator[tuple[Raw | Failure, Origin]]:
        """Yield what is read with its origin."""
        for item in items:
            if self._extent is not None:
                self._now = self._now._replace(share=self._extent.share)
            if isinstance(item, Failure):
                self.mended.discard((self._now.path or "", item.source))
            if isinstance(item, Failure) and not (self._now.name and item.source.startswith(self._now.name)):
                yield item, _of_whole(item.source)
            elif isinstance(item, Failure) or item.place is None:
                yield item, self._now._replace(place=None, behind=self._now.place)
            else:
                self._now = self._now._replace(place=item.place, behind=self._now.place)
                yield item, self._now

    def reached(self, origins: Iterable[Origin]) -> list[UnfinishedInput]:
        """Return how far the files of stored items are read; files that are one document are not among them."""
        if self._names is not None:
            return []
        last = {origin.path: origin for origin in origins if origin.place is not None}
        reached = [
            UnfinishedInput(path, self.options, file, place)
            for path, _, file, place, *_ in last.values()
            if path is not None and file is not None and place is not None and _is_part(place)
        ]
        self.touched.update(one.path for one in reached)
        return reached

    def failed(self, origin: Origin) -> FailedInput:
        """Return where a failure is found again."""
        if origin.path is None:
            return FailedInput()
        return FailedInput(origin.path, origin.name, self.options, origin.file, origin.behind)


def _of_whole(source: str) -> Origin:
    """Return the origin of a failure of a file or folder that could not even be opened."""
    return NOWHERE if source == "-" else Origin(absolute(source), source)


def _is_part(place: Place) -> bool:
    return place.number > 1 or place.member is not None


def absolute(name: str) -> str:
    """Return a path from the root, as it is stored; one that is no text comes with marks in it and is never found."""
    return os.fsencode(os.path.abspath(name)).decode("utf-8", "replace")  # noqa: PTH100 - as text, links kept


def fingerprint(path: str) -> str | None:
    """Return what tells a file from what may stand there later; None for what is no file that can be read again."""
    try:
        status = os.stat(path)  # noqa: PTH116
        if not stat.S_ISREG(status.st_mode):
            return None
        with open(path, "rb") as file:  # noqa: PTH123
            head = blake2b(file.read(_HEAD_BYTES), digest_size=8).hexdigest()
    except (OSError, ValueError):
        return None
    return f"{status.st_size}:{status.st_mtime_ns}:{head}"
