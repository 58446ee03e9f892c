"""Paths and addresses of inputs -> documents, wherever a task runs."""

from __future__ import annotations

import glob
import json
import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.fs as pa_fs

from curator.errors import EngineError, MissingError
from curator.model import Failure, Raw
from curator.readers import Documents, missing_paths, read_paths, read_stream
from curator.readers.formats import PASSED_OVER, passed_over
from curator.readers.inputs import NO_SUCH_PATH
from curator.readers.names import ending, is_document, is_hidden
from curator.readers.paths import Streamed, left_out, parts_left_out
from curator.readers.walk import Walk, page_parts
from curator.settings import Settings

#: The stage of what is no failure, but takes the way of one to the report.
NOTED = "note"


class ReadOptions(NamedTuple):
    """How inputs are read (``curator.readers.read_paths``)."""

    format: str | None = None
    encoding: str | None = None


class Task(NamedTuple):
    """A file that one task reads; ``is_found`` where a walk through a folder came upon it."""

    path: str
    is_found: bool = False

    def to_json(self) -> str:
        """Return this as what an engine hands to a task; a name that is no UTF-8 comes through."""
        return json.dumps(self)


class Listing(NamedTuple):
    """The files of a run, each as the JSON of a task, with what a walk could not take and what is to be said of it.

    ``missing`` are inputs that were named and do not exist: these are no rows of the table ``failures``.
    """

    tasks: list[str]
    failures: list[Failure]
    notes: list[str]
    missing: list[Failure]


def list_inputs(paths: Sequence[str]) -> Listing:
    """Return the files of paths, patterns, folders and addresses (``s3://``, ``gs://``, ``hdfs://``, ``file://``).

    They stand in order. Folders are walked as ``curator add`` walks them. Raises EngineError for standard input, which
    is with no task, and MissingError where none of the inputs exists.
    """
    listing = Listing([], [], [], [])
    for path in paths:
        if path == "-":
            raise EngineError(
                "-: tasks read files, not standard input: write it to a file, or give it to `curator add -`"
            )
        if "://" in path:
            _list_remote(path, listing)
        elif missing := missing_paths([path]):
            listing.missing.extend(missing)
        else:
            _list_local(path, listing)
    if paths and len(listing.missing) == len(paths):
        raise MissingError("; ".join(f"{failure.source}: {failure.message}" for failure in listing.missing))
    return listing


def input_bytes(listing: Listing) -> int:
    """Return the size of all files as they lie there, packed or not; what is gone by now has none."""
    total = 0
    for path, _ in map(json.loads, listing.tasks):
        if "://" in path:
            system, name = _opened(path)
            total += system.get_file_info(name).size or 0
        elif os.path.isfile(path):  # noqa: PTH113
            total += os.path.getsize(path)  # noqa: PTH202
    return total


def _list_local(path: str, listing: Listing) -> None:
    found = sorted(glob.glob(path, recursive=True)) if glob.has_magic(path) and not os.path.lexists(path) else []  # noqa: PTH207 - a Path cannot begin with a pattern
    for each in found or [path]:
        whole = _whole(each)
        walk = Walk(whole) if os.path.isdir(each) else None  # noqa: PTH112 - a Path raises where it may not look
        if walk is None or not (walk.found or walk.failures):
            listing.tasks.append(Task(whole).to_json())
            continue
        listing.tasks.extend(Task(one, is_found=True).to_json() for one in walk.found)
        listing.failures.extend(walk.failures)
        if walk.left_out:
            listing.notes.append(left_out(whole, walk.left_out))
        if walk.parts:
            listing.notes.append(parts_left_out(whole, walk.parts))


def _whole(path: str) -> str:
    """Return a path from the root, as it was named, but without "..": that leads elsewhere from behind a link."""
    whole = Path(path).absolute()
    return str(whole.resolve() if ".." in whole.parts else whole)


def _opened(address: str) -> tuple[pa_fs.FileSystem, str]:
    """Return the file system of an address and the path in it; what Spark calls s3a is s3."""
    found: tuple[pa_fs.FileSystem, str] = pa_fs.FileSystem.from_uri(_S3A.sub("s3://", address))
    return found


_S3A = re.compile(r"^s3[an]://")


def _list_remote(address: str, listing: Listing) -> None:
    try:
        system, path = _opened(address)
        kind = system.get_file_info(path).type
        if kind == pa_fs.FileType.NotFound:
            listing.missing.append(Failure(address, "read", "missing", NO_SUCH_PATH))
            return
        tasks = _in_folder(address, system, path, listing.notes) if kind == pa_fs.FileType.Directory else []
    except (OSError, pa.ArrowException) as error:
        told = str(error).partition("; ")[0]
        raise EngineError(f"{address}: cannot be looked into: {told}; check the address and what it needs") from error
    listing.tasks.extend(task.to_json() for task in tasks or [Task(address)])


def _in_folder(address: str, system: pa_fs.FileSystem, path: str, notes: list[str]) -> list[Task]:
    head = address.removesuffix(path) if address.endswith(path) else f"{address.partition('://')[0]}://"
    infos = system.get_file_info(pa_fs.FileSelector(path, recursive=True))
    names = sorted(info.path for info in infos if info.type == pa_fs.FileType.File)
    shown, parts = _without_parts(path, [name for name in names if not _hidden(name[len(path) :])])
    if parts:
        notes.append(parts_left_out(address, [head + part for part in parts]))
    if others := Counter(ending(name) for name in shown if not is_document(name)):
        notes.append(left_out(address, others))
    return [Task(head + name, is_found=True) for name in shown if is_document(name)]


def _without_parts(root: str, names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return which files under a root stand in no folder of a saved page's parts, and those folders.

    >>> _without_parts("/in", ["/in/a.html", "/in/a_files/ad.html", "/in/a_files/b/c.html", "/in/b_files/d.html"])
    (['/in/a.html', '/in/b_files/d.html'], ['/in/a_files'])
    """
    above = {name: _folders(root, name) for name in names}
    parts = page_parts({folder for folders in above.values() for folder in folders}, names)
    outermost = {name: next(filter(parts.__contains__, folders), None) for name, folders in above.items()}
    return [name for name in names if outermost[name] is None], sorted(filter(None, {*outermost.values()}))


def _folders(root: str, name: str) -> list[str]:
    """Return the folders between a root and a file under it, the outermost first."""
    return [name[: found.start()] for found in re.finditer("/", name) if found.start() > len(root)]


def _hidden(path: str) -> bool:
    return any(is_hidden(part) for part in path.split("/"))


def read_input(task: Task, options: ReadOptions, settings: Settings) -> Iterator[Raw | Failure]:
    """Yield the documents and failures of one file, and what is to be said of it: a failure of the stage NOTED."""
    form, encoding = options.format, options.encoding
    if "://" not in task.path:
        yield from _noted(task, read_paths([task.path], format=form, encoding=encoding, settings=settings))
        return
    try:
        system, name = _opened(task.path)
        with system.open_input_stream(name, compression=None) as stream:
            yield from _noted(task, read_stream(stream, task.path, format=form, encoding=encoding, settings=settings))
    except OSError as error:
        message = f"cannot be read: {error}; check the address, and that the workers may read it"
        yield Failure(task.path, "read", "unreadable", message)


def _noted(task: Task, items: Documents | Streamed) -> Iterator[Raw | Failure]:
    for item in items:
        if task.is_found and isinstance(item, Failure) and item.error in PASSED_OVER:
            yield Failure(item.source, NOTED, NOTED, passed_over(item.source, item.message))
        else:
            yield item
    yield from (Failure(task.path, NOTED, NOTED, note) for note in items.notes)
