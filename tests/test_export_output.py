"""An export holds what a condition chooses, in one state of the corpus, and is there whole or not at all."""

import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import tracemalloc
from contextlib import closing

import pytest
from export_corpus import BODY, HOSTILE, ONE, lines_of, make_corpus

from curator.corpus import Corpus
from curator.errors import OutputError, SettingsError, StoreError
from curator.export import Form, write
from curator.model import Raw
from curator.store.selection import chosen_ids


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """Return a corpus of hostile articles, a duplicate and a rejected document."""
    return make_corpus(tmp_path_factory.mktemp("corpus"))


CHOSEN = [
    ("lang = 'de' and published >= '2024'", 1),
    ("title like '=HYP%' -- a comment with )", 1),
    ("id in (select article_id from cuts where kind = 'account')", 9),
    ("id in (select rowid from articles_fts where articles_fts match 'brucke')", 9),
    ("title = '); drop table cuts; --'", 0),
    ("source = '-:3' or source_id = '4'", 2),
    ("fetched_at is null and articles.id <= 2 and rowid = 2", 1),
]


@pytest.mark.parametrize(("where", "n_wanted"), CHOSEN)
def test_condition_chooses(path, where, n_wanted):
    """Any expression over the columns of articles and their sources, other tables in subqueries, decides."""
    with Corpus(path) as corpus:
        assert corpus.export(io.StringIO(), where=where) == n_wanted


REFUSED = [
    ("1; delete from cuts", "holds a semicolon"),
    ("1) or (1", "closes a bracket"),
    ("1 union select 1", "syntax error"),
    ("", "holds no condition"),
    ("foo = 1", r"no such column: foo \(there are id, "),
    ("words > 3 and (lnag = 'de')", r"no such column: lnag \(there are id, "),
    ("lang=de", "no such column: de; a text stands in single quotes: 'de'"),
    ("words > chras", r"'chras' \(there are id, title, "),
    ("lang in (de)", "no such column: de; a text stands in single quotes: 'de'"),
    ("site like example.com", "no such column: example.com; a text stands in single quotes: 'example.com'"),
    ("id = ?", "placeholder"),
    ("load_extension('x')", "may read and do nothing else"),
    ("exists (select * from pragma_table_info('cuts'))", "may read and do nothing else"),
    ("(with recursive c(x) as (select 1 union all select x + 1 from c) select max(x) from c) > 1", "may read"),
    ("json_extract(title, '$.a')", "malformed JSON"),
    ("1 /*", "incomplete"),
    ("words > 3 and", "ends where more is expected"),
    ("lang = 'de' or (words > 3", "opens a bracket"),
]


@pytest.mark.parametrize(("where", "message"), REFUSED)
def test_condition_only_reads(path, tmp_path, where, message):
    """What is more than one condition is refused before anything is written."""
    with Corpus(path) as corpus, pytest.raises(SettingsError, match=message):
        corpus.export(tmp_path / "a.jsonl", where=where)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_takes_no_files_is_told(path):
    """The message names the output, not the folder beside it that it would be made in."""
    with Corpus(path) as corpus, pytest.raises(OutputError, match=r"^/proc/a.jsonl: cannot be made: "):
        corpus.export("/proc/a.jsonl")


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.db", "a"])
def test_a_damaged_rule_is_told_and_nothing_is_written(tmp_path, name):
    """The message names the corpus and what proves it; an earlier export stays as it was, with its manifest."""
    path = make_corpus(tmp_path)
    output = tmp_path / "out" / name
    output.parent.mkdir()
    form = Form("markdown" if name == "a" else None, overwrite=True)
    with Corpus(path) as corpus:
        corpus.export(output, where="id < 4", form=form)
    before = {file: file.is_file() and file.read_bytes() for file in output.parent.rglob("*")}
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE properties SET value = substr(value, 1, 9) WHERE name = 'keep_rule'")
    with Corpus(path) as corpus, pytest.raises(StoreError, match=rf"^{path}: the stored keep_rule is .*curator check"):
        corpus.export(output, form=form)
    assert {file: file.is_file() and file.read_bytes() for file in output.parent.rglob("*")} == before


