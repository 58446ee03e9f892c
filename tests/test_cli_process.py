"""The command line as a process of its own: pipes, signals, full disks, how fast it starts, lists to crawl."""

import json
import os
import signal
import subprocess
import sys
from itertools import islice
from pathlib import Path
from threading import Timer

import pytest
from cli_calls import SEEDS, TEXT
from patience import LIMIT_S, wait_for

from curator.corpus import Corpus
from curator.settings import Settings


def command(*words):
    """Return the words that run curator in a process of its own."""
    return [sys.executable, "-m", "curator", *map(str, words)]


def test_closed_stdout_is_no_error(tmp_path):
    """A shell gives >&- to those who do not want the output."""
    (tmp_path / "a.txt").write_text(TEXT)
    words = " ".join(command("clean", tmp_path / "a.txt"))
    done = subprocess.run(f"{words} >&-", shell=True, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_closed_pipe_is_quiet():
    """A reader that has enough ends the command without a word."""
    whole = subprocess.Popen(
        command("clean", "--json", *([SEEDS] * 60)), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    whole.stdout.read(100)
    whole.stdout.close()
    assert whole.stderr.read() == b""
    assert whole.wait() == 0


def test_clean_answers_each_document_as_it_comes():
    """A slow pipe: no document waits for a later one, whether one process cleans or several."""
    words = command("clean", "-", "--json", "--workers", "2")
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    running = subprocess.Popen(words, **pipes, start_new_session=True)
    overdue = Timer(LIMIT_S, running.kill)
    overdue.start()
    ids = iter(range(1000))
    for n_documents in (1, 600, 1):
        asked = list(islice(ids, n_documents))
        running.stdin.writelines(json.dumps({"id": n, "text": TEXT}).encode() + b"\n" for n in asked)
        running.stdin.flush()
        assert [json.loads(running.stdout.readline())["id"] for _ in asked] == asked
    running.send_signal(signal.SIGINT)
    assert running.wait(LIMIT_S) == 130
    assert running.stderr.read() == b"curator: interrupted\n"
    overdue.cancel()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a full device")
def test_full_disk_is_one_line():
    """Output that cannot be written fails loudly, once."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command("clean", SEEDS), stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 1
    assert done.stderr.decode().count("\n") == 1
    assert b"No space left" in done.stderr


def test_ctrl_c_exits_130_and_keeps_what_was_finished(tmp_path):
    """An interrupted add leaves a sound file, and the same command takes up the rest."""
    dump = tmp_path / "dump.jsonl"
    line = "Die Stadt hat gestern die Brücke Nummer {0} über den Fluss {0} eröffnet, wie sie mitteilte."
    dump.write_text("\n".join(json.dumps({"id": n, "text": line.format(n)}) for n in range(20_000)))
    words = command("add", dump, "--db", tmp_path / "c.db", "--workers", "2", "--json")
    environment = os.environ | {"CURATOR_BATCH_ROWS": "100"}
    running = subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, start_new_session=True
    )
    log = tmp_path / "c.db-wal"
    wait_for(lambda: running.poll() is not None or (log.exists() and log.stat().st_size >= 500_000))
    os.killpg(running.pid, signal.SIGINT)
    assert running.wait(LIMIT_S) == 130
    # On a slow machine a line of progress stands above it.
    assert "\ncurator: interrupted;" in "\n" + running.stderr.read().decode()
    with Corpus(tmp_path / "c.db", Settings()) as corpus:
        assert 0 < corpus.stats()["articles"] < 20_000
        assert list(corpus.check()) == []


def test_help_starts_fast():
    """Help needs neither numpy nor lxml."""
    code = (
        "import sys, curator.cli; print(sorted(set(sys.modules) & {'numpy', 'lxml', 'sqlite3', 'rich', 'datasketch'}))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout == "[]\n"


def test_a_file_is_no_address_to_crawl(tmp_path):
    """A list of addresses given in place of one is told apart from a host, before anything is fetched."""
    given = tmp_path / "urls.txt"
    given.write_text("https://example.org/a\n")
    done = subprocess.run(command("crawl", given, "--db", tmp_path / "c.db"), capture_output=True, check=False)
    assert done.returncode == 2
    assert f"give --spider list --file {given}" in " ".join(done.stderr.decode().split())
    assert not (tmp_path / "c.db").exists()
    folder = subprocess.run(command("crawl", tmp_path, "--db", tmp_path / "c.db"), capture_output=True, check=False)
    assert folder.returncode == 2
    assert "is a folder: `curator add" in " ".join(folder.stderr.decode().split())


def test_a_list_without_an_address_is_told(tmp_path):
    """A file of other things fetches nothing, and that is said."""
    (tmp_path / "list.txt").write_text("# mine\nnothing, really\n")
    words = ["--spider", "list", "--file", tmp_path / "list.txt", "--db", tmp_path / "c.db"]
    done = subprocess.run(command("crawl", *words), capture_output=True, check=False)
    assert b"there was no address to fetch; a list has one on each line" in done.stderr
