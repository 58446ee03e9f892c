"""Corpus files that are damaged, locked, full, read-only or no corpus at all: said clearly, and nothing is lost."""

import json
import multiprocessing
import os
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

import curator
from curator.cli import main
from curator.corpus import Corpus
from curator.errors import StoreError
from curator.settings import Settings
from curator.store import connection as store_connection

ONE = Settings(workers=1, batch_rows=20)
_UNSHARED = shutil.which("unshare") and not subprocess.run(["unshare", "-rm", "true"], check=False).returncode
needs_mounts = pytest.mark.skipif(not _UNSHARED, reason="this system lets no user mount")


def text(number):
    """Return a text of its own, of some length, so that files grow."""
    names = "Rat Stadt Schule Bahn Verein Gericht Polizei Museum".split()  # noqa: SIM905
    return " ".join(f"Die {names[(number + n) % 8]} {n * number} hat im Fall {number} entschieden." for n in range(12))


@pytest.fixture
def dump(tmp_path):
    """Return a dump of 120 documents."""
    path = tmp_path / "dump.jsonl"
    path.write_text("".join(json.dumps({"id": str(n), "text": text(n)}) + "\n" for n in range(120)))
    return path


@pytest.fixture
def corpus(tmp_path, dump):
    """Return a corpus of the dump."""
    with Corpus(tmp_path / "corpus.db", ONE) as made:
        made.add(dump)
    return tmp_path / "corpus.db"


