"""Kill -9 at fifty random moments: running the same command again gives the file that an undisturbed run gives."""

import gzip
import json
import multiprocessing
import random
import sqlite3
import time

import numpy as np
import pytest
import template_site
from test_corpus import documents

from curator.corpus import Corpus
from curator.index.entries import n_sections
from curator.index.runs import Runs
from curator.settings import Settings
from curator.signature import Scheme
from curator.store.connection import connect
from curator.store.duplicates import SegmentRows

#: Batches of ten documents, so that a run has many moments to be killed at.
SETTINGS = Settings(workers=2, batch_rows=10)
N_KILLS = 50

#: Numbers that nothing refers to, and whatever tells of runs and times.
_APART = {"run_id", "mtime", "started", "finished"}
_UNNAMED = {"cuts", "failures"}


def record(raw, number):
    """Return a line of JSON of a made-up document."""
    known = {"id": raw.source_id, "url": raw.url, "fetched_at": raw.fetched_at, "text": raw.content.decode()}
    return json.dumps({name: value for name, value in known.items() if value} | {"n": number})


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    """Return paths with a JSONL dump, a gzip dump that is cut off, texts in a folder, and what fails."""
    folder = tmp_path_factory.mktemp("inputs")
    lines = [record(raw, number) for number, raw in enumerate(documents(1) + template_site.articles(2, 14))]
    for place, broken in ((5, "{broken"), (30, '{"text": 3}'), (31, "[]")):
        lines.insert(place, broken)
    (folder / "dump.jsonl").write_text("\n".join(lines), encoding="utf-8")
    packed = gzip.compress("\n".join(record(raw, n) for n, raw in enumerate(documents(2))).encode())
    (folder / "more.jsonl.gz").write_bytes(packed[: len(packed) * 9 // 10])
    texts = folder / "texts"
    texts.mkdir()
    for number, raw in enumerate(documents(3)[:25]):
        (texts / f"{number:02}.txt").write_bytes(raw.content)
    (texts / "empty.txt").touch()
    (texts / "zz.txt").write_bytes((texts / "00.txt").read_bytes())
    return [folder / "dump.jsonl", folder / "more.jsonl.gz", folder / "none.txt", texts]


def add(inputs, path):
    """Add the inputs, and return the report and the seconds it took."""
    started = time.monotonic()
    with Corpus(path, SETTINGS) as corpus:
        report = corpus.add(*inputs)
    return report, time.monotonic() - started


def content(path):
    """Return the ordered content of every table of a corpus: search by query, the index by its sorted keys."""
    with sqlite3.connect(path) as connection:
        names = [
            name
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
            if not name.startswith(("articles_fts", "sqlite_", "_sqlite", "segment", "runs"))
        ]
        found = {name: rows(connection, name) for name in names}
        found["properties"] = [row for row in found["properties"] if "index_forgotten" not in row]
        words = sorted(
            {word for (text,) in connection.execute("SELECT text FROM article_texts") for word in text.split()}
        )
        found["search"] = [
            connection.execute("SELECT rowid FROM articles_fts(?) ORDER BY rowid", (f'"{word}"',)).fetchall()
            for word in words[::40]
        ]
    return found | {"index": index_entries(path)}


def rows(connection, name):
    """Return the rows of a table, sorted, without what is a number for its own sake."""
    apart = _APART | ({"id"} if name in _UNNAMED else set())
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({name})") if row[1] not in apart]
    quoted = ", ".join(f'"{column}"' for column in columns)
    return sorted(map(repr, connection.execute(f"SELECT {quoted} FROM {name}")))


def index_entries(path):
    """Return the sorted entries of the index, without those of documents that have left it."""
    connection = connect(path, read_only=True)
    store = SegmentRows(connection)
    sections = n_sections(Scheme())
    runs = Runs(store, sections)._runs
    entries = np.unique(np.concatenate([run.section(number) for run in runs for number in range(sections)]))
    gone = store.forgotten()
    connection.close()
    return entries[~np.isin(entries & np.uint64(2**28 - 1), gone)].tolist()


def killed(inputs, path, after_s):
    """Run the command in a process of its own, kill that after so many seconds; return whether it was still at it."""
    process = multiprocessing.get_context("fork").Process(target=add, args=(inputs, path))
    process.start()
    time.sleep(after_s)
    process.kill()
    process.join()
    return process.exitcode != 0


def test_killed_at_fifty_points_and_run_again_gives_the_undisturbed_corpus(inputs, tmp_path):
    """Every table has the same content in the end, and nothing that waits to be taken up is left."""
    report, _ = add(inputs, tmp_path / "whole.db")
    assert (report.failed, report.unchanged) == (6, 15)
    wanted = content(tmp_path / "whole.db")
    assert wanted["unfinished_inputs"] == []
    assert {row.rpartition("'template-line'")[1] for row in wanted["cuts"]} == {"", "'template-line'"}
    _, whole_s = add(inputs, tmp_path / "timed.db")
    chance = random.Random(0)
    n_killed = n_resumed = 0
    for number in range(10 * N_KILLS):
        path = tmp_path / f"{number}.db"
        still_at_it = killed(inputs, path, whole_s * chance.uniform(0.02, 1.0))
        n_killed += still_at_it
        # How long it takes changes with what else the machine does: the moments follow.
        whole_s *= 1.03 if still_at_it else 0.9
        report, _ = add(inputs, path)
        n_resumed += any("went on behind" in note for note in report.notes)
        found = content(path)
        assert {name: found[name] == rows for name, rows in wanted.items()} == dict.fromkeys(wanted, True)
        for file in tmp_path.glob(f"{number}.db*"):
            file.unlink()
        if n_killed >= N_KILLS and n_resumed:
            break
    assert n_killed >= N_KILLS
    # Some fall between two commits inside one input; how many depends on what else the machine does.
    assert n_resumed
