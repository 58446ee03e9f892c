"""Counts beside tables and searches, remarks on verdicts, names of a proxy, what came with a document."""

import asyncio
import json
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request

import browse_corpus
import pytest
from browser import chromium, running
from patience import LIMIT_S

from curator.browse import database, quicker
from curator.browse.guard import allow_hosts
from curator.browse.server import check_exposure, open_datasette, outside_names
from curator.errors import SettingsError

HTML_NOTE = "<script>document.title='owned'</script> sieht gut aus"


@pytest.fixture
def asked(monkeypatch):
    """Return the list that every statement asked of a corpus goes into, as it is asked in the end."""
    statements = []

    def noted(sql):
        statements.append(quicker.quicker(sql))
        return statements[-1]

    monkeypatch.setattr(database, "quicker", noted)
    return statements


def get(path, address, *, edit=False, **posted):
    """Return the answer of a real Datasette over a corpus, to a form where values are posted."""
    datasette = open_datasette(path, edit=edit)

    async def answer():
        await datasette.invoke_startup()
        if posted:
            return await datasette.client.post(address, data=posted)
        return await datasette.client.get(address)

    return asyncio.run(answer())


def counted(path, column, condition="1"):
    """Return how many cuts have each value of a column."""
    with sqlite3.connect(path) as connection:
        return dict(connection.execute(f"select {column}, count(*) from cuts where {condition} group by 1").fetchall())


@pytest.mark.parametrize(
    ("query", "condition"),
    [
        ("", "1"),
        ("kind=account", "kind = 'account'"),
        ("kind=account&rule=account-line", "kind = 'account' and rule = 'account-line'"),
        ("kind=none", "0"),
    ],
)
@pytest.mark.parametrize("column", ["kind", "rule"])
def test_cuts_are_counted_by_their_sums(small, asked, query, condition, column):
    """Totals and facets of the table of cuts are exact, and no statement groups or counts the cuts themselves."""
    found = get(small, f"/small/cuts.json?_facet={column}&{query}").json()
    wanted = counted(small, column, condition)
    results = found["facet_results"][column]["results"]
    assert {row["value"]: row["count"] for row in results} == dict(sorted(wanted.items(), key=lambda row: -row[1])[:30])
    assert found["filtered_table_rows_count"] == sum(wanted.values())
    assert not [sql for sql in asked if "count(*)" in sql and "from cuts" in sql]


def test_other_conditions_on_cuts_are_counted_as_before(small, asked):
    """A condition that the sums do not know is counted over the cuts."""
    found = get(small, "/small/cuts.json?article_id=7&_facet=kind").json()
    wanted = counted(small, "kind", "article_id = 7")
    assert {row["value"]: row["count"] for row in found["facet_results"]["kind"]["results"]} == wanted
    assert found["filtered_table_rows_count"] == sum(wanted.values()) > 0


@pytest.mark.parametrize("more", ["", "&lang=en", "&status=kept&month=2024-03"])
def test_counts_beside_a_search_are_exact_where_it_is_not_too_common(small, asked, more):
    """The number of articles found is exact, and so are facets up to the limit."""
    found = get(small, f"/small/articles.json?_search=bridge{more}").json()
    with sqlite3.connect(small) as connection:
        query = "select lang, status, month from articles where id in (select rowid from articles_fts('bridge'))"
        rows = connection.execute(query).fetchall()
    chosen = [row for row in rows if not more or (row[0] == "en" and ("month" not in more or row[2] == "2024-03"))]
    assert found["filtered_table_rows_count"] == len(chosen) > 0
    facets = found["facet_results"]["lang"]["results"]
    assert {row["value"]: row["count"] for row in facets} == {"en": len(chosen)}
    assert [sql for sql in asked if "order by rowid desc limit 100000" in sql]


def test_facets_of_a_common_word_are_of_its_newest_articles(small, monkeypatch):
    """Beyond the limit facets count the newest articles; the total is exact, and the page says what is counted."""
    monkeypatch.setattr(quicker, "MOST_FACETED", 3)
    found = get(small, "/small/articles.json?_search=bridge").json()
    assert sum(row["count"] for row in found["facet_results"]["lang"]["results"]) == 3
    assert found["filtered_table_rows_count"] > 3
    assert "Counts beside a search are of its newest 100,000 articles." in get(small, "/small/articles").text


