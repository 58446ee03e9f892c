"""An address -> the form it is fetched and stored in, and what it shares with others of its sort."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit, urlunsplit

from w3lib.url import safe_url_string

#: Query parameters that say where a reader came from, never what the page is: those of analytics suites and of
#: advertising networks. Names that sites use for content ("id", "ref", "source") are not among them.
_TRACKING = re.compile(
    r"(?:utm|mtm|pk|piwik|matomo|itm|wt|oly|vero|hsa|mkt|ga)_\w+|_(?:ga|gl|hsenc|hsmi)|mc_[ce]id|ml_subscriber\w*"
    r"|(?:g|gc|fb|dc|yc|ysc|tw|msclk|wbra|gbra|irc|ttc|li_fat_)c?l?id|gclsrc|fb_(?:action|ref|source)\w*|igshid|igsh"
    r"|xtor|at_(?:medium|campaign|custom\d|ptr_name|recipient_id)|cmpid|ns_(?:campaign|mchannel|source)|spm|s_kwcid"
    r"|__twitter_impression|guce_referrer\w*|wtmc|trk(?:campaign|contact)?|ocid|smid|smtyp|mbid|ncid",
    re.IGNORECASE,
)
#: Session ids: the same page has another address for every visitor.
_SESSION = re.compile(
    r"(?:jsession|php?sess|aspsession|sess(?:ion)?_?|s)id\w*|cf(?:id|token)|zenid|oscsid", re.IGNORECASE
)
_PATH_SESSION = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/?;]*", re.IGNORECASE)
_DEFAULT_PORTS = {"http": 80, "https": 443}
_MAX_CHARS = 2_000

#: A run of letters and digits. In a pattern it is a token if it is long and mixes both, as session ids do; else its
#: digits are numbers.
_RUN = re.compile(r"[0-9A-Za-z]+")
_NUMBER = re.compile(r"\d+")
_TOKEN_CHARS = 8


def canonical(url: str, at: str | None = None) -> str | None:
    """Return an address without fragment, tracking parameters, session ids and default port; None for no http(s).

    ``at`` is the page that a relative address stands on. The order of the other parameters stays: some servers
    heed it.

    >>> canonical("HTTPS://Example.org:443/a b?utm_source=x&id=7#top")
    'https://example.org/a%20b?id=7'
    >>> canonical("mailto:a@example.org"), canonical("../b;jsessionid=9A", "http://example.org/x/y")
    (None, 'http://example.org/b')
    """
    try:
        parts = urlsplit(safe_url_string(urljoin(at, url.strip()) if at else url.strip()))
        port = parts.port
    except ValueError:
        return None
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme not in _DEFAULT_PORTS or not host:
        return None
    host = f"[{host}]" if ":" in host else host
    netloc = host if port in (None, _DEFAULT_PORTS[parts.scheme]) else f"{host}:{port}"
    path = _PATH_SESSION.sub("", parts.path) or "/"
    kept = urlunsplit((parts.scheme, netloc, path, _query(parts.query), ""))
    return kept if len(kept) <= _MAX_CHARS else None


def _query(query: str) -> str:
    pairs = ((pair, pair.partition("=")[0]) for pair in _pairs(query))
    return "&".join(pair for pair, name in pairs if not _TRACKING.fullmatch(name) and not _SESSION.fullmatch(name))


def host_of(url: str) -> str:
    """Return the host of an address as it was canonicalised: lower case, without port."""
    return urlsplit(url).hostname or ""


def is_on_site(url: str, host: str) -> bool:
    """Return whether an address is on the site of a host: the same with or without "www.", or a host below it.

    >>> is_on_site("https://news.example.org/a", "www.example.org"), is_on_site("https://bad.org/", "d.org")
    (True, False)
    """
    found, site = host_of(url).removeprefix("www."), host.removeprefix("www.")
    return found == site or found.endswith(f".{site}")


def is_form_of(url: str, named: str) -> bool:
    """Return whether an address is another form of the one that its page names as its own.

    They end alike, and the other has nothing in its query that this one lacks: so a site that names one and the same
    address on all its pages, as some do by mistake, is not believed.

    >>> page = "https://example.org/2024/bruecke.html"
    >>> [is_form_of(each, page) for each in (f"{page}?print=1", "https://example.org/amp/bruecke", f"{page}/amp")]
    [True, True, True]
    >>> [is_form_of(each, page) for each in ("https://example.org/2024/anderes", "https://example.org/")]
    [False, False]
    >>> is_form_of("https://example.org/a?id=1", "https://example.org/a?id=2")
    False
    """
    one, other = urlsplit(url), urlsplit(named)
    stem = _stems(other.path)[-1:]
    return bool(stem) and stem[0] in _stems(one.path) and set(_pairs(other.query)) <= set(_pairs(one.query))


def _stems(path: str) -> list[str]:
    """Return the segments of a path without their endings."""
    return [segment.partition(".")[0] for segment in path.split("/") if segment.partition(".")[0]]


def _pairs(query: str) -> list[str]:
    return [pair for pair in query.split("&") if pair]


def pattern_of(url: str) -> str:
    """Return an address with "#" for its numbers and "*" for tokens and for values of its query.

    >>> pattern_of("https://example.org/calendar/2024/05?month=6&view=list")
    'example.org/calendar/#/#?month=*&view=*'
    >>> pattern_of("https://example.org/s/4f9a1c77e2/page-12.html")
    'example.org/s/*/page-#.html'
    """
    parts = urlsplit(url)
    names = sorted({pair.partition("=")[0] for pair in _pairs(parts.query)})
    query = "?" + "&".join(f"{name}=*" for name in names) if names else ""
    return f"{parts.hostname}{_RUN.sub(_generalised, parts.path)}{query}"


def _generalised(run: re.Match[str]) -> str:
    text = run[0]
    is_token = len(text) >= _TOKEN_CHARS and not text.isalpha() and not text.isdigit()
    return "*" if is_token else _NUMBER.sub("#", text)


def goes_round(url: str) -> bool:
    """Return whether a segment stands three times in the path: relative links that lead ever deeper.

    >>> goes_round("https://example.org/a/b/a/b/a/b"), goes_round("https://example.org/2024/05/05")
    (True, False)
    """
    segments = [part for part in urlsplit(url).path.split("/") if part]
    return any(segments.count(part) >= 3 for part in set(segments))
