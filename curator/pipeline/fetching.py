"""What spiders hand over and ask for: specs, links and visits, and a read-only look at a crawl's queue.

A crawl is two processes. The spider process fetches and decides what to fetch next; the storing process cleans and
writes (``curator.pipeline.crawling``). Fetching never waits for cleaning, and only one process writes: an address
leaves the queue in the very transaction that stores its document and the links that were found there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

from curator.model import Raw
from curator.store import crawls
from curator.store.connection import connect
from curator.store.crawls import Crawl, FetchRow

__all__ = [
    "ANNOUNCES",
    "BARREN",
    "KINDS",
    "PAGES",
    "Closing",
    "Counts",
    "CrawlSpec",
    "Exchange",
    "FetchRow",
    "Link",
    "Opened",
    "QueueView",
    "Seeds",
    "Stored",
    "Visit",
    "queue_row",
]

#: What an address is taken for, in the order in which a crawl takes them up. An "article" was announced as one, a
#: "page" must be looked at; a "section" is followed, too, if it is no article.
KINDS: Mapping[str, int] = {
    name: rank for rank, name in enumerate(("robots", "sitemap", "start", "feed", "article", "page", "section"))
}

#: Those that may become documents.
PAGES = ("article", "page", "section")
#: Reasons that a crawl goes by when it is taken up: a sitemap named pages; a page was no article.
ANNOUNCES = "announces pages"
BARREN = "no article"

State = Literal["fetched", "unchanged", "skipped", "failed"]

#: The parts of a spec that make another crawl of it: what has changed elsewhere goes on with the same queue.
_TARGET = ("urls", "file", "since", "until", "paths", "langs", "follow", "warc")


_ADDRESS = re.compile(r"https?://", re.IGNORECASE)
_LANG = re.compile(r"[a-z]{2,3}")
#: A name or address, an IPv6 one in brackets or bare, and perhaps a port.
_HOST = re.compile(r"(?:[\w.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?|[0-9A-Fa-f:.]+")


def _host_of(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlSpec:
    """What to crawl and how; ValueError without an address, or with one that is none.

    ``since`` and ``until`` are ISO days, ``paths`` beginnings of paths, ``langs`` language codes. ``max_pages``
    counts the pages of one run, ``max_per_site`` and ``max_depth`` hold for the crawl. ``delay_s`` is the least time
    between two requests to a host, ``timeout_s`` the most for a whole answer, ``backoff_s`` the first wait before a
    request is made again, then twice as long each time. ``allow_hosts`` may have private addresses ("name", "name:80").
    """

    spider: str = "news"
    urls: tuple[str, ...] = ()
    file: str | None = None
    since: str | None = None
    until: str | None = None
    paths: tuple[str, ...] = ()
    langs: tuple[str, ...] = ()
    follow: bool = False
    max_pages: int | None = None
    max_per_site: int | None = None
    max_depth: int = 4
    delay_s: float = 1.0
    timeout_s: float = 60.0
    backoff_s: float = 5.0
    contact: str | None = None
    respect_optout: bool = False
    allow_hosts: tuple[str, ...] = ()
    warc: str | None = None
    fresh: bool = False

    def __post_init__(self) -> None:
        if not self.urls and not self.file:
            raise ValueError("a crawl needs at least one address, such as https://example.org")
        if self.file and self.spider != "list":
            raise ValueError(f"a file of addresses is for the spider list, not for {self.spider}")
        for url in self.urls:
            if not _ADDRESS.match(url) or not _host_of(url):
                raise ValueError(f"{url!r} is no address of the web: expected one such as https://example.org")
        self._check_filters()

    def _check_filters(self) -> None:
        """Raise ValueError for what would let nothing pass, or be heeded by nobody."""
        if self.since and self.until and self.since > self.until:
            raise ValueError(f"since, {self.since}, is after until, {self.until}")
        for path in self.paths:
            if not path.startswith("/"):
                raise ValueError(f"{path!r} is no beginning of a path: expected one such as /news/")
        for code in self.langs:
            if not _LANG.fullmatch(code):
                raise ValueError(f"{code!r} is no code of a language: expected one such as de")
        for host in self.allow_hosts:
            if not _HOST.fullmatch(host):
                raise ValueError(f"{host!r} is no host: expected one such as localhost or localhost:8000")

    def target(self) -> str:
        """Return the JSON that tells this crawl from others of the same spider."""
        return json.dumps({name: getattr(self, name) for name in _TARGET}, sort_keys=True)


class Link(NamedTuple):
    """An address to fetch; ``pattern`` is what it shares with others of its sort, ``lastmod`` a time in UTC.

    ``site`` is its host, or that of the start address for what leads to pages.
    ``via`` are status and address of each redirect that led to it.
    """

    url: str
    kind: str
    parent: str | None = None
    depth: int = 0
    site: str = ""
    pattern: str = ""
    lastmod: str | None = None
    via: tuple[tuple[int, str], ...] = ()


class Exchange(NamedTuple):
    """A request with its answer as they went over the wire, for a WARC file: one for each hop of a redirect."""

    url: str
    fetched_at: str
    request: bytes
    response: bytes
    ip: str | None


class Visit(NamedTuple):
    """What became of an address that was in the queue.

    ``links`` were found there and are new. ``raw`` is its document, ``fetch`` what to remember of the answer.
    ``failure`` is (error, message).
    """

    link: Link
    state: State
    reason: str | None = None
    raw: Raw | None = None
    links: tuple[Link, ...] = ()
    fetch: FetchRow | None = None
    failure: tuple[str, str] | None = None
    exchanges: tuple[Exchange, ...] = ()


class Seeds(NamedTuple):
    """Start addresses; ``last`` says that no more will come."""

    links: tuple[Link, ...]
    last: bool


class Opened(NamedTuple):
    """The storing process's answer to a spec: the crawl to work on, and where it is kept."""

    db: str
    crawl: Crawl


