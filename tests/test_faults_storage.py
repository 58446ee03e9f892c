"""Corpus files that are damaged, full, read-only or no corpus at all: said clearly, and nothing is lost."""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from numbered_dump import ONE, all_texts, call, make_corpus, texts, write_dump

from curator.corpus import Corpus
from curator.errors import StoreError
from curator.settings import Settings

_UNSHARED = shutil.which("unshare") and not subprocess.run(["unshare", "-rm", "true"], check=False).returncode
needs_mounts = pytest.mark.skipif(not _UNSHARED, reason="this system lets no user mount")


@pytest.fixture
def dump(tmp_path):
    """Return a dump of 120 documents."""
    return write_dump(tmp_path)


@pytest.fixture
def corpus(tmp_path, dump):
    """Return a corpus of the dump."""
    return make_corpus(tmp_path, dump)


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


# No room


#: Adds in a process whose files may have so many bytes at most; what is loaded may be unpacked to files before.
LIMITED = """
import resource, signal, sys
import curator
from curator.cli import main

curator.clean("Die Stadt baut.")
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (700_000, 700_000))
main(["add", sys.argv[1], "--db", sys.argv[2], "--workers", "1", "-q"])
"""


def test_a_file_that_may_not_grow_and_then_may(tmp_path, dump):
    """Half the room: it is said, and whole batches only are there; with room the same command completes it."""
    path = tmp_path / "corpus.db"
    environ = {**os.environ, "CURATOR_BATCH_ROWS": "20"}
    command = [sys.executable, "-c", LIMITED, str(dump), str(path)]
    result = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert (result.returncode, f"{path}: the disk" in result.stderr) == (1, True), result.stderr
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
