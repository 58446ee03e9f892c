"""Paths and addresses of inputs -> documents, wherever a task runs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pyarrow.fs as pa_fs

from curator.model import Failure, Raw
from curator.readers import read_paths, read_stream
from curator.readers.formats import is_document, is_hidden
from curator.readers.walk import Walk
from curator.settings import Settings


class ReadOptions(NamedTuple):
    """How inputs are read (``curator.readers.read_paths``)."""

    format: str | None = None
    encoding: str | None = None


def list_inputs(paths: Sequence[str]) -> list[str]:
    """Return the files of paths, folders and addresses (``s3://``, ``gs://``, ``hdfs://``, ``file://``), in order.

    Folders are walked as ``curator add`` walks them. What is missing stays in the list, for the task that reads it.
    """
    found: list[str] = []
    for path in paths:
        found.extend(_remote(path) if "://" in path else _local(path))
    return found


def input_bytes(paths: Sequence[str]) -> int:
    """Return the size of all inputs as they lie there, packed or not; what is missing has none."""
    total = 0
    for path in list_inputs(paths):
        if "://" in path:
            system, name = _opened(path)
            total += system.get_file_info(name).size or 0
        elif Path(path).is_file():
            total += Path(path).stat().st_size
    return total


def _local(path: str) -> list[str]:
    whole = str(Path(path).absolute())
    if not Path(path).is_dir():
        return [whole]
    walk = Walk(whole)
    return walk.found or [whole]


def _opened(address: str) -> tuple[pa_fs.FileSystem, str]:
    """Return the file system of an address and the path in it; what Spark calls s3a is s3."""
    found: tuple[pa_fs.FileSystem, str] = pa_fs.FileSystem.from_uri(_S3A.sub("s3://", address))
    return found


_S3A = re.compile(r"^s3[an]://")


def _remote(address: str) -> list[str]:
    system, path = _opened(address)
    head = address.removesuffix(path) if address.endswith(path) else f"{address.partition('://')[0]}://"
    infos = system.get_file_info(pa_fs.FileSelector(path, recursive=True)) if _is_folder(system, path) else []
    names = sorted(info.path for info in infos if info.type == pa_fs.FileType.File)
    return [head + name for name in names if not _hidden(name[len(path) :]) and is_document(name)] or [address]


def _is_folder(system: pa_fs.FileSystem, path: str) -> bool:
    return bool(system.get_file_info(path).type == pa_fs.FileType.Directory)


def _hidden(path: str) -> bool:
    return any(is_hidden(part) for part in path.split("/"))


def read_input(path: str, options: ReadOptions, settings: Settings) -> Iterator[Raw | Failure]:
    """Yield the documents and failures of one file."""
    form, encoding = options.format, options.encoding
    if "://" not in path:
        yield from read_paths([path], format=form, encoding=encoding, settings=settings)
        return
    try:
        system, name = _opened(path)
        with system.open_input_stream(name, compression=None) as stream:
            yield from read_stream(stream, path, format=form, encoding=encoding, settings=settings)
    except OSError as error:
        message = f"cannot be read: {error}; check the address, and that the workers may read it"
        yield Failure(path, "read", "unreadable", message)
