"""Runs that are interrupted, failures that are tried again, runs in which too much fails: nothing is lost."""

import gzip
import json
import os
import pty
import re
import select
import signal
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from held import N_ARTICLES, held
from patience import LIMIT_S, wait_for, without_progress

from curator.cli import main
from curator.corpus import Corpus
from curator.errors import StoreError
from curator.settings import Settings

CURATOR = [sys.executable, "-m", "curator"]


SMALL = Settings(workers=2, batch_rows=10)


def text(number):
    """Return a text of its own."""
    names = "Rat Stadt Schule Bahn Verein Gericht Polizei Museum".split()  # noqa: SIM905
    return " ".join(f"Die {names[(number + n) % 8]} {n * number} hat im Fall {number} entschieden." for n in range(6))


def line(number):
    """Return a line of JSON of that text."""
    return json.dumps({"id": str(number), "text": text(number)}) + "\n"


@pytest.fixture
def dump(tmp_path):
    """Return a dump of 200 documents."""
    path = tmp_path / "dump.jsonl"
    path.write_text("".join(map(line, range(200))))
    return path


@pytest.fixture(autouse=True)
def settings(monkeypatch):
    """Have commands write in small batches."""
    monkeypatch.setenv("CURATOR_BATCH_ROWS", "10")
    monkeypatch.setenv("CURATOR_WORKERS", "2")


def call(*words, stdin=None):
    """Run a command in this process and return its result."""
    result = CliRunner().invoke(main, [str(word) for word in words], input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def ids(path):
    """Return the own ids of the documents of a sound corpus, in their order."""
    with Corpus(path, SMALL) as opened:
        assert list(opened.check()) == []
        return [article.source_id for article in opened.articles()]


def numbers(*ranges):
    """Return ids of records."""
    return [str(number) for one in ranges for number in one]


def test_a_document_that_takes_too_long_is_tried_again_with_more_time(tmp_path, dump):
    """The limit is a setting, the failure says so, and `retry --max-seconds` settles it: exit codes 3, 3 and 0."""
    with dump.open("a") as file:
        file.write(json.dumps({"id": "long", "text": "\n".join(text(n) for n in range(8_000))}) + "\n")
    db = tmp_path / "corpus.db"
    environ = {**os.environ, "CURATOR_MAX_SECONDS": "0.1"}
    command = [*CURATOR, "add", str(dump), "--db", str(db), "--no-learn", "-q"]
    result = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert result.returncode == 3
    # Others may be among them where the machine is busy.
    assert "cleaning it took more than 0.1 s (max_seconds): `curator retry --max-seconds` gives" in result.stderr
    with sqlite3.connect(db) as connection:
        failed = dict(connection.execute("SELECT source, error FROM failures"))
    assert (failed[f"{dump}:201"], set(failed.values())) == ("timeout", {"timeout"})
    assert sorted([*ids(db), *(str(int(source.rpartition(":")[2]) - 1) for source in failed)]) == sorted(
        numbers(range(201))
    )
    result = call("retry", "--max-seconds", "500", "--db", db, "--json")
    assert (result.exit_code, json.loads(result.stdout)["left"]) == (0, 0)
    assert sorted(ids(db)) == sorted([*numbers(range(200)), "long"])


# Interruptions


def interrupted(db, how, *inputs):
    """Add in a process that gets a signal after its first batches, before the last ones; return its exit code."""
    command = held(N_ARTICLES, 100, db.with_name("never"), "add", *inputs, "--db", db, "-q")
    environ = {**os.environ, "CURATOR_BATCH_ROWS": "1"}
    with subprocess.Popen(command, stderr=subprocess.PIPE, env=environ) as process:
        wait_for(lambda: process.poll() is not None or n_stored(db) >= 3)
        process.send_signal(how)
        process.wait()
        return process.returncode


def n_stored(db):
    """Return how many articles are stored by now: none before the tables are made."""
    try:
        with Corpus(db) as opened:
            return opened.stats()["articles"]
    except StoreError:
        return 0


@pytest.mark.parametrize(
    ("how", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM), (signal.SIGKILL, -signal.SIGKILL)],
    ids=lambda value: getattr(value, "name", ""),
)
def test_an_interrupted_run_goes_on_behind_what_is_stored(how, code, tmp_path, dump):
    """Ctrl-C, kill and kill -9: what is stored stays and is not read again, all is there in the end."""
    db = tmp_path / "corpus.db"
    assert interrupted(db, how, dump) == code
    before = n_stored(db)
    assert 0 < before < 200
    with Corpus(db, SMALL) as corpus:
        report = corpus.add(dump)
    assert report.notes[0].startswith(f"an earlier run was interrupted: went on behind document {before} of {dump}")
    assert (report.read, report.added, report.unchanged) == (200 - before, 200 - before, 0)
    assert ids(db) == numbers(range(200))


