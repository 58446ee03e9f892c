"""A made-up news site of 300 pages, served on loopback, with everything that a crawl meets on the real web.

``Site`` answers by its pages; ``log`` holds every request in order. ``GOLD`` of a page is its headline and
paragraphs, so what was cut can be measured.
"""

import gzip
import hashlib
import math
import random
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from patience import LIMIT_S
from template_site import body, headline

MODIFIED = "Mon, 04 Mar 2024 10:00:00 GMT"
N_ANNOUNCED, N_OLD, N_NEWS, N_FEED = 130, 60, 30, 10
N_MIRRORS, N_PRIVATE, N_MOVED, N_BUSY = 20, 10, 12, 5

LAYOUT = """<!doctype html><html lang="de"><head><meta charset="{charset}"><title>{title} | Hafenblatt</title>
<link rel="alternate" type="application/rss+xml" href="/feed.xml">{head}
<script type="application/ld+json">{{"@context": "https://schema.org", "@type": "NewsArticle", "headline": "{title}",
"datePublished": "{day}", "author": {{"@type": "Person", "name": "Femke Onnen"}}}}</script></head><body>
<header><a href="/">Hafenblatt</a><nav><ul><li><a href="/politik/">Politik</a></li><li><a href="/sport/">Sport</a></li>
<li><a href="/abo">Abo bestellen</a></li><li><a href="/suche">Suche</a></li></ul></nav></header>
<div class="breadcrumb"><a href="/">Start</a> &gt; <a href="/politik/">Politik</a></div>
<main><article><h1>{title}</h1><p class="byline">Von Femke Onnen</p>
<div class="share"><a href="#f">Facebook</a> <a href="#t">Twitter</a> <a href="#w">WhatsApp</a></div>
{paragraphs}</article>
<aside><h2>Lesen Sie auch</h2><ul>{related}</ul></aside>
<div class="newsletter"><p>Abonnieren Sie unseren Newsletter</p></div></main>
<footer><p>© 2024 Hafenblatt Verlag GmbH. Alle Rechte vorbehalten.</p><a href="/impressum">Impressum</a>
<a href="/datenschutz">Datenschutz</a></footer></body></html>"""


@dataclass
class Answer:
    """What the site says for a path: status, headers, body, and how often it is busy before it says so."""

    body: bytes = b""
    media: str = "text/html; charset=utf-8"
    status: int = 200
    headers: dict = field(default_factory=dict)
    n_busy: int = 0
    drip_s: float = 0.0


class Site:
    """The site on a port of loopback, with its answers by path, its gold by path and the log of requests."""

    def __init__(self):
        self.answers: dict[str, Answer] = {}
        self.gold: dict[str, tuple[str, list[str]]] = {}
        self.log: list[tuple[str, dict]] = []
        self.most_at_once = self._n_under_way = 0
        self._lock, self._is_open = threading.Lock(), threading.Event()
        self._n_noted, self._n_answered = 0, math.inf
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("OfSite", (Answering,), {"site": self}))
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.root = f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *error):
        self._server.shutdown()
        self._server.server_close()

    def paths(self):
        """Return the paths asked for so far, in order."""
        with self._lock:
            return [path for path, _ in self.log]

    def requests(self):
        """Return path and headers (in lower case) of the requests so far, and forget them."""
        with self._lock:
            found, self.log = self.log, []
            return found

    def hold_after(self, n_more):
        """Leave all requests after so many more without an answer, until `let_go`."""
        with self._lock:
            self._is_open.clear()
            self._n_answered = self._n_noted + n_more

    def let_go(self):
        """Answer what was held, and all that comes."""
        with self._lock:
            self._n_answered = math.inf
            self._is_open.set()

    @contextmanager
    def under_way(self, path):
        """Count a request until the end of its answer, and how many there were at once.

        Those that a client gives up do not count: the server hears of it a moment later.
        """
        if path.startswith("/boese/"):
            yield
            return
        with self._lock:
            self._n_under_way += 1
            self.most_at_once = max(self.most_at_once, self._n_under_way)
        try:
            yield
        finally:
            with self._lock:
                self._n_under_way -= 1

    def note(self, path, headers):
        """Log a request; return its answer, or the one that it gets while the site is busy."""
        with self._lock:
            self.log.append((path, {name.lower(): value for name, value in headers.items()}))
            self._n_noted += 1
            is_held = self._n_noted > self._n_answered
        if is_held:
            self._is_open.wait(LIMIT_S)
        with self._lock:
            answer = self.answers.get(path, Answer(b"<p>Nicht gefunden", status=404))
            if answer.n_busy:
                answer.n_busy -= 1
                return Answer(b"busy", status=503, headers={"Retry-After": "0"})
            return answer

    def article(self, path, seed, **more):
        """Put an article at a path, and its gold beside it."""
        chance = random.Random(seed)
        title = headline(chance)
        paragraphs = body(chance)
        self.gold[path] = (title, paragraphs)
        self.answers[path] = Answer(self.markup(title, paragraphs, seed).encode(), **more)

    def markup(self, title, paragraphs, seed=0, *, charset="utf-8", head=""):
        """Return an article in the layout of the site."""
        chance = random.Random(f"related {seed}")
        related = "".join(f'<li><a href="/r/{n}">{headline(chance)}</a></li>' for n in range(3))
        text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
        day = date(2024, 1, 1) + timedelta(seed % 60 if isinstance(seed, int) else 0)
        return LAYOUT.format(title=title, paragraphs=text, related=related, charset=charset, head=head, day=day)


