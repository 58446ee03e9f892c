"""Paths that were named and do not exist: an error for the person who typed them, no row of the corpus."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from patience import without_progress

from curator.corpus import Corpus
from curator.errors import MissingError
from curator.readers import present_paths

TEXT = "Die Stadt hat gestern die neue Brücke über den Fluss eröffnet, wie sie mitteilte.\n"


@pytest.fixture
def run(tmp_path):
    """Return a function that runs curator as a process of its own in an empty folder."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CURATOR_")}

    def call(*words):
        command = [sys.executable, "-m", "curator", *words]
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    return call


def failures_of(path):
    """Return the sources of the failures in a corpus file."""
    with closing(sqlite3.connect(path)) as connection:
        return [source for (source,) in connection.execute("SELECT source FROM failures ORDER BY id")]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nowhere/"], "nowhere/: there is no such file or folder: check the path"),
        (["no*.txt"], "no*.txt: no file or folder matches the pattern: check it"),
        (["a.txt/b.txt"], "a.txt/b.txt: there is no such file or folder: check the path"),
        (["dead.txt", "none"], "dead.txt: there is no such file or folder: check the path; none: there is no such"),
    ],
)
@pytest.mark.parametrize("command", ["add", "clean", "scale"])
def test_where_nothing_that_was_named_exists_nothing_is_done(command, words, message, run, tmp_path):
    """The exit code is that of wrong usage, and no corpus is made."""
    (tmp_path / "a.txt").write_text(TEXT)
    (tmp_path / "dead.txt").symlink_to("elsewhere.txt")
    done = run(command, *words, *{"add": ["--db", "t.db"], "clean": [], "scale": ["out"]}[command])
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"curator: {message}")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt", "dead.txt"]


def test_a_corpus_keeps_no_row_of_a_path_that_does_not_exist(run, tmp_path):
    """Neither a run nor a failure is written to a corpus that is there."""
    (tmp_path / "a.txt").write_text(TEXT)
    run("add", "a.txt", "--db", "t.db")
    assert run("add", "nowhere/", "--db", "t.db").returncode == 2
    assert json.loads(run("stats", "--db", "t.db", "--json").stdout)["failures"] == 0


def test_of_several_paths_those_that_exist_are_stored(run, tmp_path):
    """The missing ones are said, counted and end the command with 3; nothing is left that could be tried again."""
    (tmp_path / "a.txt").write_text(TEXT)
    done = run("add", "gone.txt", "a.txt", "no*.txt", "--db", "t.db", "--json")
    counts = json.loads(done.stdout)
    assert (done.returncode, counts["read"], counts["added"], counts["failed"]) == (3, 3, 1, 2)
    assert without_progress(done.stderr).splitlines() == [
        "curator: gone.txt: there is no such file or folder: check the path",
        "curator: no*.txt: no file or folder matches the pattern: check it",
    ]
    assert failures_of(tmp_path / "t.db") == []


def test_of_several_inputs_a_cluster_run_takes_those_that_exist(run, tmp_path):
    """Missing paths, patterns and addresses are said, counted and end the command with 3; no table holds them."""
    (tmp_path / "a.txt").write_text(TEXT)
    gone = f"file://{tmp_path}/gone.txt"
    done = run("scale", gone, "a.txt", "no*.txt", "nowhere/", "out", "--json", "--workers", "1")
    counts = json.loads(done.stdout)
    assert (done.returncode, counts["documents"], counts["failed"]) == (3, 1, 3)
    assert [line for line in done.stderr.splitlines() if " making " not in line] == [
        f"curator: {gone}: there is no such file or folder: check the path",
        "curator: no*.txt: no file or folder matches the pattern: check it",
        "curator: nowhere/: there is no such file or folder: check the path",
    ]
    assert run("load", "out", "--db", "t.db").returncode == 0
    assert failures_of(tmp_path / "t.db") == []


def test_where_no_address_leads_anywhere_a_cluster_run_is_not_begun(run, tmp_path):
    """An address without a file behind it is a mistake of usage like a path."""
    done = run("scale", f"file://{tmp_path}/gone.txt", "out")
    message = f"curator: file://{tmp_path}/gone.txt: there is no such file or folder: check the path\n"
    assert (done.returncode, done.stderr, list(tmp_path.iterdir())) == (2, message, [])


