"""Crawling a site on loopback from its robots.txt to the corpus: counts, gold, manners, a second crawl, a WARC file."""

import json
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import replace

import pytest
from crawl_site import N_ANNOUNCED, N_BUSY, N_FEED, N_MIRRORS, N_MOVED, N_NEWS, N_OLD, N_PRIVATE, Answer, Site, build
from patience import LIMIT_S, wait_for

from curator.corpus import Corpus
from curator.pipeline.fetching import CrawlSpec
from curator.pipeline.runs import now
from curator.settings import Settings

#: Articles that can be had: those of the maps and the feed, behind redirects, after waiting, with wrong charsets.
N_ARTICLES = N_ANNOUNCED + N_OLD + N_NEWS + N_FEED + N_MIRRORS + N_MOVED + 1 + N_BUSY + 3 + 2
CONTACT = "https://example.org/bot"
TDMREP = "/.well-known/tdmrep.json"


def spec_of(site, *paths, **more):
    """Return a spec for paths of the site: no wait between requests, all the time that an answer takes."""
    urls = tuple(f"{site.root}{path}" for path in paths or ("/",))
    waits = {"delay_s": 0.0, "timeout_s": LIMIT_S, "backoff_s": 0.05}
    return CrawlSpec(**{"urls": urls, "allow_hosts": (f"127.0.0.1:{site.port}",), "contact": CONTACT, **waits, **more})


def crawl(db, spec):
    """Crawl by a spec into a corpus file and return the report."""
    with Corpus(db, Settings(workers=1)) as corpus:
        return corpus.crawl(spec)


def rows(db, query, *values):
    """Return what a query finds."""
    with closing(sqlite3.connect(db)) as connection:
        return connection.execute(query, values).fetchall()


def texts(db):
    """Return the texts of a corpus by the path of their address."""
    found = rows(db, "SELECT url, title, text FROM articles JOIN article_texts USING (id) WHERE status <> 'superseded'")
    return {"/" + url.split("/", 3)[3]: (title, text) for url, title, text in found}


def metas(db):
    """Return what came with each document by the path of its address."""
    found = rows(db, "SELECT url, meta FROM documents")
    return {"/" + url.split("/", 3)[3]: json.loads(meta) for url, meta in found}


def f1(gold, text):
    """Return the token F1 of a text."""
    wanted, found = Counter(gold.split()), Counter(text.split())
    both = (wanted & found).total()
    return 2 * both / (wanted.total() + found.total())


@pytest.fixture(scope="module")
def site():
    """Return the site, served."""
    with build(Site()) as served:
        yield served


@pytest.fixture(scope="module")
def crawled(site, tmp_path_factory):
    """Return (db, report, requests) of a first crawl of the whole site."""
    db = tmp_path_factory.mktemp("crawl") / "news.db"
    report = crawl(db, spec_of(site))
    return db, report, site.requests()


@pytest.fixture(scope="module")
def again(site, crawled):
    """Return (report, requests) of a second crawl of the same site, of which one article changed meanwhile."""
    db, _, _ = crawled
    # Times are stored in whole seconds.
    (seen,) = rows(db, "SELECT max(fetched_at) FROM documents")[0]
    wait_for(lambda: now()[:19] > seen[:19])
    changed = "/politik/2024/03/005-neue-nachricht-aus-der-stadt"
    title, paragraphs = site.gold[changed]
    site.answers[changed] = Answer(
        site.markup(title, [*paragraphs, "Die Stadt hat sich inzwischen geäußert."]).encode()
    )
    report = crawl(db, spec_of(site))
    return report, site.requests()


def test_a_site_is_crawled_to_its_last_article(crawled):
    """Every page is counted once, under what became of it."""
    _, report, _ = crawled
    counts = report.counts
    assert (counts.fetched, counts.kept, counts.duplicate) == (N_ARTICLES + 1, N_ARTICLES - N_MIRRORS, N_MIRRORS)
    assert counts.failed == 4  # dead, bomb, giant, always busy
    assert report.skipped == {
        "forbidden by robots.txt": N_PRIVATE,
        "redirect": N_MOVED + 3,
        "no article": 1,
        "not a page of text: application/pdf": 1,
    }
    assert report.is_complete
    assert counts.pages == counts.fetched + counts.skipped + counts.failed


def test_failures_say_what_went_wrong(crawled):
    """Each page that could not be had leaves a row with the sort of failure."""
    db, _, _ = crawled
    found = {url.rpartition("/")[2]: error for url, error in rows(db, "SELECT source, error FROM failures")}
    assert found == {
        "0-gibt-es-nicht-mehr": "http-404",
        "bombe": "too-large",
        "riese": "too-large",
        "nie-wieder-zu-haben-leider": "http-503",
    }


def test_articles_come_out_as_they_were_written(site, crawled):
    """Clutter of the layout is cut, headline and paragraphs stay: token F1 over all articles, and of the worst."""
    db, _, _ = crawled
    found = texts(db)
    assert found.keys() == site.gold.keys() - {path for path in site.gold if path.startswith("/private/")}
    scores = [f1("\n".join(site.gold[path][1]), text) for path, (_, text) in found.items()]
    assert (min(scores), sum(scores) / len(scores)) > (0.98, 0.995)
    assert [path for path, (title, _) in found.items() if title != site.gold[path][0]] == []