def packed(path):
    """Return the dump as gzip."""
    target = path.with_suffix(".jsonl.gz")
    target.write_bytes(gzip.compress(path.read_bytes()))
    return target


def zipped(path):
    """Return the dump as the second member of an archive."""
    target = path.with_suffix(".zip")
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("a.jsonl", line(1000) + line(1001))
        archive.write(path, "b.jsonl")
    return target


@pytest.mark.parametrize("pack", [packed, zipped])
def test_a_run_goes_on_inside_packed_files(pack, tmp_path, dump):
    """A place inside a packed file, or a member of an archive, is found again."""
    db, target = tmp_path / "corpus.db", pack(dump)
    interrupted(db, signal.SIGKILL, target)
    before = n_stored(db)
    with Corpus(db, SMALL) as corpus:
        report = corpus.add(target)
    first = numbers(range(1000, 1002)) if pack is zipped else []
    assert (report.unchanged, "went on behind" in report.notes[0]) == (0, True)
    assert report.added == 200 + len(first) - before
    assert ids(db) == first + numbers(range(200))


def grown(path):
    """Add a record to a file."""
    with path.open("a") as file:
        file.write(line(500))
    return numbers(range(200), [500])


def rewritten(path):
    """Put other records into a file, as many bytes as before."""
    path.write_text("".join(map(line, range(199, -1, -1))))
    return numbers(range(200))


@pytest.mark.parametrize("change", [grown, rewritten])
def test_a_file_that_changed_meanwhile_is_read_from_its_start(change, tmp_path, dump):
    """What was noted of another file is not trusted."""
    db = tmp_path / "corpus.db"
    interrupted(db, signal.SIGKILL, dump)
    before = n_stored(db)
    wanted = change(dump)
    with Corpus(db, SMALL) as corpus:
        report = corpus.add(dump)
    assert (report.unchanged, report.notes) == (before, ())
    assert sorted(ids(db)) == sorted(wanted)


def test_what_is_read_in_another_way_is_read_from_its_start(tmp_path, dump):
    """Other options for reading make other documents of the same file."""
    db = tmp_path / "corpus.db"
    interrupted(db, signal.SIGKILL, dump)
    with Corpus(db, SMALL) as corpus:
        assert corpus.add(dump, format="text").read == 1
        assert corpus.add(dump).notes != ()
    assert sorted(one for one in ids(db) if one) == sorted(numbers(range(200)))


def test_a_finished_run_leaves_nothing_to_take_up(tmp_path, dump):
    """Adding again reads all and finds nothing new."""
    with Corpus(tmp_path / "corpus.db", SMALL) as corpus:
        corpus.add(dump)
        again = corpus.add(dump)
    assert (again.read, again.unchanged, again.notes) == (200, 200, ())


# Failures


def test_what_failed_is_tried_again_when_it_is_mended(tmp_path, dump):
    """A binary file, a broken record and an empty file: each is settled when it can be read, the others stay."""
    db, binary, empty = tmp_path / "corpus.db", tmp_path / "binary.txt", tmp_path / "empty.jsonl"
    broken = dump.read_text().splitlines(keepends=True)
    dump.write_text("".join([*broken[:7], "{broken\n", *broken[7:], '{"text": 3}\n']))
    empty.touch()
    binary.write_bytes(bytes(range(256)) * 9)
    result = call("add", dump, binary, empty, "--db", db, "--json")
    assert (result.exit_code, json.loads(result.stdout)["failed"]) == (3, 4)
    assert "retry" in result.stderr
    binary.write_text(text(900))
    result = call("retry", "--db", db, "--json")
    counts = json.loads(result.stdout)
    assert (result.exit_code, counts["tried"], counts["settled"], counts["left"]) == (3, 4, 1, 3)
    assert sorted(Path(failure["source"]).name for failure in counts["failures"]) == [
        "dump.jsonl:202",
        "dump.jsonl:8",
        "empty.jsonl",
    ]
    dump.write_text("".join([*broken[:7], line(700), *broken[7:]]))
    empty.write_text(line(800))
    result = call("retry", "--db", db)
    assert (result.exit_code, result.stdout) == (0, "3 failures tried again: 3 settled, 0 left; 2 documents added\n")
    assert sorted(filter(None, ids(db))) == sorted(numbers(range(200), [700, 800]))
    assert call("retry", "--db", db).stdout.startswith("0 failures tried again")


