"""The queue of a crawl as Scrapy's scheduler: what waits is in the corpus file, a window of it in memory.

One request to a host is under way at any time. A link that was taken up ends as exactly one visit, and leaves the
queue on disk when that visit is stored; so whatever the moment of a crash, it is either done or still waiting.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from itertools import islice
from typing import NamedTuple, Self

from scrapy.crawler import Crawler
from scrapy.http import Request
from scrapy.utils.asyncio import CallLaterResult, call_later

from curator.pipeline.fetching import KINDS, Closing, Counts, Link, QueueView, Seeds, Visit

from .addresses import host_of
from .admission import Admission
from .hosts import Hosts
from .storage import MAX_UNSTORED_BYTES, Storage
from .visiting import CorpusSpider

#: Links that are settled without a request in one go, before the reactor gets its turn.
_IN_ONE_GO = 200
_SEEDS_TOGETHER = 1_000
#: No robots.txt makes a crawl wait longer between two requests.
_MAX_CRAWL_DELAY_S = 60.0
#: So many seconds an interrupted crawl waits for answers that are under way, and how often it looks. Then it gives them
#: up: their addresses stay in the queue.
_GRACE_S = 3.0
_LOOK_S = 0.5
#: Behind every rank: that of an address that the crawl has not met.
_UNMET = len(KINDS)


class _Unstored(NamedTuple):
    """A message that is not on disk yet: its new addresses, the one that it settles, its bytes."""

    urls: list[str]
    settled: str | None
    size: int
    n_left: int


class Frontier:
    """Scrapy's SCHEDULER. Requests that are no spider's of ours (scrapy shell) simply pass through."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._window = crawler.settings.getint("CURATOR_WINDOW")
        self._passing: deque[Request] = deque()
        self._storage: Storage
        self._is_ours = False  # scrapy shell has spiders without storage
        self._hosts = Hosts()
        self._fresh: set[str] = set()  # met in this run, not on disk yet
        # Waits on disk, or is not there yet, but is in memory (with its rank), or under way or done (-1).
        self._held: dict[str, int] = {}
        self._documents: set[str] = set()  # fetched in this run, not on disk yet
        self._unstored: deque[_Unstored] = deque()
        self._unstored_bytes = 0
        self._n_left = 0  # links that go to the file without a place in memory, and are not there yet
        self._alarm: CallLaterResult | None = None
        self._n_pages = 0
        self._has_more = False
        self._is_stopped = False

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the scheduler of a crawl."""
        return cls(crawler)

    def open(self, spider: CorpusSpider) -> None:
        """Take up the queue where it was left, or fill it with the start addresses."""
        storage = getattr(spider, "storage", None)
        if storage is None:
            return
        self._storage, self._spider, self._is_ours = storage, spider, True
        spider.frontier = self
        self._view = QueueView(storage.opened)
        self._counts: Counts = self._view.counts()
        self._admission = Admission(storage.spec, self._counts)
        storage.listen(lambda n: self._in_loop(self._on_stored, n))
        self._watch()
        self._refill()
        if not storage.opened.crawl.is_seeded:
            self._seed()

    def close(self, reason: str) -> None:
        """Say the last word to the storing process, and wait until it has it."""
        if not self._is_ours:
            return
        is_complete = not self._hosts.n_entries and not self._has_more and reason == "finished"
        self._view.close()
        self._storage.close(Closing(reason, is_complete and not self._is_stopped))

    def has_pending_requests(self) -> bool:
        """Return whether anything waits that this run may still fetch."""
        if self._passing:
            return True
        return not self._is_stopped and bool(self._hosts.n_entries or self._has_more)

    def enqueue_request(self, request: Request) -> bool:
        """Take a request back that is to be made again, or pass on one that is none of ours."""
        link = request.meta.get("link")
        if not self._is_ours or link is None:
            self._passing.append(request)
        else:
            self._hosts.free(request.meta["host"], request.meta.pop("wait_s", 0.0))
            self._hosts.push(link, request)
            self._wake_later()
        return True

    def next_request(self) -> Request | None:
        """Return the next request, settling on the way what needs none; None where nothing may be asked now."""
        if self._passing:
            return self._passing.popleft()
        if not self._is_ours or self._is_stopped or self._unstored_bytes > MAX_UNSTORED_BYTES:
            return None
        for _ in range(_IN_ONE_GO):
            if self._has_more and self._hosts.n_entries < self._window // 10:
                self._refill()
            taken = self._hosts.pop()
            if taken is None:
                self._wake_later()
                return None
            if (request := self._request(*taken)) is not None:
                return request
        self._in_loop(self._wake)
        return None

    def _request(self, link: Link, again: Request | None) -> Request | None:
        if again is not None:
            return again
        if self._held.get(link.url) != KINDS[link.kind]:  # it was taken up under a better rank
            self._hosts.free(host_of(link.url))
            return None
        limit = self._storage.spec.max_pages
        if limit is not None and self._n_pages >= limit:
            self._is_stopped = True
            return None
        self._held[link.url] = -1
        last = self._view.last_fetch(link)
        reason = self._admission.reason_against(link)
        if reason is not None:
            self.settle(Visit(link, "skipped", reason))
        elif last is not None and link.lastmod and last.lastmod and link.lastmod <= last.lastmod:
            self.settle(Visit(link, "unchanged", "its date is the same", links=tuple(self.last_links(link))))
        else:
            self._n_pages += link.kind not in ("robots", "sitemap", "feed")
            request = self._spider.request_for(link, last)
            request.meta["host"] = host_of(link.url)
            return request
        return None

    def last_links(self, link: Link) -> list[Link]:
        """Return what the crawl of this target before this one found at an address."""
        return self._view.last_links(link.url)

    def is_announced(self, link: Link) -> bool:
        """Return whether sitemaps name the pages of an address's site, and sections are not to be followed beside."""
        return self._admission.is_announced(link.url)

    def is_stored(self, url: str) -> bool:
        """Return whether the page at an address is a document, of this crawl or an earlier one."""
        return url in self._documents or self._view.is_stored(url)

    def settle(self, visit: Visit) -> None:
        """Hand a visit over with those of its links that are new, and let its host be asked again."""
        new = self._new(visit.links)
        self._admission.note(visit)
        host = host_of(visit.link.url)
        self._hosts.free(host, min(_MAX_CRAWL_DELAY_S, self._spider.crawl_delays.get(host, 0.0)))
        n_left = self._push_all(new)
        if visit.raw is not None:
            self._documents.add(visit.link.url)
        size = len(visit.raw.content) if visit.raw else 0
        size += sum(len(each.response) for each in visit.exchanges)
        self._send(visit._replace(links=tuple(new)), visit.link.url, size, n_left)

    def _seed(self) -> None:
        seeds = iter(self._spider.seeds())
        while chunk := list(islice(seeds, _SEEDS_TOGETHER)):
            new = self._new(chunk)
            n_left = self._push_all(new)
            self._send(Seeds(tuple(new), last=False), None, 0, n_left)
        self._send(Seeds((), last=True), None, 0, 0)

    def _send(self, message: Visit | Seeds, settled: str | None, size: int, n_left: int) -> None:
        self._unstored.append(_Unstored([link.url for link in message.links], settled, size, n_left))
        self._unstored_bytes += size
        self._n_left += n_left
        self._storage.send(message)

    def _new(self, links: Iterable[Link]) -> list[Link]:
        """Return the links that this crawl wants and has not met, or only under a worse rank; remember them."""
        wanted: dict[str, Link] = {}
        for link in links:
            if link.url not in wanted and self._admission.admits(link):
                wanted[link.url] = link
        known = self._view.ranks(wanted) if wanted else {}
        known |= dict.fromkeys(wanted.keys() & self._fresh, -1)
        known |= {url: self._held[url] for url in wanted.keys() & self._held.keys()}
        new = [link for url, link in wanted.items() if known.get(url, _UNMET) > KINDS[link.kind]]
        self._fresh.update(link.url for link in new)
        return new

    def _push_all(self, links: Iterable[Link]) -> int:
        """Take links into memory as far as there is room; return how many must be read from the file later."""
        n_left = 0
        for link in links:
            if self._hosts.n_entries >= self._window:
                n_left += 1
            else:
                self._hold(link)
        self._has_more = self._has_more or n_left > 0
        return n_left

    def _hold(self, link: Link) -> None:
        self._held[link.url] = KINDS[link.kind]
        self._hosts.push(link)

    def _refill(self) -> None:
        limit = self._window + len(self._held)
        waiting = self._view.queued(limit)
        for link in waiting:
            if link.url not in self._held:
                self._hold(link)
        self._has_more = len(waiting) == limit or self._n_left > 0

    def _on_stored(self, n_messages: int) -> None:
        for _ in range(n_messages):
            stored = self._unstored.popleft()
            self._fresh.difference_update(stored.urls)
            self._held.pop(stored.settled or "", None)
            self._documents.discard(stored.settled or "")
            self._unstored_bytes -= stored.size
            self._n_left -= stored.n_left
        self._wake()

    def _in_loop(self, function: Callable[..., None], *arguments: object) -> None:
        from twisted.internet import reactor  # noqa: PLC0415 - importing it installs it

        reactor.callFromThread(function, *arguments)

    def _wake_later(self) -> None:
        """Ask for another call when the next host may be asked; the engine itself looks every 5 seconds only."""
        wait_s = self._hosts.next_s()
        if wait_s is not None and self._alarm is None:
            self._alarm = call_later(wait_s + 0.001, self._ring)

    def _watch(self, closing_s: float = 0.0) -> None:
        """Give up what is under way once the crawl has been closing for too long: Scrapy waits for slow servers."""
        slot = self._crawler.engine._slot if self._crawler.engine else None
        is_closing = slot is not None and slot.closing is not None
        if slot is not None and is_closing and closing_s >= _GRACE_S:
            for request in list(slot.inprogress):
                slot.remove_request(request)
        else:
            call_later(_LOOK_S, self._watch, closing_s + _LOOK_S if is_closing else 0.0)

    def _ring(self) -> None:
        self._alarm = None
        self._wake()

    def _wake(self) -> None:
        slot = self._crawler.engine._slot if self._crawler.engine else None
        if slot is not None and slot.closing is None:
            slot.nextcall.schedule()