def test_each_page_is_asked_for_once(crawled):
    """No address is fetched twice but those that were busy."""
    _, _, requests = crawled
    times = Counter(path for path, _ in requests)
    more = {path: n for path, n in times.items() if n > 1}
    busy = {f"/besetzt/{n}-erst-beim-zweiten-mal-da": 2 + n % 2 for n in range(N_BUSY)}
    assert more == busy | {"/besetzt/nie-wieder-zu-haben-leider": 4, "/robots.txt": 2}


def test_what_robots_txt_forbids_is_never_requested(crawled):
    """The server's log has no forbidden path, and robots.txt stands before anything else."""
    _, _, requests = crawled
    assert requests[0][0] == "/robots.txt"
    assert [path for path, _ in requests if path.startswith(("/private/", "/suche"))] == []


def test_one_connection_at_a_time_under_an_honest_name(site, crawled):
    """The site never answers two requests at once; each names us and whom to ask, and carries no cookie."""
    _, _, requests = crawled
    assert site.most_at_once == 1
    assert {headers["user-agent"] for _, headers in requests} == {f"curator/0.1.0 (corpus crawler; +{CONTACT})"}
    assert [path for path, headers in requests if "cookie" in headers] == []


def test_addresses_lose_tracking_parameters(crawled):
    """Neither requests nor stored addresses carry what feeds and redirects put behind them."""
    db, _, requests = crawled
    assert [path for path, _ in requests if "utm_" in path] == []
    assert rows(db, "SELECT count(*) FROM documents WHERE url LIKE '%utm%'") == [(0,)]


def test_a_document_knows_how_it_was_had(crawled):
    """Status, headers and redirects are kept with the document, under the address where it was found."""
    meta = metas(crawled[0])["/umzug/ziel-nach-zwei-schritten-da"]
    assert meta["status"] == 200
    assert meta["headers"]["last-modified"] == "Mon, 04 Mar 2024 10:00:00 GMT"
    assert [(hop["status"], hop["url"].rpartition("/")[2]) for hop in meta["redirects"]] == [
        (302, "zwei"),
        (308, "drei"),
    ]


def test_charsets_that_lie_are_found_out(site, crawled):
    """Umlauts are right whatever the header says."""
    found = texts(crawled[0])
    lies = [path for path in site.gold if path.startswith("/umlaute/")]
    assert [found[path][1] for path in lies] == ["\n".join(site.gold[path][1]) for path in lies]
    encodings = rows(
        crawled[0],
        "SELECT encoding, repairs FROM documents JOIN pages ON document_id = id WHERE url LIKE ?",
        "%/umlaute/%",
    )
    assert sorted(encodings) == [("cp1252", None), ("cp1252", None), ("utf-8", None)]


def test_reservations_are_recorded(crawled):
    """What a site says against machine learning is kept with the document."""
    told = {path: meta["optout"] for path, meta in metas(crawled[0]).items() if "optout" in meta}
    assert told == {
        "/vorbehalt/0-kopf-der-antwort-sagt-nein": ["X-Robots-Tag: noai", "TDM-Reservation: 1"],
        "/vorbehalt/1-seite-selbst-sagt-nein": [
            "meta robots: noai",
            "meta robots: noimageai",
            "meta tdm-reservation: 1",
        ],
    }


def test_the_corpus_is_sound(crawled):
    """A crawl leaves a corpus whose invariants all hold."""
    with Corpus(crawled[0]) as corpus:
        assert list(corpus.check()) == []


def test_a_second_crawl_asks_for_changes_only(site, again):
    """Whatever was had before is asked for on condition; what has its date unchanged is not asked for at all."""
    _, requests = again
    unconditional = {path for path, headers in requests if "if-none-match" not in headers}
    unheard = {"/tot/0-gibt-es-nicht-mehr", "/boese/bombe", "/boese/riese"}
    redirects = {path for path, answer in site.answers.items() if 300 <= answer.status < 400}
    assert unconditional == unheard | redirects | {"/robots.txt", TDMREP, "/besetzt/nie-wieder-zu-haben-leider"}
    assert [path for path, headers in requests if path in redirects and "if-modified-since" not in headers] == []
    assert [path for path, _ in requests if path.startswith(("/archiv/", "/mirror/"))] == []


def test_a_second_crawl_stores_what_changed(site, crawled, again):
    """The article that changed comes in its new version; all others were only seen again."""
    db, first, _ = crawled
    report, _ = again
    assert (report.counts.fetched, report.documents.added, report.counts.kept) == (1, 1, 1)
    assert report.counts.unchanged == first.counts.fetched + 2 - 1  # home page; the subscription page and the PDF count
    assert rows(db, "SELECT count(*) FROM articles WHERE status = 'superseded'") == [(1,)]
    assert texts(db)["/politik/2024/03/005-neue-nachricht-aus-der-stadt"][1].endswith("inzwischen geäußert.")


