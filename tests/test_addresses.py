"""Versions of a page are told by its address, however that is written; it is stored as it came."""

import json
import random
import sqlite3
from dataclasses import replace

import pytest
from browse_corpus import asker
from cli_calls import in_folder
from template_site import ONE, articles, body, lines_of, page

from curator.browse.server import open_datasette
from curator.corpus import Corpus
from curator.model import Raw
from curator.sites import address_of

WAYS = ("https://a.example/1", "HTTPS://A.example:443/1", "https://a.example/1#top", "https://A.EXAMPLE:/1#")
OTHERS = (
    *("https://a.example/1?id=2", "https://a.example:8443/1", "https://a.example/1/"),
    *("https://a.example/1#!/2", "https://a.example/1#post-12"),
)


def raws(urls, seed=51):
    """Return a page for each address, each of its own text, the later fetched later."""
    chance = random.Random(seed)
    return [
        Raw(
            f"dump:{n}", page(f"Der Tag, Ausgabe {n}", body(chance)).encode(), url=url, fetched_at=f"2024-03-{n + 1:02}"
        )
        for n, url in enumerate(urls)
    ]


def held(path):
    """Return status and url of each document."""
    with sqlite3.connect(path) as connection:
        return connection.execute(
            "SELECT status, documents.url FROM documents JOIN articles USING (id) ORDER BY id"
        ).fetchall()


@pytest.mark.parametrize(
    "url", ["", "a", "//a.example/B", "mailto:A@b.example", "https://", "https://[::1", "urn:B#c", "\udc80"]
)
def test_what_is_no_address_of_the_web_stays(url):
    """Whatever it is."""
    assert address_of(url) == url


def test_an_address_is_what_all_ways_to_write_it_become():
    """It becomes itself; queries, ports and posts tell pages apart, users and hosts stay whole."""
    assert {address_of(url) for url in WAYS} == {WAYS[0]}
    assert [address_of(url) for url in OTHERS] == list(OTHERS)
    assert address_of("http://Ann:B@[2001:DB8::1]:80?Q#r") == "http://Ann:B@[2001:db8::1]/?Q#r"


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("batch_rows", [1, 100])
def test_ways_to_write_an_address_are_versions_of_a_page(tmp_path, order, batch_rows):
    """The one that was fetched last is current; in whatever order and batches they come."""
    path = tmp_path / "corpus.db"
    with Corpus(path, replace(ONE, batch_rows=batch_rows)) as corpus:
        corpus.add_raws(raws(WAYS + OTHERS)[::order])
        assert sorted(held(path)) == sorted(
            [("superseded", url) for url in WAYS[:-1]] + [("kept", url) for url in (WAYS[-1], *OTHERS)]
        )
        assert list(corpus.check()) == []
        last = next(article.id for article in corpus.articles() if article.url == WAYS[-1])
        corpus.remove(last)
        assert ("kept", WAYS[-2]) in held(path)
        assert list(corpus.check()) == []
        corpus.export(tmp_path / "copy.db", status="superseded")
    assert sorted(held(tmp_path / "copy.db")) == [("kept", WAYS[1]), ("superseded", WAYS[0])]
    assert list(Corpus(tmp_path / "copy.db").check()) == []


def test_explain_names_the_version_that_supersedes_it(tmp_path, monkeypatch):
    """By its number, on the terminal and in JSON; the current one itself names none."""
    path = tmp_path / "corpus.db"
    with Corpus(path, ONE) as corpus:
        corpus.add_raws(raws(WAYS))
    call = in_folder(tmp_path, monkeypatch)
    assert "  status: superseded by article 4\n" in call("explain", 2, "--db", path).stdout
    assert [json.loads(call("explain", n, "--db", path, "--json").stdout)["current"] for n in (1, 4)] == [4, None]


def test_an_address_whose_normal_form_has_another_brings_back_no_version(tmp_path):
    """Of two colons behind a host one goes."""
    urls = ["https://a.example:/1", "https://a.example/1", "https://a.example::/1"]
    with Corpus(tmp_path / "corpus.db", replace(ONE, batch_rows=1)) as corpus:
        corpus.add_raws(raws(urls))
        assert list(corpus.check()) == []
    assert [status for status, _ in held(tmp_path / "corpus.db")] == ["superseded", "kept", "kept"]


def test_they_are_one_article_to_the_template_of_their_site(tmp_path):
    """Twenty ways to write one address teach no more than one page."""
    with Corpus(tmp_path / "corpus.db", ONE) as corpus:
        corpus.add_raws(raws([WAYS[n % len(WAYS)] for n in range(20)]))
    assert lines_of(tmp_path / "corpus.db", "a.example") == {}


def test_the_browser_shows_them_on_the_page_of_each(tmp_path):
    """As other versions of its address."""
    with Corpus(tmp_path / "corpus.db", ONE) as corpus:
        corpus.add_raws(raws(WAYS))
    ask = asker(open_datasette(tmp_path / "corpus.db"))
    for number in range(1, 5):
        text = ask(f"/corpus/-/article/{number}").text
        assert [n for n in range(1, 5) if f"/-/compare/{n}" in text or f"with={n}" in text or n == number]
        assert all(f"/corpus/-/article/{n}" in text for n in range(1, 5) if n != number)


def as_before(path):
    """Make a file such as was made before addresses were told; return a connection to it."""
    connection = sqlite3.connect(path)
    connection.execute("DROP TABLE unsettled_addresses")
    connection.execute("DROP INDEX documents_address")
    connection.execute("ALTER TABLE documents DROP COLUMN address")
    connection.execute("DELETE FROM _sqlite_migrations WHERE name = 'tell_addresses'")
    connection.execute("PRAGMA user_version = 12")
    return connection


def test_sites_that_only_pages_name_are_learned_anew_after_an_upgrade(tmp_path):
    """An address of a local server has no site; its pages may tell one, and their template goes by addresses, too."""
    path = tmp_path / "corpus.db"
    with Corpus(path, ONE) as corpus:
        corpus.add_raws(articles(52, 8))
    with as_before(path) as connection:
        connection.execute("UPDATE documents SET url = 'http://localhost/1#top', site = NULL WHERE id = 1")
    with Corpus(path, ONE) as corpus, corpus._open(write=True) as connection:
        assert connection.execute("SELECT * FROM unlearned_sites").fetchall() == [("elbkurier.example", 1)]


def test_a_file_of_an_earlier_version_is_settled_by_the_next_command(tmp_path):
    """Upgrading notes which addresses wait; nothing is wrong with the file before or after."""
    path = tmp_path / "corpus.db"
    urls = [*WAYS, "https://b.example/1#top", *OTHERS]
    more = articles(52, 20)
    with Corpus(path, ONE) as corpus:
        corpus.add_raws([*raws([f"https://c.example/{n}" for n in range(len(urls))]), *more])
    with as_before(path) as connection:
        for number, url in enumerate(urls, 1):
            connection.execute("UPDATE documents SET url = ? WHERE id = ?", (url, number))
    with Corpus(path, ONE) as corpus, corpus._open(write=True) as connection:
        assert connection.execute("SELECT * FROM unsettled_addresses").fetchall() == [(WAYS[0],)]
        assert [problem for problem in corpus.check() if problem.check == "versions"] == []
        corpus.learn()
        assert connection.execute("SELECT * FROM unsettled_addresses").fetchall() == []
        assert [problem for problem in corpus.check() if problem.check == "versions"] == []
    assert [status for status, _ in held(path)] == ["superseded"] * 3 + ["kept"] * (len(urls) - 3 + len(more))
