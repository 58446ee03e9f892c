"""What a careful crawler does not do: trust addresses, ignore a server in trouble, walk into traps, listen."""

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from crawl_site import Answer, Site, feed, urlset
from curator_spiders.addresses import canonical, pattern_of
from curator_spiders.admission import MAX_BARREN, Admission
from curator_spiders.robots import RobotsUnavailable, rules_of
from curator_spiders.safety import PublicResolver, UnsafeAddress, is_public
from patience import LIMIT_S
from test_crawl import TDMREP, crawl, rows, spec_of

from curator.pipeline.fetching import Counts, CrawlSpec, Link, Visit

ROOT = Path(__file__).parent.parent


@pytest.fixture
def site():
    """Return an empty site, served."""
    with Site() as served:
        yield served


@pytest.fixture
def other():
    """Return another empty site, served at a port that is not allowed."""
    with Site() as served:
        yield served


def listed(site, *urls):
    """Return a spec that fetches these addresses."""
    return CrawlSpec(
        spider="list", urls=urls, allow_hosts=(f"127.0.0.1:{site.port}",), delay_s=0, timeout_s=LIMIT_S, backoff_s=0.05
    )


UNSAFE = [
    "http://127.0.0.1:{port}/a",
    "http://localhost:{port}/a",
    "http://127.1:{port}/a",
    "http://2130706433:{port}/a",
    "http://0x7f000001:{port}/a",
    "http://0177.0.0.1:{port}/a",
    "http://0.0.0.0:{port}/a",
    "http://[::1]:{port}/a",
    "http://[::ffff:127.0.0.1]:{port}/a",
    "http://[64:ff9b::7f00:1]:{port}/a",
    "http://169.254.169.254/latest/meta-data/",
    "http://10.0.0.1/a",
    "http://192.168.0.1/a",
    "http://[fe80::1]/a",
    "http://[fd00:ec2::254]/a",
]


def test_unsafe_targets_are_refused(site, other, tmp_path):
    """No form of a private address is connected to, straight or behind a redirect, nor another port of a host."""
    targets = [each.format(port=other.port) for each in UNSAFE]
    paths = [f"/weiter/{number}" for number in range(len(targets))]
    for path, target in zip(paths, targets, strict=True):
        site.answers[path] = Answer(status=302, headers={"Location": target})
    site.answers["/datei"] = Answer(status=302, headers={"Location": "file:///etc/passwd"})
    site.answers["/ftp"] = Answer(status=302, headers={"Location": "ftp://127.0.0.1/a"})
    given = [f"{site.root}{path}" for path in ("/datei", "/ftp", *paths)]
    report = crawl(tmp_path / "a.db", listed(site, *targets, *given))
    failures = dict(rows(tmp_path / "a.db", "SELECT source, error FROM failures"))
    assert other.paths() == []
    assert report.documents.added == 0
    assert [failures.pop(f"{site.root}{path}") for path in ("/datei", "/ftp")] == ["bad-redirect"] * 2
    assert failures == dict.fromkeys([canonical(target) for target in targets], "unsafe-address")


@pytest.mark.parametrize(
    ("address", "public"),
    [
        *[(each, True) for each in ("93.184.216.34", "8.8.8.8", "2606:2800:220:1::1", "::ffff:8.8.8.8")],
        *[
            (each, False)
            for each in ("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0")
        ],
        *[(each, False) for each in ("100.64.0.1", "100.100.100.200", "192.0.0.192", "198.18.0.1", "224.0.0.1")],
        *[
            (each, False)
            for each in ("255.255.255.255", "240.0.0.1", "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1")
        ],
        *[(each, False) for each in ("::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::", "ff02::1")],
        ("localhost", False),
    ],
)
def test_public_addresses_are_told_from_others(address, public):
    """Loopback, private, shared, link-local, metadata, reserved and multicast addresses, also inside IPv6, are none."""
    assert is_public(address) is public


