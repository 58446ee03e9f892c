"""What the pages answer: searches, links, errors, verdicts."""

import asyncio
import re
import sqlite3
import urllib.error
import urllib.parse
import urllib.request

import browse_corpus
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curator.browse.server import open_datasette
from curator.store.search import match_of

ODD_SEARCHES = ["AH-64E", "L'expertise", "50%", '"', "NEAR(", "a AND", "*", "title:x", "-", "\x00", "a OR (b", "^"]


@pytest.mark.parametrize("typed", ODD_SEARCHES)
def test_no_search_fails_on_our_page(ask, typed):
    """Whatever a person types, the page of cards opens."""
    assert ask(f"/small/-/articles?{urllib.parse.urlencode({'q': typed})}").status_code == 200


@pytest.mark.parametrize("typed", ODD_SEARCHES)
def test_no_search_fails_on_the_table(ask, typed):
    """Datasette's own search over the table opens, too."""
    assert ask(f"/small/articles?{urllib.parse.urlencode({'_search': typed})}").status_code == 200


@pytest.mark.parametrize(("typed", "n_found"), [("AH-64E", 14), ("L'expertise", 11), ("50%", 13), ("BRUCKE", 10)])
def test_search_finds(ask, typed, n_found):
    """Hyphens, apostrophes and signs do not matter; neither do case and accents."""
    page = ask(f"/small/-/articles?{urllib.parse.urlencode({'q': typed})}").text
    assert f"<b>{n_found}</b> articles" in page
    assert "<mark>" in page


@given(st.text(max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_query_is_valid_full_text_syntax(typed):
    """Whatever is typed becomes a query that SQLite can read, or no query."""
    query = match_of(typed)
    connection = sqlite3.connect(":memory:")
    connection.execute("create virtual table t using fts5(a, tokenize='unicode61 remove_diacritics 2')")
    if query:
        assert connection.execute("select count(*) from t where t match ?", (query,)).fetchone() == (0,)


ROUTES = ["home", "articles", "article/1", "clusters", "cluster/00ab12", "sites", "rules", "rule/account-line"]
NAMES = ["q", "site", "lang", "status", "month", "sort", "page", "with", "_size", "x"]


@given(st.sampled_from(ROUTES), st.dictionaries(st.sampled_from(NAMES), st.text(max_size=30), max_size=4))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_query_string_breaks_a_page(ask, route, values):
    """Whatever stands behind the question mark, no page of ours fails."""
    values = {name: value.encode("utf-8", "replace") for name, value in values.items()}
    assert ask(f"/small/-/{route}?{urllib.parse.urlencode(values)}").status_code == 200


@pytest.mark.parametrize(
    "path", ["article/999999", "article/99999999999999999999", "cluster/none", "site/none", "rule/none", "nothing"]
)
def test_missing_things_answer_404(ask, path):
    """An address of something that is not there says so."""
    assert ask(f"/small/-/{path}").status_code == 404


def test_pages_are_read_only(ask, small):
    """A POST to a page changes nothing and is refused."""
    datasette = open_datasette(small)

    async def post():
        await datasette.invoke_startup()
        return await datasette.client.post("/small/-/home", data={"a": "b"})

    assert asyncio.run(post()).status_code in (403, 405)


def test_foreign_keys_have_labels(ask):
    """A cut names its article by title, an article without a title is called untitled, and both are links of ours."""
    cuts = ask("/small/cuts?article_id=1").text
    assert re.search(r'<a href="/small/-/article/1">StartMarokko[^<]*\(1\)</a>', cuts)
    assert '<a href="/small/-/rule/account-line">account-line</a>' in cuts


def test_links_to_the_web_tell_nothing(ask):
    """A link out of the corpus carries no referrer and no endorsement."""
    assert 'rel="noopener noreferrer nofollow">https://news1.example.com/artikel/1</a>' in ask("/small/articles").text


def test_list_of_tables_counts_what_is_cheap_to_count(ask):
    """The list of tables gives the number of articles, and reads no texts to count them."""
    page = ask("/small").text
    assert "<p>48 rows</p>" in page
    assert re.search(r'/small/article_texts">article_texts</a></h3>.*?<p>Many rows</p>', page, re.DOTALL)


def post(datasette, path, said):
    """Return the status that a Datasette answers a posted verdict with."""

    async def send():
        await datasette.invoke_startup()
        return await datasette.client.post(path, data={"say": said})

    return asyncio.run(send()).status_code


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("clutter:0:5:", 303),
        ("undo:0:5:", 303),
        ("clutter:5:0:", 400),
        ("clutter:0:99999999:", 400),
        ("delete:0:5:", 400),
        ("", 400),
    ],
)
def test_verdicts_are_checked(tmp_path, said, status):
    """A verdict names a stretch of the page that there is; anything else is refused and nothing is stored."""
    path = browse_corpus.make_corpus(tmp_path / "a.db", browse_corpus.small()[:1])
    assert post(open_datasette(path, edit=True), "/a/-/article/1/feedback", said) == status
    stored = sqlite3.connect(path).execute("select count(*) from feedback").fetchone()[0]
    assert stored == (1 if said.startswith("clutter:0:5:") else 0)


def test_verdicts_need_edit(tmp_path):
    """A corpus that is served for reading stores no verdict and shows no button."""
    path = browse_corpus.make_corpus(tmp_path / "a.db", browse_corpus.small()[:1])
    assert post(open_datasette(path), "/a/-/article/1/feedback", "clutter:0:5:") == 403


def test_contained_parts_are_shown(ask):
    """An article names the one that contains it, that one what it contains, and their cluster both."""
    assert re.search(
        r'Contained in</dt><dd><a href="/small/-/article/2"[^<]*</a>, 96% of it', ask("/small/-/article/5").text
    )
    assert re.search(
        r'Contains</dt><dd><a href="/small/-/article/5"[^<]*</a>, 96% of it', ask("/small/-/article/2").text
    )
    section = (
        ask("/small/-/cluster/00ab12").text.partition("Contained in a longer article")[2].partition("</section>")[0]
    )
    assert re.findall(r'href="/small/-/article/(\d+)"', section) == ["5", "2"]


def test_a_rule_shows_what_it_nearly_cut(tmp_path):
    """A kept line of nearly the same words stands on the rule's page; one of other words does not."""
    line = "Mein liebes Konto"
    dumps = [browse_corpus.news(0), browse_corpus.Dump(f"{line}\nDie Wolken ziehen.", "Ein Tag")]
    path = browse_corpus.make_corpus(tmp_path / "near.db", dumps)
    datasette = open_datasette(path)

    async def get():
        await datasette.invoke_startup()
        return await datasette.client.get("/near/-/rule/account-line")

    page = asyncio.run(get()).text
    nearly = page.partition("Nearly cut")[2].partition("</section>")[0]
    assert (line in nearly, 'href="/near/-/article/2"' in nearly, "Wolken" in nearly) == (True, True, False)