class Answering(BaseHTTPRequestHandler):
    """Gives the answers of its site, "not changed" where that is asked for."""

    protocol_version = "HTTP/1.1"
    site: Site

    def do_GET(self):
        """Answer a request."""
        try:
            with self.site.under_way(self.path):
                end = self._answer(self.site.note(self.path, self.headers))
            # With its last bytes an answer is over, and the client may have asked again before we can count.
            self.wfile.write(end)
        except OSError:
            self.close_connection = True  # the client gave up, as it should

    def _answer(self, answer):
        """Send an answer but for its last bytes, which are returned."""
        etag = f'"{hashlib.md5(answer.body).hexdigest()}"'
        if answer.status == 200 and self.headers.get("If-None-Match") == etag:
            answer = Answer(status=304)
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.media)
        self.send_header("Content-Length", str(len(answer.body) * (answer.status != 304)))
        if answer.status in (200, 304):
            self.send_header("ETag", etag)
            self.send_header("Last-Modified", MODIFIED)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if not answer.body:
            head, self._headers_buffer = b"".join(self._headers_buffer), []
            return head + b"\r\n"
        self.end_headers()
        for byte in answer.body[:-1] if answer.drip_s else b"":
            self.wfile.write(bytes([byte]))
            time.sleep(answer.drip_s)
        if not answer.drip_s:
            self.wfile.write(answer.body[:-1])
        return answer.body[-1:]

    def log_message(self, *args):
        """Say nothing."""


def urlset(root, paths, lastmod="2024-03-01", news=False):
    """Return a sitemap of these paths."""
    about = (
        "<news:news><news:publication_date>{}</news:publication_date></news:news>" if news else "<lastmod>{}</lastmod>"
    )
    urls = "".join(f"<url><loc>{root}{path}</loc>{about.format(lastmod) if lastmod else ''}</url>" for path in paths)
    spaces = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
    return f'<?xml version="1.0"?><urlset {spaces}>{urls}</urlset>'.encode()


