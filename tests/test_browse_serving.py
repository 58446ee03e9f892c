"""How a corpus is served: what is refused, on which port, beside what, while it is written."""

import asyncio
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.parse
import urllib.request

import browse_corpus
import httpx
import pytest
from browser import running
from datasette.app import Datasette
from patience import LIMIT_S

from curator.browse import serve
from curator.browse.server import bind, check_exposure, checked_prefix, open_datasette
from curator.errors import SettingsError, StoreError


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
    page = urllib.request.urlopen(url, timeout=LIMIT_S).read().decode()
    assert "<h1>Overview</h1>" in page
    os.kill(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=LIMIT_S)
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


@pytest.mark.parametrize("front", ["", "/news/corpus"])
def test_every_link_begins_with_the_path_that_a_proxy_adds(small, front):
    """With --base-url each link, form and file of each page begins with it, whether the proxy takes it off or not."""
    ours = ["home", "articles?q=bridge", "articles?lang=de", "article/1", "clusters", "cluster/00ab12", "sites"]
    theirs = ["/small", "/small/articles", "/small/articles/1", "/small/nothing"]
    with running(open_datasette(small, base_url="/news/corpus/").app()) as url:
        for address in [*[f"/small/-/{page}" for page in ours], *theirs]:
            page = httpx.get(url + front + address, timeout=LIMIT_S)
            links = re.findall(r'(?:href|action|src)="(/[^"]*)"', page.text)
            assert links
            assert [link for link in links if not link.startswith("/news/corpus/")] == []
            assert [link for link in links if "/news/corpus/news" in link] == []
            assert ("sha256" in page.headers["content-security-policy"]) == (address in theirs)


@pytest.mark.parametrize("base_url", ["/a b/", "https://example.com/", "/<script>/", "/a/../b?"])
def test_a_path_that_is_none_is_refused(base_url):
    """What cannot stand in front of an address raises an error that names the option."""
    with pytest.raises(SettingsError, match="--base-url"):
        checked_prefix(base_url)
