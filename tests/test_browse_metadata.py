"""The metadata of a corpus: complete, generated, and of use to plain Datasette as well."""

import asyncio
import sqlite3
from pathlib import Path

import browse_corpus
import pytest
import yaml
from datasette.app import Datasette

from curator.browse.metadata import HIDDEN, metadata, metadata_yaml
from curator.browse.queries import QUERIES
from curator.store.connection import connect
from curator.store.descriptions import TABLES

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Return the path of a small corpus."""
    return browse_corpus.make_corpus(tmp_path_factory.mktemp("corpus") / "curator.db", browse_corpus.small())


def live_columns(path):
    """Return the columns of every table and view in a corpus file, bookkeeping of SQLite and tools apart."""
    connection = sqlite3.connect(path)
    names = connection.execute(
        "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite%'"
        " AND name NOT LIKE '%\\_migrations' ESCAPE '\\' AND name NOT LIKE 'articles\\_fts\\_%' ESCAPE '\\'"
    ).fetchall()
    return {name: [row[1] for row in connection.execute(f"PRAGMA table_info({name})")] for (name,) in names}


def test_every_table_and_column_is_described_and_no_other(tmp_path):
    """The descriptions name what is in a new corpus file, column for column, in its order."""
    connect(tmp_path / "a.db", create=True).close()
    assert {name: list(table.columns) for name, table in TABLES.items()} == live_columns(tmp_path / "a.db")


def test_hidden_tables_exist(tmp_path):
    """A table that is hidden is one that there is."""
    connect(tmp_path / "a.db", create=True).close()
    assert set(HIDDEN) <= set(live_columns(tmp_path / "a.db"))


def test_metadata_file_is_what_the_code_makes():
    """db/metadata.yaml is generated: run `python -m curator.browse.metadata > db/metadata.yaml` after a change."""
    assert (ROOT / "db" / "metadata.yaml").read_text(encoding="utf-8") == metadata_yaml()


def test_metadata_file_says_the_same_as_the_records():
    """Nothing is lost on the way to YAML."""
    assert yaml.safe_load(metadata_yaml("x")) == metadata("x")


@pytest.mark.parametrize("name", QUERIES)
def test_canned_query_runs(corpus, name):
    """Every canned query is valid SQL over a corpus, and gives its columns."""
    cursor = sqlite3.connect(f"file:{corpus}?mode=ro", uri=True).execute(QUERIES[name].sql)
    assert len(cursor.description) >= 2


def test_plain_datasette_with_the_metadata_file_works(corpus):
    """Datasette without our server shows facets, search, labels, descriptions and queries from the file alone."""
    facts = yaml.safe_load((ROOT / "db" / "metadata.yaml").read_text(encoding="utf-8"))
    # Its limits leave out what takes longer than a fifth of a second.
    patient = {"facet_time_limit_ms": 600_000, "sql_time_limit_ms": 600_000}
    datasette = Datasette([str(corpus)], metadata=facts, settings=patient)

    async def pages():
        await datasette.invoke_startup()
        table = await datasette.client.get("/curator/articles.json?_search=bridge")
        return table, await datasette.client.get("/curator"), await datasette.client.get("/curator/articles")

    table, database, page = asyncio.run(pages())
    assert set(table.json()["facet_results"]) == {"site", "lang", "status", "month"}
    assert table.json()["filtered_table_rows_count"] == 13
    assert QUERIES["cut-most-often"].title in database.text
    assert "Headline, empty where the dump does not hold it" in page.text
