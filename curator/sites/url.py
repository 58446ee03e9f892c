"""Address -> site, and the one way to write it."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

_PART = r"[^\s\x00-\x1f\x7f\ud800-\udfff/?#@:\[\]<>\"'%]+"
_HOST = re.compile(rf"{_PART}\.{_PART}")
_PORTS = {"http": "80", "https": "443"}
#: Fragments that lead to a place on a page whatever it holds. Others may tell records apart: a post of a thread, an
#: entry of a ticker, a page of an application.
_PLACES = frozenset({"", "top", "content", "main", "comments", "respond"})


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


def address_of(url: str) -> str:
    """Return an address of the web as all ways to write it become: scheme and host in lower case, no default port.

    A fragment that is a mere place goes ("#top", "#comments"); other fragments stay, and so do the query and what is no
    address of the web.

    >>> address_of("HTTPS://A.example:443/1"), address_of("https://a.example/1#top"), address_of("http://a.example?b")
    ('https://a.example/1', 'https://a.example/1', 'http://a.example/?b')
    >>> address_of("https://a.example/1#post-2"), address_of("urn:A"), address_of("https://a.example:8080/A?b=C")
    ('https://a.example/1#post-2', 'urn:A', 'https://a.example:8080/A?b=C')
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    if parts.scheme not in _PORTS or not parts.netloc:
        return url
    fragment = "" if parts.fragment in _PLACES else parts.fragment
    return parts._replace(netloc=_host_of(parts), path=parts.path or "/", fragment=fragment).geturl()


def _host_of(parts: SplitResult) -> str:
    user, at, host = parts.netloc.rpartition("@")
    name, colon, port = host.rpartition(":")
    if colon and port in ("", _PORTS[parts.scheme]):
        host = name
    return user + at + host.lower()
