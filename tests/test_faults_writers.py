"""Several commands on one corpus file, and what a killed one leaves beside it: they wait, and nothing is lost."""

import json
import multiprocessing
import os
import signal
import sqlite3
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from numbered_dump import ONE, all_texts, call, make_corpus, n_stored, text, texts, write_dump
from patience import LIMIT_S

from curator.corpus import Corpus
from curator.store import connection as store_connection


@pytest.fixture
def dump(tmp_path):
    """Return a dump of 120 documents."""
    return write_dump(tmp_path)


@pytest.fixture
def corpus(tmp_path, dump):
    """Return a corpus of the dump."""
    return make_corpus(tmp_path, dump)


# Two at once


def hold_lock(path, is_held, is_enough, told):
    """Hold the write lock of a corpus until it is enough, and tell when it is given back."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    is_held.set()
    is_enough.wait(LIMIT_S)
    told.append("given back")
    connection.execute("ROLLBACK")
    connection.close()


@contextmanager
def locked(path, told):
    """Hold the write lock in a thread; yield an event that ends that, as the end of the block does."""
    is_held, is_enough = threading.Event(), threading.Event()
    thread = threading.Thread(target=hold_lock, args=(path, is_held, is_enough, told))
    thread.start()
    assert is_held.wait(LIMIT_S)
    try:
        yield is_enough
    finally:
        is_enough.set()
        thread.join()


def at_refusals(monkeypatch, number, then):
    """Have something done when SQLite has refused the write lock so many times; each costs a 20th of a second."""
    refused, code_of = [], store_connection._code

    def noted(error):
        if code_of(error) == sqlite3.SQLITE_BUSY:
            refused.append(error)
            if len(refused) == number:
                then()
        return code_of(error)

    monkeypatch.setattr(store_connection, "_BUSY_S", 0.05)
    monkeypatch.setattr(store_connection, "_code", noted)


def test_a_second_writer_waits(corpus, dump, tmp_path, monkeypatch):
    """While another command writes, this one waits its turn."""
    more = tmp_path / "more.jsonl"
    more.write_text(json.dumps({"id": "more", "text": text(500)}))
    told = []
    with locked(corpus, told) as is_enough:
        begin = store_connection._begin

        def begun(connection):
            threading.Timer(0.3, is_enough.set).start()
            begin(connection)

        monkeypatch.setattr(store_connection, "_begin", begun)
        assert call("add", more, "--db", corpus, "-q").exit_code == 0
        told.append("added")
    assert told == ["given back", "added"]
    assert texts(corpus) == all_texts() | {"more": text(500)}


def test_a_writer_that_waits_too_long_says_so(corpus, dump, monkeypatch):
    """After the time limit: exit code 1, who is in the way, and what to do."""
    monkeypatch.setattr(store_connection, "_BUSY_S", 0.1)
    monkeypatch.setattr(store_connection, "_BUSY_TRIES", 2)
    with locked(corpus, []):
        result = call("add", dump, "--db", corpus)
    assert (result.exit_code, "another command has been writing to it" in result.stderr) == (1, True)
    assert texts(corpus) == all_texts()


def test_a_writer_waits_for_a_long_transaction_of_another(corpus, tmp_path, monkeypatch):
    """One such as clustering a large corpus anew takes longer than SQLite waits at once: it is waited for again."""
    # It has six tries; how much later the lock is given back than it is told to, the machine decides.
    monkeypatch.setattr(store_connection, "_BUSY_TRIES", 10_000)
    more = tmp_path / "more.jsonl"
    more.write_text(json.dumps({"id": "more", "text": text(500)}))
    told = []
    with locked(corpus, told) as is_enough:
        at_refusals(monkeypatch, 3, is_enough.set)
        result = call("add", more, "--db", corpus, "-q")
        told.append("added")
    assert told == ["given back", "added"]
    assert (result.exit_code, texts(corpus)) == (0, all_texts() | {"more": text(500)})


def add_apart(path, dump, progress):
    """Add in a process of its own."""
    with Corpus(path, ONE) as made:
        made.add(dump, progress=progress)


def started(path, dump, progress=None):
    """Start adding in a process of its own."""
    process = multiprocessing.get_context("fork").Process(target=add_apart, args=(path, dump, progress))
    process.start()
    return process


def test_readers_see_whole_batches_while_another_command_writes(tmp_path, dump):
    """Every count is one between two batches, none fails, and they never sink."""
    path = tmp_path / "corpus.db"
    process = started(path, dump)
    seen = []
    while process.is_alive():
        if path.exists() and path.stat().st_size:
            with sqlite3.connect(path, timeout=LIMIT_S) as connection:
                tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
                if tables:
                    seen.append(connection.execute("SELECT count(*) FROM articles").fetchone()[0])
            connection.close()
        time.sleep(0.01)
    process.join()
    assert process.exitcode == 0
    assert seen == sorted(seen)
    assert {number % 20 for number in seen} <= {0}
    assert texts(path) == all_texts()


def test_a_long_reader_stops_no_writer(corpus, tmp_path):
    """Who reads sees the file as it was when they began; who writes goes on."""
    more = tmp_path / "more.jsonl"
    more.write_text(json.dumps({"id": "more", "text": text(500)}))
    reader = sqlite3.connect(corpus, isolation_level=None)
    reader.execute("BEGIN")
    assert reader.execute("SELECT count(*) FROM articles").fetchone() == (120,)
    assert call("add", more, "--db", corpus, "-q").exit_code == 0
    assert reader.execute("SELECT count(*) FROM articles").fetchone() == (120,)
    reader.close()
    assert len(texts(corpus)) == 121


def test_two_commands_add_the_same_dump(tmp_path, dump):
    """Each document is stored once, whoever comes first."""
    path = tmp_path / "corpus.db"
    both = [started(path, dump) for _ in range(2)]
    for process in both:
        process.join(LIMIT_S)
    assert [process.exitcode for process in both] == [0, 0]
    assert texts(path) == all_texts()


# The log beside the file


def killed_run(tmp_path, dump):
    """Return a corpus whose command was killed, with its log beside it."""
    path = tmp_path / "corpus.db"
    process = started(path, dump, lambda tally: os.kill(os.getpid(), signal.SIGKILL))
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert path.with_name("corpus.db-wal").stat().st_size
    return path


def keep(log):
    """Leave the log as it is."""


def cut_off(log):
    """Cut a third of the log off."""
    os.truncate(log, log.stat().st_size * 2 // 3)


def garble(log):
    """Write nonsense over the last third of the log."""
    with log.open("r+b") as file:
        file.seek(log.stat().st_size * 2 // 3)
        file.write(b"\xaa" * 5000)


@pytest.mark.parametrize("harm", [keep, cut_off, garble, Path.unlink], ids=lambda harm: harm.__name__)
def test_whatever_becomes_of_the_log_the_same_command_completes_the_corpus(harm, tmp_path, dump):
    """A log that is whole, cut off, garbled or gone costs batches at most: running again gives all."""
    path = killed_run(tmp_path, dump)
    harm(path.with_name("corpus.db-wal"))
    assert call("add", dump, "--db", path, "-q").exit_code == 0
    assert texts(path) == all_texts()


def test_a_document_that_is_removed_while_it_is_added_again_is_a_failure(tmp_path):
    """It was seen to be there, and is not when its batch is written: it is counted, and `retry` adds it."""
    inputs = tmp_path / "again.jsonl"
    inputs.write_text("".join(json.dumps({"id": str(n), "text": text(n)}) + "\n" for n in range(400)))
    with Corpus(tmp_path / "corpus.db", ONE) as corpus:
        corpus.add(inputs)
        removed = []

        def remove(tally):
            if not removed:
                removed.append(250)  # looked up by now, and not written yet
                with Corpus(corpus.path, ONE) as other:
                    other.remove(*removed)

        report = corpus.add(inputs, progress=remove)
        assert (report.read, report.unchanged, report.failed) == (400, 399, 1)
        assert [(one.error, one.source) for one in report.failures] == [("removed", f"{inputs}:250")]
        assert (corpus.retry().added, n_stored(corpus.path), list(corpus.check())) == (1, 400, [])
