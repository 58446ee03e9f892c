"""The articles of a news site: from its sitemaps and feeds, and from its sections where there is no sitemap."""

from __future__ import annotations

from collections.abc import Iterator

from curator.pipeline.fetching import Link

from .addresses import canonical
from .visiting import CorpusSpider


class NewsSpider(CorpusSpider):
    """Begins with robots.txt, which names the sitemaps, and the page itself, which names the feeds."""

    name = "news"

    def seeds(self) -> Iterator[Link]:
        """Yield robots.txt and the page of each start address."""
        for url in self.spec.urls if self.spec else ():
            yield from self.link(canonical("/robots.txt", url) or "", "robots")
            yield from self.link(url, "start")