def test_a_name_that_moves_is_checked_at_each_connection():
    """DNS rebinding: each lookup is checked, and one private address among public ones is one too many."""
    answers = iter([["93.184.216.34"], ["127.0.0.1"], ["93.184.216.34", "10.0.0.1"]])
    resolver = PublicResolver(None, lookup=lambda name: next(answers))
    assert resolver.resolve("rebind.example") == ["93.184.216.34"]
    for _ in range(2):
        with pytest.raises(UnsafeAddress, match=r"rebind\.example is at"):
            resolver.resolve("rebind.example")


CONNECT = """
import sys
from twisted.internet import asyncioreactor; asyncioreactor.install()
from twisted.internet import reactor
from twisted.web.client import Agent
from curator_spiders.safety import PublicResolver
asked = []
def lookup(name):
    asked.append(name)
    return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]
PublicResolver(reactor, ["rebind.example"], lookup).install_on_reactor()
done = Agent(reactor).request(b"GET", b"http://rebind.example:%d/" % int(sys.argv[1]))
done.addCallback(lambda answer: print(answer.code, asked)).addErrback(print).addBoth(lambda _: reactor.stop())
reactor.run()
"""


def test_a_connection_goes_to_the_address_that_was_looked_up(site):
    """Twisted connects to what our resolver hands over, after one lookup: no second one could give another address."""
    site.answers["/"] = Answer(b"ok")
    run = [sys.executable, "-c", CONNECT, str(site.port)]
    done = subprocess.run(run, capture_output=True, text=True, timeout=LIMIT_S, check=False, cwd=ROOT)
    assert done.stdout == "200 ['rebind.example']\n", done.stderr


@pytest.mark.parametrize("status", [429, 500, 503])
def test_rules_that_cannot_be_had_forbid_all(status):
    """A robots.txt that answers with an error of the server, or asks for less, closes the host."""

    class Response:
        body = b""

    Response.status = status
    with pytest.raises(RobotsUnavailable, match=str(status)):
        rules_of(Response)
    Response.status = 404
    assert rules_of(Response).parser.can_fetch("https://example.org/a", "curator")


def test_a_host_without_rules_to_rely_on_is_left_alone(site, tmp_path):
    """robots.txt fails: nothing else is requested, and each page is a failure that another run takes up."""
    site.answers["/robots.txt"] = Answer(status=500)
    site.article("/a", 1)
    report = crawl(tmp_path / "a.db", listed(site, f"{site.root}/a"))
    assert set(site.paths()) == {"/robots.txt"}
    assert rows(tmp_path / "a.db", "SELECT error FROM failures") == [("robots",)]
    site.answers["/robots.txt"] = Answer(b"", "text/plain")
    assert (report.counts.failed, crawl(tmp_path / "a.db", listed(site, f"{site.root}/a")).counts.kept) == (1, 1)


def test_an_answer_that_never_ends_is_a_failure(site, tmp_path):
    """A page that comes byte by byte is given up when its time is over, tried once more, and told."""
    site.answers["/robots.txt"] = Answer(b"", "text/plain")
    site.answers["/tropf"] = Answer(b"<p>" + b"a" * 10_000, drip_s=0.05)
    # In a second a busy machine may not even give robots.txt: with more time it does, and this page never ends.
    for timeout_s in (1, 8, 64):
        site.requests()
        report = crawl(tmp_path / f"{timeout_s}.db", replace(listed(site, f"{site.root}/tropf"), timeout_s=timeout_s))
        found = rows(tmp_path / f"{timeout_s}.db", "SELECT source, error FROM failures")
        if site.paths().count("/tropf") == 2:
            break
    assert (found, site.paths().count("/tropf")) == ([(f"{site.root}/tropf", "timeout")], 2)
    assert (report.counts.failed, report.documents.added) == (1, 0)


