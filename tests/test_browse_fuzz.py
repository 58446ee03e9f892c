"""Hostile addresses and query strings: whatever is asked for, no page of ours fails."""

import asyncio
import urllib.parse

import browse_corpus
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from curator.browse.server import open_datasette

PAGES = ["home", "articles", "articles.csv", "articles.jsonl", "clusters", "sites", "rules"]
THINGS = {"article": "2", "cluster": "00ab12", "site": "news1~2Eexample~2Ecom", "rule": "account-line"}
NAMES = [
    "q", "site", "lang", "status", "month", "sort", "page", "with", "from", "to", "a", "b", "kind", "_size", "_facet",
    "_search", "_json", "sql",
]  # fmt: skip

#: What breaks servers: numbers beyond every type, quotes, encodings that are none, what SQLite and FTS5 read.
HOSTILE = [
    "", " ", "0", "-1", "1e9", "9" * 18, "9" * 19, "9" * 400, "1.5", "NaN", "٣", "²", "null", "true", "[]", "{}",
    "'", '"', "';drop table articles;--", "%", "%zz", "%00", "\x00", "\x1f", "\r\nX: y", "\u202e", "\ud800",
    "\U0010ffff", "NEAR(", "a AND", "NOT", "*", "^", "-", "title:x", "{x}", "a" * 5_000, "é" * 500, "AH-64E", "../..",
    "~", "~~", "~ZZ", "~00", "~2F", "~FF", "a~", "__class__", "{{7*7}}", "<script>", "2024-13", "kept", "newest", "de",
]  # fmt: skip
VALUES = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=40), st.integers().map(str))
RAW = st.text(st.sampled_from("%&=;+?#~/\\.-0129afzZ\"'<> éλ\x00"), max_size=40)


def quoted(text):
    """Return text for an address; lone surrogates as a careless client sends them."""
    return urllib.parse.quote(text.encode("utf-8", "surrogatepass"), safe="~")


def query_of(values):
    """Return a query string of (name, value) pairs."""
    return "&".join(f"{quoted(name)}={quoted(value)}" for name, value in values)


queries = st.one_of(
    st.lists(st.tuples(st.one_of(st.sampled_from(NAMES), st.text(max_size=8)), VALUES), max_size=5).map(query_of),
    RAW.map(lambda text: urllib.parse.quote(text, safe="%&=;+~")),
)
paths = st.one_of(
    st.sampled_from([*PAGES, "compare", f"key/{'0' * 32}"]),
    st.sampled_from([f"{thing}/{name}" for thing, name in THINGS.items()]),
    st.builds(lambda thing, value: f"{thing}/{quoted(value)}", st.sampled_from([*THINGS, "nothing"]), VALUES),
    st.builds(lambda value: f"article/{quoted(value)}/feedback", VALUES),
)
fuzzed = settings(
    max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.fixture(scope="module", params=["small", "evil", "empty"])
def ask(request, tmp_path_factory):
    """Return a function that asks a real Datasette over a corpus, served to edit, and gives the status."""
    dumps = {"small": browse_corpus.small, "evil": browse_corpus.evil, "empty": list}[request.param]()
    path = browse_corpus.make_corpus(tmp_path_factory.mktemp("fuzz") / "corpus.db", dumps)
    datasette = open_datasette(path, edit=True)
    loop = asyncio.new_event_loop()
    loop.run_until_complete(datasette.invoke_startup())

    def answer(address, method="GET", **values):
        async def send():
            return await datasette.client.request(method, address, **values)

        return loop.run_until_complete(send()).status_code

    yield answer
    loop.close()


@fuzzed
@given(paths, queries)
@example("articles", "q=%ED%A0%80")
@example("article/" + "9" * 19, "page=" + "9" * 19)
@example("cluster/00ab12", "with=" + "9" * 400)
def test_no_address_breaks_a_page(ask, path, query):
    """Every answer to a GET is a page, a redirect or the word that there is none; never a failure."""
    assert ask(f"/corpus/-/{path}?{query}") < 500


@fuzzed
@given(VALUES, st.sampled_from(["wrong cut", "clutter", "undo", "x"]), VALUES, VALUES, VALUES)
@example("1", "clutter", "0", "9" * 12, "")
@example("9" * 18, "wrong cut", "0", "1", "account")
def test_no_verdict_breaks_the_server(ask, article, verdict, start, end, kind):
    """Whatever a form sends is stored, refused or not found; never a failure."""
    body = query_of([("say", f"{verdict}:{start}:{end}:{kind}")])
    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert ask(f"/corpus/-/article/{quoted(article)}/feedback", "POST", content=body, headers=headers) < 500


def test_the_fuzz_reaches_the_pages(ask):
    """The addresses that are fuzzed are those of real pages, and a form as the page sends it is let in."""
    assert {ask(f"/corpus/-/{page}") for page in PAGES} == {200}
    headers = {"content-type": "application/x-www-form-urlencoded"}
    statuses = [
        ask("/corpus/-/article/1/feedback", "POST", content=f"say={said}:0:4:", headers=headers)
        for said in ("clutter", "undo")
    ]
    assert statuses in ([303, 303], [400, 303])
