"""Retries that wait: as long as the server asks, else twice as long each time."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.exceptions import CannotResolveHostError, DownloadTimeoutError
from scrapy.http import Request, Response
from scrapy.settings import BaseSettings

#: No wait is longer: a server that asks for hours is left for another run.
MAX_WAIT_S = 120.0

#: Tried once more only: a server that drips would hold its host for minutes, and a name that is in no directory is
#: mistyped far more often than the directory is away.
_ONCE_MORE = (CannotResolveHostError, DownloadTimeoutError)


class BackoffMiddleware(RetryMiddleware):
    """Scrapy's retries with ``meta["wait_s"]``, which the queue heeds for the whole host."""

    def __init__(self, settings: BaseSettings) -> None:
        super().__init__(settings)
        self._first_s = settings.getfloat("CURATOR_BACKOFF_S")

    async def process_response(self, request: Request, response: Response) -> Request | Response:
        """Return the request again for an answer that may be better later."""
        if response.status not in self.retry_http_codes:
            return response
        asked = retry_after_s(response.headers.get("Retry-After"), datetime.now(UTC))
        if asked is not None and asked > MAX_WAIT_S:
            return response
        again = self._retry(request, f"{response.status}")
        return response if again is None else await self._after(again, asked)

    async def process_exception(self, request: Request, exception: Exception) -> Request | None:
        """Return the request again after an error of the network."""
        if isinstance(exception, _ONCE_MORE) and request.meta.get("retry_times"):
            return None
        again = self._retry(request, exception) if isinstance(exception, self.exceptions_to_retry) else None
        return None if again is None else await self._after(again, None)

    async def _after(self, again: Request, asked_s: float | None) -> Request:
        n_tries = again.meta["retry_times"]
        wait_s = min(MAX_WAIT_S, self._first_s * 2 ** (n_tries - 1) if asked_s is None else asked_s)
        if again.meta.get("is_robots"):
            await asyncio.sleep(wait_s)  # it does not pass the queue
        else:
            again.meta["wait_s"] = wait_s
        return again


def retry_after_s(header: bytes | None, now: datetime) -> float | None:
    """Return the seconds that a Retry-After header asks for, as a number or as a date; None where it asks nothing.

    >>> retry_after_s(b"30", datetime(2026, 1, 1, tzinfo=UTC))
    30.0
    >>> retry_after_s(b"Thu, 01 Jan 2026 00:01:00 GMT", datetime(2026, 1, 1, tzinfo=UTC))
    60.0
    """
    text = (header or b"").decode("latin-1").strip()
    if text.isdigit():
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - now).total_seconds())
    except (ValueError, TypeError):
        return None
