"""A part of a corpus is a corpus: whole, browsable, with survivors of its own. A backup is all of it."""

import json
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing

import pytest
from template_site import articles as site_articles
from test_corpus import documents, rows_of, state

from curator.corpus import Corpus
from curator.errors import OutputError, StoreError
from curator.export import Form
from curator.pipeline.entries import key_of
from curator.settings import Settings
from curator.store.copy import COPIED, FOLLOWING, LEFT_OUT

ONE = Settings(workers=1, batch_rows=7)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """Return a corpus of copies, versions, rejects, failures and a site with a template."""
    path = tmp_path_factory.mktemp("corpus") / "corpus.db"
    with Corpus(path, ONE) as corpus:
        corpus.add_raws(documents(3))
        corpus.add_raws(site_articles(5))
        (path.parent / "empty.txt").touch()
        corpus.add(path.parent / "empty.txt")
    return path


def texts(path, ids=None):
    """Return text, title and cuts of articles by id."""
    with closing(sqlite3.connect(path)) as connection:
        cuts = connection.execute('SELECT article_id, start, "end", rule FROM cuts').fetchall()
        return {
            row[0]: (*row[1:], [cut for cut in cuts if cut[0] == row[0]])
            for row in connection.execute("SELECT id, title, text FROM articles JOIN article_texts USING (id)")
            if ids is None or row[0] in ids
        }


def test_every_table_is_decided_on(path):
    """A new table is copied with its documents, made anew, or left out on purpose."""
    with sqlite3.connect(path) as connection:
        found = connection.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')").fetchall()
    own = {name for (name,) in found if not name.startswith(("articles_fts_", "sqlite_", "_sqlite"))}
    assert own <= {*COPIED, *FOLLOWING, *LEFT_OUT}


def test_a_copy_of_all_is_the_corpus(path, tmp_path):
    """With every article chosen all rows are there, pairs and clusters found anew as they were."""
    with Corpus(path, ONE) as corpus:
        n_copied = corpus.export(tmp_path / "all.db", status=())
    with Corpus(tmp_path / "all.db", ONE) as made:
        assert list(made.check()) == []
        assert made.learn().sites == 0
    found, wanted = rows_of(tmp_path / "all.db"), rows_of(path)
    # Ids that left the old index are unknown to the new one.
    wanted["properties"] = [row for row in wanted["properties"] if "index_forgotten" not in row]
    different = [name for name in wanted if found[name] != wanted[name] and name not in LEFT_OUT]
    assert different == []
    manifest = json.loads((tmp_path / "all.db.manifest.json").read_text())
    assert manifest["articles"] == n_copied == len(wanted["articles"])


CHOICES = [
    {"status": ["kept"]},
    {"status": ["duplicate"]},
    {"status": ["duplicate", "superseded"]},
    {"status": ["superseded"]},
    {"status": (), "where": "id % 3 = 1"},
    {"status": (), "where": "site = 'elbkurier.example' and id % 4 = 0"},
    {"status": (), "where": "false"},
]


@pytest.mark.parametrize("choice", CHOICES, ids=str)
def test_a_part_is_a_corpus(path, tmp_path, choice):
    """Whatever is chosen, check finds nothing wrong, texts and ids are the corpus's, each cluster has a survivor."""
    with Corpus(path, ONE) as corpus:
        n_copied = corpus.export(tmp_path / "part.db", **choice)
    with Corpus(tmp_path / "part.db", ONE) as made:
        assert list(made.check()) == []
        assert sum(1 for _ in made.articles()) == n_copied
    found = texts(tmp_path / "part.db")
    assert found == texts(path, set(found))
    assert sorted(file.name for file in tmp_path.iterdir()) == ["part.db", "part.db.manifest.json"]


@pytest.mark.parametrize("seed", range(3))
def test_survivors_and_versions_are_as_if_only_these_had_been_added(tmp_path, seed):
    """A corpus to which only the chosen documents were added has the same statuses, pairs, clusters and keepers."""
    raws = documents(seed)
    with Corpus(tmp_path / "all.db", ONE) as corpus:
        corpus.add_raws(raws)
        corpus.export(tmp_path / "part.db", status=(), where="id % 2 = 0")
        chosen = {article.key for article in corpus.articles() if article.id % 2 == 0}
        originals = [raw for raw in corpus.raws() if key_of(raw) in chosen]
    with Corpus(tmp_path / "less.db", ONE) as less:
        less.add_raws(originals)
    assert state(tmp_path / "part.db")[:3] == state(tmp_path / "less.db")[:3]


