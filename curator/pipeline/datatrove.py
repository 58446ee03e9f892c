"""Cleaning as a step of a datatrove pipeline; datatrove is no dependency: who has it imports this module."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from datatrove.pipeline.base import PipelineStep

from curator.model import Article, Failure, Raw
from curator.pipeline.cleaning import clean_raw, clean_together, load_tools, raw_of
from curator.pipeline.entries import broken
from curator.settings import Settings

#: Documents that are cleaned together, which takes less time than one by one.
_TOGETHER = 64


class CleanText(PipelineStep):  # type: ignore[misc]  # datatrove has no types
    """A step that cleans the text of each document, which may be HTML, in order.

    ``metadata["url"]`` is taken for its address. What was found goes to ``metadata["curator"]``: title, lang,
    published, author, status, reason, and the number of characters ``raw_chars`` before. Documents of which nothing
    is left, or on which cleaning broke, are dropped and counted as ``rejected`` and ``failed``, unless
    ``keep_rejected`` lets the rejected ones through.
    """

    name = "curator"
    type = "CLEANER"

    def __init__(self, settings: Settings | None = None, *, keep_rejected: bool = False) -> None:
        super().__init__()
        self.settings = settings or Settings()
        self.keep_rejected = keep_rejected

    def run(self, data: Iterable[Any], rank: int = 0, world_size: int = 1) -> Iterator[Any]:
        """Yield the documents cleaned, some tens of them at a time."""
        stream = iter(data)
        while documents := list(islice(stream, _TOGETHER)):
            with self.track_time("batch"):
                cleaned = self._clean([_raw(document) for document in documents])
            for document, article in zip(documents, cleaned, strict=True):
                if self._passes(article) and not isinstance(article, Failure):
                    yield _changed(document, article)

    def _clean(self, raws: Sequence[Raw]) -> list[Article | Failure]:
        tools = load_tools(self.settings)
        try:
            return list(clean_together(raws, tools))
        except Exception:  # one of them broke it, so each is cleaned alone
            return [_clean_alone(raw, self.settings) for raw in raws]

    def _passes(self, article: Article | Failure) -> bool:
        self.stat_update("total")
        if isinstance(article, Failure):
            self.stat_update("dropped", "failed")
            return False
        self.stat_update("cut_chars", value=sum(cut.end - cut.start for cut in article.cuts))
        if article.status == "rejected" and not self.keep_rejected:
            self.stat_update("dropped", "rejected")
            return False
        self.stat_update("forwarded")
        return True


def _raw(document: Any) -> Raw:  # noqa: ANN401 - a Document of datatrove
    return replace(raw_of(document.text, document.metadata.get("url")), source=str(document.id))


def _clean_alone(raw: Raw, settings: Settings) -> Article | Failure:
    try:
        return clean_raw(raw, load_tools(settings))
    except Exception as error:  # the edge catches per item
        return broken(raw, error)


def _changed(document: Any, article: Article) -> Any:  # noqa: ANN401 - as above
    facts = article.facts
    document.text = article.text
    document.metadata["curator"] = {
        "title": facts.title,
        "lang": facts.lang,
        "published": facts.published,
        "author": facts.author,
        "status": article.status,
        "reason": article.reason,
        "raw_chars": len(article.page.text),
    }
    return document