def test_failures_from_another_folder_are_found_again(tmp_path, monkeypatch):
    """Files are noted from the root of the disk; documents keep the names that were given."""
    (tmp_path / "there").mkdir()
    monkeypatch.chdir(tmp_path / "there")
    Path("late.txt").touch()
    assert call("add", "late.txt", "--db", tmp_path / "corpus.db").exit_code == 3
    Path("late.txt").write_text(text(1))
    monkeypatch.chdir(tmp_path)
    assert call("retry", "--db", "corpus.db").exit_code == 0
    with Corpus("corpus.db") as corpus:
        assert [article.source for article in corpus.articles()] == ["late.txt"]


def test_a_failure_of_standard_input_cannot_be_tried_again(tmp_path):
    """It is said, and no error."""
    db = tmp_path / "corpus.db"
    assert call("add", "-", "--db", db, stdin=line(1) + "{broken\n").exit_code == 3
    result = call("retry", "--db", db)
    assert (result.exit_code, "1 came from no file: give those inputs again" in result.stdout) == (0, True)


def test_adding_a_mended_file_settles_its_failure(tmp_path):
    """No failure stays of a file that could be read."""
    db, path = tmp_path / "corpus.db", tmp_path / "dump.jsonl"
    path.touch()
    with Corpus(db, SMALL) as corpus:
        assert corpus.add(path).failed == 1
        path.write_text(line(1))
        assert corpus.add(path).failed == 0
        assert corpus.stats()["failures"] == 0


# Too much that fails


@pytest.fixture
def bad(tmp_path):
    """Return a dump of which a third is broken."""
    path = tmp_path / "bad.jsonl"
    path.write_text("".join("{broken\n" if n % 3 == 0 else line(n) for n in range(360)))
    return path


def on_terminal(answer, *words):
    """Run a command on a terminal of its own, answer its question, and return its exit code and what was shown."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(sys.executable, [*CURATOR, *map(str, words)])
    shown = b""
    while select.select([terminal], [], [], LIMIT_S)[0]:
        try:
            shown += os.read(terminal, 65536)
        except OSError:  # the other end is closed
            break
        if answer and b"Go on? [y/N]:" in shown:
            os.write(terminal, answer)
            answer = b""
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.decode()


def test_no_to_the_question_stops_the_run(tmp_path, bad):
    """Where too much fails a person is asked; what was stored before stays."""
    db = tmp_path / "corpus.db"
    code, shown = on_terminal(b"n\n", "add", bad, "--db", db)
    assert code == 1
    assert re.search(r"\d+ of \d+ new documents \(3\d%\) failed or were rejected. Go on\?", shown)
    assert "stopped; what was stored before stays" in shown
    assert len(ids(db)) < 240


@pytest.mark.parametrize("words", [(), ("--yes",)], ids=["asked", "--yes"])
def test_yes_to_the_question_goes_on(words, tmp_path, bad):
    """The answer, or the flag, finishes the run; the warning comes all the same, with the reasons."""
    code, shown = on_terminal(b"" if words else b"y\n", "add", bad, "--db", tmp_path / "corpus.db", *words)
    assert code == 3
    assert ("Go on?" in shown) == (not words)
    assert "WARNING: 120 of 360 new documents (33%) failed or were rejected" in shown
    assert "120 read: json" in shown
    assert len(ids(tmp_path / "corpus.db")) == 240


def test_nobody_is_asked_where_there_is_no_terminal(tmp_path, bad):
    """The run finishes, warns loudly, and ends with 3."""
    result = call("add", bad, "--db", tmp_path / "corpus.db", "-q")
    assert result.exit_code == 3
    assert "WARNING: 120 of 360 new documents (33%)" in result.stderr
    assert "max_failed_share, 20%" in result.stderr
    assert len(ids(tmp_path / "corpus.db")) == 240


def test_some_failures_are_no_reason_to_ask(tmp_path, dump):
    """Below the share nothing is said."""
    with dump.open("a") as file:
        file.write("{broken\n" * 10)
    code, shown = on_terminal(b"", "add", dump, "--db", tmp_path / "corpus.db")
    assert (code, "Go on?" in shown, "WARNING" in shown) == (3, False, False)


# Streams


def test_progress_and_results_do_not_mix(tmp_path, dump):
    """Data on stdout, one object; a bar on a terminal only; nothing at all with -q."""
    command = [*CURATOR, "add", str(dump), "--db", str(tmp_path / "corpus.db"), "--json"]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(result.stdout)["added"] == 200
    assert without_progress(result.stderr) == ""
    code, shown = on_terminal(b"", "add", dump, "--db", tmp_path / "other.db")
    assert (code, "documents/s" in shown) == (0, True)
    result = subprocess.run([*command[:-1], "-q"], capture_output=True, text=True, check=True)
    assert (result.stdout, result.stderr) == ("", "")


def test_empty_input_of_a_filter_is_empty_output():
    """As of any other filter; adding nothing is a failure all the same."""
    result = call("clean", "--json", "-", stdin="")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
