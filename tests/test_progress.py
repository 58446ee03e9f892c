"""Commands that take long on large corpora tell how far they are, and results stay as they are."""

import sqlite3
from dataclasses import replace
from itertools import pairwise

import pytest
from cli_calls import in_folder
from template_site import ONE, articles, grown

from curator.cli import progress as shown
from curator.corpus import Corpus
from curator.export import Form
from curator.store import backup
from curator.store.connection import transaction
from curator.store.templates import forget_lines


@pytest.fixture
def path(tmp_path):
    """Return a corpus of two sites, with copies."""
    raws = articles(31, 28) + articles(32, 20, "nordblatt.example")
    copies = [replace(raw, url=None, source_id=f"copy {n}") for n, raw in enumerate(raws[:6])]
    return grown(tmp_path / "corpus.db", raws + copies)


@pytest.fixture
def call(tmp_path, path, monkeypatch):
    """Return a function that runs curator beside that corpus, in which each word on progress is a line."""
    monkeypatch.setattr(shown, "_EVERY_S", 0.0)
    return in_folder(tmp_path, monkeypatch)


def told_by(call, *more, **options):
    """Return what a call told: of each stage, in order, all shares."""
    told = []
    call(*more, **options, progress=told.append)
    shares = {}
    for so_far in told:
        shares.setdefault(so_far.stage, []).append(so_far.share)
    for some in shares.values():
        known = [share for share in some if share is not None]
        assert all(before <= after for before, after in pairwise(known)) and all(0 <= share <= 1 for share in known)
    return shares


def test_learning_tells_pages_and_sites(path):
    """First the pages whose lines are noted, then the sites learned; all of them in the end."""
    with Corpus(path, replace(ONE, batch_rows=10)) as corpus:
        with corpus._open(write=True) as connection, transaction(connection):
            forget_lines(connection, range(1, 26))
        told = told_by(corpus.learn, articles=5)
        assert told["noting the lines of pages"][-1] == told["learning what sites repeat"][-1] == 1
        assert len(told["learning what sites repeat"]) >= 6
        assert told_by(corpus.learn) == {}


def test_clustering_tells_its_stages(path):
    """A scan of all texts tells how many are read; what is contained takes two readings."""
    with Corpus(path, ONE) as corpus:
        assert list(told_by(corpus.dedup, threshold=0.8)) == ["clustering", "writing clusters"]
        told = told_by(corpus.dedup, threshold=0.3, rescan=True)
        assert told["reading all texts again"] == [1.0]
        told = told_by(corpus.mark_contained)
        assert told == {"sampling texts": [1.0], "looking for texts in longer ones": [1.0]}


def test_removing_tells_what_is_gone(path, monkeypatch):
    """And what follows from it: sites that are learned anew."""
    monkeypatch.setattr("curator.pipeline.changing._REMOVED_TOGETHER", 4)
    with Corpus(path, ONE) as corpus:
        told = told_by(corpus.remove, *range(1, 11))
        assert told["removing documents"] == [0.0, 0.4, 0.8]
        assert told["learning what sites repeat"][-1] == 1
        assert list(corpus.check()) == []


def test_exporting_tells_the_share_that_is_written(path, tmp_path, monkeypatch):
    """Also over shards, and for a corpus of its own."""
    monkeypatch.setattr("curator.export.write._TOLD_EVERY", 8)
    with Corpus(path, ONE) as corpus:
        assert told_by(corpus.export, tmp_path / "a.jsonl") == {"exporting": [0, 1 / 6, 1 / 3, 1 / 2, 2 / 3, 5 / 6]}
        assert len(told_by(corpus.export, tmp_path / "b", form=Form("jsonl", shards=3))["exporting"]) == 6
        told = told_by(corpus.export, tmp_path / "c.db", status=())
        assert list(told) == ["copying", "finding duplicates"]


def test_a_backup_in_steps_is_of_one_moment(path, tmp_path, monkeypatch):
    """Another process writes between the steps: the copy neither begins again nor holds any of it."""
    monkeypatch.setattr(backup, "_PAGES_TOGETHER", 10)
    told = []

    def write(so_far):
        told.append(so_far)
        with sqlite3.connect(path) as other:
            other.execute("UPDATE articles SET title = 'written meanwhile'")

    with Corpus(path, ONE) as corpus:
        before = [article.title for article in corpus.articles()]
        assert corpus.backup(tmp_path / "copy.db", progress=write) == 54
        assert {article.title for article in corpus.articles()} == {"written meanwhile"}
    shares = [so_far.share for so_far in told if so_far.stage == "copying"]
    assert len(shares) > 10 and shares[-1] == 1
    assert all(one < other for one, other in pairwise(shares))
    with Corpus(tmp_path / "copy.db", ONE) as copy:
        assert [article.title for article in copy.articles()] == before
        assert list(copy.check()) == []


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["learn", "--articles", 7], "learning what sites repeat: 100%"),
        (["dedup", "--threshold", 0.9], "clustering"),
        (["dedup", "--contained"], "looking for texts in longer ones: 100%"),
        (["remove", 3, 4, "--yes"], "removing documents"),
        (["backup", "copy.db"], "copying: 100%"),
        (["export", "-o", "kept.jsonl"], "exporting"),
        (["export"], "exporting"),
    ],
)
def test_the_command_line_tells_it(call, words, line):
    """On stderr only, and not with -q."""
    result = (
        call(*words, "--db", "corpus.db", "--skip-rule", "tagger")
        if words[0] == "learn"
        else call(*words, "--db", "corpus.db")
    )
    assert f"curator: {line}" in result.stderr
    assert line not in result.stdout


@pytest.mark.parametrize("words", [["learn"], ["dedup"], ["backup", "copy.db"], ["export", "-o", "kept.jsonl"]])
def test_quiet_commands_tell_nothing(call, words):
    """Whatever they are at."""
    result = call(*words, "--db", "corpus.db", "-q")
    assert (result.stdout, result.stderr) == ("", "")


def test_time_left_is_that_of_the_stage(monkeypatch):
    """A stage begins with its own clock; a count that goes on keeps its rate."""
    now = iter([0.0, 10.0, 30.0, 40.0, 45.0])
    monkeypatch.setattr(shown.time, "monotonic", lambda: next(now))
    clock = shown._Clock()
    assert clock.told(100, 0.5, None) == ("0:10 left", "10 documents/s")
    assert clock.told(300, 0.0, "learning") == ("", "10 documents/s")
    assert clock.told(400, 0.5, "learning") == ("0:10 left", "10 documents/s")
    assert clock.told(50, 0.1, "writing") == ("0:00 left", "50,000 documents/s")
