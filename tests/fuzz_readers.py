"""Change files of every format at random and read them, for a time: nothing may raise, hang or be told as our bug.

python tests/fuzz_readers.py SECONDS [SEED]     prints what was found, and leaves the files of it in the folder `found`
"""

import json
import random
import resource
import sys
import tempfile
import time
from multiprocessing import get_context
from pathlib import Path

from reader_inputs import inputs

from curator.model import Failure, Raw
from curator.readers import read_paths, revive
from curator.settings import Settings

#: Small limits, so that a file which claims much is met by them.
SETTINGS = Settings(max_document_bytes=200_000, max_unpacked_bytes=200_000_000, max_members=1_000)
ERRORS = {
    *("binary", "columns", "containers", "content-coding", "damaged", "empty", "encoding", "encrypted", "feed"),
    *("header", "headers", "http", "json", "json-depth", "line-ends", "members", "missing", "no-documents", "no-text"),
    *("no-text-column", "quotes", "sitemap", "sparse", "spool", "too-large", "truncated", "types", "unpacked-ratio"),
    *("unpacked-size", "unreadable", "window"),
}
INSERTED = (b"\xff" * 4, b"\0" * 512, b'"', b"\n", b"\r", b"\x1f\x8b\x08", b"PK\x03\x04", b"[" * 200, b"{" * 200)
FIELDS = ("source", "source_id", "url", "fetched_at", "media", "encoding")


def changed(content: bytes, chance: random.Random, others: list[bytes]) -> bytes:
    """Return bytes with a few changes: flipped, deleted, doubled, cut off, or joined with another file."""
    data = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        at = chance.randrange(len(data) + 1)
        n_bytes = chance.choice((1, 1, 2, 4, 16, 200))
        what = chance.randrange(8)
        if what < 3:
            data[at : at + n_bytes] = chance.randbytes(n_bytes)
        elif what == 3:
            del data[at : at + n_bytes]
        elif what == 4:
            data[at:at] = data[at : at + n_bytes]
        elif what == 5:
            data[at:at] = chance.choice(
                (b"\xff" * 4, b"\0" * 512, b'"', b"\n", b"\x1f\x8b\x08", b"PK\x03\x04", b"[" * 200)
            )
        elif what == 6:
            del data[at:]
        else:
            other = chance.choice(others)
            data[at:] = other[chance.randrange(len(other)) :]
    return bytes(data)


def wrong_with(path: Path) -> str | None:
    """Return what is wrong with the reading of a file, or None."""
    began = time.monotonic()
    for item in read_paths([path], settings=SETTINGS):
        if isinstance(item, Failure):
            if item.error not in ERRORS:
                return f"{item.error}: {item.message}"
        elif (found := wrong_raw(item)) is not None:
            return found
    took = time.monotonic() - began
    return f"{took:.1f} s" if took > 5 else None


def wrong_raw(raw: Raw) -> str | None:
    """Return whether a document would not come back from the store as it is."""
    row = {name: getattr(raw, name) for name in FIELDS}
    row |= {name: json.dumps(dict(getattr(raw, name))) for name in ("fields", "meta")}
    if raw.place is None or revive(None if raw.record else raw.content, raw.record, row) != raw:
        return f"{raw.source} does not come back"
    return None


def run(seed: int, seconds: float, folder: Path) -> None:
    """Read changed files for so many seconds, each written down before it is read."""
    resource.setrlimit(resource.RLIMIT_AS, (8_000_000_000, 8_000_000_000))
    chance = random.Random(seed)
    files = inputs()
    ends = time.monotonic() + seconds
    n_read = 0
    while time.monotonic() < ends:
        name = chance.choice(list(files))
        path = folder / name
        path.write_bytes(changed(files[name], chance, list(files.values())))
        try:
            found = wrong_with(path)
        except Exception as error:
            found = f"raised {type(error).__name__}: {error}"
        n_read += 1
        if found is not None:
            print(f"seed {seed}: {name}: {found}", flush=True)
            Path("found").mkdir(exist_ok=True)
            path.rename(Path("found", f"{seed}-{n_read}-{name}"))
    print(f"seed {seed}: {n_read:,} files read", flush=True)


def main() -> None:
    """Run in processes of a minute each, so that one that dies is known by its seed."""
    seconds = float(sys.argv[1])
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    ends = time.monotonic() + seconds
    while (left := ends - time.monotonic()) > 1:
        with tempfile.TemporaryDirectory() as folder:
            process = get_context("fork").Process(target=run, args=(seed, min(left, 60), Path(folder)))
            process.start()
            process.join(120)
            if process.exitcode != 0:
                print(f"seed {seed}: the process ended with {process.exitcode}", flush=True)
                process.kill()
                for path in Path(folder).iterdir():
                    Path("found").mkdir(exist_ok=True)
                    path.rename(Path("found", f"{seed}-died-{path.name}"))
        seed += 1


if __name__ == "__main__":
    main()
