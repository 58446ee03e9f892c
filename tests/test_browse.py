"""What the server answers: searches, links, guards, errors, other databases."""

import asyncio
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

import browse_corpus
import pytest
from datasette.app import Datasette
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curator.browse import serve
from curator.browse.cells import external
from curator.browse.guard import allow_hosts
from curator.browse.search import fts_query
from curator.browse.server import bind, check_exposure, open_datasette
from curator.errors import SettingsError, StoreError

ODD_SEARCHES = ["AH-64E", "L'expertise", "50%", '"', "NEAR(", "a AND", "*", "title:x", "-", "\x00", "a OR (b", "^"]


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Return the path of a small corpus."""
    return browse_corpus.make_corpus(tmp_path_factory.mktemp("corpus") / "small.db", browse_corpus.small())


@pytest.fixture(scope="module")
def ask(small):
    """Return a function from an address to the answer of a real Datasette over the small corpus."""
    datasette = open_datasette(small)

    def answer(path, **kwargs):
        async def get():
            await datasette.invoke_startup()
            return await datasette.client.get(path, **kwargs)

        return asyncio.run(get())

    return answer


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
    query = fts_query(typed)
    connection = sqlite3.connect(":memory:")
    connection.execute("create virtual table t using fts5(a, tokenize='unicode61 remove_diacritics 2')")
    if query is not None:
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


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", ' https://x/"a', "//x", "JAVASCRIPT:x"])
def test_only_http_is_a_link(url):
    """An address that may be a script never becomes a link."""
    with pytest.raises(ValueError, match="not an http address"):
        external(url)


@pytest.mark.parametrize("path", ["/small/-/home", "/small/articles", "/small/nothing", "/small?sql=select+1", "/-/x"])
def test_every_answer_carries_the_guards(ask, path):
    """Headers forbid foreign scripts, frames, sniffing and referrers on every page, errors too."""
    headers = ask(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert "script-src 'self'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"].split("style-src")[0]


def test_our_pages_allow_no_inline_code(ask):
    """Our own pages need neither inline scripts nor inline styles."""
    policy = ask("/small/-/home").headers["content-security-policy"]
    assert "unsafe-inline" not in policy
    assert "sha256" not in policy


@pytest.mark.parametrize(
    "path",
    [
        "/-/databases.json",
        "/-/threads",
        "/small?sql=select+*+from+pragma_database_list",
        "/small?sql=select+file+from+pragma_database_list()",
        "/-/metadata",
        "/-/settings",
        "/small",
    ],
)
def test_no_page_shows_where_the_file_lies(ask, small, path):
    """The folder of the corpus appears on no page."""
    assert str(small.parent) not in ask(path).text


@pytest.mark.parametrize("path", ["/gone", "/gone/articles", "/gone/-/home"])
def test_a_file_that_is_gone_is_not_named(tmp_path, path):
    """When the file disappears under the server, no page says where it was."""
    corpus = browse_corpus.make_corpus(tmp_path / "gone.db", browse_corpus.small()[:1])
    datasette = open_datasette(corpus)

    async def get():
        await datasette.invoke_startup()
        corpus.unlink()
        return await datasette.client.get(path)

    assert str(tmp_path) not in asyncio.run(get()).text


def test_list_of_tables_counts_what_is_cheap_to_count(ask):
    """The list of tables gives the number of articles, and reads no texts to count them."""
    page = ask("/small").text
    assert "<p>48 rows</p>" in page
    assert re.search(r'/small/article_texts">article_texts</a></h3>.*?<p>Many rows</p>', page, re.DOTALL)


def test_sql_cannot_fill_the_memory(ask):
    """A value that SQL makes up is bounded."""
    answer = ask("/small.json?sql=select+length(randomblob(1000000000))")
    assert answer.status_code == 400
    assert "too big" in answer.json()["error"]


def test_sql_cannot_write(ask, small):
    """Connections are read-only."""
    answer = ask("/small.json?sql=with+x+as+(select+1)+delete+from+cuts")
    assert answer.status_code == 400
    assert sqlite3.connect(small).execute("select count(*) > 0 from cuts").fetchone() == (1,)


@pytest.mark.parametrize("path", ["/small?sql=select+1", "/small.db"])
def test_public_has_no_sql_and_no_download(small, path):
    """With --public, neither own SQL nor the file can be had."""
    datasette = open_datasette(small, public=True)

    async def get():
        await datasette.invoke_startup()
        return await datasette.client.get(path)

    assert asyncio.run(get()).status_code == 403


def call(app, headers, method="GET"):
    """Return the status that an ASGI app answers a request with."""
    sent = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": method, "path": "/", "headers": headers}
    asyncio.run(app(scope, receive, send))
    return sent[0]["status"]


async def fine(scope, receive, send):
    """Answer any request with 200."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@pytest.mark.parametrize(
    ("host", "status"),
    [(b"127.0.0.1:8001", 200), (b"LOCALHOST", 200), (b"[::1]:1", 200), (b"evil.example:8001", 421), (b"", 421)],
)
def test_only_known_host_names_are_answered(host, status):
    """A name that suddenly resolves to this machine gets nothing (DNS rebinding)."""
    assert call(allow_hosts(fine, {"127.0.0.1", "localhost", "[::1]"}), [(b"host", host)]) == status


@pytest.mark.parametrize(
    ("mode", "method", "status"),
    [(b"navigate", "GET", 200), (b"no-cors", "GET", 403), (b"cors", "GET", 403), (b"navigate", "POST", 403)],
)
def test_other_sites_may_only_link(mode, method, status):
    """A script, an image or a form of another site gets nothing; a link may be followed."""
    headers = [(b"host", b"localhost"), (b"sec-fetch-site", b"cross-site"), (b"sec-fetch-mode", mode)]
    assert call(allow_hosts(fine, {"localhost"}), headers, method) == status


