"""Every article that RSS and Atom feeds announce, on whatever site it is."""

from __future__ import annotations

from collections.abc import Iterator

from curator.pipeline.fetching import Link

from .visiting import CorpusSpider


class FeedSpider(CorpusSpider):
    """Takes addresses of feeds."""

    name = "feed"
    same_site = False
    articles_only = False

    def seeds(self) -> Iterator[Link]:
        """Yield each feed."""
        for url in self.spec.urls if self.spec else ():
            yield from self.link(url, "feed")
