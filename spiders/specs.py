"""Arguments of `scrapy crawl` (-a name=value) -> the spec of a crawl."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, get_type_hints

import curator
from curator.errors import SettingsError
from curator.pipeline.fetching import CrawlSpec
from curator.settings import expected

#: What is no argument: the spider's name, and a setting of Scrapy (-s CURATOR_ALLOW_HOSTS), which its resolver reads.
_ELSEWHERE = ("spider", "allow_hosts")


def spec_of(spider: str, options: Mapping[str, str]) -> CrawlSpec | None:
    """Return the spec that arguments ask for; None without any, as in scrapy shell.

    Lists stand between commas: ``-a urls=https://example.org,https://example.com``. Raises SettingsError.

    >>> spec_of("news", {"urls": "https://example.org", "max_pages": "5"}).max_pages
    5
    """
    if not options:
        return None
    hints = get_type_hints(CrawlSpec)
    names = {each.name: hints[each.name] for each in fields(CrawlSpec) if each.name not in _ELSEWHERE}
    for name in options:
        if name not in names:
            raise SettingsError(f"-a {name}: unknown; {expected(name, names)}")
    try:
        return CrawlSpec(spider=spider, **{name: _read(value, names[name]) for name, value in options.items()})
    except ValueError as error:
        raise SettingsError(f"-a: {error}") from error


def _read(text: str, kind: object) -> Any:  # noqa: ANN401
    if kind == tuple[str, ...]:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if kind is bool:
        return text.lower() in ("1", "true", "yes", "on")
    if kind is float:
        return float(text)
    return int(text) if kind == int | None or kind is int else text


def user_agent(contact: str | None) -> str:
    """Return how a crawl calls itself.

    >>> user_agent("https://example.org/bot")
    'curator/0.1.0 (corpus crawler; +https://example.org/bot)'
    """
    about = f"+{contact}" if contact else "no contact given"
    return f"curator/{curator.__version__} (corpus crawler; {about})"
