"""One document in, one article out: the pure stages joined."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import islice, repeat
from operator import attrgetter

from curator import tagger
from curator.article import FEEDBACK_RULE, heed, make_article
from curator.catalogue import CATALOGUE
from curator.cleaners import PROPOSING, find_cuts_together
from curator.cleaners.phrases import Phrases, load_phrases
from curator.cleaners.site import find_site_cuts
from curator.errors import SettingsError
from curator.facts import find_facts, find_facts_together
from curator.model import Article, Cut, Page, Raw, Verdict
from curator.page import build_page, build_pages
from curator.pipeline.cleaner_id import files_id
from curator.settings import Settings, expected
from curator.sites import Sites, load_sites, site_of
from curator.store.rows import shown

#: A string is taken as HTML where it begins with one of these tags; prose that begins with "<3" does not.
_MARKUP = re.compile(
    r"\ufeff?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*"
    r"<(?:!doctype\s+html|html|head|body|main|article|section|header|nav|div|p|h[1-6]|ul|ol|table|span|a)\b[^<]*>",
    re.IGNORECASE | re.DOTALL,
)

_SPAN = attrgetter("start", "end")

_DEFAULTS = Settings()

#: Texts that ``clean_all`` reads ahead.
_TOGETHER = 64


@dataclass(frozen=True, slots=True)
class Tools:
    """What cleaning reads beside the document: loaded once, handed to every call."""

    phrases: Phrases
    sites: Sites
    skip_rules: frozenset[str] = frozenset()
    keep_kinds: frozenset[str] = frozenset()
    thoroughness: float = 0.0
    cuts: bool = field(default=True)
    max_html_depth: int = 500


def load_tools(settings: Settings, *, cuts: bool = True) -> Tools:
    """Return the tools that settings ask for; ``cuts`` off takes texts as they are. Files that changed are read anew.

    Raises SettingsError for a rule that does not exist, PhraseError for a malformed TOML file.
    """
    return tools_of(settings, files_id(settings), cuts=cuts)


@lru_cache(maxsize=16)
def tools_of(settings: Settings, files: bytes, *, cuts: bool) -> Tools:
    """Return what ``load_tools`` returns when ``files_id`` is ``files``: a run goes by the same tools throughout."""
    check_rules(settings.skip_rules)
    phrases = load_phrases(settings.phrases)
    sites = load_sites(settings.sites)
    skipped, kept = frozenset(settings.skip_rules), frozenset(settings.keep_kinds)
    return Tools(phrases, sites, skipped, kept, settings.thoroughness, cuts, settings.max_html_depth)


def check_rules(ids: Iterable[str]) -> None:
    """Raise SettingsError for an id that is no rule's."""
    known = [entry.rule for entry in CATALOGUE]
    for unknown in sorted(set(ids) - set(known)):
        raise SettingsError(f"there is no rule {unknown!r}; {expected(unknown, known)} (`curator rules` lists them)")


def clean_raw(raw: Raw, tools: Tools, verdicts: Sequence[Verdict] = ()) -> Article:
    """Return the article that a document becomes; ``verdicts`` whose text stands in the page no more are left out."""
    page = build_page(raw, tools.sites, tools.max_html_depth)
    if not tools.cuts:
        facts = find_facts(page, ())
        return make_article(page, (), replace(facts, title_span=None))
    cuts = heed(page_cuts(page, tools, raw.fetched_at), _allowed(standing(page.text, verdicts), tools))
    return make_article(page, cuts, find_facts(page, cuts), tools.keep_kinds)


def standing(text: str, verdicts: Iterable[Verdict]) -> list[Verdict]:
    """Return the verdicts whose text still stands where it stood in the page text when they were given.

    >>> standing("Mein Konto", [Verdict(0, 4, "clutter", None, "Mein"), Verdict(5, 9, "clutter", None, "Mein")])
    [Verdict(start=0, end=4, verdict='clutter', kind=None, text='Mein')]
    """
    return [verdict for verdict in verdicts if shown(text[verdict.start : verdict.end]) == verdict.text]


def _allowed(verdicts: Iterable[Verdict], tools: Tools) -> list[Verdict]:
    return [verdict for verdict in verdicts if verdict.verdict != "clutter" or FEEDBACK_RULE not in tools.skip_rules]


def clean_together(raws: Sequence[Raw], tools: Tools) -> list[Article]:
    """Return what ``clean_raw`` returns for each document, in half of the time where documents are short."""
    if not tools.cuts:
        return [clean_raw(raw, tools) for raw in raws]
    pages = build_pages(raws, tools.sites, tools.max_html_depth)
    found = cuts_of_pages([(page, raw.fetched_at) for page, raw in zip(pages, raws, strict=True)], tools)
    facts = find_facts_together(pages, found)
    return [make_article(*told, tools.keep_kinds) for told in zip(pages, found, facts, strict=True)]


def page_cuts(page: Page, tools: Tools, fetched_at: str | None) -> list[Cut]:
    """Return what rules, the site's own rules and the tagger would cut from a page, in this order."""
    return cuts_of_pages([(page, fetched_at)], tools)[0]


