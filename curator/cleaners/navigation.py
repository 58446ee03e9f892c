"""Menus, section and tag names, search, paging, site name and claim."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache

from curator.cleaners.batch import BAR, GLUED_POSTS, NO_ITEM, STOP, UNSPACED, Batch, bullets, places
from curator.cleaners.page_lines import PageLines, on_page, runs
from curator.cleaners.phrases import Phrases
from curator.cleaners.rule import BlockRule, LineRule, Marks, cut
from curator.cleaners.shape import ends_sentence, is_bulleted, n_words
from curator.model import Cut, Line

#: A menu item is short: of the hand-labelled ones, 99 % stay below both.
_MAX_ITEM_CHARS = 45
_MAX_ITEM_WORDS = 6
#: Without a bullet, an unknown line of more words between menu and share links may well be the headline.
_MAX_PLAIN_WORDS = 4
#: Three items make a menu; two may be a heading and its sub-heading.
_MIN_ITEMS = 3
#: Share of known menu words that makes a run of short lines a menu: outside the prose, and between paragraphs,
#: where it may be a list of the article.
_MIN_RATIO_KNOWN = 0.3
_MIN_RATIO_KNOWN_INSIDE = 0.6
#: Outside the prose, bulleted items of two words on average are a menu whatever they say, from this many on.
_MIN_TERSE_ITEMS = 5
_MAX_TERSE_WORDS = 2.2
#: Share of items that stand elsewhere on the page, too, which makes a list a menu.
_MIN_RATIO_TWICE = 0.7
#: A bulleted run of so many items, no more than half of them of other kinds by what they name, is a menu to the end.
_MIN_WHOLE_ITEMS = 5
_MAX_RATIO_OTHER = 0.5
#: A line of so many words that ends in a colon introduces a list; headings over menus have fewer.
_MIN_ANNOUNCING_WORDS = 4
#: Kinds whose lines stand in menus: what pass 1 cut as one of them counts as a known item.
_MENU_KINDS = frozenset({"navigation", "account", "share", "social", "newsletter", "legal", "consent", "breadcrumb"})

#: Tags and categories on one line, behind "Tags:" and the like.
_MAX_TAG_LINE_CHARS = 300
_MAX_TAG_WORDS = 4
_SEPARATED = re.compile(r"\s?(?:\||/{1,2}|·|•|,|›|»)\s?")
#: A comma joins names in a caption as well ("Freie Universität Berlin, Land Berlin"), so it makes no bar.
#: A slash does so only between blanks; a bar at either end is the edge of a table.
_BAR = re.compile(r"\s?(?:\||//|·|•|›|»)\s?|\s/\s")
_BAR_SIGNS = "|/·•›»"
_BAR_SIGN = re.compile(rf"[{_BAR_SIGNS}]")
#: Headlines in title case hold a few menu words by chance, so a bar without separators needs many.
_MIN_BARE_WORDS = 6
_TITLED = re.compile(r"\S+\s+[^\Wa-zß-öø-ÿ\d_]")
_MIN_RATIO_BARE_KNOWN = 0.7
_SENTENCE_INSIDE = re.compile(r"[.!?]\s")


def cut_navigation_line(lines: Sequence[Line], phrases: Phrases) -> Iterator[Cut]:
    r"""Cut lines that only a site's furniture says: "Skip to content", "Nach oben", "Next post".

    >>> from curator.cleaners.phrases import load_phrases
    >>> from curator.page.lines import split_lines
    >>> lines = split_lines("Zum Inhalt springen\nZum Inhalt springen die Richter nicht.")
    >>> [found.end for found in cut_navigation_line(lines, load_phrases())]
    [19]
    """
    for line in lines:
        if phrases.has("navigation.line", line.key):
            yield cut(line, "navigation", "navigation-line", "skip link, menu switch or paging")
        elif len(line.text) <= _MAX_TAG_LINE_CHARS and _is_post_link(line, phrases):
            yield cut(line, "navigation", "navigation-line", "link to the next or previous post")


def cut_navigation_tags(lines: Sequence[Line], phrases: Phrases) -> Iterator[Cut]:
    """Cut lines such as "Tags: Berlin, Wahl" or "Kategorie: Politik"."""
    for line in lines:
        if len(line.text) > _MAX_TAG_LINE_CHARS:
            continue
        start = phrases.starting("navigation.tags", line.key)
        if start and _names_tags(line.bare[len(start) :]):
            yield cut(line, "navigation", "navigation-tags", "tags or categories of the article")


def _may_be_bars(batch: Batch) -> set[int]:
    """Return the lines with a sign of bars, and those of enough words of which the second has a capital."""
    able = (batch.n_chars <= _MAX_TAG_LINE_CHARS) & (batch.last & STOP == 0)
    long = places(able & (batch.n_words >= _MIN_BARE_WORDS))
    return {*places(able & (batch.held_bare & BAR > 0)), *(at for at in long if _TITLED.match(batch.bare[at]))}


def cut_navigation_bar(lines: Sequence[Line], phrases: Phrases) -> Iterator[Cut]:
    """Cut lines that are a row of menu words: "Home | News | Contact", "Politik Wirtschaft Sport Kultur"."""
    for line in lines:
        if len(line.text) <= _MAX_TAG_LINE_CHARS and _is_bar(line, phrases) and not ends_sentence(line.text):
            yield cut(line, "navigation", "navigation-bar", "row of menu words")


def cut_navigation_menu(lines: Sequence[Line], phrases: Phrases, marks: Marks) -> Iterator[Cut]:
    """Cut runs of short lines of which enough are known words of menus, or which stand twice on the page."""
    page = on_page(lines, phrases)
    span, menu_words, key = page.prose_span, _menu_words(phrases), page.key
    times: Counter[str] | None = None
    for first, last in _runs(page, marks):
        if _is_announced(lines, first, marks):
            continue
        inside = span is not None and span[0] < first and last < span[1]
        run = range(first, last + 1)
        sure = [i in marks or key[i] in menu_words for i in run]
        if _ratio_known(page, run, sum(sure), marks) >= (_MIN_RATIO_KNOWN_INSIDE if inside else _MIN_RATIO_KNOWN):
            why = "short lines in a row, menu words among them"
        elif not span or inside:
            continue
        elif _is_terse(lines, run):
            why = "bulleted words in a row outside the article"
        else:
            times = times or _times(page)
            sure = [times[page.key[i]] > 1 for i in run]
            if sum(sure) < max(_MIN_ITEMS, _MIN_RATIO_TWICE * len(sure)):
                continue
            why = "list of words that stands twice on the page"
        for line in _trimmed(lines, run, sure, phrases):
            yield cut(line, "navigation", "navigation-menu", why)


def _times(page: PageLines) -> Counter[str]:
    return Counter([key for key, text in zip(page.key, page.text, strict=True) if len(text) <= _MAX_ITEM_CHARS])


def cut_navigation_whole(lines: Sequence[Line], phrases: Phrases, marks: Marks) -> Iterator[Cut]:
    """Cut bulleted menus of five items or more as a whole: links to the newsletter or imprint are items like others."""
    page, menu_words = on_page(lines, phrases), _menu_words(phrases)
    for run in runs(page.where(_bulleted_items)):
        if len(run) < _MIN_WHOLE_ITEMS or not _outside(page, run[0], run[-1]):
            continue
        other = sum([i in marks and marks[i].kind != "navigation" for i in run])
        known = sum([page.key[i] in menu_words or i in marks for i in run])
        if other <= _MAX_RATIO_OTHER * len(run) and known - other >= 2 and known >= _MIN_RATIO_KNOWN * len(run):
            for line in lines[run[0] : run[-1] + 1]:
                yield cut(line, "navigation", "navigation-whole", "item of a long menu")


def _is_announced(lines: Sequence[Line], first: int, marks: Marks) -> bool:
    """Return whether a line of text introduces the run: "These are the sections of the club:"."""
    above = lines[first - 1] if first and first - 1 not in marks else None
    return above is not None and above.text[-1] in ":：" and n_words(above.text) >= _MIN_ANNOUNCING_WORDS


def _bulleted_items(batch: Batch) -> list[int]:
    """Return the bulleted lines that can be an item of a menu."""
    fitting = batch.once(_all_fitting)
    return [i for i in batch.once(bullets) if fitting[i]]


def _outside(page: PageLines, first: int, last: int) -> bool:
    span = page.prose_span
    return span is not None and (last < span[0] or first > span[1])


#: What is cut at an edge is a phrase under one of these names.
_EDGE_PHRASES = ("navigation.menu", "navigation.section", "navigation.heading")


def cut_navigation_edge(lines: Sequence[Line], phrases: Phrases, _marks: Marks) -> Iterator[Cut]:
    """Cut single menu words before the first or behind the last paragraph."""
    page = on_page(lines, phrases)
    span = page.prose_span
    if span is None:
        return
    for i in sorted(page.opened_by(_EDGE_PHRASES)):
        line = lines[i]
        if span[0] <= i <= span[1]:
            continue
        bulleted_section = is_bulleted(line) and phrases.has("navigation.section", line.key)
        if bulleted_section or phrases.has("navigation.menu", line.key) or _is_tail_heading(line, i, span, phrases):
            yield cut(line, "navigation", "navigation-edge", "menu word outside the article")


def cut_navigation_tag_list(lines: Sequence[Line], phrases: Phrases, _marks: Marks) -> Iterator[Cut]:
    """Cut a heading such as "Tags" behind the last paragraph, with the short lines below it."""
    span = on_page(lines, phrases).prose_span
    if span is None:
        return
    for i in range(span[1] + 1, len(lines)):
        if not phrases.has("navigation.tags", lines[i].key):
            continue
        last = i
        while last + 1 < len(lines) and _is_tag(lines[last + 1]) and lines[last + 1].gap <= (1 if last == i else 0):
            last += 1
        for line in lines[i : last + 1]:
            yield cut(line, "navigation", "navigation-tag-list", "tags of the article, with their heading")


def _is_post_link(line: Line, phrases: Phrases) -> bool:
    """Return whether a line is "Previous post" with the headline of that post glued or joined to it."""
    return _is_glued_post(line) or (
        phrases.starting("navigation.post", line.key) is not None and not ends_sentence(line.text)
    )


def _is_glued_post(line: Line) -> bool:
    return line.key.startswith(GLUED_POSTS)


def _glued_posts(batch: Batch) -> list[int]:
    return batch.in_keys[""]


def _names_tags(rest: str) -> bool:
    """Return whether what follows "Tags" is a colon or glued capital with short names behind, and no sentence."""
    rest = rest.lstrip()
    if not rest or not (rest[0] in ":：" or (rest[0].isupper() and "," in rest)):
        return False
    rest = rest.lstrip(":： ")
    if not rest or ends_sentence(rest) or _SENTENCE_INSIDE.search(rest):
        return False
    return all(n_words(name) <= _MAX_TAG_WORDS for name in _SEPARATED.split(rest))


def _is_bar(line: Line, phrases: Phrases) -> bool:
    """Return whether most parts of a line are menu words."""
    if line.text[0] == "|" or line.text[-1] == "|":
        return False
    signed = _BAR_SIGN.search(line.bare) is not None
    if not signed and line.key.count(" ") < _MIN_BARE_WORDS - 1:
        return False
    parts = [part for part in _BAR.split(line.bare) if part] if signed else []
    if len(parts) >= _MIN_ITEMS and all(n_words(part) <= _MAX_TAG_WORDS for part in parts):
        known = sum(_is_known(_fold_part(part), phrases) for part in parts)
        return known >= 2 and known >= 0.5 * len(parts)
    if line.key.count(" ") < _MIN_BARE_WORDS - 1 or not _is_capitalised(line.bare.split(None, 3)[:3]):
        return False
    words, shown = line.key.split(), line.bare.split()
    if len(words) != len(shown) or not _is_capitalised(shown):
        return False
    known = sum(_is_known(word, phrases) for word in words)
    return known >= _MIN_RATIO_BARE_KNOWN * len(words)


def _is_capitalised(words: Sequence[str]) -> bool:
    return all(word[0].isupper() for word in words)


def _fold_part(part: str) -> str:
    return part.casefold().strip()


def _is_known(key: str, phrases: Phrases) -> bool:
    return key in _menu_words(phrases)


def _menu_words(phrases: Phrases) -> frozenset[str]:
    """Return the words of menus and the names of sections."""
    return _joined(phrases.of("navigation.menu"), phrases.of("navigation.section"))


@cache
def _joined(some: frozenset[str], others: frozenset[str]) -> frozenset[str]:
    return some | others


def _runs(page: PageLines, marks: Marks) -> Iterator[tuple[int, int]]:
    """Yield first and last index of stretches of three or more items with the same bullets and spacing."""
    first = 0
    items = [*_fitting(page), False]
    for i, found in marks.items():
        items[i] = found.kind in _MENU_KINDS and len(page.text[i]) <= _MAX_ITEM_CHARS
    bulleted, gap = page.bulleted, page.gap
    for i, is_item in enumerate(items):
        if is_item and (i == first or (bulleted[i] == bulleted[first] and _goes_on(gap, first, i))):
            continue
        if i - first >= _MIN_ITEMS:
            yield first, i - 1
        first = i if is_item else i + 1


def _fitting(page: PageLines) -> list[bool]:
    return page.batch.once(_all_fitting)[page.first : page.first + len(page)]


def _all_fitting(batch: Batch) -> list[bool]:
    """Return which lines can be an item of a menu: few words, and no sign of a sentence or a numbered list."""
    fitting = [False] * len(batch.lines)
    unspaced = (batch.held & UNSPACED > 0).tolist()
    for i in places((batch.n_bare <= _MAX_ITEM_CHARS) & (batch.last & NO_ITEM == 0)):
        bare = batch.bare[i]
        if not batch.key[i] or bare[0].isdecimal():
            continue
        most = _MAX_ITEM_WORDS if batch.bulleted[i] else _MAX_PLAIN_WORDS
        fitting[i] = len(bare.split(None, most)) <= most
        if unspaced[i] and not batch.bulleted[i]:
            fitting[i] = n_words(bare) <= most
    return fitting


def _goes_on(gap: Sequence[int], first: int, at: int) -> bool:
    """Return whether as many blank lines stand above a line as between the first two of its run: one at most there."""
    return gap[at] == gap[first + 1] if at > first + 1 else gap[at] <= 1


def _ratio_known(page: PageLines, run: range, known: int, marks: Marks) -> float:
    """Return the share of known items in a run, or 0 where too few are known to tell.

    Section names are headings and crossheads, too, so without a word that only menus have, four are asked for.
    """
    if known < 2:
        return 0.0
    menu = page.batch.phrases.of("navigation.menu")
    strong = sum([i in marks or page.key[i] in menu for i in run])
    return known / len(run) if known >= (3 if strong else 4) or (strong >= 2 and len(run) == 3) else 0.0


def _is_terse(lines: Sequence[Line], run: range) -> bool:
    """Return whether a run is bulleted, touches without blank lines, and has two words a line on average."""
    if len(run) < _MIN_TERSE_ITEMS or not is_bulleted(lines[run[0]]) or lines[run[1]].gap:
        return False
    return sum(len(lines[i].bare.split()) for i in run) <= _MAX_TERSE_WORDS * len(run)


def _trimmed(lines: Sequence[Line], run: range, sure: Sequence[bool], phrases: Phrases) -> Sequence[Line]:
    """Return the lines of a menu, with its heading above.

    Without bullets, items at the ends that nothing speaks for are left: the first or last may be the headline.
    """
    first, last = run[0], run[-1]
    if not is_bulleted(lines[first]):
        first += next(n for n, told in enumerate(sure) if told)
        last -= next(n for n, told in enumerate(reversed(sure)) if told)
    return lines[_with_heading(lines, first, phrases) : last + 1]


def _with_heading(lines: Sequence[Line], first: int, phrases: Phrases) -> int:
    """Return where a menu begins, with a heading such as "Kategorien" right above it."""
    above = first > 0 and lines[first].gap <= 1 and phrases.has("navigation.heading", lines[first - 1].key)
    return first - 1 if above else first


def _is_tail_heading(line: Line, at: int, span: tuple[int, int], phrases: Phrases) -> bool:
    return at > span[1] and phrases.has("navigation.heading", line.key)


def _is_tag(line: Line) -> bool:
    """Return whether a line can be one tag: short, with a comma behind it perhaps."""
    text = line.bare.rstrip(",")
    return len(text) <= _MAX_ITEM_CHARS and len(text.split()) <= _MAX_TAG_WORDS and not ends_sentence(text)


_SPARES_LISTS = "lists of an article: ingredients, line-ups, products, programmes"
RULES = (
    LineRule(
        "navigation-line",
        "navigation",
        cut_navigation_line,
        spares="sentences that open with such words",
        opens=("navigation.line", "navigation.post"),
        also=_glued_posts,
    ),
    LineRule(
        "navigation-tags",
        "navigation",
        cut_navigation_tags,
        spares="sentences behind a colon",
        opens=("navigation.tags",),
    ),
    LineRule("navigation-bar", "navigation", cut_navigation_bar, spares="enumerations in sentences", also=_may_be_bars),
    BlockRule("navigation-menu", "navigation", cut_navigation_menu, spares=_SPARES_LISTS, yields=True),
    BlockRule(
        "navigation-whole",
        "navigation",
        cut_navigation_whole,
        spares="runs of legal links, lists in the prose",
        wins=True,
        yields=True,
        also=_bulleted_items,
    ),
    BlockRule(
        "navigation-edge",
        "navigation",
        cut_navigation_edge,
        spares="crossheads between paragraphs",
        yields=True,
        needs=_EDGE_PHRASES,
    ),
    BlockRule(
        "navigation-tag-list",
        "navigation",
        cut_navigation_tag_list,
        spares="lists between paragraphs",
        yields=True,
        needs=("navigation.tags",),
    ),
)
