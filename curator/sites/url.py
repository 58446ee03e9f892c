"""Address -> site."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_PART = r"[^\s\x00-\x1f\x7f\ud800-\udfff/?#@:\[\]<>\"'%]+"
_HOST = re.compile(rf"{_PART}\.{_PART}")


def site_of(url: str | None) -> str | None:
    """Return the host of an address without "www.", port and user, in lower case; None where there is none.

    Punycode stays as it is. An address without a scheme has a host only if it begins with two slashes.

    >>> site_of("https://www.Example.org:8080/a?b"), site_of("//news.example.co.uk"), site_of("example.org/a")
    ('example.org', 'news.example.co.uk', None)
    """
    try:
        host = urlsplit((url or "").strip()).hostname
    except ValueError:
        return None
    host = (host or "").rstrip(".").removeprefix("www.")
    return host if _HOST.fullmatch(host) else None
