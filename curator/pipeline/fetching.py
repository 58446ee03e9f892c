"""What spiders hand over and ask for: specs, links and visits, and a read-only look at a crawl's queue.

A crawl is two processes. The spider process fetches and decides what to fetch next; the storing process cleans and
writes (``curator.pipeline.crawling``). Fetching never waits for cleaning, and only one process writes: an address
leaves the queue in the very transaction that stores its document and the links that were found there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, NamedTuple

from curator.model import Raw
from curator.store import crawls
from curator.store.connection import connect
from curator.store.crawls import Crawl, FetchRow

#: What an address is taken for, in the order in which a crawl takes them up. An "article" was announced as one, a
#: "page" must be looked at; a "section" is followed, too, if it is no article.
KINDS: Mapping[str, int] = {"start": 0, "sitemap": 0, "feed": 1, "article": 2, "page": 3, "section": 4}

State = Literal["fetched", "unchanged", "skipped", "failed"]

#: The parts of a spec that make another crawl of it: what has changed elsewhere goes on with the same queue.
_TARGET = ("urls", "file", "since", "until", "paths", "langs", "follow", "warc")


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlSpec:
    """What to crawl and how; ValueError for a spider without addresses.

    ``since`` and ``until`` are ISO days, ``paths`` beginnings of paths, ``langs`` language codes. ``max_pages``
    counts the pages of one run, ``max_per_site`` and ``max_depth`` hold for the crawl. ``delay_s`` is the least time
    between two requests to a host. ``allow_hosts`` may have private addresses ("name" or "name:port").
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
    contact: str | None = None
    respect_optout: bool = False
    allow_hosts: tuple[str, ...] = ()
    warc: str | None = None
    fresh: bool = False

    def __post_init__(self) -> None:
        if not self.urls and not self.file:
            raise ValueError("a crawl needs at least one address, such as https://example.org")

    def target(self) -> str:
        """Return the JSON that tells this crawl from others of the same spider."""
        return json.dumps({name: getattr(self, name) for name in _TARGET}, sort_keys=True)

    def to_json(self) -> str:
        """Return the spec as JSON that ``from_json`` takes."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> CrawlSpec:
        """Return the spec that became this JSON."""
        found: dict[str, Any] = json.loads(text)
        lists = {each.name for each in fields(cls) if str(each.type).startswith("tuple")}
        return cls(**{name: tuple(value) if name in lists else value for name, value in found.items()})


class Link(NamedTuple):
    """An address to fetch; ``pattern`` is what it shares with others of its sort, ``lastmod`` a time in UTC."""

    url: str
    kind: str
    parent: str | None = None
    depth: int = 0
    site: str = ""
    pattern: str = ""
    lastmod: str | None = None


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
    n_waiting: int = 0


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
    """Numbers by name that a crawl in progress starts from."""

    fetched_by_site: dict[str, int] = field(default_factory=dict)
    fetched_by_pattern: dict[str, int] = field(default_factory=dict)
    skipped_by_pattern: dict[str, int] = field(default_factory=dict)


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

    def known(self, urls: Iterable[str]) -> set[str]:
        """Return those of the addresses that the crawl has met."""
        return crawls.known(self._connection, self._crawl.id, urls)

    def last_fetch(self, url: str) -> FetchRow | None:
        """Return the last answer for an address, in this crawl or in an earlier one."""
        return crawls.find_fetch(self._connection, url)

    def last_links(self, url: str) -> list[Link]:
        """Return what the crawl of this target before this one found at an address."""
        previous = self._crawl.previous_id
        return [] if previous is None else [_link(row) for row in crawls.children(self._connection, previous, url)]

    def counts(self) -> Counts:
        """Return how many addresses of the crawl were fetched, or skipped, by site and pattern."""
        by = (("site", "fetched"), ("pattern", "fetched"), ("pattern", "skipped"))
        return Counts(*(dict(crawls.count_by(self._connection, self._crawl.id, *each)) for each in by))


def _link(row: crawls.QueuedRow) -> Link:
    return Link(row.url, row.kind, row.parent, row.depth, row.site, row.pattern, row.lastmod)
