"""What scraped text, other sites and other machines cannot do to who looks at a corpus."""

import asyncio
import sqlite3

import browse_corpus
import pytest

from curator.browse.cells import external
from curator.browse.guard import allow_hosts
from curator.browse.server import open_datasette


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
