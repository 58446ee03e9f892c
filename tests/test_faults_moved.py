"""A corpus file that is moved, deleted or replaced under a run, and transactions that cannot be ended."""

import json
import os
import shutil
import sqlite3
import subprocess

import pytest
from held import N_ARTICLES, held
from numbered_dump import n_stored
from patience import wait_for

from curator.corpus import Corpus
from curator.settings import Settings
from curator.store.connection import connect, transaction

ONE = Settings(workers=1, batch_rows=20)


@pytest.fixture
def dump(tmp_path):
    """Return a dump of 400 documents."""
    path = tmp_path / "dump.jsonl"
    texts = (f"Der Rat hat im Fall {n} entschieden, dass {n * n} Bäume an {n % 7} Straßen stehen." for n in range(400))
    path.write_text("".join(json.dumps({"id": str(n), "text": text}) + "\n" for n, text in enumerate(texts)))
    return path


def moved(path):
    """Give the file another name."""
    path.rename(path.with_name("moved.db"))


def replaced(path):
    """Put another corpus in its place."""
    path.with_name("other.db").replace(path)


def deleted(path):
    """Delete the file."""
    path.unlink()


@pytest.mark.parametrize("harm", [moved, replaced, deleted], ids=lambda harm: harm.__name__)
def test_a_file_that_goes_under_a_run_ends_it(harm, tmp_path, dump):
    """The run says so, no log is left that spoils what stands there now, and the same command completes the corpus."""
    path = tmp_path / "corpus.db"
    with Corpus(tmp_path / "other.db", ONE) as other:
        other.add_raws([])
    gate = tmp_path / "gate"
    command = held(N_ARTICLES, 200, gate, "add", dump, "--db", path, "--workers", "1", "-q")
    environ = {**os.environ, "CURATOR_BATCH_ROWS": "20"}
    with subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, text=True) as running:
        wait_for(lambda: running.poll() is not None or n_stored(path) >= 100)
        harm(path)
        gate.touch()
        said = running.communicate()[1]
    assert (running.returncode, said.count("\n")) == (1, 1)
    assert f"{path}: was moved, deleted or replaced while it was written to" in said
    log = path.with_name("corpus.db-wal")
    assert not log.exists() or not log.stat().st_size
    if harm is moved:
        path.with_name("moved.db").rename(path)
        assert n_stored(path) >= 100
    subprocess.run(command, env=environ, check=True)
    with Corpus(path, ONE) as corpus:
        assert list(corpus.check()) == []
        assert sorted(int(found.source_id) for found in corpus.articles()) == list(range(400))


def test_another_name_for_the_same_file_is_no_move(tmp_path, dump):
    """A link to the corpus leads to it, and a copy beside it is of no account."""
    path = tmp_path / "corpus.db"
    with Corpus(path, ONE) as corpus:
        corpus.add_raws([])
    (tmp_path / "link.db").symlink_to(path)
    with Corpus(tmp_path / "link.db", ONE) as corpus:
        shutil.copy(path, tmp_path / "copy.db")
        assert corpus.add(dump).added == 400


def test_a_commit_that_fails_leaves_no_transaction_open(tmp_path):
    """What is checked at the end, as references of clusters are, undoes the whole; the connection works on."""
    connection = connect(tmp_path / "corpus.db", create=True)
    with pytest.raises(sqlite3.IntegrityError), transaction(connection):
        connection.execute("INSERT INTO clusters VALUES ('a', 2, 7, .9)")
    with transaction(connection):
        connection.execute("INSERT INTO properties VALUES ('a', 'b')")
    assert connection.execute("SELECT count(*) FROM clusters").fetchone() == (0,)