@pytest.mark.parametrize(
    ("origin", "status"), [(b"http://localhost:8001", 200), (b"http://evil.example", 403), (b"null", 403), (b"", 403)]
)
def test_only_own_pages_may_post(origin, status):
    """A form is taken from the very address that the corpus is served under, and from nowhere else."""
    headers = [(b"host", b"localhost:8001"), (b"origin", origin)]
    assert call(allow_hosts(fine, {"localhost"}), headers, "POST") == status


def post(datasette, path, said):
    """Return the status that a Datasette answers a posted verdict with."""

    async def send():
        await datasette.invoke_startup()
        return await datasette.client.post(path, data={"say": said})

    return asyncio.run(send()).status_code


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("clutter:0:5::1", 303),
        ("undo:0:5::1", 303),
        ("clutter:5:0::1", 400),
        ("clutter:0:99999999::1", 400),
        ("delete:0:5::1", 400),
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
    assert post(open_datasette(path), "/a/-/article/1/feedback", "clutter:0:5::1") == 403


def test_other_databases_are_left_alone(tmp_path):
    """Over a database that is no corpus the plugin adds no header, no page, no link, and / is Datasette's index."""
    path = tmp_path / "other.db"
    connection = sqlite3.connect(path)
    connection.executescript(
        "create table articles(id integer primary key, title, site); insert into articles values (1, 'a', 'b')"
    )
    connection.close()
    from datasette.plugins import pm

    from curator.browse import plugin

    if not pm.is_registered(plugin):
        pm.register(plugin, "curator")
    datasette = Datasette([str(path)])

    async def pages():
        await datasette.invoke_startup()
        return [
            await datasette.client.get(path) for path in ("/", "/other/articles", "/other/-/home", "/-/databases.json")
        ]

    index, table, home, databases = asyncio.run(pages())
    assert (index.status_code, table.status_code, home.status_code, databases.status_code) == (200, 200, 404, 200)
    assert "content-security-policy" not in table.headers
    assert "/-/article/" not in table.text


@pytest.mark.parametrize("make", ["missing", "other", "text"])
def test_what_is_no_corpus_is_refused(tmp_path, make):
    """A missing file, another SQLite file and a text file each raise an error that says what to do."""
    path = tmp_path / "a.db"
    if make == "other":
        sqlite3.connect(path).executescript("create table a(b)")
    elif make == "text":
        path.write_text("hello " * 1000)
    with pytest.raises(StoreError, match="--db"):
        serve(path, port=None, open_browser=False)


@pytest.mark.parametrize(
    ("host", "edit", "public"), [("0.0.0.0", False, False), ("0.0.0.0", True, True), ("127.0.0.1", True, True)]
)
def test_exposure_needs_a_word(host, edit, public):
    """Other machines are let in only with --public, and never to edit."""
    with pytest.raises(SettingsError):
        check_exposure(host, edit=edit, public=public)


def test_a_port_in_use_is_said_and_another_found_where_none_was_asked_for():
    """A taken port raises an error when asked for; without a wish any free port is taken."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(SettingsError, match="leave --port out"):
            bind("127.0.0.1", taken.getsockname()[1])
    with bind("127.0.0.1", None) as first, bind("127.0.0.1", None) as second:
        assert first.getsockname()[1] != second.getsockname()[1]


@pytest.fixture
def server(small):
    """Yield a running `serve` in a process of its own, with its address."""
    code = "import sys; from pathlib import Path; from curator.browse import serve;"
    code += "serve(Path(sys.argv[1]), port=None, open_browser=False)"
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(small)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    yield process, process.stdout.readline().strip()
    process.kill()
    process.wait()


def test_serve_prints_its_address_answers_and_ends_cleanly(server):
    """The address is the only thing on stdout; Ctrl-C ends it with exit code 0 and no traceback."""
    process, url = server
    deadline = time.monotonic() + 20
    while True:
        try:
            page = urllib.request.urlopen(url, timeout=10).read().decode()
            break
        except urllib.error.URLError:
            assert time.monotonic() < deadline
    assert "<h1>Overview</h1>" in page
    os.kill(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=15)
    assert (process.returncode, out) == (0, "")
    assert "Traceback" not in err


def test_a_corpus_that_is_being_written_is_served(tmp_path):
    """Pages open in the middle of a write, show what was committed, and show more once it is."""
    path = browse_corpus.make_corpus(tmp_path / "live.db", browse_corpus.small()[:3], clusters=False)
    datasette = open_datasette(path)
    writer = sqlite3.connect(path, isolation_level=None)

    async def home():
        await datasette.invoke_startup()
        return (await datasette.client.get("/live/-/home")).text

    writer.execute("BEGIN IMMEDIATE")
    writer.execute("INSERT INTO runs (command, version, settings, started) VALUES ('add', '9', '{}', '2030-01-01')")
    during = asyncio.run(home())
    writer.execute("COMMIT")
    after = asyncio.run(home())
    assert ("2030-01-01" in during, "2030-01-01" in after) == (False, True)


def test_contained_parts_are_shown(ask):
    """An article names the one that contains it, that one what it contains, and their cluster both."""
    assert re.search(
        r'Contained in</dt><dd><a href="/small/-/article/2"[^<]*</a>, 96 % of it', ask("/small/-/article/5").text
    )
    assert re.search(
        r'Contains</dt><dd><a href="/small/-/article/5"[^<]*</a>, 96 % of it', ask("/small/-/article/2").text
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