def call(*words):
    """Run a command in this process and return its result."""
    result = CliRunner().invoke(main, [str(word) for word in words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def texts(path):
    """Return the texts of a sound corpus by the ids of their records."""
    with Corpus(path, ONE) as opened:
        assert list(opened.check()) == []
        return {article.source_id: article.text for article in opened.articles()}


def all_texts():
    """Return what the whole dump gives."""
    return {str(n): text(n) for n in range(120)}


def not_a_database(path):
    """Write prose."""
    path.write_text("Die Stadt hat die Brücke eröffnet, wie sie am Dienstag mitteilte. " * 50)


def foreign_database(path):
    """Write a database of another program."""
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE notes (text)")


def newer_corpus(path):
    """Write a corpus of a later version."""
    with Corpus(path, ONE) as made:
        made.add_raws([])
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 999")


def folder(path):
    """Make a folder."""
    path.mkdir()


def fifo(path):
    """Make a FIFO."""
    os.mkfifo(path)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (not_a_database, "is no SQLite file; give another name with --db"),
        (foreign_database, "is a SQLite file, but no curator corpus"),
        (newer_corpus, "was written by a newer curator (schema 999"),
        (folder, "is a folder; give the name of a file with --db"),
        (fifo, "is no plain file"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_is_no_corpus_of_ours_is_refused_and_left_alone(make, message, tmp_path, dump):
    """Exit code 1, one line that says what to do, no byte changed."""
    path = tmp_path / "other.db"
    make(path)
    before = path.read_bytes() if path.is_file() else None
    result = call("add", dump, "--db", path)
    assert (result.exit_code, message in result.stderr, "Traceback" in result.stderr) == (1, True, False)
    assert (path.read_bytes() if path.is_file() else None) == before


@pytest.mark.parametrize("name", ["a b.db", "what?mode=ro.db", "100%.db", "#1.db", "ä€.db", "-x.db", "new/er/c.db"])
def test_any_name_will_do(name, tmp_path, dump):
    """Names that mean something in a URI, and folders that are not there yet."""
    path = tmp_path / name
    assert call("add", dump, f"--db={path}", "-q").exit_code == 0
    assert texts(path) == all_texts()


def test_a_file_in_the_place_of_a_folder(tmp_path, dump):
    """The folder of the corpus cannot be made."""
    (tmp_path / "plain").touch()
    result = call("add", dump, "--db", tmp_path / "plain/corpus.db")
    assert (result.exit_code, "cannot be made" in result.stderr) == (1, True)


def test_an_empty_file_becomes_a_corpus(tmp_path, dump):
    """What a crash between creation and the first transaction leaves."""
    path = tmp_path / "corpus.db"
    path.touch()
    assert call("add", dump, "--db", path, "-q").exit_code == 0
    assert texts(path) == all_texts()


def test_an_empty_file_is_no_corpus_to_look_at(tmp_path):
    """What only looks, or changes what is there, says so and leaves it empty."""
    path = tmp_path / "corpus.db"
    path.touch()
    for verb in ("stats", "check", "dedup", "learn"):
        result = call(verb, "--db", path)
        assert (result.exit_code, "holds nothing yet; `curator add PATH..." in result.stderr) == (1, True)
    assert path.stat().st_size == 0


def test_another_scheme_of_signatures_is_refused(corpus, dump):
    """Signatures of two schemes are never mixed; nothing is added."""
    with pytest.raises(StoreError, match="another scheme"), Corpus(corpus, Settings(n_perm=64, bands=8)) as opened:
        opened.add(dump)
    assert texts(corpus) == all_texts()


def test_a_damaged_page_is_found(corpus):
    """`check` names the damage and ends with 1; it does not end in a traceback."""
    with corpus.open("r+b") as file:
        file.seek(20 * 4096)
        file.write(b"\xff" * 4096 * 3)
    result = call("check", "--db", corpus)
    assert result.exit_code == 1
    assert "Traceback" not in result.output + result.stderr
    assert str(corpus) in result.stderr


def test_a_file_that_is_cut_off_is_told(corpus):
    """Half a corpus is not taken for a whole one."""
    os.truncate(corpus, corpus.stat().st_size // 2)
    result = call("check", "--db", corpus)
    assert (result.exit_code, "Traceback" in result.stderr) == (1, False)


def test_a_sound_file_is_told_as_one_object(corpus):
    """`check --json` prints one JSON object, also when all is well."""
    result = call("check", "--json", "--db", corpus)
    assert (result.exit_code, json.loads(result.stdout)) == (0, {"problems": 0, "unchecked": []})


@pytest.mark.parametrize("identity", [10**30, 2**63, -1, 0, 121])
def test_what_is_not_there_cannot_be_removed(identity, corpus):
    """Numbers that no article has, among them such that SQLite cannot hold; nothing is removed."""
    with Corpus(corpus, ONE) as opened, pytest.raises(StoreError, match=f"there is no article {identity};"):
        opened.remove(1, identity)
    assert texts(corpus) == all_texts()


# Two at once


def hold_lock(path, seconds, is_held):
    """Hold the write lock of a corpus for a while."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    is_held.set()
    time.sleep(seconds)
    connection.execute("ROLLBACK")
    connection.close()


def locked(path, seconds):
    """Start a thread that holds the write lock, and return it when it does."""
    is_held = threading.Event()
    thread = threading.Thread(target=hold_lock, args=(path, seconds, is_held))
    thread.start()
    is_held.wait()
    return thread


def test_a_second_writer_waits(corpus, dump, tmp_path):
    """While another command writes, this one waits its turn."""
    more = tmp_path / "more.jsonl"
    more.write_text(json.dumps({"id": "more", "text": text(500)}))
    thread = locked(corpus, 0.7)
    started = time.monotonic()
    assert call("add", more, "--db", corpus, "-q").exit_code == 0
    waited_s = time.monotonic() - started
    thread.join()
    assert waited_s >= 0.5
    assert texts(corpus) == all_texts() | {"more": text(500)}


def test_a_writer_that_waits_too_long_says_so(corpus, dump, monkeypatch):
    """After the time limit: exit code 1, who is in the way, and what to do."""
    monkeypatch.setattr(store_connection, "_BUSY_S", 0.2)
    thread = locked(corpus, 1.5)
    result = call("add", dump, "--db", corpus)
    thread.join()
    assert (result.exit_code, "another command has been writing to it" in result.stderr) == (1, True)
    assert texts(corpus) == all_texts()


def add_apart(path, *inputs):
    """Add in a process of its own."""
    with Corpus(path, ONE) as made:
        made.add(*inputs)


def started(path, *inputs):
    """Start adding in a process of its own."""
    process = multiprocessing.get_context("fork").Process(target=add_apart, args=(path, *inputs))
    process.start()
    return process


def test_readers_see_whole_batches_while_another_command_writes(tmp_path, dump):
    """Every count is one between two batches, none fails, and they never sink."""
    path = tmp_path / "corpus.db"
    process = started(path, dump)
    seen = []
    while process.is_alive():
        if path.exists() and path.stat().st_size:
            with sqlite3.connect(path, timeout=10) as connection:
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
        process.join(300)
    assert [process.exitcode for process in both] == [0, 0]
    assert texts(path) == all_texts()


# The log beside the file


def killed_run(tmp_path, dump):
    """Return a corpus whose command was killed, with its log beside it."""
    path = tmp_path / "corpus.db"
    process = started(path, dump)
    while process.is_alive() and not stored(path):
        time.sleep(0.005)
    process.kill()
    process.join()
    assert path.with_name("corpus.db-wal").exists()
    return path


def stored(path):
    """Return how many articles a file has that another process writes."""
    if not path.exists() or not path.stat().st_size:
        return 0
    connection = sqlite3.connect(path, timeout=10)
    try:
        has = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'articles'").fetchone()[0]
        return connection.execute("SELECT count(*) FROM articles").fetchone()[0] if has else 0
    finally:
        connection.close()


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
    log = path.with_name("corpus.db-wal")
    if log.stat().st_size:
        harm(log)
    assert call("add", dump, "--db", path, "-q").exit_code == 0
    assert texts(path) == all_texts()


# No room


def add_limited(path, dump, n_bytes, told):
    """Add in this process, whose files may have so many bytes at most, and send the error that ends it."""
    curator.clean(text(1))  # what is loaded may be unpacked to files, too
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, n_bytes))
    try:
        add_apart(path, dump)
    except StoreError as error:
        told.send(str(error))


def test_a_file_that_may_not_grow_and_then_may(tmp_path, dump):
    """Half the room: it is said, and whole batches only are there; with room the same command completes it."""
    path = tmp_path / "corpus.db"
    heard, told = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(target=add_limited, args=(path, dump, 700_000, told))
    process.start()
    process.join()
    assert heard.poll()
    assert heard.recv().startswith(f"{path}: the disk")
    assert len(texts(path)) % 20 == 0
    assert call("add", dump, "--db", path, "-q").exit_code == 0
    assert texts(path) == all_texts()


def mounted(tmp_path, size, script):
    """Run a script in which $DISK is a file system of its own; return its end and what it said."""
    environ = {**os.environ, "DISK": str(tmp_path / "disk"), "CURATOR_BATCH_ROWS": "20", "PYTHON": sys.executable}
    (tmp_path / "disk").mkdir()
    whole = f"mount -t tmpfs -o size={size} t $DISK && {script}"
    command = ["unshare", "-rm", "sh", "-c", whole]
    return subprocess.run(command, capture_output=True, text=True, env=environ, check=False)


@needs_mounts
def test_a_full_disk_and_then_room(tmp_path, dump):
    """The message says that the disk is full; with room the same command completes the corpus."""
    add = f"$PYTHON -m curator add {dump} --db $DISK/corpus.db --workers 1 -q"
    script = f"{add}; echo $? && mount -o remount,size=50m $DISK && {add}; echo $? && cp $DISK/corpus.db* {tmp_path}"
    result = mounted(tmp_path, "1m", script)
    assert result.stdout.split() == ["1", "0"], result.stderr
    assert "the disk is full; nothing of the last batch was written; make room and run" in result.stderr
    assert texts(tmp_path / "corpus.db") == all_texts()


@needs_mounts
def test_a_read_only_disk_is_read_and_not_written(tmp_path, corpus, dump):
    """Searching works as it stands; adding says that it cannot."""
    search = "$PYTHON -m curator stats --json --db $DISK/corpus.db"
    add = f"$PYTHON -m curator add {dump} --db $DISK/corpus.db -q"
    script = f"cp {corpus} $DISK/corpus.db && mount -o remount,ro $DISK && {search} && {add}; echo $?"
    result = mounted(tmp_path, "50m", script)
    counts, code = result.stdout.splitlines()
    assert (json.loads(counts)["articles"], code) == (120, "1")
    assert "is read-only, or lies in a folder that is" in result.stderr


@needs_mounts
def test_an_old_corpus_on_a_read_only_disk_says_why_it_cannot_be_read(tmp_path):
    """It must be upgraded first, and that needs a copy."""
    with closing(sqlite3.connect(tmp_path / "old.db")) as connection:
        connection.executescript((Path(__file__).parent / "data/schema1.sql").read_text(encoding="utf-8"))
    stats = "$PYTHON -m curator stats --db $DISK/old.db"
    script = f"cp {tmp_path}/old.db $DISK && mount -o remount,ro $DISK && {stats}; echo $?"
    result = mounted(tmp_path, "50m", script)
    assert result.stdout == "1\n"
    assert re.search(
        r"older curator \(schema 1, this one needs \d+\) and cannot be upgraded.*use a copy", result.stderr
    )


@needs_mounts
def test_no_room_for_the_very_first_table(tmp_path, dump):
    """A disk without room for an empty corpus: exit code 1, and it is said."""
    result = mounted(tmp_path, "16k", f"$PYTHON -m curator add {dump} --db $DISK/corpus.db -q; echo $?")
    assert (result.stdout.strip(), "make room and run the same command" in result.stderr) == ("1", True)
