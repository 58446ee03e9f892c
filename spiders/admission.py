"""Which links a crawl takes up: filters, caps, and the marks of a trap."""

from __future__ import annotations

import re
from collections import Counter
from urllib.parse import urlsplit

from curator.pipeline.fetching import ANNOUNCES, BARREN, PAGES, Counts, CrawlSpec, Link, Visit

from .addresses import goes_round, is_on_site

#: Addresses of one pattern that may turn out to be no article, before the rest is left out: a calendar has a page
#: for every month, a shop one for every combination of filters. Patterns that yield articles are not capped.
MAX_BARREN = 50
#: Most addresses of one pattern that are followed at all; what a sitemap or feed announces does not count.
MAX_FOLLOWED = 5_000
#: Sitemaps that name sitemaps: more than an index of indexes no site needs.
_MAX_NESTED = 5
#: What is surely no page of text.
_FILE = re.compile(
    r"\.(?:jpe?g|png|gif|webp|svg|avif|ico|bmp|tiff?|css|m?js|json|woff2?|ttf|eot|mp[34]|m4[av]|webm|ogg|wav|avi|mov"
    r"|mkv|flv|pdf|docx?|xlsx?|pptx?|od[tsp]|epub|zip|gz|tar|rar|7z|exe|dmg|apk|iso|ics|torrent)$",
    re.IGNORECASE,
)


class Admission:
    """Judges links when they are found and when it is their turn; remembers how patterns and sites fared."""

    def __init__(self, spec: CrawlSpec, counts: Counts) -> None:
        self._spec = spec
        self._by_site = Counter(counts.fetched_by_site)
        self._fruitful = Counter(counts.fetched_by_pattern)
        self._barren = Counter(counts.barren_by_pattern)
        self._followed = Counter(counts.followed_by_pattern)
        self._announced = set(counts.announced_sites)

    def admits(self, link: Link) -> bool:
        """Return whether a link that was found belongs into the queue."""
        if link.kind not in PAGES:
            return link.depth <= _MAX_NESTED
        if _FILE.search(urlsplit(link.url).path) or not self._is_wanted(link):
            return False
        return link.kind != "section" or self._follows(link)

    def _is_wanted(self, link: Link) -> bool:
        """Return whether path and date are within the filters; a page never is of a later day than its change."""
        if self._spec.since and link.lastmod and link.lastmod[:10] < self._spec.since:
            return False
        if link.kind == "section" or not self._spec.paths:
            return True
        return self.is_path_wanted(link.url)

    def is_path_wanted(self, url: str) -> bool:
        """Return whether the path of an address begins as one of those that are asked for."""
        path = urlsplit(url).path
        return not self._spec.paths or any(path.startswith(each) for each in self._spec.paths)

    def _follows(self, link: Link) -> bool:
        if link.depth > self._spec.max_depth or goes_round(link.url):
            return False
        self._followed[link.pattern] += 1
        return self._followed[link.pattern] <= MAX_FOLLOWED

    def reason_against(self, link: Link) -> str | None:
        """Return why a link whose turn has come is not fetched after all, or None."""
        if link.kind not in PAGES:
            return None
        if link.kind == "section" and self.is_announced(link.url):
            return "sitemaps announce the pages"
        limit = self._spec.max_per_site
        if limit is not None and self._by_site[link.site] >= limit:
            return "enough of the site"
        if link.kind == "section" and self._is_barren(link.pattern):
            return "no article among many of its sort"
        return None

    def is_announced(self, url: str) -> bool:
        """Return whether sitemaps name the pages of a site, so that its sections need not be followed."""
        return not self._spec.follow and any(is_on_site(url, site) for site in self._announced)

    def _is_barren(self, pattern: str) -> bool:
        return self._barren[pattern] >= MAX_BARREN and self._barren[pattern] > 9 * self._fruitful[pattern]

    def note(self, visit: Visit) -> None:
        """Remember how an address fared."""
        link = visit.link
        if visit.reason == ANNOUNCES:
            self._announced.add(link.site)
        if link.kind in PAGES:
            self._by_site[link.site] += visit.state == "fetched"
            self._fruitful[link.pattern] += visit.state == "fetched"
            self._barren[link.pattern] += visit.reason == BARREN
