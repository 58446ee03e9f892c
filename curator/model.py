"""The records that flow through curator, all frozen.

Offsets count Unicode code points of ``Page.text`` and are half-open, as in ``text[start:end]``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Media = Literal["text/plain", "text/html"]
Status = Literal["kept", "duplicate", "rejected", "superseded", "failed"]
#: Those of stored articles: a failed document has none.
STATUSES = ("kept", "duplicate", "rejected", "superseded")

#: Every kind of cut with what it means, in order of precedence: where two cuts overlap, the kind that stands
#: first here gets the characters. Narrow shapes that hardly misfire stand before broad ones, and the three
#: kinds that only say "clutter of some sort" stand last. Kinds are stored, so a name never changes its meaning.
KINDS: Mapping[str, str] = {
    "weather": "weather widget",
    "ticker": "list of headlines with times or dates",
    "breadcrumb": "path to the page",
    "counter": "numbers of views, shares, comments",
    "share": "share, print, bookmark this",
    "social": "follow us on social networks",
    "newsletter": "newsletter, app and push promotions",
    "consent": "cookies, privacy, placeholders of embeds",
    "paywall": "subscription walls",
    "account": "log in, my account, subscribe link",
    "comments": "readers' comments and their prompts",
    "caption": "photo captions, credits, alt texts, gallery counters",
    "byline": "author, date, agency, reading time on a line of its own",
    "bio": "author notes, editorial and affiliate notes",
    "legal": "copyright, imprint, addresses, terms",
    "advert": "advertisements, shop boxes, product plugs",
    "related": "links, teasers, headlines of other articles, with their headings",
    "navigation": "menus, section and tag names, search, paging, site name and claim",
    "template": "recurs on the pages of the site",
    "extract": "left out by the main-content extractor",
    "other": "what programs leave in a text; clutter by the word of the tagger, of no kind that can be told",
}


class Place(NamedTuple):
    """Where a document stands in its input.

    ``path`` is the file as it was given, ``member`` the name inside an archive. ``start`` and ``end`` enclose the
    document in the decompressed file or member: bytes, or rows where a format has no bytes to count (Parquet,
    SQLite). ``number`` is its ordinal there, from 1; for JSON lines the number of its line.
    """

    path: str
    member: str | None
    start: int
    end: int
    number: int


@dataclass(frozen=True, slots=True)
class Raw:
    """A document as it came, before anything was decoded or dropped.

    ``content`` is what identifies and becomes the page: the bytes of a file, or the text value of a record in
    UTF-8 (lone surrogates passed through). ``record`` holds the bytes of the enclosing record, if there is one;
    ``fields`` says which of its keys stand for "text", "html", "id", "url" and "fetched_at", where they have names
    of their own. ``meta`` is whatever else is known: of a record its other keys, of a response its headers.
    """

    source: str
    content: bytes
    media: Media = "text/plain"
    source_id: str | None = None
    url: str | None = None
    fetched_at: str | None = None
    encoding: str | None = None
    record: bytes | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    meta: Mapping[str, object] = field(default_factory=dict)
    place: Place | None = field(default=None, compare=False)


class Failure(NamedTuple):
    """An input, or a record in one, that became no document.

    ``source`` is what ``Raw.source`` would have been. ``stage`` names the stage that gave up ("read", "page", ...),
    ``error`` is a short lasting name for the sort of failure ("missing", "binary", "json", ...), and ``message``
    says what was found, what was expected and what to do. ``record`` is the JSON object that it came in, where it is
    a sound one: it is not stored.
    """

    source: str
    stage: str
    error: str
    message: str
    record: bytes | None = None


class Hints(NamedTuple):
    """What HTML tells about a line beside its text; a line of a text dump has none.

    ``link_density`` is the share of the line's characters inside links, 0..1. ``extracted`` and
    ``in_article_body`` are None where the page gives no evidence (no extractor result, no JSON-LD).
    """

    tag: str
    classes: str = ""
    depth: int = 0
    heading: int = 0
    link_density: float = 0.0
    extracted: bool | None = None
    in_article_body: bool | None = None
    in_description: bool = False
    site_rule: str | None = None


class Line(NamedTuple):
    """A line with something visible in it.

    ``start`` and ``end`` enclose the first to the last visible character. ``text`` is that stretch of the page,
    ``bare`` the same less bullets at its front, ``key`` its start folded for looking phrases up (see
    ``curator.page.fold.fold``). ``number`` counts physical lines from 1, ``gap`` the blank lines before it.
    """

    number: int
    gap: int
    start: int
    end: int
    text: str
    bare: str
    key: str
    hints: Hints | None = None


@dataclass(frozen=True, slots=True)
class PageMeta:
    """What the markup of a page, or the record it came in, says about the article; None where it says nothing."""

    title: str | None = None
    author: str | None = None
    published: str | None = None
    lang: str | None = None
    site: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Decoded text that offsets point into, with its visible lines in reading order.

    ``review`` says why a person should look at it, or is None.
    """

    text: str
    lines: tuple[Line, ...]
    media: str = "text/plain"
    encoding: str | None = None
    url: str | None = None
    meta: PageMeta = field(default_factory=PageMeta)
    repairs: tuple[Repair, ...] = ()
    review: str | None = None


class Repair(NamedTuple):
    """A stretch of page text that stands in place of what was decoded: mojibake, where it is proven.

    ``start`` and ``end`` are offsets into the page text, ``original`` is the decoded text that stood there.
    """

    start: int
    end: int
    original: str


class Cut(NamedTuple):
    """Characters that the article goes without, with the rule that says so and its reason."""

    start: int
    end: int
    kind: str
    rule: str
    why: str


class Verdict(NamedTuple):
    """A person's word on a stretch of a page: "wrong cut" or "clutter".

    ``kind`` is that of the cut that is wrong, or of the clutter where the person says it. ``text`` is what stood
    there when it was said.
    """

    start: int
    end: int
    verdict: str
    kind: str | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Title, language, day of publication, author and site of an article: right or None, never guessed."""

    title: str | None = None
    title_span: tuple[int, int] | None = None
    lang: str | None = None
    published: str | None = None
    author: str | None = None
    site: str | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """A cleaned document: the text that is kept, and everything that is not.

    ``text`` is the body without its title: kept lines joined by a line feed, characters unchanged. ``cuts`` are
    sorted and disjoint. ``review`` says why a person should look at it (much was removed, or what the page says),
    or is None.
    """

    page: Page
    facts: Facts
    text: str
    cuts: tuple[Cut, ...]
    status: Status = "kept"
    reason: str | None = None
    review: str | None = None

    @property
    def title(self) -> str | None:
        """The headline, or None where the dump does not hold it."""
        return self.facts.title

    @property
    def ratio_cut(self) -> float:
        """Share of the page's characters that were cut, 0..1."""
        return sum(cut.end - cut.start for cut in self.cuts) / len(self.page.text) if self.page.text else 0.0
