"""What all our spiders share: a link becomes a request, its answer a visit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Any, ClassVar, Protocol, Self

from protego import Protego
from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadCancelledError, DownloadTimeoutError, IgnoreRequest
from scrapy.http import Response, TextResponse
from twisted.python.failure import Failure

from curator.errors import ReadError
from curator.pipeline.fetching import ANNOUNCES, BARREN, PAGES, CrawlSpec, FetchRow, Link, Visit
from curator.readers.sitemap import MAX_BYTES, SitemapEntry, read_sitemap

from .addresses import canonical, host_of, is_form_of, is_on_site, pattern_of
from .pages import base_of, canonical_of, feeds_of, is_article, links_of, optouts_of, refresh_of
from .responses import fetch_of, header_of, is_text, media_of, raw_of
from .robots import Forbidden, RobotsUnavailable
from .safety import UnsafeAddress
from .specs import spec_of, user_agent
from .storage import Storage

_MAX_REDIRECTS = 10
#: Marks the address of a sitemap that nobody named; there may be none.
_GUESS = "guess"


class Queue(Protocol):
    """What a spider asks the queue of its crawl, which ``spiders.frontier`` answers."""

    def last_links(self, link: Link) -> list[Link]:
        """Return what the crawl of this target before this one found at an address."""
        ...

    def is_announced(self, link: Link) -> bool:
        """Return whether sitemaps name the pages of an address's site, and sections are not to be followed beside."""
        ...

    def is_stored(self, url: str) -> bool:
        """Return whether the page at an address is a document, of this crawl or an earlier one."""
        ...


