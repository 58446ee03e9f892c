"""Corpus files: schema, upgrades, refusals, locks, search."""

import sqlite3
from pathlib import Path

import pytest

from curator.corpus import Corpus
from curator.errors import StoreError
from curator.store import connection as store_connection
from curator.store.connection import connect, transaction
from curator.store.rows import pack, pack_page, pack_text, shown, unpack_page, unpack_text
from curator.store.schema import schema_sql
from curator.store.search import match_of

ROOT = Path(__file__).parent.parent
QUERIES = [
    "AH-64E",
    "L'expertise",
    "50%",
    '"',
    "NEAR(",
    "a AND",
    "title:x",
    "*",
    "",
    "\x00",
    "(",
    "^a",
    "-a",
    "a*b",
    "😀",
]


@pytest.fixture
def old_file(tmp_path):
    """Return a corpus file as schema version 1 had it."""
    path = tmp_path / "old.db"
    with sqlite3.connect(path) as connection:
        connection.executescript((ROOT / "tests/data/schema1.sql").read_text(encoding="utf-8"))
    return path


def tables_of(path):
    """Return the SQL of every table, index, view and trigger of a file by name."""
    with sqlite3.connect(path) as connection:
        rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'articles_fts_%'").fetchall()
    return {name: " ".join((sql or "").split()) for name, sql in rows}


def test_schema_file_is_what_the_code_makes():
    """db/schema.sql is generated: whoever changes a migration writes it anew."""
    assert (ROOT / "db/schema.sql").read_text(encoding="utf-8") == schema_sql()


def test_the_version_counts_the_migrations(tmp_path):
    """A file of this version has seen every file of the folder, by the names that earlier files know them by."""
    connection = connect(tmp_path / "corpus.db", create=True)
    seen = [name for (name,) in connection.execute("SELECT name FROM _sqlite_migrations ORDER BY rowid")]
    connection.close()
    files = sorted(path.stem for path in (ROOT / "curator/store/migrations").iterdir())
    assert [f"{number:02}_{name}" for number, name in enumerate(seen, 1)] == files
    assert len(files) == store_connection.VERSION


def test_file_of_an_earlier_schema_is_upgraded(old_file, tmp_path):
    """An upgraded file has the tables of a new one, counts the cuts it held before, and is sound."""
    with Corpus(old_file) as corpus:
        assert corpus.stats()["kinds"] == {"account": 20}
        assert list(corpus.check()) == []
        assert [hit.id for hit in corpus.search("brucke eroffnet")] == [1]
    connect(tmp_path / "new.db", create=True).close()
    assert tables_of(old_file) == tables_of(tmp_path / "new.db")


def test_upgraded_file_goes_on_growing(old_file, tmp_path):
    """What is added after an upgrade finds its duplicates among what was there before."""
    dump = tmp_path / "again.txt"
    dump.write_text(
        "Neue Brücke in Rabat eröffnet\n\nDie Bürgermeisterin hat am Dienstag die neue Brücke über den Fluss eröffnet,"
        " wie die Stadt mitteilte.\n",
        encoding="utf-8",
    )
    with Corpus(old_file) as corpus:
        assert corpus.add(dump).duplicate == 1
        assert list(corpus.check()) == []


def test_missing_file_says_how_to_make_one(tmp_path):
    """Reading verbs make no empty file where there is none."""
    with pytest.raises(StoreError, match="curator add"):
        connect(tmp_path / "none.db")
    assert list(tmp_path.iterdir()) == []


def test_broken_transaction_leaves_nothing(tmp_path):
    """A batch is written whole or not at all."""
    connection = connect(tmp_path / "corpus.db", create=True)
    with pytest.raises(ZeroDivisionError), transaction(connection):
        connection.execute("INSERT INTO properties VALUES ('a', 'b')")
        raise ZeroDivisionError
    assert connection.execute("SELECT count(*) FROM properties").fetchone()[0] == 0


@pytest.mark.parametrize("query", QUERIES)
def test_search_takes_any_query(query, tmp_path_factory):
    """No character in a query is syntax that can fail."""
    path = tmp_path_factory.getbasetemp() / "search.db"
    with Corpus(path) as corpus:
        corpus.add(ROOT / "seeds")
        assert isinstance(corpus.search(query), list)


def test_search_folds_case_and_accents(tmp_path):
    """Words are found whatever their accents, and stand marked in the snippet."""
    with Corpus(tmp_path / "corpus.db") as corpus:
        corpus.add(ROOT / "seeds")
        hits = corpus.search("REUNION ministerielle")
        assert [hit.lang for hit in hits] == ["fr"]
        assert "\x02" in hits[0].snippet


def test_match_keeps_phrases_and_prefixes():
    """Quotes hold words together, a star at the end stands for any ending."""
    assert match_of('"neue Brücke" maro*') == '"neue Brücke" "maro"*'


def test_lone_surrogates_survive_packing():
    """Page text is stored exactly; columns for people show a substitute of the same length."""
    text = "a\ud800b\x00c"
    assert unpack_text(pack_text(text)) == text
    assert shown(text) == "a\ufffdb\x00c"


@pytest.mark.parametrize("raw", [b"", b"a", b'{"text": "a\\nb"}' * 9, b"\x37\xa4\x30\xec" + b"ab" * 99, bytes(300_000)])
def test_pages_are_packed_with_the_bytes_they_were_made_of(raw):
    """Whatever the bytes are, an empty one and one that looks like a trained dictionary too, the text comes back."""
    for text in ("", "a\ud800b\x00c", "a\nb" * 9, "Rabat " * 50_000):
        assert unpack_page(pack_page(text, raw), pack(raw)) == text
    assert (
        len(
            pack_page(
                "Rabat, Salé und Kénitra liegen am Meer. " * 2, "Rabat, Salé und Kénitra liegen am Meer. ".encode() * 2
            )
        )
        < 40
    )