def test_what_is_there_stays(path, tmp_path):
    """Nothing is replaced unasked, and a folder that no export made not even then."""
    (tmp_path / "a.jsonl").write_text("mine")
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mine.md").write_text("mine")
    (tmp_path / "empty").mkdir()
    with Corpus(path) as corpus:
        with pytest.raises(OutputError, match="is there already"):
            corpus.export(tmp_path / "a.jsonl")
        with pytest.raises(OutputError, match="no export made"):
            corpus.export(tmp_path / "notes", form=Form("markdown", overwrite=True))
        with pytest.raises(OutputError, match="no folder"):
            corpus.export(tmp_path / "none" / "a.jsonl")
        with pytest.raises(OutputError, match="tells no format"):
            corpus.export(tmp_path / "a")
        with pytest.raises(OutputError, match="is named as csv"):
            corpus.export(tmp_path / "a.csv", form=Form("parquet"))
        corpus.export(tmp_path / "empty", form=Form("markdown"))
        with pytest.raises(OutputError, match="is there already"):
            corpus.export(tmp_path / "empty", form=Form("markdown"))
        corpus.export(tmp_path / "empty", where="id = 1", form=Form("markdown", overwrite=True))
    assert len(list((tmp_path / "empty").rglob("*.md"))) == 1
    assert (tmp_path / "a.jsonl").read_text() == (tmp_path / "notes" / "mine.md").read_text() == "mine"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.jsonl", "empty", "notes"]


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """Return a corpus of 6,000 articles of 2 KB."""
    path = tmp_path_factory.mktemp("large") / "corpus.db"
    texts = (f"{BODY.format(n=n)} " + " ".join(f"w{n}x{k}" for k in range(250)) for n in range(6_000))
    with Corpus(path, ONE) as corpus:
        corpus.add_raws((Raw(f"d:{n}", text.encode()) for n, text in enumerate(texts)), clean=False)
    return path


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.parquet", "a.txt"])
def test_memory_is_bounded(large, tmp_path, name):
    """An export of 12 MB of text takes no more memory than one of some batches."""
    import pyarrow  # noqa: F401 - its import is not what is measured

    with Corpus(large) as corpus:
        corpus.export(tmp_path / f"warm.{name}", where="id < 10")
        tracemalloc.start()
        assert corpus.export(tmp_path / name) == 6_000
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < (25_000_000 if name.endswith("parquet") else 8_000_000)


def test_killed_it_leaves_no_half_file(large, tmp_path):
    """Kill -9 in the middle: the name is not there; what was written so far stands beside under another one."""
    for n in range(40):
        out = tmp_path / f"{n}.jsonl.zst"
        running = subprocess.Popen([sys.executable, "-m", "curator", "export", "--db", str(large), "-o", str(out)])
        beside = lambda: list(tmp_path.glob(f".{out.name}.*/{out.name}"))  # noqa: E731, B023 - one line, used at once
        while running.poll() is None and not beside():
            time.sleep(0.005)
        time.sleep(0.02 * n % 0.2)
        running.send_signal(signal.SIGKILL)
        running.wait()
        if beside():
            break
    assert beside() and not out.exists()
    subprocess.run([sys.executable, "-m", "curator", "export", "--db", str(large), "-o", str(out)], check=True)
    assert lines_of(out).count(b"\n") == 6_000


def test_one_state_is_read_while_another_process_writes(large, tmp_path, monkeypatch):
    """Articles that are added between two shards are in none of them, and the manifest counts none."""
    path = tmp_path / "corpus.db"
    path.write_bytes(large.read_bytes())
    added = iter(range(10**6))

    def chosen_while_adding(*arguments):
        chosen = chosen_ids(*arguments)
        with Corpus(path, ONE) as corpus:
            raws = [Raw(f"new:{n}", BODY.format(n=n).encode()) for _, n in zip(range(20), added, strict=False)]
            corpus.add_raws(raws, clean=False, learn=False)
        return chosen

    monkeypatch.setattr(write, "chosen_ids", chosen_while_adding)
    with Corpus(path) as corpus:
        corpus.export(tmp_path / "out", status=(), form=Form("jsonl", shards=5))
    found = [json.loads(line) for file in (tmp_path / "out").glob("*.jsonl") for line in file.open()]
    manifest = json.loads((tmp_path / "out" / "_manifest.json").read_text())
    with Corpus(path) as corpus:
        assert sum(1 for _ in corpus.articles()) == 6_100
    assert sorted(row["id"] for row in found) == list(range(1, 6_001))
    assert manifest["articles"] == 6_000


def test_standard_output_takes_lines_only(path):
    """JSON lines, CSV and text go to standard output; what is no text says to give a file."""

    def run(*arguments):
        command = [sys.executable, "-m", "curator", "export", "--db", str(path), *arguments]
        return subprocess.run(command, capture_output=True, check=False, env=os.environ | {"LC_ALL": "C"})

    assert run("--format", "csv", "--kept").stdout.startswith(b"id,source,url")
    assert run("--format", "text").stdout.count(b"\f") == len(HOSTILE)
    for arguments in (("--format", "parquet"), ("--format", "jsonl.gz"), ("--shards", "2")):
        done = run(*arguments)
        assert done.returncode == 1 and b"cannot go to standard output" in done.stderr
    assert run("--where", "1;2").returncode == 2
    assert b"did you mean jsonl" in run("--format", "jsnl").stderr


def test_paths_are_written_by_people(tmp_path, path):
    """A relative path counts from where the command runs."""
    command = [sys.executable, "-m", "curator", "export", "--db", str(path), "-o", "a.parquet"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.parquet", "a.parquet.manifest.json"]
