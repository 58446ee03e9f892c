"""What pages and sites say about themselves: where they moved, what their own address is, what they reserve."""

import json

import pytest
from crawl_site import Answer, Site
from curator_spiders.addresses import is_form_of
from curator_spiders.tdmrep import reservations_of
from patience import LIMIT_S
from test_crawl import TDMREP, crawl, metas, rows

from curator.pipeline.fetching import CrawlSpec


@pytest.fixture
def site():
    """Return an empty site, served."""
    with Site() as served:
        yield served


def listed(site, *paths, **more):
    """Return a spec that fetches these paths in this order."""
    urls = tuple(f"{site.root}{path}" for path in paths)
    allowed = (f"127.0.0.1:{site.port}",)
    return CrawlSpec(
        spider="list", urls=urls, allow_hosts=allowed, delay_s=0, timeout_s=LIMIT_S, backoff_s=0.05, **more
    )


def stored(db, site):
    """Return the paths of the documents of a corpus."""
    return {url.removeprefix(site.root) for (url,) in rows(db, "SELECT url FROM documents")}


def refreshing(content, text=""):
    """Return a page with a refresh."""
    return Answer(f"<html><head><meta http-equiv=Refresh content='{content}'></head><p>{text}".encode())


def put(site, path, seed, head="", **more):
    """Put an article at a path, with more in its head."""
    site.article(path, seed, **more)
    site.answers[path].body = site.markup(*site.gold[path], seed, head=head).encode()


def test_a_page_that_sends_its_readers_on_is_a_redirect(site, tmp_path):
    """By a path or an address, within seconds; the target is judged, asked for and stored like that of a status."""
    site.article("/ziel", 1)
    site.answers["/a"] = refreshing("0; url=/b?utm_source=x")
    site.answers["/b"] = refreshing(f"5;URL={site.root}/ziel")
    report = crawl(tmp_path / "a.db", listed(site, "/a"))
    assert stored(tmp_path / "a.db", site) == {"/ziel"}
    assert report.skipped == {"redirect": 2}
    hops = metas(tmp_path / "a.db")["/ziel"]["redirects"]
    assert [(hop["status"], hop["url"].removeprefix(site.root)) for hop in hops] == [(200, "/a"), (200, "/b")]
    assert site.paths() == ["/robots.txt", TDMREP, "/a", "/b", "/ziel"]


def test_a_page_that_reloads_itself_or_waits_long_is_read(site, tmp_path):
    """So are pages whose refresh is for browsers without scripts, or leads nowhere."""
    site.answers["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /privat\n", "text/plain")
    heads = (
        "<meta http-equiv='refresh' content='300'>",
        "<meta http-equiv='refresh' content='0; url=/1'>",
        "<meta http-equiv='refresh' content='60; url=/privat'>",
        "<noscript><meta http-equiv='refresh' content='0; url=/privat'></noscript>",
        "<meta http-equiv='refresh' content='0; url=javascript:x()'>",
    )
    for number, head in enumerate(heads):
        put(site, f"/{number}", number, head)
    crawl(tmp_path / "a.db", listed(site, *(f"/{number}" for number in range(len(heads)))))
    assert stored(tmp_path / "a.db", site) == {f"/{number}" for number in range(len(heads))}


def test_a_refresh_leads_nowhere_that_a_redirect_may_not(site, tmp_path):
    """Forbidden paths, private addresses and circles end as those of redirects do."""
    site.answers["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /privat\n", "text/plain")
    site.article("/privat", 1)
    site.answers["/a"] = refreshing("0; url=/privat")
    site.answers["/b"] = refreshing("0; url=http://127.0.0.1:1/")
    site.answers["/c"] = refreshing("0; url=/d")
    site.answers["/d"] = refreshing("0; url=/c")
    report = crawl(tmp_path / "a.db", listed(site, "/a", "/b", "/c"))
    assert stored(tmp_path / "a.db", site) == set()
    assert "/privat" not in site.paths()
    assert report.skipped == {"redirect": 4, "forbidden by robots.txt": 1}
    assert rows(tmp_path / "a.db", "SELECT error FROM failures") == [("unsafe-address",)]


def canonical_to(site, path):
    """Return the head of a page that names an address as its own."""
    return f"<link rel='canonical' href='{site.root}{path}'>"