class Stored(NamedTuple):
    """Tells the spider process that so many of its messages are on disk."""

    n_messages: int


class Closing(NamedTuple):
    """The spider process's last word: why it ends, and whether addresses wait for another run."""

    reason: str
    is_complete: bool


@dataclass(slots=True)
class Counts:
    """What a crawl in progress goes on from: how sites and patterns of addresses fared so far."""

    fetched_by_site: Mapping[str, int] = field(default_factory=dict)
    fetched_by_pattern: Mapping[str, int] = field(default_factory=dict)
    barren_by_pattern: Mapping[str, int] = field(default_factory=dict)
    followed_by_pattern: Mapping[str, int] = field(default_factory=dict)
    announced_sites: tuple[str, ...] = ()


class QueueView:
    """A read-only look at the queue of a crawl; what is not on disk yet, it does not show."""

    def __init__(self, opened: Opened) -> None:
        self._connection = connect(Path(opened.db), read_only=True)
        self._crawl = opened.crawl

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def queued(self, limit: int) -> list[Link]:
        """Return addresses that wait, those to be taken first first."""
        return [_link(row) for row in crawls.queued(self._connection, self._crawl.id, limit)]

    def ranks(self, urls: Iterable[str]) -> dict[str, int]:
        """Return those of the addresses that the crawl has met, with their rank, or -1 if they are settled."""
        return crawls.ranks(self._connection, self._crawl.id, urls)

    def last_fetch(self, link: Link) -> FetchRow | None:
        """Return the last answer for an address, if "not changed" would do now.

        That is so for a page whose document is stored, and for whatever the last crawl of this target has looked at:
        then it is known what was found there.
        """
        row = crawls.find_fetch(self._connection, link.url)
        if row is None or (row.key is not None and link.kind in ("article", "page")):
            return row
        previous = self._crawl.previous_id
        return row if previous is not None and crawls.ranks(self._connection, previous, [link.url]) else None

    def is_stored(self, url: str) -> bool:
        """Return whether the last answer for an address became a document."""
        row = crawls.find_fetch(self._connection, url)
        return row is not None and row.key is not None

    def last_links(self, url: str) -> list[Link]:
        """Return what the crawl of this target before this one found at an address."""
        previous = self._crawl.previous_id
        return [] if previous is None else [_link(row) for row in crawls.children(self._connection, previous, url)]

    def counts(self) -> Counts:
        """Return how the sites and patterns of the crawl fared so far."""
        count = partial(crawls.count_by, self._connection, self._crawl.id)
        return Counts(
            count("site", state="fetched", kinds=PAGES),
            count("pattern", state="fetched", kinds=PAGES),
            count("pattern", reason=BARREN),
            count("pattern", kinds=("section",)),
            tuple(count("site", reason=ANNOUNCES)),
        )


def _link(row: crawls.QueuedRow) -> Link:
    via = tuple((int(status), str(url)) for status, url in json.loads(row.via or "[]"))
    return Link(row.url, row.kind, row.parent, row.depth, row.site, row.pattern, row.lastmod, via)


def queue_row(link: Link) -> crawls.QueuedRow:
    """Return the row of a link in the queue."""
    via = json.dumps(link.via) if link.via else None
    rank = KINDS[link.kind]
    return crawls.QueuedRow(
        link.url, link.parent, link.kind, rank, link.depth, link.site, link.pattern, link.lastmod, via
    )