def test_retry_forgets_paths_that_never_existed(run, tmp_path):
    """Rows of earlier versions go, a dead link in a folder stays, and a path that exists by now is read."""
    folder = tmp_path / "dumps"
    folder.mkdir()
    (folder / "a.txt").write_text(TEXT)
    (folder / "dead.txt").symlink_to("elsewhere.txt")
    run("add", "dumps", "--db", "t.db")
    with closing(sqlite3.connect(tmp_path / "t.db")) as connection, connection:
        (options,) = connection.execute("SELECT options FROM failures").fetchone()
        told = (("nowhere", "there is no such file or folder: check the path"), ("late.txt", "there is no such file or"
                " folder: check the path"), ("no*.txt", "no file or folder matches the pattern: check it"))  # fmt: skip
        connection.executemany(
            "INSERT INTO failures (run_id, source, stage, error, message, path, name, options)"
            " VALUES (1, ?, 'read', 'missing', ?, ?, ?, ?)",
            [(name, message, str(tmp_path / name), name, options) for name, message in told],
        )
    (tmp_path / "late.txt").write_text("Am Abend trat der Rat der Stadt noch einmal zusammen und beriet.\n")
    done = run("retry", "--db", "t.db", "--json")
    counts = json.loads(done.stdout)
    assert (done.returncode, counts["forgotten"], counts["tried"], counts["settled"], counts["added"]) == (
        3,
        2,
        2,
        1,
        1,
    )
    assert failures_of(tmp_path / "t.db") == ["dumps/dead.txt"]
    (folder / "dead.txt").unlink()
    (folder / "dead.txt").write_text("Der Verein hat am Samstag einen neuen Vorstand gewählt.\n")
    assert run("retry", "--db", "t.db").stdout == "1 failure tried again: 1 settled, 0 left; 1 document added\n"


def test_a_failed_file_that_is_gone_stays_one_failure(run, tmp_path):
    """Trying again says that it is gone, and adds no row of its own."""
    (tmp_path / "a.jsonl").write_text('{"text": "Rabat"}\n{broken\n')
    run("add", "a.jsonl", "--db", "t.db")
    (tmp_path / "a.jsonl").unlink()
    done = run("retry", "--db", "t.db")
    assert (done.returncode, "a.jsonl: there is no such file" in done.stderr) == (3, True)
    assert failures_of(tmp_path / "t.db") == ["a.jsonl:2"]


def test_adding_from_python_raises_before_a_file_is_made(tmp_path):
    """What exists is told from what does not; standard input always does."""
    with pytest.raises(MissingError, match="none: there is no such file"), Corpus(tmp_path / "t.db") as corpus:
        corpus.add(tmp_path / "none")
    assert list(tmp_path.iterdir()) == []
    present, missing = present_paths(["-", tmp_path, tmp_path / "none"])
    assert (present, [failure.source for failure in missing]) == (["-", tmp_path], [str(tmp_path / "none")])


def test_retry_forgets_what_it_is_told_to_give_up(run, tmp_path):
    """A failure of a file that is gone stays until somebody says that it may go; what can be read by then is stored."""
    (tmp_path / "dumps").mkdir()
    for name in ("gone.txt", "mended.txt"):
        (tmp_path / "dumps" / name).write_bytes(b"%PDF-1.4 \x00\x01")
    run("add", "dumps", "--db", "t.db")
    (tmp_path / "dumps" / "gone.txt").unlink()
    (tmp_path / "dumps" / "mended.txt").write_text(TEXT)
    done = run("retry", "--db", "t.db", "--json")
    counts = json.loads(done.stdout)
    assert (done.returncode, counts["left"], counts["settled"], counts["given_up"]) == (3, 1, 1, 0)
    done = run("retry", "--forget", "--db", "t.db")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "1 failure forgotten")
    assert run("retry", "--db", "t.db").stdout.startswith("0 failures tried again")