def test_a_page_is_stored_once_under_its_canonical_address(site, tmp_path):
    """Print and mobile forms of a stored page are left out; the page itself and other pages are not."""
    own, other = "/2024/bruecke-gebaut.html", "/2024/ganz-anderes.html"
    put(site, own, 1, canonical_to(site, own))
    put(site, f"{own}?print=1", 1, canonical_to(site, own))
    put(site, "/amp/bruecke-gebaut", 1, canonical_to(site, own))
    site.article("/m/bruecke-gebaut.html", 1, headers={"Link": f'<{own}>; rel="canonical"'})
    put(site, other, 2, canonical_to(site, own))
    forms = (f"{own}?print=1", "/amp/bruecke-gebaut", "/m/bruecke-gebaut.html")
    report = crawl(tmp_path / "a.db", listed(site, own, other, *forms))
    assert stored(tmp_path / "a.db", site) == {own, other}
    assert report.skipped == {"stored under its canonical address": 3}
    found = metas(tmp_path / "a.db")
    assert (found[own].get("canonical"), found[other]["canonical"]) == (None, f"{site.root}{own}")
    crawl(tmp_path / "a.db", listed(site, own, other, *forms))
    assert stored(tmp_path / "a.db", site) == {own, other}


def test_a_canonical_address_that_is_not_stored_costs_nothing(site, tmp_path):
    """It may be dead, forbidden or a list: the page that was had is stored, with the address that it names."""
    put(site, "/amp/bruecke-gebaut", 1, canonical_to(site, "/bruecke-gebaut"))
    crawl(tmp_path / "a.db", listed(site, "/bruecke-gebaut", "/amp/bruecke-gebaut"))
    assert stored(tmp_path / "a.db", site) == {"/amp/bruecke-gebaut"}
    assert metas(tmp_path / "a.db")["/amp/bruecke-gebaut"]["canonical"] == f"{site.root}/bruecke-gebaut"


def test_pages_that_name_each_other_are_kept_up_to_date(site, tmp_path):
    """What was stored in a form is stored in it again when it changes."""
    paths = ("/bruecke", "/amp/bruecke")
    for path in paths:
        site.article(path, 1)
    crawl(tmp_path / "a.db", listed(site, *paths))
    for path, other in (paths, paths[::-1]):
        title, paragraphs = site.gold[path]
        head = canonical_to(site, other)
        site.answers[path] = Answer(site.markup(title, [*paragraphs, "Neu an der Brücke."], 1, head=head).encode())
    report = crawl(tmp_path / "a.db", listed(site, *paths))
    assert (report.documents.added, report.skipped) == (2, {})


def test_reservations_of_a_site_are_recorded_and_respected(site, tmp_path):
    """By tdmrep.json, asked for once; what a page says of itself holds against it."""
    rules = [{"location": "/", "tdm-reservation": 1}, {"location": "/frei/*", "tdm-reservation": 0}]
    site.answers[TDMREP] = Answer(json.dumps(rules).encode(), "application/json")
    put(site, "/frei/a", 1)
    put(site, "/b", 2)
    put(site, "/c", 3, "<meta name='tdm-reservation' content='0'>")
    put(site, "/d", 4, headers={"TDM-Reservation": "0"})
    paths = ("/frei/a", "/b", "/c", "/d")
    crawl(tmp_path / "a.db", listed(site, *paths))
    told = {path: meta.get("optout") for path, meta in metas(tmp_path / "a.db").items()}
    assert told == {"/frei/a": None, "/b": ["tdmrep.json: tdm-reservation 1"], "/c": None, "/d": None}
    assert site.paths().count(TDMREP) == 1
    report = crawl(tmp_path / "b.db", listed(site, *paths, respect_optout=True))
    assert stored(tmp_path / "b.db", site) == {"/frei/a", "/c", "/d"}
    assert report.skipped == {"opted out of machine learning": 1}


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b"<html>Not JSON"),
        Answer(b'{"location": "/"}', "application/json"),
        Answer(b'[1, {"location": 3}, {"location": "*\\nDisallow: /", "tdm-reservation": 1}]', "application/json"),
        Answer(b"busy", status=503),
        Answer(b"[" * 100_000),
    ],
    ids=["html", "object", "values", "busy", "deep"],
)
def test_a_declaration_that_cannot_be_read_reserves_nothing(answer, site, tmp_path):
    """Nor does it hold up the crawl."""
    site.answers[TDMREP] = answer
    site.article("/a", 1)
    crawl(tmp_path / "a.db", listed(site, "/a", respect_optout=True))
    assert stored(tmp_path / "a.db", site) == {"/a"}
    assert site.paths().count(TDMREP) == 1


def test_the_longest_pattern_decides():
    """As in robots.txt, whatever the order of the list."""
    rules = [{"location": "/*.pdf$", "tdm-reservation": "1"}, {"location": "/a", "tdm-reservation": 0}]
    for some in (rules, rules[::-1]):
        found = reservations_of(json.dumps(some).encode())
        assert [found.can_fetch(f"https://example.org/{path}", "*") for path in ("a.pdf", "b.pdf", "b.html")] == [
            False,
            False,
            True,
        ]


def test_a_front_page_is_nobodys_canonical_form():
    """A site that names its front page on all pages, or one page on all, loses none of them."""
    assert not is_form_of("https://example.org/a", "https://example.org/")
    assert not is_form_of("https://example.org/a", "https://example.org/b")
