"""Exchanges -> a WARC file (ISO 28500), each with its request, exactly once through crashes."""

from __future__ import annotations

import os
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

from warcio.warcwriter import WARCWriter

import curator
from curator.errors import StoreError
from curator.pipeline.fetching import Exchange


class WarcFile:
    """A WARC file that a crawl appends to; its corpus knows how many bytes of it count.

    What a crash left behind these is cut off when the file is opened again. Raises StoreError where they are gone.
    """

    def __init__(self, path: Path, n_bytes: int) -> None:
        self._path = path
        self._file = path.open("ab")
        size = self._file.tell()
        if size < n_bytes:
            raise StoreError(f"{path}: has {size:,} bytes, expected {n_bytes:,} of an interrupted crawl; try --fresh")
        self._file.truncate(n_bytes)
        self._file.seek(n_bytes)
        self._writer = WARCWriter(self._file, gzip=path.suffix == ".gz", warc_version="WARC/1.1")
        if self._file.tell() == 0:
            about = {"software": f"curator/{curator.__version__}", "format": "WARC File Format 1.1"}
            self._writer.write_record(self._writer.create_warcinfo_record(path.name, about))

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def append(self, exchanges: Iterable[Exchange]) -> int:
        """Write exchanges, wait until they are on disk, and return the bytes of the file."""
        for exchange in exchanges:
            self._write(exchange)
        self._file.flush()
        os.fsync(self._file.fileno())
        return self._file.tell()

    def _write(self, exchange: Exchange) -> None:
        about = {"WARC-Date": exchange.fetched_at.replace("+00:00", "Z")}
        if exchange.ip:
            about["WARC-IP-Address"] = exchange.ip
        make = self._writer.create_warc_record
        response, request = (
            make(exchange.url, sort, payload=BytesIO(content), length=len(content), warc_headers_dict=dict(about))
            for sort, content in (("response", exchange.response), ("request", exchange.request))
        )
        self._writer.write_request_response_pair(request, response)


def size_of(path: Path) -> int:
    """Return the bytes of a file, 0 for one that is not there yet."""
    return path.stat().st_size if path.exists() else 0