def cuts_of_pages(pages: Sequence[tuple[Page, str | None]], tools: Tools) -> list[list[Cut]]:
    """Return for each page, given with the time it was fetched, what ``page_cuts`` returns.

    The tagger weighs the extractor's verdict on an HTML page as one hint of many, so it speaks in its stead. What
    rules only propose, it sees as well.
    """
    found = find_cuts_together([page.lines for page, _ in pages], tools.phrases, tools.skip_rules)
    for cuts, (page, fetched_at) in zip(found, pages, strict=True):
        cuts.extend(_site_cuts(page, tools, fetched_at))
    if tagger.RULE in tools.skip_rules:
        return found
    found = [[cut for cut in cuts if cut.kind != "extract"] for cuts in found]
    marked = [(page.lines, _marks(page, cuts)) for (page, _), cuts in zip(pages, found, strict=True)]
    tagged = tagger.tag_all(marked, tools.thoroughness)
    return [_agreed(*told) for told in zip(found, tagged, strict=True)]


def _agreed(cuts: list[Cut], tagged: list[Cut]) -> list[Cut]:
    """Return the cuts of rules and tagger: a proposal stands, in the tagger's stead, where another cut agrees."""
    proposed = {cut[:2] for cut in cuts if cut.rule in PROPOSING}
    told = {cut[:2] for cut in tagged}.union(cut[:2] for cut in cuts if cut.rule not in PROPOSING)
    stand = [cut for cut in cuts if cut.rule not in PROPOSING or cut[:2] in told]
    return stand + [cut for cut in tagged if cut[:2] not in proposed]


def _site_cuts(page: Page, tools: Tools, fetched_at: str | None) -> list[Cut]:
    """Return what the rules of its site cut from a page."""
    site = site_of(page.url)
    if not site:
        return []
    found = find_site_cuts(page.lines, tools.sites.of(site, page.meta.published or fetched_at))
    return [cut for cut in found if cut.rule not in tools.skip_rules]


def _marks(page: Page, cuts: Sequence[Cut]) -> list[str | None]:
    """Return for each line the kind of a cut that takes it as a whole, or that rules only propose to cut it."""
    kinds = {cut[:2]: tagger.PROPOSED for cut in cuts if cut.rule in PROPOSING}
    kinds |= {cut[:2]: cut.kind for cut in cuts if cut.rule not in PROPOSING}
    return list(map(kinds.get, map(_SPAN, page.lines)))


def raw_of(text: str | bytes, url: str | None = None) -> Raw:
    """Return a document that came as a value; what begins with a tag is taken as HTML.

    >>> raw_of("<p>Rabat</p>").media, raw_of("<3 Rabat").media
    ('text/html', 'text/plain')
    """
    if isinstance(text, bytes):
        head, content, record = text[:4096].decode("latin-1"), text, None
    else:
        # As the value of a record: a string is decoded already, so there is nothing in it to guess or to repair.
        content = record = text.encode("utf-8", "surrogatepass")
        head = text[:4096]
    html = _MARKUP.match(head) is not None
    return Raw("-", content, "text/html" if html else "text/plain", url=url, record=record)


def clean(text_or_html: str | bytes, url: str | None = None, settings: Settings | None = None) -> Article:
    r"""Return the article that a text dump or an HTML page becomes, with every cut explained.

    Raises TypeError for what is neither text nor bytes, and what ``load_tools`` raises for the settings.

    >>> clean("Mein Konto\n\nIn Rabat hat die Stadt gestern eine neue Brücke eröffnet.").cuts[0].rule
    'account-line'
    """
    return clean_raw(_checked(text_or_html, url), load_tools(settings or _DEFAULTS))


def clean_all(
    texts: Iterable[str | bytes], urls: Iterable[str | None] | None = None, settings: Settings | None = None
) -> Iterator[Article]:
    """Yield what ``clean`` returns for each text or page: short ones are cleaned together, in a fraction of the time.

    ``urls`` are their addresses, one for each. Up to 64 texts are read ahead. Raises what ``clean`` raises, where it
    gets there, and ValueError where there are more or fewer addresses than texts.

    >>> [article.text for article in clean_all(["Mein Konto", "In Rabat hat die Stadt eine neue Brücke eröffnet."])]
    ['', 'In Rabat hat die Stadt eine neue Brücke eröffnet.']
    """
    tools = load_tools(settings or _DEFAULTS)
    pairs = zip(texts, repeat(None)) if urls is None else zip(texts, urls, strict=True)
    raws = (_checked(text, url) for text, url in pairs)
    while some := list(islice(raws, _TOGETHER)):
        yield from clean_together(some, tools)


def _checked(text_or_html: str | bytes, url: str | None) -> Raw:
    if not isinstance(text_or_html, str | bytes):
        raise TypeError(f"text_or_html is {type(text_or_html).__name__}, expected str or bytes")
    return raw_of(text_or_html, url)