def feed(root, paths):
    """Return an RSS feed of these paths, with the tracking parameters that feeds add."""
    items = "".join(
        f"<item><title>x</title><link>{root}{path}?utm_source=rss&amp;utm_medium=feed</link>"
        "<pubDate>Fri, 01 Mar 2024 10:00:00 GMT</pubDate></item>"
        for path in paths
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{items}</channel></rss>'.encode()


def build(site):
    """Fill a site with its 300 pages and return it."""
    announced = [f"/politik/2024/03/{n:03}-neue-nachricht-aus-der-stadt" for n in range(N_ANNOUNCED)]
    old = [f"/archiv/artikel-{10_000 + n}.html" for n in range(N_OLD)]
    news = [f"/sport/2024/03/05/bericht-{n}-vom-spiel-am-abend" for n in range(N_NEWS)]
    only_in_feed = [f"/kultur/premiere-im-theater-am-hafen-{n}" for n in range(N_FEED)]
    for number, path in enumerate([*announced, *old, *news, *only_in_feed]):
        site.article(path, number)
    mirrors = _add_mirrors(site, announced)
    private = [f"/private/geheim-{n}-nur-intern-lesen" for n in range(N_PRIVATE)]
    for number, path in enumerate(private):
        site.article(path, 1_000 + number)
    special = [
        *_add_moved(site, announced),
        *_add_busy(site),
        *_add_charsets(site),
        *_add_optouts(site),
        *_add_bad(site),
    ]
    _add_maps(site, [*announced, *private, *special], [*old, *mirrors], news, [*only_in_feed, *announced[:10]])
    links = "".join(f'<li><a href="{path}">{path}</a></li>' for path in announced[:20])
    calendar = '<a href="/kalender/2024/1">Kalender</a>'
    site.answers["/"] = Answer(LAYOUT_HOME.format(links=links, more=calendar).encode())
    return site


LAYOUT_HOME = """<!doctype html><html lang="de"><head><title>Hafenblatt</title>
<link rel="alternate" type="application/rss+xml" href="/feed.xml"></head><body><ul>{links}</ul>{more}
<a href="/private/geheim-0-nur-intern-lesen">Intern</a></body></html>"""


def _add_mirrors(site, announced):
    mirrors = []
    for number, path in enumerate(announced[:N_MIRRORS]):
        title, paragraphs = site.gold[path]
        mirror = f"/mirror/{number}-dieselbe-nachricht-noch-einmal"
        site.gold[mirror] = (title, paragraphs[:-1])
        site.answers[mirror] = Answer(site.markup(title, paragraphs[:-1], number).encode())
        mirrors.append(mirror)
    return mirrors


def _add_moved(site, announced):
    """Add old addresses: most lead to articles of their own, the last two in two steps and to one that is known."""
    moved = []
    for number in range(N_MOVED):
        target = f"/umzug/{number}-neue-adresse-des-artikels"
        site.article(target, 2_000 + number)
        site.answers[f"/alt/{number}"] = Answer(status=301, headers={"Location": f"{target}?utm_campaign=umzug"})
        moved.append(f"/alt/{number}")
    site.answers["/alt/zwei"] = Answer(status=302, headers={"Location": "/alt/drei"})
    site.answers["/alt/drei"] = Answer(status=308, headers={"Location": "/umzug/ziel-nach-zwei-schritten-da"})
    site.article("/umzug/ziel-nach-zwei-schritten-da", 2_100)
    site.answers["/alt/bekannt"] = Answer(status=301, headers={"Location": announced[0]})
    return [*moved, "/alt/zwei", "/alt/bekannt"]


def _add_busy(site):
    paths = [f"/besetzt/{n}-erst-beim-zweiten-mal-da" for n in range(N_BUSY)]
    for number, path in enumerate(paths):
        site.article(path, 3_000 + number, n_busy=1 + number % 2)
    site.article("/besetzt/nie-wieder-zu-haben-leider", 3_100, n_busy=10_000)
    del site.gold["/besetzt/nie-wieder-zu-haben-leider"]
    return [*paths, "/besetzt/nie-wieder-zu-haben-leider"]


def _add_charsets(site):
    """Add pages whose header lies about their encoding, and one whose markup does."""
    lies = (
        ("utf-8", "text/html; charset=ISO-8859-1", "utf-8"),
        ("cp1252", "text/html; charset=utf-8", "utf-8"),
        ("cp1252", "text/html; charset=windows-1252", "utf-8"),
    )
    paths = []
    for number, (encoding, media, named) in enumerate(lies):
        path = f"/umlaute/{number}-grosse-gruesse-aus-koeln"
        site.article(path, 4_000 + number)
        title, paragraphs = site.gold[path]
        site.answers[path] = Answer(site.markup(title, paragraphs, number, charset=named).encode(encoding), media)
        paths.append(path)
    return paths


def _add_optouts(site):
    site.article(
        "/vorbehalt/0-kopf-der-antwort-sagt-nein", 5_000, headers={"X-Robots-Tag": "noai", "TDM-Reservation": "1"}
    )
    site.article("/vorbehalt/1-seite-selbst-sagt-nein", 5_001)
    title, paragraphs = site.gold["/vorbehalt/1-seite-selbst-sagt-nein"]
    head = '<meta name="robots" content="noai, noimageai"><meta name="tdm-reservation" content="1">'
    site.answers["/vorbehalt/1-seite-selbst-sagt-nein"].body = site.markup(title, paragraphs, 5, head=head).encode()
    return ["/vorbehalt/0-kopf-der-antwort-sagt-nein", "/vorbehalt/1-seite-selbst-sagt-nein"]


def _add_bad(site):
    """Add what is not to be stored: dead, too large, a bomb, a PDF, a page that is no article."""
    bomb = gzip.compress(bytes(60_000_000))
    site.answers["/boese/bombe"] = Answer(bomb, headers={"Content-Encoding": "gzip"})
    site.answers["/boese/riese"] = Answer(b"<p>" + b"a" * 11_000_000)
    site.answers["/heft.pdf"] = Answer(b"%PDF-1.4", media="application/pdf")
    site.answers["/heft"] = Answer(b"%PDF-1.4", media="application/pdf")
    site.answers["/abo"] = Answer(LAYOUT_HOME.format(links="<li>Jetzt bestellen</li>", more="").encode())
    return ["/tot/0-gibt-es-nicht-mehr", "/boese/bombe", "/boese/riese", "/heft.pdf", "/heft", "/abo"]


def _add_maps(site, announced, packed, news, in_feed):
    root = site.root
    robots = f"User-agent: *\nDisallow: /private/\nDisallow: /suche\nSitemap: {root}/sitemaps/index.xml\n"
    site.answers["/robots.txt"] = Answer(robots.encode(), "text/plain")
    names = ("seiten.xml", "archiv.xml.gz", "news.xml")
    index = "".join(f"<sitemap><loc>{root}/sitemaps/{name}</loc></sitemap>" for name in names)
    site.answers["/sitemaps/index.xml"] = Answer(f"<sitemapindex>{index}</sitemapindex>".encode(), "text/xml")
    site.answers["/sitemaps/seiten.xml"] = Answer(urlset(root, announced, None), "text/xml")
    packed_map = gzip.compress(urlset(root, packed, "2024-03-01"), mtime=0)
    site.answers["/sitemaps/archiv.xml.gz"] = Answer(packed_map, "application/gzip")
    site.answers["/sitemaps/news.xml"] = Answer(urlset(root, news, "2024-03-05T08:00:00Z", news=True), "text/xml")
    site.answers["/feed.xml"] = Answer(feed(root, in_feed), "application/rss+xml")