def test_sections_are_followed_where_there_is_no_sitemap(site, tmp_path):
    """Without a sitemap the sections lead to the articles; endless calendars and session ids end by themselves."""
    site.answers["/robots.txt"] = Answer(b"User-agent: *\nCrawl-delay: 0\nDisallow: /suche\n", "text/plain")
    site.answers["/"] = Answer(page("/politik/", "/kalender/1", "/s/00000000a1/", "/suche?q=1", "/bild.jpg"))
    site.answers["/politik/"] = Answer(page("/politik/2", *(f"/politik/artikel-{n}00000" for n in range(3))))
    site.answers["/politik/2"] = Answer(page("/politik/", *(f"/politik/artikel-{n}00000" for n in range(3, 6))))
    for number in range(6):
        site.article(f"/politik/artikel-{number}00000", number)
    for month in range(1, 400):
        site.answers[f"/kalender/{month}"] = Answer(page(*(f"/kalender/{month * 7 + n}" for n in range(7))))
        site.answers[f"/s/{month - 1:08}a1/"] = Answer(page(*(f"/s/{month * 5 + n:08}a1/" for n in range(5))))
    report = crawl(tmp_path / "a.db", spec_of(site))
    asked = site.paths()
    assert report.counts.kept == 6
    assert [path for path in asked if path.startswith(("/suche", "/bild"))] == []
    for trap in ("/kalender/", "/s/"):
        assert len([path for path in asked if path.startswith(trap)]) == MAX_BARREN
    assert report.skipped["no article among many of its sort"] > 50


def page(*links):
    """Return a page that is nothing but links."""
    return ("<html><body>" + "".join(f'<a href="{link}">weiter</a> ' for link in links)).encode()


def test_feeds_lead_to_articles_without_a_sitemap(site, tmp_path):
    """A feed that the home page names is read; an article that it announces is stored however short it is."""
    site.answers["/"] = Answer(
        b'<link rel="alternate" type="application/rss+xml" href="/feed.xml"><a href="/kurz">x</a>'
    )
    site.answers["/feed.xml"] = Answer(feed(site.root, ["/kurz"]), "application/rss+xml")
    site.answers["/kurz"] = Answer(
        "<h1>Kurz gesagt</h1><p>Die Brücke über den Fluss ist seit heute offen.</p>".encode()
    )
    assert crawl(tmp_path / "a.db", spec_of(site)).documents.added == 1


def test_a_pattern_that_yields_articles_has_no_cap():
    """A pattern is left only when nearly all its pages were barren; those that a sitemap announces never are."""
    admission = Admission(CrawlSpec(urls=("https://example.org",)), Counts())
    link = Link("https://example.org/1", "section", pattern="example.org/#")
    for _ in range(MAX_BARREN):
        admission.note(Visit(link, "skipped", "no article"))
    assert admission.reason_against(link) == "no article among many of its sort"
    assert admission.reason_against(link._replace(kind="page")) is None
    for _ in range(MAX_BARREN):
        admission.note(Visit(link, "fetched"))
    assert admission.reason_against(link) is None


def test_a_site_may_be_capped():
    """--max-per-site counts the articles of a site, those of earlier runs of the crawl too."""
    spec = CrawlSpec(urls=("https://example.org",), max_per_site=2)
    admission = Admission(spec, Counts(fetched_by_site={"example.org": 1}))
    link = Link("https://example.org/a", "article", site="example.org")
    assert admission.reason_against(link) is None
    admission.note(Visit(link, "fetched"))
    assert admission.reason_against(link) == "enough of the site"
    assert admission.reason_against(link._replace(site="example.com")) is None


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({}, "at least one address"),
        ({"urls": ("ftp://example.org",)}, "no address of the web"),
        ({"urls": ("https://",)}, "no address of the web"),
        ({"file": "urls.txt"}, "for the spider list"),
    ],
)
def test_a_crawl_of_nothing_is_a_mistake(asked, message):
    """What cannot be crawled is said before anything starts."""
    with pytest.raises(ValueError, match=message):
        CrawlSpec(**asked)


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://example.org/a?utm_source=x&fbclid=y&gclid=z&id=7", "https://example.org/a?id=7"),
        ("https://example.org/a?PHPSESSID=1&ref=home&source=2", "https://example.org/a?ref=home&source=2"),
        ("https://EXAMPLE.org:443", "https://example.org/"),
        ("https://example.org/ä?ö=ü#top", "https://example.org/%C3%A4?%C3%B6=%C3%BC"),
        ("http://example.org/a;jsessionid=9F?b=1", "http://example.org/a?b=1"),
        ("javascript:alert(1)", None),
        ("https://exa mple.org:x/", None),
        ("https://example.org/" + "a" * 3000, None),
    ],
)
def test_addresses_are_stored_in_one_form(url, kept):
    """Tracking parameters, session ids, fragments and default ports go; what may name the content stays."""
    assert canonical(url) == kept


