"""JSON-LD scripts -> what they say of the article; wrong types anywhere are passed over."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from curator.page.markup import Element

_ARTICLE = re.compile(r"(?:article|posting|report|recipe|review|story)$", re.IGNORECASE)
#: Where other articles than that of the page stand.
_ASIDE = frozenset(
    {
        *("itemListElement", "relatedLink", "mentions", "citation", "comment", "review"),
        *("isPartOf", "isBasedOn", "image", "video"),
    }
)
_TAG = re.compile(r"<[^<>]*>")
_MAX_NODES = 5_000
_MAX_SCRIPT_CHARS = 5_000_000


@dataclass(frozen=True, slots=True)
class Linked:
    """What JSON-LD says of the page's article; strings are unescaped and free of tags."""

    bodies: tuple[str, ...] = ()
    headline: str | None = None
    description: str | None = None
    author: str | None = None
    published: str | None = None
    lang: str | None = None


def read_linked(tree: Element) -> Linked:
    """Return what the JSON-LD of a page says of its article.

    The first node that has a body, else the first of an article type, speaks for the page. Entries of a live blog
    add their bodies.
    """
    nodes = [node for script in _scripts(tree) for node in _nodes(script)]
    articles = [node for node in nodes if _is_article(node)]
    bodies = tuple(filter(None, (_text(node, "articleBody") for node in nodes)))
    main = next((node for node in articles if _text(node, "articleBody")), articles[0] if articles else {})
    return Linked(
        bodies=bodies,
        headline=_text(main, "headline") or _text(main, "name"),
        description=_text(main, "description"),
        author=_names(main.get("author")),
        published=_text(main, "datePublished"),
        lang=_text(main, "inLanguage"),
    )


def _scripts(tree: Element) -> Iterator[object]:
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or "").lower() or not script.text:
            continue
        if len(script.text) > _MAX_SCRIPT_CHARS:
            continue
        try:
            yield json.loads(script.text.strip().rstrip(";"), strict=False)
        except (ValueError, RecursionError):
            continue


def _nodes(value: object) -> Iterator[dict[str, object]]:
    """Yield the objects in a JSON value in reading order, less those about other articles."""
    waiting = [value]
    n_nodes = 0
    while waiting and n_nodes < _MAX_NODES:
        item = waiting.pop()
        n_nodes += 1
        if isinstance(item, dict):
            yield item
            waiting.extend(inner for key, inner in reversed(item.items()) if key not in _ASIDE)
        elif isinstance(item, list):
            waiting.extend(reversed(item))


def _is_article(node: Mapping[str, object]) -> bool:
    kinds = node.get("@type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    return any(isinstance(kind, str) and _ARTICLE.search(kind) for kind in kinds)


def _text(node: Mapping[str, object], key: str) -> str | None:
    value = node.get(key)
    if isinstance(value, list) and value:
        value = value[0]
    if not isinstance(value, str):
        return None
    return " ".join(_TAG.sub(" ", html.unescape(value)).split()) or None


def _names(value: object) -> str | None:
    """Return the names of persons or organisations, joined by "; "."""
    names = []
    for item in value if isinstance(value, list) else [value]:
        name = _text(item, "name") if isinstance(item, dict) else item
        if isinstance(name, str) and name.strip() and "://" not in name:
            names.append(" ".join(name.split()))
    return "; ".join(dict.fromkeys(names)) or None
