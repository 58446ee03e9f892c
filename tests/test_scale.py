"""``curator scale`` on this machine gives what ``curator add`` gives, and ``curator load`` makes a corpus file of it."""

from __future__ import annotations

import json
import sqlite3

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from scale_corpus import write_dumps

from curator.cli import main
from curator.corpus import Corpus
from curator.engine.local import LocalEngine
from curator.errors import EngineError, StoreError
from curator.pipeline.scaling import EngineOptions, ScaleOptions, scale
from curator.pipeline.scaling.job import run_job
from curator.settings import Settings

_SETTINGS = Settings(workers=1)
_ARTICLE = (
    "title lang published author words chars raw_chars ratio_cut review status reason cluster_id similarity site url"
).split()


def rows(folder, table):
    """Return the rows of a table of a cluster run."""
    return pq.read_table(folder / table).to_pylist()


def tables_of_run(folder):
    """Return what a cluster run wrote, by keys, in an order of its own."""
    articles = rows(folder, "articles")
    key = {row["id"]: row["key"] for row in articles} | {None: None}
    pairs = [(*sorted([key[row["a"]], key[row["b"]]]), row["jaccard"]) for row in rows(folder, "pairs")]
    cuts = [(key[row["article_id"]], *(row[name] for name in _CUT)) for row in rows(folder, "cuts")]
    clusters = [(row["id"], row["size"], key[row["keeper_id"]], row["min_similarity"]) for row in rows(folder, "clusters")]
    told = [
        (row["key"], row["text"], row["fetched_at"], key[row["duplicate_of"]], key[row["via"]], *(row[n] for n in _ARTICLE))
        for row in articles
    ]
    paths = {(row["key"], path) for row in rows(folder, "documents") for path in row["paths"]}
    failures = [(row["source"], row["stage"], row["error"]) for row in rows(folder, "failures")]
    return {name: sorted(found, key=repr) for name, found in locals().items() if name in _COMPARED} | {
        "articles": sorted(told, key=repr)
    }


_CUT = ("start", "end", "kind", "rule", "why", "text")
_COMPARED = ("pairs", "cuts", "clusters", "failures", "paths")


def tables_of_corpus(path):
    """Return the same of a corpus file."""
    connection = sqlite3.connect(path)
    columns = ", ".join(f"articles.{name}" for name in _ARTICLE)
    queries = {
        "articles": f"SELECT d.key, text, d.fetched_at, k.key, v.key, {columns} FROM articles"
        " JOIN article_texts USING (id) JOIN documents d USING (id)"
        " LEFT JOIN documents k ON k.id = duplicate_of LEFT JOIN documents v ON v.id = via",
        "pairs": "SELECT min(x.key, y.key), max(x.key, y.key), jaccard FROM pairs"
        " JOIN documents x ON x.id = a JOIN documents y ON y.id = b",
        "cuts": 'SELECT key, start, "end", kind, rule, why, text FROM cuts JOIN documents d ON d.id = article_id',
        "clusters": "SELECT clusters.id, size, key, min_similarity FROM clusters JOIN documents d ON d.id = keeper_id",
        "failures": "SELECT source, stage, error FROM failures",
        "paths": "SELECT key, paths.source FROM paths JOIN documents d ON d.id = document_id",
    }
    return {name: sorted(connection.execute(query).fetchall(), key=repr) for name, query in queries.items()}


@pytest.fixture(scope="module")
def dumps(tmp_path_factory):
    """Give a folder of dumps with everything that is hard about them."""
    return write_dumps(tmp_path_factory.mktemp("scale") / "dumps", 600)


@pytest.fixture(scope="module")
def run(dumps):
    """Give the folder of a cluster run over the dumps."""
    scale(str(dumps), output=str(dumps.parent / "run"), settings=_SETTINGS, engine=EngineOptions(partitions=3))
    return dumps.parent / "run"


@pytest.fixture(scope="module")
def added(dumps):
    """Give a corpus file that the dumps were added to."""
    with Corpus(dumps.parent / "added.db", _SETTINGS) as corpus:
        corpus.add(dumps, learn=False)
    return dumps.parent / "added.db"


@pytest.mark.parametrize("table", ["articles", "cuts", "clusters", "failures"])
def test_a_cluster_run_gives_what_adding_gives(run, added, table):
    """Articles, cuts, clusters and failures are those of a corpus file that the same dumps were added to."""
    assert tables_of_run(run)[table] == tables_of_corpus(added)[table]


def test_paths_of_repeated_documents_are_kept(run):
    """A document that stands in two files is one, which tells the other file."""
    assert [path.rpartition("/")[2] for _, path in tables_of_run(run)["paths"]] == ["same.jsonl:1", "dump0.jsonl:169"]


def test_ids_number_documents_in_the_order_of_their_keys(run):
    """Ids depend on the set of documents alone: dense, from 1, sorted by key, the same in every table."""
    articles = sorted((row["key"], row["id"]) for row in rows(run, "articles"))
    assert [number for _, number in articles] == list(range(1, len(articles) + 1))
    assert sorted((row["key"], row["id"]) for row in rows(run, "documents")) == articles
