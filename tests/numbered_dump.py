"""A dump of 120 numbered texts, what it becomes, and commands that are called on a corpus of it."""

import json
import sqlite3

from click.testing import CliRunner
from patience import LIMIT_S

from curator.cli import main
from curator.corpus import Corpus
from curator.settings import Settings

ONE = Settings(workers=1, batch_rows=20)


def text(number):
    """Return a text of its own, of some length, so that files grow."""
    names = "Rat Stadt Schule Bahn Verein Gericht Polizei Museum".split()  # noqa: SIM905
    return " ".join(f"Die {names[(number + n) % 8]} {n * number} hat im Fall {number} entschieden." for n in range(12))


def write_dump(folder):
    """Write a dump of 120 documents to a folder, and return its path."""
    path = folder / "dump.jsonl"
    path.write_text("".join(json.dumps({"id": str(n), "text": text(n)}) + "\n" for n in range(120)))
    return path


def make_corpus(folder, dump):
    """Make a corpus of the dump in a folder, and return its path."""
    with Corpus(folder / "corpus.db", ONE) as made:
        made.add(dump)
    return folder / "corpus.db"


def call(*words):
    """Run a command in this process and return its result."""
    result = CliRunner().invoke(main, [str(word) for word in words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def texts(path):
    """Return the texts of a sound corpus by the ids of their records."""
    with Corpus(path, ONE) as opened:
        assert list(opened.check()) == []
        return {article.source_id: article.text for article in opened.articles()}


def all_texts():
    """Return what the whole dump gives."""
    return {str(n): text(n) for n in range(120)}


def n_stored(path):
    """Return how many articles a corpus file holds by now that another process may be writing."""
    if not path.exists() or not path.stat().st_size:
        return 0
    connection = sqlite3.connect(path, timeout=LIMIT_S)
    try:
        has = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'articles'").fetchone()[0]
        return connection.execute("SELECT count(*) FROM articles").fetchone()[0] if has else 0
    finally:
        connection.close()
