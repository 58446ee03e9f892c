"""Scrapy's item pipeline: visits go to the frontier, which hands them to the process that stores."""

from __future__ import annotations

from typing import Self

from scrapy.crawler import Crawler
from scrapy.utils.defer import _schedule_coro

from curator.pipeline.fetching import Visit


class StoreVisits:
    """Settles each visit; a queue that cannot be written any more ends the crawl."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the pipeline of a crawl."""
        return cls(crawler)

    def process_item(self, item: Visit) -> Visit:
        """Settle a visit."""
        try:
            self._crawler.spider.frontier.settle(item)
        except Exception:
            _schedule_coro(self._crawler.engine.close_spider_async(reason="broken"))
            raise
        return item
