"""robots.txt, obeyed: what it forbids is not requested, and where it cannot be had, nothing is (RFC 9309, 2.3.1)."""

from __future__ import annotations

import asyncio
import re
import time
from typing import NamedTuple, Self
from urllib.parse import urlsplit

from protego import Protego
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Request, Response
from scrapy.http.request import NO_CALLBACK

from . import tdmrep
from .safety import UnsafeAddress

#: Answers after which the file is taken as forbidding everything: the server is in trouble, or wants less requests.
_CLOSED = 500
_TOO_MANY = 429
#: Larger files are read to this length (RFC 9309, 2.5).
_MAX_BYTES = 512_000


#: Rules are asked for again when they are older (RFC 9309, 2.4).
_MAX_AGE_S = 24 * 3600.0
#: Lines by which a site reserves its texts against machine learning (IETF AI preferences, drafts; Cloudflare, 2025).
_NO_AI = re.compile(
    r"^[ \t]*(?:Content-Signal:.*\bai-train *= *no\b|Content-Usage:.*\btrain-ai *= *n\b).*$", re.I | re.M
)


class Rules(NamedTuple):
    """What a host says: which addresses may be fetched, and by which lines it says no to machine learning.

    ``reservations`` are those of its tdmrep.json, None where it has none.
    """

    parser: Protego
    optouts: tuple[str, ...] = ()
    reservations: Protego | None = None


class Forbidden(IgnoreRequest):
    """robots.txt forbids the address."""


class RobotsUnavailable(IgnoreRequest):
    """robots.txt could not be had, so nothing of the host may be fetched."""


class RobotsMiddleware:
    """Asks each host for its robots.txt once, before the first request to it."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._agent: str = crawler.settings["USER_AGENT"]
        self._rules: dict[str, tuple[float, asyncio.Task[Rules]]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the middleware of a crawl."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Raise Forbidden or RobotsUnavailable for a request that must not be sent."""
        if request.meta.get("is_robots"):
            return
        parts = urlsplit(request.url)
        origin = f"{parts.scheme}://{parts.netloc}"
        rules = await self._rules_of(origin)
        if not rules.parser.can_fetch(request.url, self._agent):
            raise Forbidden("robots.txt forbids it")
        delays = getattr(self._crawler.spider, "crawl_delays", {})
        delays[parts.hostname] = float(rules.parser.crawl_delay(self._agent) or 0.0)
        request.meta["optouts"] = rules.optouts
        request.meta["is_reserved"] = not (rules.reservations is None or rules.reservations.can_fetch(request.url, "*"))

    async def _rules_of(self, origin: str) -> Rules:
        now = time.monotonic()
        fetched, task = self._rules.get(origin, (0.0, None))
        if task is None or now - fetched > _MAX_AGE_S:
            task = asyncio.ensure_future(self._fetch(origin))
            self._rules[origin] = (now, task)
        return await task

    async def _fetch(self, origin: str) -> Rules:
        request = Request(f"{origin}/robots.txt", callback=NO_CALLBACK, meta={"is_robots": True})
        try:
            response = await self._crawler.engine.download_async(request)
        except UnsafeAddress:
            raise
        except Exception as error:
            raise RobotsUnavailable(f"robots.txt could not be fetched ({error}), so nothing of the host is") from error
        rules = rules_of(response)
        return rules._replace(reservations=await self._reservations(f"{origin}{tdmrep.PATH}", rules.parser))

    async def _reservations(self, url: str, parser: Protego) -> Protego | None:
        """Return what a host reserves by its tdmrep.json; None where it has none, or none that can be had."""
        if not parser.can_fetch(url, self._agent):
            return None
        request = Request(url, callback=NO_CALLBACK, meta={"is_robots": True, "max_retry_times": 0})
        try:
            response = await self._crawler.engine.download_async(request)
        except Exception:  # whatever the network raises: most hosts have no such file, and none must have one
            return None
        return tdmrep.reservations_of(response.body) if response.status == 200 else None


def rules_of(response: Response) -> Rules:
    """Return the rules in an answer to a request for robots.txt; RobotsUnavailable where it has none to rely on."""
    if response.status >= _CLOSED or response.status == _TOO_MANY:
        raise RobotsUnavailable(f"robots.txt answers {response.status}, so nothing of the host is fetched")
    if response.status >= 400:
        return Rules(Protego.parse(""))
    text = response.body[:_MAX_BYTES].decode("utf-8", "replace")
    return Rules(Protego.parse(text), tuple(f"robots.txt: {found[0].strip()}" for found in _NO_AI.finditer(text)))