class CorpusSpider(Spider):
    """Fetches what the frontier hands out and yields one ``Visit`` for each link; subclasses say where to begin."""

    #: Whether pages must be on the sites of the start addresses.
    same_site: ClassVar[bool] = True
    #: Whether a page must look like an article to be stored.
    articles_only: ClassVar[bool] = True
    #: What the addresses of a sitemap are taken for.
    announced: ClassVar[str] = "page"

    storage: Storage | None = None
    frontier: Queue

    def __init__(self, *args: Any, **options: str) -> None:  # noqa: ANN401
        super().__init__(*args)
        self.spec: CrawlSpec | None = spec_of(self.name, options)
        self.crawl_delays: dict[str, float] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **options: Any) -> Self:  # noqa: ANN401
        """Return the spider, connected to the process that stores what it fetches."""
        spider = super().from_crawler(crawler, *args, **options)
        channel = crawler.settings.getint("CURATOR_CHANNEL")
        if channel:
            spider.storage = Storage.inherited(channel)
            spider.spec = spider.storage.spec
        elif spider.spec is not None:
            spider.storage = Storage.started(spider.spec, crawler.settings["CURATOR_DB"])
        if spider.spec is not None:
            _configure(crawler, spider.spec)
        return spider

    def seeds(self) -> Iterator[Link]:
        """Yield the links to begin with."""
        raise NotImplementedError

    def link(self, url: str, kind: str, parent: Link | None = None, lastmod: str | None = None) -> Iterator[Link]:
        """Yield the link to an address, or nothing where it is none that the crawl may take up."""
        found = canonical(url)
        is_page = kind in PAGES
        if found is None or (is_page and not self.is_on_site(found)):
            return
        pattern = pattern_of(found) if is_page else ""
        site = host_of(found) if is_page or parent is None else parent.site
        depth = parent.depth + 1 if parent else 0
        yield Link(found, kind, parent.url if parent else None, depth, site, pattern, lastmod)

    def is_on_site(self, url: str) -> bool:
        """Return whether an address is on one of the sites that the crawl is for."""
        if not self.same_site or self.spec is None:
            return True
        return any(is_on_site(url, host_of(canonical(each) or "")) for each in self.spec.urls)

    def request_for(self, link: Link, last: FetchRow | None) -> Request:
        """Return the request for a link, one that asks for changes only where the last answer is known."""
        headers = {}
        if last is not None and last.etag:
            headers["If-None-Match"] = last.etag
        if last is not None and last.modified:
            headers["If-Modified-Since"] = last.modified
        meta: dict[str, object] = {
            "link": link,
            "last": last,
            "dont_redirect": True,  # a redirect is a link of its own: seen, judged and queued like any other
            "handle_httpstatus_all": True,
            "is_robots": link.kind == "robots",
        }
        if link.kind in ("sitemap", "feed"):
            meta["download_maxsize"] = MAX_BYTES
        return Request(link.url, self.visited, headers=headers, meta=meta, errback=self.missed, dont_filter=True)

    def visited(self, response: Response) -> Iterator[Visit]:
        """Yield the visit that an answer makes; an answer that cannot be read is a failure of its own."""
        link, last = response.meta["link"], response.meta["last"]
        try:
            yield self._visit(response, link, last)
        except Exception as error:  # the edge catches per item
            self.logger.exception("reading broke: %s", link.url)
            yield Visit(link, "failed", failure=(type(error).__name__, f"reading the answer broke: {error}"))

    def missed(self, failure: Failure) -> Iterator[Visit]:
        """Yield the visit of a link that got no answer."""
        link, error = failure.request.meta["link"], failure.value
        if isinstance(error, Forbidden):
            yield Visit(link, "skipped", "forbidden by robots.txt")
        else:
            yield Visit(link, "failed", failure=(_sort_of(error), str(error) or repr(error)))

    def _visit(self, response: Response, link: Link, last: FetchRow | None) -> Visit:
        if response.status == 304 and last is not None:
            return self._unchanged(response, link, last)
        if 300 <= response.status < 400:
            return self._redirected(response, link)
        if response.status >= 300:
            if link.pattern == _GUESS:
                return Visit(link, "skipped", "no sitemap")
            return Visit(link, "failed", failure=(f"http-{response.status}", f"the server answers {response.status}"))
        visit = self._refreshed(response, link) or self._read(response, link)
        if visit.state == "failed":
            return visit
        return self._with_exchange(visit, response)._replace(fetch=fetch_of(response, link))

    def _read(self, response: Response, link: Link) -> Visit:
        visit: Visit = getattr(self, f"read_{link.kind}")(response, link)
        return visit

    def _refreshed(self, response: Response, link: Link) -> Visit | None:
        """Return the visit of a page that sends its readers elsewhere, or None; one that reloads itself does not."""
        if link.kind not in (*PAGES, "start") or not isinstance(response, TextResponse):
            return None
        target = refresh_of(response)
        if target is None or canonical(target, response.url) in (None, link.url):
            return None
        return self._sent_on(response, link, target)

    def _with_exchange(self, visit: Visit, response: Response) -> Visit:
        """Return a visit as it goes into a WARC file, if one is written: documents and what led to them."""
        exchange = response.meta.get("exchange")
        if exchange is None or (visit.raw is None and visit.reason != "redirect"):
            return visit
        return visit._replace(raw=None, exchanges=(exchange,))

    def _unchanged(self, response: Response, link: Link, last: FetchRow) -> Visit:
        reason = BARREN if last.key is None and link.kind in ("page", "section") else None
        if link.kind == "sitemap":
            reason = ANNOUNCES
        links = tuple(self.frontier.last_links(link))
        return Visit(link, "unchanged", reason, links=links, fetch=fetch_of(response, link, last))

    def _redirected(self, response: Response, link: Link) -> Visit:
        return self._sent_on(response, link, header_of(response, "Location"))

    def _sent_on(self, response: Response, link: Link, location: str | None) -> Visit:
        """Return the visit of an address that leads to another one, by its status or its markup."""
        target = canonical(location or "", response.url)
        if target is None:
            message = f"redirects ({response.status}) to {location!r}, expected an http(s) address"
            return Visit(link, "failed", failure=("bad-redirect", message))
        if target == link.url or len(link.via) >= _MAX_REDIRECTS:
            return Visit(link, "failed", failure=("redirect-loop", f"redirects without end, last to {target}"))
        if link.kind not in ("robots", "sitemap", "feed") and not self.is_on_site(target):
            return Visit(link, "skipped", "redirect off the site")
        via = (*link.via, (response.status, link.url))
        onward = link._replace(url=target, parent=link.url, site=host_of(target), via=via)
        fetch = fetch_of(response, link)
        return self._with_exchange(Visit(link, "skipped", "redirect", links=(onward,), fetch=fetch), response)

    def read_robots(self, response: Response, link: Link) -> Visit:
        """Return the sitemaps that a robots.txt names, or the usual place of one."""
        named = list(Protego.parse(response.body.decode("utf-8", "replace")).sitemaps)
        links = [found for url in named for found in self.link(response.urljoin(url), "sitemap", link)]
        return Visit(link, "fetched", links=tuple(links or self._guess(response.url, link)))

    def _guess(self, url: str, link: Link) -> Iterable[Link]:
        root = canonical("/sitemap.xml", url)
        return [found._replace(pattern=_GUESS) for found in self.link(root or "", "sitemap", link)]

    def read_start(self, response: Response, link: Link) -> Visit:
        """Return the feeds that a home page names, and its links as sections of the site."""
        if not isinstance(response, TextResponse):
            return Visit(link, "failed", failure=("no-page", f"is {media_of(response)}, expected a page"))
        feeds = [found for href in feeds_of(response) for found in self._on(response, href, "feed", link)]
        sections = () if self.frontier.is_announced(link) else self._sections(response, link)
        return Visit(link, "fetched", links=(*feeds, *sections))

    def read_sitemap(self, response: Response, link: Link) -> Visit:
        """Return what a sitemap announces."""
        return self._read_map(response, link, self.announced)

    def read_feed(self, response: Response, link: Link) -> Visit:
        """Return what a feed announces."""
        return self._read_map(response, link, "article")

    def _read_map(self, response: Response, link: Link, kind: str) -> Visit:
        links: list[Link] = []
        n_pages = 0
        try:
            for entry in read_sitemap(BytesIO(response.body)):
                is_wanted = self.spec is None or _is_wanted(entry, self.spec)
                n_pages += entry.kind == "page" or (entry.kind == "sitemap" and not is_wanted)
                if not is_wanted:
                    continue
                found = canonical(entry.url, response.url) or ""
                links.extend(self.link(found, kind if entry.kind == "page" else entry.kind, link, entry.lastmod))
        except ReadError as error:
            if link.pattern == _GUESS:
                return Visit(link, "skipped", "no sitemap")
            if not links:
                return Visit(link, "failed", failure=("no-sitemap", str(error)))
        return Visit(link, "fetched", ANNOUNCES if n_pages and link.kind == "sitemap" else None, links=tuple(links))

    def read_article(self, response: Response, link: Link) -> Visit:
        """Return the document that a page is."""
        return self._stored(response, link) or Visit(link, "fetched", raw=raw_of(response, link))

    def read_page(self, response: Response, link: Link) -> Visit:
        """Return the document that a page is, if it looks like an article."""
        refused = self._stored(response, link)
        if refused is None and self.articles_only and not _looks_right(response):
            return Visit(link, "skipped", BARREN)
        return refused or Visit(link, "fetched", raw=raw_of(response, link))

    def read_section(self, response: Response, link: Link) -> Visit:
        """Return the document that a page is, or the links of one that is no article."""
        visit = self.read_page(response, link)
        return visit._replace(links=tuple(self._sections(response, link))) if visit.reason == BARREN else visit

    def _stored(self, response: Response, link: Link) -> Visit | None:
        """Return the visit of a page that is not stored whatever it is, or None."""
        if not is_text(response):
            return Visit(link, "skipped", f"not a page of text: {media_of(response)}")
        if not response.body.strip():
            return Visit(link, "failed", failure=("empty", "the answer is empty"))
        if self.spec and self.spec.respect_optout and optouts_of(response):
            return Visit(link, "skipped", "opted out of machine learning")
        if self._is_stored_elsewhere(response, link):
            return Visit(link, "skipped", "stored under its canonical address")
        return None

    def _is_stored_elsewhere(self, response: Response, link: Link) -> bool:
        """Return whether a page is another form of one that is stored, and was not stored in this form before."""
        named = canonical_of(response)
        if named is None or not is_form_of(link.url, named):
            return False
        return self.frontier.is_stored(named) and not self.frontier.is_stored(link.url)

    def _sections(self, response: Response, link: Link) -> Iterator[Link]:
        if isinstance(response, TextResponse):
            for href in links_of(response):
                yield from self._on(response, href, "section", link)

    def _on(self, response: TextResponse, href: str, kind: str, link: Link) -> Iterator[Link]:
        found = canonical(href, base_of(response))
        if found is not None:
            yield from self.link(found, kind, link)


