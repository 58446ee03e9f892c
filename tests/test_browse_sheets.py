"""CSV of Datasette's tables of a corpus: nothing in it is a formula."""

import csv
import io
import json

import browse_corpus
import pytest

from curator.browse.server import open_datasette

FORMULA = '=HYPERLINK("https://evil.example","click")'


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    """Return a function from an address to an answer, over a corpus of an article with formulas for title and text."""
    dump = browse_corpus.Dump(
        f'@SUM(1)\n-a, "b"\n{"A sentence of the text. " * 9000}', FORMULA, None, "+a.example", "en"
    )
    path = tmp_path_factory.mktemp("sheets") / "sheets.db"
    return browse_corpus.asker(open_datasette(browse_corpus.make_corpus(path, [dump])))


def rows(answer):
    """Return the rows of CSV as dictionaries."""
    csv.field_size_limit(10_000_000)
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


@pytest.mark.parametrize("query", ["", "?_dl=1", "?_stream=1"])
def test_no_cell_of_a_table_is_a_formula(ask, query):
    """Texts that begin as a formula have a mark before them, numbers have none."""
    (row,) = rows(ask(f"/sheets/articles.csv{query}"))
    assert (row["title"], row["site"]) == (f"'{FORMULA}", "'+a.example")
    assert (row["id"], row["lang"], float(row["ratio_cut"]) >= 0) == ("1", "en", True)


def test_a_query_has_none_either(ask):
    """SQL of one's own gives such CSV too; a negative number stays one."""
    (row,) = rows(ask("/sheets.csv?sql=select+'-a'+as+a,-2.5+as+b,-1e-7+as+c,'x,=y'+as+d"))
    assert row == {"a": "'-a", "b": "-2.5", "c": "-1e-07", "d": "x,=y"}


def test_a_long_text_stays_whole(ask):
    """A cell of 200 KB with commas, quotes and line breaks comes as it is, but for the mark."""
    (row,) = rows(ask("/sheets/article_texts.csv"))
    assert row["text"].startswith('\'@SUM(1)\n-a, "b"\nA sentence')
    assert len(row["text"]) > 200_000


def test_json_is_left_as_it_is(ask):
    """What programs read has no marks."""
    assert json.loads(ask("/sheets/articles.json?_shape=array").text)[0]["title"] == FORMULA