def test_a_part_can_grow(path, tmp_path):
    """What stayed behind can be added to the copy; then it is the corpus again."""
    with Corpus(path, ONE) as corpus:
        corpus.export(tmp_path / "part.db", status=(), where="id > 20")
    with Corpus(tmp_path / "part.db", ONE) as made:
        made.add_raws(documents(3))
        made.add_raws(site_articles(5))
        assert list(made.check()) == []
    assert state(tmp_path / "part.db") == state(path)


def test_a_low_threshold_is_kept_in_a_part(tmp_path):
    """Pairs below .5, which only a scan finds, are found in the copy too."""
    with Corpus(tmp_path / "all.db", ONE) as corpus:
        corpus.add_raws(documents(1))
        corpus.dedup(threshold=0.3, rescan=True)
        corpus.export(tmp_path / "copy.db", status=())
    assert state(tmp_path / "copy.db") == state(tmp_path / "all.db")


def test_a_backup_is_the_file_while_it_is_written(path, tmp_path):
    """The copy is one state of the corpus, whole, though another thread adds to it; what is there is not replaced."""
    busy = tmp_path / "busy.db"
    with Corpus(path) as corpus:
        n_documents = corpus.backup(busy)
    assert rows_of(busy) == rows_of(path)
    ended = threading.Event()

    def add():
        with Corpus(busy, ONE) as corpus:
            seed = 100
            while not ended.is_set():
                corpus.add_raws(documents(seed), learn=False)
                seed += 1

    writer = threading.Thread(target=add)
    writer.start()
    try:
        counts = []
        for number in range(3):
            with Corpus(busy) as corpus:
                counts.append(corpus.backup(tmp_path / f"{number}.db"))
    finally:
        ended.set()
        writer.join()
    assert n_documents <= counts[0] <= counts[1] <= counts[2]
    for number in range(3):
        with Corpus(tmp_path / f"{number}.db", ONE) as corpus:
            corpus.learn()
            assert list(corpus.check()) == []
    with Corpus(path) as corpus, pytest.raises(OutputError, match="is there already"):
        corpus.backup(tmp_path / "0.db")


def test_a_damaged_corpus_gives_no_backup(path, tmp_path):
    """What cannot be proved whole does not get the name of a backup."""
    with Corpus(path) as corpus:
        corpus.backup(tmp_path / "bad.db")
    with sqlite3.connect(tmp_path / "bad.db") as connection:
        root = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'cuts_rule'").fetchone()[0]
        size = connection.execute("PRAGMA page_size").fetchone()[0]
        connection.execute("PRAGMA journal_mode = DELETE")
    with (tmp_path / "bad.db").open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\xff" * size)
    with Corpus(tmp_path / "bad.db") as corpus, pytest.raises(StoreError, match="damaged"):
        corpus.backup(tmp_path / "worse.db")
    assert not list(tmp_path.glob("*worse*"))


def test_a_file_in_use_is_not_replaced(path, tmp_path):
    """A log beside the target would be read into the new file: that is refused."""
    target = tmp_path / "target.db"
    with Corpus(path) as corpus:
        corpus.backup(target)
    with sqlite3.connect(target) as user:
        user.execute("DELETE FROM failures")
        user.commit()
        with Corpus(path) as corpus:
            with pytest.raises(StoreError, match="stands beside it"):
                corpus.backup(target, overwrite=True)
            with pytest.raises(StoreError, match="stands beside it"):
                corpus.export(target, form=Form(overwrite=True))
    user.close()
    with Corpus(path) as corpus:
        corpus.backup(target, overwrite=True)
    assert rows_of(target) == rows_of(path)


def test_backup_from_the_command_line(path, tmp_path):
    """The command says what is in the copy; the copy is a corpus that grows on."""
    command = [sys.executable, "-m", "curator", "backup", str(tmp_path / "b.db"), "--db", str(path), "--json"]
    told = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    assert told["documents"] == len(rows_of(path)["documents"])
    assert told["bytes"] == (tmp_path / "b.db").stat().st_size
    with sqlite3.connect(tmp_path / "b.db") as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
