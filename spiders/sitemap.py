"""Every page that the sitemaps of a site announce."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from curator.pipeline.fetching import Link

from .addresses import canonical
from .visiting import CorpusSpider


class SitemapSpider(CorpusSpider):
    """Takes addresses of sitemaps, or of sites whose robots.txt names them."""

    name = "sitemap"
    articles_only = False
    announced = "article"

    def seeds(self) -> Iterator[Link]:
        """Yield the sitemap, or the robots.txt of the site, of each start address."""
        for url in self.spec.urls if self.spec else ():
            if urlsplit(url).path in ("", "/"):
                yield from self.link(canonical("/robots.txt", url) or "", "robots")
            else:
                yield from self.link(url, "sitemap")