def test_a_remark_is_kept_with_its_verdict(tmp_path):
    """What a person writes beside a verdict is stored, shown as text and never run, and goes when that is undone."""
    path = browse_corpus.make_corpus(tmp_path / "a.db", browse_corpus.small()[:1])
    address = "/a/-/article/1"
    assert '<input name="note"' not in get(path, address).text
    assert '<input name="note"' in get(path, address, edit=True).text
    said = {"say": "clutter:0:5:", "kind": "", "note": f"  {HTML_NOTE} {'x' * 600}"}
    assert get(path, f"{address}/feedback", edit=True, **said).status_code == 303
    with sqlite3.connect(path) as connection:
        (note,) = connection.execute("select note from feedback").fetchone()
    assert (note.startswith(HTML_NOTE), len(note)) == (True, 500)
    page = get(path, address).text
    with sqlite3.connect(path) as connection:
        lines = connection.execute('select start, "end" from feedback').fetchone()
    assert lines == (0, 5) and "<script>document" not in page
    get(path, f"{address}/feedback", edit=True, say="undo:0:5:")
    with sqlite3.connect(path) as connection:
        assert connection.execute("select count(*) from feedback").fetchone() == (0,)


def test_a_remark_is_shown_beside_its_line(tmp_path):
    """The line that was judged shows what was said and why."""
    path = browse_corpus.make_corpus(tmp_path / "a.db", [browse_corpus.Dump("Mein Konto\nDie Stadt baut.", "Ein Tag")])
    get(path, "/a/-/article/1/feedback", edit=True, say="wrong cut:0:10:account", note="ist der <b>Titel</b>")
    page = get(path, "/a/-/article/1").text
    assert (
        '<b class="verdict">wrong cut</b> <span class="facts" dir="auto">ist der &lt;b&gt;Titel&lt;/b&gt;</span>'
        in page
    )


def test_a_remark_alone_says_nothing(tmp_path):
    """Enter in the field of the remark presses no button; the button of a line sends the remark along."""
    path = browse_corpus.make_corpus(tmp_path / "a.db", [browse_corpus.Dump("Mein Konto\nDie Stadt baut.", "Ein Tag")])
    app = allow_hosts(open_datasette(path, edit=True).app(), {"127.0.0.1"})
    with running(app) as url, chromium() as browser:
        page = browser.new_page()
        page.goto(f"{url}/a/-/article/1")
        page.fill("input[name=note]", "das Menü")
        sent = []
        page.on("request", lambda request: sent.append(request.method))
        page.press("input[name=note]", "Enter")
        assert page.query_selector(".verdict") is None
        page.click("button:has-text('Wrong cut')")
        page.wait_for_selector(".verdict")
        assert sent.count("POST") == 1
        assert page.inner_text(".why:has(.verdict)").startswith("wrong cut das Menü")
        page.close()


def test_what_came_with_a_document_is_shown(tmp_path):
    """Status and headers of the answer that brought a page are listed as text; a document without has no list."""
    path = browse_corpus.make_corpus(tmp_path / "a.db", browse_corpus.small()[:2])
    meta = {"status": 200, "headers": {"server": "<script>x</script>", "etag": ""}, "redirects": []}
    with sqlite3.connect(path) as connection:
        connection.execute("update documents set meta = ? where id = 1", (json.dumps(meta),))
    page = get(path, "/a/-/article/1").text
    assert "<summary>2 facts</summary>" in page
    assert "headers: server" in page and "&lt;script&gt;x" in page and "<script>x" not in page
    assert "Came with" not in get(path, "/a/-/article/2").text


def test_names_of_a_proxy_are_names():
    """Patterns and addresses with a path are refused; ports do not count; editing is for this machine alone."""
    assert outside_names(["Corpus.example.com:443", "[::1]"], edit=False) == {"corpus.example.com", "[::1]"}
    for wrong in ("*", "*.example.com", "https://a.example", "a.example/x", "", "a b"):
        with pytest.raises(SettingsError, match="is no name"):
            outside_names([wrong], edit=False)
    with pytest.raises(SettingsError, match="leave --allow-host out"):
        outside_names(["a.example"], edit=True)
    check_exposure("127.0.0.1", edit=True, public=False)


def test_a_proxy_may_ask_under_its_own_name(small):
    """Behind --allow-host the outside name is answered, any other still gets 421."""
    command = [sys.executable, "-m", "curator", "browse", "--db", str(small), "--no-open"]
    with subprocess.Popen(
        [*command, "--allow-host", "corpus.example.com"], stdout=subprocess.PIPE, text=True
    ) as running:
        try:
            url = running.stdout.readline().strip()
            statuses = []
            for host in ("corpus.example.com", "CORPUS.example.com:443", "evil.example", url.split("/")[2]):
                asked = urllib.request.Request(f"{url}small/-/home", headers={"Host": host})
                try:
                    statuses.append(urllib.request.urlopen(asked, timeout=LIMIT_S).status)
                except urllib.error.HTTPError as error:
                    statuses.append(error.code)
        finally:
            running.kill()
    assert statuses == [200, 200, 421, 200]
