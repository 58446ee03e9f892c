"""Inputs that are too large, cut off or damaged throughout take bounded memory and time."""

import gzip
import random
import sqlite3
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest
from patience import within
from reader_calls import jsonl, only_failure, read
from reader_inputs import zipped

from curator.model import Failure, Raw
from curator.readers import read_paths
from curator.settings import Settings


def test_a_document_over_the_limit_is_a_failure(tmp_path):
    """The limit holds for what a gzip file unpacks to."""
    path = tmp_path / "a.txt.gz"
    path.write_bytes(gzip.compress(b"a" * 1_000))
    assert only_failure(path, max_document_bytes=999).error == "too-large"
    assert len(read(path, max_document_bytes=1_000)[0].content) == 1_000


def test_a_line_over_the_limit_fails_in_bounded_memory(tmp_path):
    """The lines around it are read."""
    path = tmp_path / "dump.jsonl"
    with path.open("wb") as file:
        file.write(b'{"text": "a"}\n')
        for _ in range(30):
            file.write(b"x" * 1_000_000)
        file.write(b'\n{"text": "b"}\n')
    tracemalloc.start()
    first, long, last = read(path, max_document_bytes=1_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (first.content, long.error, long.source, last.source) == (b"a", "too-large", f"{path}:2", f"{path}:3")
    assert peak < 5_000_000


def test_a_truncated_gzip_file_keeps_what_came_before(tmp_path):
    """Whole records before the break are documents; half a text is none."""
    chance = random.Random(1)
    lines = jsonl(*({"text": chance.randbytes(40).hex()} for _ in range(2_000)))
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(lines)[:-9_000])
    (tmp_path / "b.txt.gz").write_bytes(gzip.compress(b"A text. " + lines)[:-9_000])
    (tmp_path / "c.txt.gz").write_bytes(b"\x1f\x8bnot gzip")
    found = read(tmp_path)
    failures = [item for item in found if isinstance(item, Failure)]
    assert [(f.source.removeprefix(f"{tmp_path}/"), f.error) for f in failures] == [
        ("a.jsonl.gz", "truncated"),
        ("b.txt.gz", "truncated"),
        ("c.txt.gz", "truncated"),
    ]
    assert 1_000 < len(found) < 2_000


def test_damage_in_every_record_of_a_json_list_takes_linear_time(tmp_path):
    """What is read again is bounded, and what was not read is said."""
    path = tmp_path / "a.json"
    path.write_text("[" + ",".join('{"id": 1, "text": "x"' for _ in range(20_000)) + "]")
    items = within(20, lambda: list(read_paths([path], settings=Settings(max_document_bytes=100_000))))
    assert {item.error for item in items} <= {"json", "too-large", "truncated"}
    assert sum(item.error == "json" for item in items) < 100


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_a_cell_that_is_too_long_costs_its_row_and_no_memory(tmp_path):
    """SQLite refuses it before it is read, wherever in the table it stands; all other rows come through."""
    path = tmp_path / "a.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE posts (text, picture)")
    long = "CAST(zeroblob(250000000) AS TEXT)"
    rows = (
        f"({long}, 1)",
        "('eins', 1)",
        "('zwei', 1)",
        f"({long}, 1)",
        f"('x', {long})",
        "('drei', 1)",
        f"({long}, 1)",
    )
    for row in rows:
        connection.execute(f"INSERT INTO posts VALUES {row}")
    connection.commit()
    connection.close()
    program = (
        "import sys\nfrom curator.readers import read_paths\n"
        "for item in read_paths(sys.argv[1:]):\n"
        "    print(item.source.partition('!')[2], getattr(item, 'error', None) or item.content.decode())\n"
        "print(open('/proc/self/status').read().partition('VmHWM:')[2].split()[0])"
    )
    *found, kilobytes = subprocess.run(
        [sys.executable, "-c", program, path], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    sorts = ("too-large", "eins", "zwei", "too-large", "too-large", "drei", "too-large")
    assert found == [f"posts:{n} {sort}" for n, sort in enumerate(sorts, 1)]
    assert int(kilobytes) < 200_000


def test_how_far_a_packed_file_was_read_is_known_while_it_is_read(tmp_path):
    """In bytes of the file as it lies on disk, for the time that is left."""
    path = tmp_path / "a.jsonl.gz"
    chance = random.Random(2)
    path.write_bytes(gzip.compress(jsonl(*({"text": chance.randbytes(40).hex()} for _ in range(20_000)))))
    documents = read_paths([path])
    seen = [documents.n_packed for _ in documents]
    assert documents.path == str(path)
    assert seen == sorted(seen)
    assert (0 < seen[0] < seen[-1] / 2, seen[-1]) == (True, path.stat().st_size)


@pytest.mark.parametrize("ending", ["jsonl", "jsonl.gz", "json", "csv", "zip"])
def test_memory_does_not_grow_with_an_input(ending, tmp_path):
    """Forty megabytes of records take a few."""
    lines = jsonl(*({"text": f"{n} " + "Wort " * 800} for n in range(10_000)))
    path = tmp_path / f"a.{ending}"
    contents = {
        "jsonl": lines,
        "jsonl.gz": gzip.compress(lines, 1),
        "json": b"[" + lines.strip().replace(b"\n", b",\n") + b"]",
        "csv": b"text\n" + b"".join(b'"%d %s"\n' % (n, b"Wort " * 800) for n in range(10_000)),
        "zip": zipped([("a.jsonl", lines)]),
    }
    path.write_bytes(contents[ending])
    del lines, contents
    tracemalloc.start()
    assert sum(isinstance(item, Raw) for item in read_paths([path])) == 10_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3_000_000
