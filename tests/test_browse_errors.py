"""What a person sees when something is not there, not allowed, too slow or broken; and the way back."""

import sqlite3

import browse_corpus
import pytest
from browser import chromium, running
from datasette.app import Datasette
from test_browse_pages import CONTRAST

from curator.browse.guard import allow_hosts
from curator.browse.pages.page import BUSY
from curator.browse.server import open_datasette


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """Return the path of a small corpus."""
    return browse_corpus.make_corpus(tmp_path_factory.mktemp("corpus") / "small.db", browse_corpus.small())


@pytest.mark.parametrize(
    ("address", "status", "heading"),
    [
        ("/nothing", 404, "Not found"),
        ("/small/nothing", 404, "Not found"),
        ("/small/articles/999999", 404, "Not found"),
        ("/small/-/article/999999", 404, "Not found"),
        ("/small/-/nothing", 404, "Not found"),
        ("/small/articles?_sort=nothing", 400, "That cannot be shown"),
        ("/small/articles?_facet=nothing", 400, "That cannot be shown"),
        ("/small/articles?_size=x", 400, "That cannot be shown"),
    ],
)
def test_what_cannot_be_shown_says_so_on_a_page_of_ours(path, address, status, heading):
    """Wrong addresses answer with our own page: what is wrong, and the way to the overview."""
    answer = browse_corpus.asker(open_datasette(path))(address)
    assert (answer.status_code, f"<h1>{heading}</h1>" in answer.text) == (status, True)
    assert 'href="/small/-/home"' in answer.text


def test_json_stays_json(path):
    """A program that asks for a wrong address is told so in JSON."""
    answer = browse_corpus.asker(open_datasette(path))("/small/nothing.json")
    assert (answer.status_code, answer.json()["ok"]) == (404, False)


def test_what_is_not_allowed_is_said(path):
    """With --public SQL of one's own answers 403 on a page of ours."""
    answer = browse_corpus.asker(open_datasette(path, public=True))("/small?sql=select+1")
    assert (answer.status_code, "<h1>Not allowed</h1>" in answer.text) == (403, True)


@pytest.mark.parametrize("address", ["/corpus/-/home", "/corpus/-/article/1.txt"])
def test_a_locked_file_is_said_to_be_busy(tmp_path, address):
    """Where another process has the file for itself, a page says so with status 503 instead of failing."""
    path = browse_corpus.make_corpus(tmp_path / "corpus.db", browse_corpus.small()[:1])
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("PRAGMA journal_mode = delete")
    ask = browse_corpus.asker(open_datasette(path))
    assert ask(address).status_code == 200
    other.execute("BEGIN EXCLUSIVE")
    answer = ask(address)
    other.close()
    assert (answer.status_code, BUSY in answer.text) == (503, True)


def test_a_verdict_that_finds_the_file_locked_is_said_to_be_lost(tmp_path):
    """While `curator add` writes, a verdict answers 503 and says that nothing was stored."""
    path = browse_corpus.make_corpus(tmp_path / "corpus.db", browse_corpus.small()[:1])
    datasette = open_datasette(path, edit=True)
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    ask = browse_corpus.asker(datasette)
    answer = ask("/corpus/-/article/1/feedback", "POST", data={"say": "clutter:0:5:"})
    writer.close()
    assert (answer.status_code, "Nothing was stored" in answer.text) == (503, True)


def test_no_path_of_the_disk_is_read(tmp_path):
    """The columns that hold whole paths are empty, and with --public settings and inputs of runs as well."""
    path = browse_corpus.make_corpus(tmp_path / "corpus.db", browse_corpus.small()[:1])
    with sqlite3.connect(path) as connection:
        connection.execute(
            "INSERT INTO failures (run_id, source, stage, error, message, path, options)"
            " VALUES (1, 'a.txt', 'read', 'x', 'y', '/home/eva/secret/a.txt', '/home/eva/own.toml')"
        )
        connection.execute('UPDATE runs SET settings = \'{"db": "/home/eva/corpus.db"}\'')
        connection.execute("UPDATE runs SET inputs = '[\"/home/eva/dumps\"]'")
    addresses = ("failures", "failures.csv", "failures/1", "?sql=select+*+from+failures", "runs", "runs.json")
    owner = browse_corpus.asker(open_datasette(path))
    assert [name for name in addresses[:4] if "secret" in owner(f"/corpus/{name}".replace("/?", "?")).text] == []
    assert "/home/eva/corpus.db" in owner("/corpus/runs").text and "/home/eva/dumps" in owner("/corpus/runs").text
    visitor = browse_corpus.asker(open_datasette(path, public=True))
    assert [name for name in addresses if "/home/eva" in visitor(f"/corpus/{name}".replace("/?", "?")).text] == []


def test_visitors_do_not_read_where_sources_lie(tmp_path):
    """With --public no page, table or download names the file that an article came from; the owner reads it."""
    path = browse_corpus.make_corpus(tmp_path / "corpus.db", browse_corpus.small())
    with sqlite3.connect(path) as connection:
        for table in ("documents", "failures"):
            connection.execute(f"UPDATE {table} SET source = '/home/eva/secret/' || source")
        connection.execute("INSERT INTO paths SELECT id, source FROM documents")
    pages = ("-/home", "-/article/1", "-/article/1.json", "-/articles.csv", "-/articles.jsonl")
    tables = ("documents", "documents/1", "documents.json", "paths", "failures", "failures-by-error", "articles.csv")
    addresses = [f"/corpus/{name}" for name in pages + tables]
    visitor = browse_corpus.asker(open_datasette(path, public=True))
    answers = {address: visitor(address) for address in addresses}
    assert {answer.status_code for answer in answers.values()} == {200}
    assert [address for address, answer in answers.items() if "/home/eva" in answer.text] == []
    owner = browse_corpus.asker(open_datasette(path))
    assert "/home/eva/secret/" in owner("/corpus/-/article/1").text


def test_tables_lead_to_our_pages(path):
    """Datasette's pages of a corpus name our five pages; a document leads to its article."""
    ask = browse_corpus.asker(open_datasette(path))
    for address in ("/small", "/small/articles", "/small/articles/1", "/small/much-was-cut"):
        page = ask(address).text
        assert [
            name for name in ("home", "articles", "clusters", "sites", "rules") if f"/small/-/{name}" not in page
        ] == []
    assert '<a href="/small/-/article/1">dumps/000.txt</a>' in ask("/small/documents").text


def test_other_databases_keep_their_pages(tmp_path, path):
    """Beside a corpus another database has Datasette's own way up and its own pages about errors."""
    other = tmp_path / "other.db"
    sqlite3.connect(other).executescript("create table a(b); insert into a values (1)")
    ask = browse_corpus.asker(Datasette([str(path), str(other)]))
    page, error = ask("/other/a"), ask("/other/nothing")
    assert ("crumbs ours" in page.text, "curator" in error.text, error.status_code) == (False, False, 404)


def test_tables_are_readable_in_light_and_dark(path):
    """Every text on Datasette's pages of a corpus reaches 4.5:1, with the colours that the system asks for."""
    with chromium() as browser, running(allow_hosts(open_datasette(path).app(), {"127.0.0.1"})) as url:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        for address in ("", "/articles", "/articles/1", "/cuts", "/much-was-cut", "/-/nothing", "?sql=select+x"):
            page.goto(f"{url}/small{address}")
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                assert (address, scheme, page.evaluate(CONTRAST)) == (address, scheme, [])
                ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
                assert (scheme, ground == "rgb(16, 21, 27)") == (scheme, scheme == "dark")