def test_hostile_addresses_cost_linear_time():
    """Addresses of 400,000 characters are read at once."""
    for part in ("a-", "1", "/a", "?a=b&", "%41", ";sid="):
        canonical("https://example.org/" + part * (400_000 // len(part)))
        pattern_of("https://example.org/" + part * (400_000 // len(part)))


def test_scrapy_runs_the_spiders_from_the_root(site, tmp_path):
    """`scrapy crawl` alone does what `curator crawl` does, also with a queue that memory has no room for."""
    site.answers["/robots.txt"] = Answer(b"", "text/plain")
    paths = [f"/a/{n}" for n in range(40)]
    for number, path in enumerate(paths):
        site.article(path, number)
    site.answers["/map.xml"] = Answer(urlset(site.root, paths), "text/xml")
    flags = ["-a", f"urls={site.root}/map.xml", "-a", "delay_s=0", "-s", f"CURATOR_ALLOW_HOSTS=127.0.0.1:{site.port}"]
    flags += ["-s", "CURATOR_WINDOW=10", "-s", f"CURATOR_DB={tmp_path / 'a.db'}", "-s", "LOG_LEVEL=ERROR"]
    run = [*SCRAPY, "crawl", "sitemap", *flags]
    done = subprocess.run(run, capture_output=True, text=True, timeout=LIMIT_S, check=False, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, "")
    found = {url for (url,) in rows(tmp_path / "a.db", "SELECT url FROM articles")}
    assert found == {f"{site.root}{path}" for path in paths}
    assert sorted(site.paths()) == sorted(["/robots.txt", TDMREP, "/map.xml", *paths])


def test_scrapy_shell_sees_the_settings(site):
    """`scrapy shell` fetches under our name; no server that runs Python is opened, and no other handler than http."""
    site.answers["/robots.txt"] = Answer(b"", "text/plain")
    site.answers["/a"] = Answer(b"<title>Hafenblatt</title>")
    names = ("REMOTE_CONTROL_ENABLED", "TELNETCONSOLE_ENABLED", "COOKIES_ENABLED")
    code = (
        f"(response.status, {', '.join(f'settings[{name!r}]' for name in names)}, settings['DOWNLOAD_HANDLERS']['ftp'])"
    )
    flags = ["-s", f"CURATOR_ALLOW_HOSTS=127.0.0.1:{site.port}", "-s", "LOG_LEVEL=ERROR", "-c", code]
    run = [*SCRAPY, "shell", f"{site.root}/a", *flags]
    done = subprocess.run(run, capture_output=True, text=True, timeout=LIMIT_S, check=False, cwd=ROOT)
    assert done.stdout.strip() == "(200, False, False, False, None)", done.stderr
    assert re.match(r"curator/[\d.]+ \(corpus crawler; ", site.requests()[-1][1]["user-agent"])


SCRAPY = [sys.executable, "-m", "scrapy"]


def test_nothing_listens_while_a_crawl_runs(site, tmp_path):
    """The processes of a crawl open no port."""
    if not Path("/proc/net/tcp").exists():
        pytest.skip("reads /proc/net/tcp")
    found = []
    site.answers["/robots.txt"] = Answer(b"", "text/plain")
    site.article("/a", 1)
    note = site.note
    site.note = lambda path, headers: (found.append(listening()), note(path, headers))[1]
    before = listening()
    crawl(tmp_path / "a.db", listed(site, f"{site.root}/a"))
    assert len(found) == 3
    assert [ports - before for ports in found if mine(ports - before)] == []


def listening():
    """Return (address, inode) of the sockets of this machine that listen."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {(each[1], each[9]) for each in lines if each[3] == "0A"}


def mine(sockets):
    """Return those of the sockets that belong to a process below this one."""
    inodes = {f"socket:[{inode}]" for _, inode in sockets}
    held = set()
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            command = (link.parent.parent / "cmdline").read_bytes()
            if b"scrapy" in command and str(link.readlink()) in inodes:
                held.add(str(link.readlink()))
        except OSError:
            continue
    return held