def test_pages_seen_again_say_so(crawled, again):
    """A page that did not change bears the time when it was last seen."""
    db, _, _ = crawled
    first, last = rows(db, "SELECT min(started), max(started) FROM runs")[0]
    seen = rows(db, "SELECT count(*) FROM documents WHERE url LIKE '%/politik/%' AND fetched_at >= ?", last[:19])
    assert (first < last, seen) == (True, [(N_ANNOUNCED,)])


def test_a_warc_file_holds_the_documents_of_a_crawl(site, tmp_path):
    """What is written to a WARC file and added from it is what a crawl into the corpus stores."""
    spec = spec_of(site, "/sitemaps/news.xml", "/alt.xml", spider="sitemap")
    site.answers["/alt.xml"] = Answer(f"{site.root}/alt/0\n{site.root}/alt/zwei\n".encode(), "text/plain")
    path = tmp_path / "pages.warc.gz"
    crawl(tmp_path / "direct.db", spec)
    report = crawl(tmp_path / "queue.db", replace(spec, warc=str(path)))
    assert (report.counts.fetched, report.documents.added) == (N_NEWS + 2, 0)
    with Corpus(tmp_path / "added.db", Settings(workers=1)) as corpus:
        assert corpus.add(path).added == N_NEWS + 2
    assert texts(tmp_path / "added.db") == texts(tmp_path / "direct.db")


def test_a_page_knows_its_charset_better_than_a_server_that_says_latin_1(site, tmp_path):
    """The page is read as it says itself, whether it is crawled into the corpus or comes from a WARC file."""
    path = "/umlaute/zazolc-gesla-jazn-w-gdansku"
    body = "".join(
        f"<p>Zażółć gęślą jaźń, napisał {n}. mieszkaniec Gdańska w długim liście do gazety.</p>" for n in range(9)
    )
    page = f'<html lang="pl"><head><meta charset="iso-8859-2"><title>Łódź</title></head><body>{body}</body></html>'
    site.answers[path] = Answer(page.encode("iso-8859-2"), "text/html; charset=ISO-8859-1")
    spec = spec_of(site, path, spider="list")
    crawl(tmp_path / "direct.db", spec)
    crawl(tmp_path / "queue.db", replace(spec, warc=str(tmp_path / "pages.warc")))
    with Corpus(tmp_path / "added.db", Settings(workers=1)) as corpus:
        corpus.add(tmp_path / "pages.warc")
    assert "Zażółć gęślą jaźń, napisał 0. mieszkaniec Gdańska" in texts(tmp_path / "direct.db")[path][1]
    assert texts(tmp_path / "added.db") == texts(tmp_path / "direct.db")


def test_reserved_pages_are_left_out_on_request(site, tmp_path):
    """--respect-optout stores no page that says no to machine learning."""
    paths = [path for path in site.gold if path.startswith("/vorbehalt/")]
    report = crawl(tmp_path / "a.db", spec_of(site, *paths, spider="list", respect_optout=True))
    assert (report.skipped, report.documents.added) == ({"opted out of machine learning": 2}, 0)


def test_a_list_of_addresses_may_hold_dead_ones(site, tmp_path):
    """A file of addresses is fetched; dead ones are failures, comments and doubles are nothing."""
    alive = "/kultur/premiere-im-theater-am-hafen-1"
    file = tmp_path / "urls.txt"
    file.write_text(f"# mine\n{site.root}{alive}\n{site.root}{alive}?utm_source=x#top\n{site.root}/tot/9\n")
    spec = replace(spec_of(site), urls=(), file=str(file), spider="list")
    counts = crawl(tmp_path / "a.db", spec).counts
    assert (counts.pages, counts.fetched, counts.failed) == (2, 1, 1)


def test_a_feed_brings_its_articles(site, tmp_path):
    """The feed spider fetches what a feed names, and nothing else."""
    report = crawl(tmp_path / "a.db", spec_of(site, "/feed.xml", spider="feed"))
    assert report.counts.fetched == N_FEED + 10


def test_filters_keep_to_path_and_days(site, tmp_path):
    """--path holds before anything is fetched, --since and --until by what the article says of its day."""
    spec = spec_of(site, "/sitemaps/seiten.xml", spider="sitemap", paths=("/politik/",), until="2024-01-20")
    report = crawl(tmp_path / "a.db", replace(spec, since="2024-01-11"))
    days = [row[0] for row in rows(tmp_path / "a.db", "SELECT DISTINCT published FROM articles ORDER BY 1")]
    assert (days[0], days[-1]) == ("2024-01-11", "2024-01-20")
    assert report.counts.pages == N_ANNOUNCED
    assert report.skipped == {"outside the dates": N_ANNOUNCED - report.documents.added}


def test_another_language_is_left_out(site, tmp_path):
    """--lang goes by the language that the text turns out to be in."""
    report = crawl(tmp_path / "a.db", spec_of(site, "/sitemaps/news.xml", spider="sitemap", langs=("fr",)))
    assert (report.skipped, report.documents.added) == ({"another language": N_NEWS}, 0)
