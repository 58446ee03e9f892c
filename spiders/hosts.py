"""Links in memory by host: each host is asked one thing at a time, the best first, and hosts take turns."""

from __future__ import annotations

import heapq
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count

from scrapy.http import Request

from curator.pipeline.fetching import KINDS, Link

from .addresses import host_of

#: Rank, age, number, and a link with the request that is to be made again, if there was one.
Entry = tuple[int, float, int, Link, Request | None]


@dataclass(slots=True)
class Host:
    """What waits for a host, and when it may be asked again (monotonic clock)."""

    entries: list[Entry] = field(default_factory=list)
    is_busy: bool = False
    is_listed: bool = False
    not_before: float = 0.0


class Hosts:
    """Links by host, each host one at a time, hosts in turn."""

    def __init__(self) -> None:
        self.n_entries = 0
        self._hosts: dict[str, Host] = {}
        self._ready: deque[str] = deque()
        self._delayed: list[tuple[float, str]] = []
        self._numbers = count()

    def push(self, link: Link, request: Request | None = None) -> None:
        """Add a link; a request that is to be made again goes before all links of its host."""
        name = host_of(request.url if request else link.url)
        rank = KINDS[link.kind] if request is None else -1
        host = self._hosts.setdefault(name, Host())
        heapq.heappush(host.entries, (rank, -_seconds(link.lastmod), next(self._numbers), link, request))
        self.n_entries += 1
        self._list(name, host)

    def pop(self) -> tuple[Link, Request | None] | None:
        """Return what to take up next, and mark its host busy; None where no host may be asked now."""
        now = time.monotonic()
        while self._delayed and self._delayed[0][0] <= now:
            self._ready.append(heapq.heappop(self._delayed)[1])
        if not self._ready:
            return None
        host = self._hosts[self._ready.popleft()]
        host.is_listed, host.is_busy = False, True
        _, _, _, link, request = heapq.heappop(host.entries)
        self.n_entries -= 1
        return link, request

    def free(self, name: str, wait_s: float = 0.0) -> None:
        """Note that a host has answered, and may be asked again after so many seconds."""
        host = self._hosts[name]
        host.is_busy = False
        host.not_before = max(host.not_before, time.monotonic() + wait_s)
        if host.entries:
            self._list(name, host)
        elif wait_s <= 0:
            del self._hosts[name]

    def next_s(self) -> float | None:
        """Return the seconds until a host that must wait may be asked, or None where none waits."""
        return max(0.0, self._delayed[0][0] - time.monotonic()) if self._delayed else None

    def _list(self, name: str, host: Host) -> None:
        if host.is_busy or host.is_listed:
            return
        host.is_listed = True
        if host.not_before > time.monotonic():
            heapq.heappush(self._delayed, (host.not_before, name))
        else:
            self._ready.append(name)


def _seconds(lastmod: str | None) -> float:
    """Return a time as seconds, minus infinity for none: it stands behind all others, as in SQLite."""
    if lastmod is None:
        return float("-inf")
    try:
        return datetime.fromisoformat(lastmod).replace(tzinfo=UTC).timestamp()
    except (ValueError, OverflowError):
        return float("-inf")