def _is_wanted(entry: SitemapEntry, spec: CrawlSpec) -> bool:
    """Return whether what a sitemap or feed says of a page is within the filters."""
    if entry.lang and spec.langs and entry.lang.lower().partition("-")[0] not in spec.langs:
        return False
    if entry.kind == "sitemap" and spec.since and (entry.lastmod or spec.since) < spec.since:
        return False  # nothing in it has changed since
    day = (entry.published or "")[:10]
    return not day or ((spec.since or "") <= day <= (spec.until or day))


def _looks_right(response: Response) -> bool:
    return isinstance(response, TextResponse) and is_article(response)


def _sort_of(error: BaseException) -> str:
    """Return the lasting name of what went wrong."""
    if isinstance(error, UnsafeAddress):
        return "unsafe-address"
    if isinstance(error, RobotsUnavailable):
        return "robots"
    if isinstance(error, DownloadTimeoutError):
        return "timeout"
    if isinstance(error, DownloadCancelledError | IgnoreRequest):
        return "too-large"
    return type(error).__name__


def _configure(crawler: Crawler, spec: CrawlSpec) -> None:
    """Make Scrapy's settings those of a spec; what the command line sets for Scrapy wins."""
    values = {
        "USER_AGENT": user_agent(spec.contact),
        "DOWNLOAD_DELAY": spec.delay_s,
        "AUTOTHROTTLE_START_DELAY": spec.delay_s,
        "DOWNLOAD_TIMEOUT": spec.timeout_s,
        "CURATOR_BACKOFF_S": spec.backoff_s,
    }
    for name, value in values.items():
        crawler.settings.set(name, value, priority="spider")
