"""The pages of a list of addresses, dead or alive."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from curator.pipeline.fetching import Link

from .visiting import CorpusSpider


class ListSpider(CorpusSpider):
    """Takes addresses, and a file with one on each line; lines that begin with # are left out."""

    name = "list"
    same_site = False
    articles_only = False

    def seeds(self) -> Iterator[Link]:
        """Yield each address."""
        for url in self._urls():
            yield from self.link(url, "article")

    def _urls(self) -> Iterator[str]:
        if self.spec is None:
            return
        yield from self.spec.urls
        if self.spec.file:
            with Path(self.spec.file).open(encoding="utf-8", errors="replace") as lines:
                yield from (line.strip() for line in lines if line.strip() and not line.startswith("#"))
