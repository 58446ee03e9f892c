"""Pages of a site -> lines that recur over its distinct articles -> which lines to cut.

What a site repeats from article to article is its template: claims, boxes, prompts that no rule knows. Two crawls of
one article repeat its body as well, so lines are counted over groups of near-duplicates, never over pages: without
that guard the two copies would delete each other. Everything here is a pure function of the set of pages: their
order decides nothing but the numbers of groups.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from curator.cleaners.shape import ends_sentence, n_words
from curator.model import Cut, Line
from curator.tagger import RULE as TAGGER

UInt64 = NDArray[np.uint64]
Int64 = NDArray[np.int64]
Bools = NDArray[np.bool_]


class TemplateRule(NamedTuple):
    """A rule that reads all pages of a site: the kind of its cuts, what it cuts, what it spares."""

    kind: str
    cuts: str
    spares: str


#: They apply to a corpus, never to a document by itself.
TEMPLATE_RULES = {
    "template-line": TemplateRule(
        "template",
        "Cut lines that recur over the distinct articles of a site.",
        "what copies of one article share, sub-headings, passages that follow-ups repeat",
    ),
    "template-headline": TemplateRule(
        "related",
        "Cut lines that are the headline of another article of the site.",
        "headlines of fewer than five words, and those of an article's own copies",
    ),
}

#: The lowest two bits of a line's hash: a short line may be a sub-heading, running text may be a passage that
#: follow-ups of a story repeat, and what lies between is neither.
SHORT, PHRASE, PROSE = 0, 1, 2
#: Of a line that the tagger cut from its page: it counts with those that it kept on others, and no more is asked of it.
DOUBTED = 3
_SHORT_WORDS = 5
_PROSE_CHARS = 80

#: Running text, and what stands in the midst of the text, is a template only from this many times the articles and
#: the share of another line.
_STRICT_FACTOR = 2
#: A line stands at the edge if only template lines are before it in its page, or behind it, in at least this share
#: of its articles. In the midst "Background" is a sub-heading and running text a passage, however often they recur.
_EDGE_SHARE = 0.5

#: Of a signature, 16 bits of each value are kept; four values are a band. Pages are near-duplicates where half of
#: the values agree: Jaccard .5, the least that is stored of a pair.
SKETCH_VALUES = 128
SKETCH_SEED = 1
_BAND_VALUES = 4
_SAME_VALUES = SKETCH_VALUES // 2

#: More articles than any site has (as ``settings.template_articles``).
MOST_ARTICLES = 1_000_000

_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class LearnRule:
    """From how many distinct articles, and from which share of those of its time, a line is a template.

    ``rules`` are those of ``TEMPLATE_RULES`` that apply. Raises ValueError for fewer than 2 articles, or more than a
    corpus can hold, and for a share that is none.
    """

    articles: int = 6
    share: float = 0.3
    rules: tuple[str, ...] = tuple(TEMPLATE_RULES)

    def __post_init__(self) -> None:
        if not 2 <= self.articles <= MOST_ARTICLES or not 0 < self.share <= 1:
            raise ValueError(
                f"expected 2 to {MOST_ARTICLES} articles and a share of 0 to 1, not {self.articles} and {self.share}"
            )


class SitePages(NamedTuple):
    """The pages of a site, in an order that does not depend on their arrival.

    Page i has the lines ``lines[starts[i]:starts[i + 1]]`` (``line_hash``): all that were kept before templates, the
    title apart, and those that the tagger cut (``DOUBTED``). ``titles`` are the hashes of the headlines, 0 for none;
    ``shown`` says whether the headline is a line of the text that was found there by its shape. ``groups`` number the
    distinct articles from 0 (see ``group_pages``); ``days`` are day numbers, -1 for none.
    """

    lines: UInt64
    starts: Int64
    titles: UInt64
    shown: Bools
    groups: Int64
    days: Int64


class Template(NamedTuple):
    """What a site repeats: hashes of its lines, sorted, with the number of distinct articles of each.

    ``headlines`` are sorted hashes, ``owners`` the one group that bears each, -1 for several.
    """

    lines: UInt64
    n_articles: Int64
    headlines: UInt64
    owners: Int64


class Hits(NamedTuple):
    """What a template says of the lines of all pages: 0 to keep, 1 or 2 to cut by the first or second rule.

    ``titles`` says whether a page's headline is a line of the template. ``marks`` is a number for each page that
    tells one set of hits from another, 0 where there are none.
    """

    lines: NDArray[np.uint8]
    titles: Bools
    marks: Int64


def line_hash(text: str) -> int:
    """Return 64 bits that stand for a line: case and spacing apart.

    Numbers count: lines that differ in them alone are the facts of products more often than a template (measured
    on shared/bench, shops: with numbers folded 136 body lines were lost, most of them ratings and part numbers).

    >>> line_hash("Mehr  aus Rabat") == line_hash("mehr aus rabat"), line_hash("Seite 1") == line_hash("Seite 2")
    (True, False)
    >>> line_hash("Hintergrund") % 4, line_hash("Wie der Rat entschieden hat.") % 4
    (0, 2)
    """
    folded = " ".join(text.casefold().split())
    digest = blake2b(folded.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest) & ~3 | _sort_of(folded)


def _sort_of(folded: str) -> int:
    if n_words(folded) < _SHORT_WORDS:
        return SHORT
    # A sentence that ends with an exclamation mark is a prompt more often than a passage.
    is_sentence = ends_sentence(folded) and not folded.endswith("!")
    return PROSE if is_sentence or len(folded) >= _PROSE_CHARS else PHRASE


def page_lines(lines: Iterable[Line], removed: Sequence[tuple[int, int]]) -> Iterator[tuple[Line, int]]:
    """Yield the lines that none of the removed spans (sorted, disjoint) touches, with their hashes.

    Lines without a letter (figures of a table, rows of asterisks) are left out: they recur by themselves.
    """
    at = 0
    for line in lines:
        while at < len(removed) and removed[at][1] <= line.start:
            at += 1
        if (at == len(removed) or removed[at][0] >= line.end) and _LETTER.search(line.text):
            yield line, line_hash(line.text)


def doubted_lines(lines: Iterable[Line], cuts: Iterable[Cut]) -> Iterator[int]:
    """Yield the hashes of the lines that the tagger cut: what it keeps on one page it may doubt on the next."""
    spans = {(cut.start, cut.end) for cut in cuts if cut.rule == TAGGER}
    for line in lines:
        if (line.start, line.end) in spans and _LETTER.search(line.text):
            yield line_hash(line.text) | DOUBTED


def sketch(minhash: NDArray[np.uint32]) -> bytes:
    """Return what is kept of a signature: the low 16 bits of each value, 256 bytes."""
    return minhash.astype("<u2").tobytes()


def group_pages(sketches: Sequence[bytes], urls: Sequence[str | None]) -> Int64:
    """Return for each page the number of its article: near-duplicates, and pages of one url, have the same.

    Within a band, a page is compared with the first and with the one before it, so the cost is linear; chains of
    near-duplicates are one article.
    """
    values = np.frombuffer(b"".join(sketches), dtype="<u2").reshape(len(sketches), SKETCH_VALUES)
    links = [_near_duplicates(values), _same_url(urls)]
    parents = list(range(len(sketches)))
    for one, other in np.concatenate(links).tolist():
        low, high = sorted((_root(parents, one), _root(parents, other)))
        parents[high] = low
    roots = [_root(parents, number) for number in range(len(parents))]
    return np.unique(np.array(roots, dtype=np.int64), return_inverse=True)[1].reshape(-1).astype(np.int64)


def _root(parents: list[int], number: int) -> int:
    while parents[number] != number:
        parents[number] = number = parents[parents[number]]
    return number


def _near_duplicates(values: NDArray[np.uint16]) -> Int64:
    """Return pairs of pages, shape (n, 2), of whose values at least half agree."""
    bands = np.ascontiguousarray(values).view("<u8").reshape(len(values), SKETCH_VALUES // _BAND_VALUES)
    pairs = [np.zeros((0, 2), dtype=np.int64)]
    for band in bands.T:
        order = np.argsort(band, kind="stable")
        keys = band[order]
        later = np.flatnonzero(keys[1:] == keys[:-1]) + 1
        heads = np.searchsorted(keys, keys[later])
        pairs.append(np.stack([order[later - 1], order[later]], axis=1))
        pairs.append(np.stack([order[heads], order[later]], axis=1))
    wanted = np.unique(np.sort(np.concatenate(pairs), axis=1), axis=0)
    near = [
        some[(values[some[:, 0]] == values[some[:, 1]]).sum(axis=1) >= _SAME_VALUES]
        for some in np.array_split(wanted, len(wanted) // 10_000 + 1)
    ]
    return np.concatenate(near)


def _same_url(urls: Sequence[str | None]) -> Int64:
    first: dict[str, int] = {}
    pairs = [(first.setdefault(url, number), number) for number, url in enumerate(urls) if url is not None]
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def learn(pages: SitePages, rule: LearnRule) -> Template:
    """Return the template of a site from all its stored pages."""
    headlines, owners = _headlines(pages)
    pages, doubted, doubting = _doubted_apart(pages)
    owner = np.repeat(np.arange(pages.titles.size), np.diff(pages.starts))
    titled = np.flatnonzero(pages.shown)
    hashes = np.concatenate([pages.lines, pages.titles[titled], doubted])
    values = _frequent(hashes, rule.articles)
    if not values.size or "template-line" not in rule.rules:
        return Template(values[:0], np.zeros(0, np.int64), headlines, owners)
    at = _places(values, hashes)
    known = np.flatnonzero(at >= 0)
    places, groups = at[known], pages.groups[np.concatenate([owner, titled, doubting])[known]]
    line_of, group_of = _pairs(places, groups)
    counts = np.bincount(line_of, minlength=values.size)
    among = _articles_of_their_time(pages, line_of, group_of)
    strictly = _recurs(counts, among, rule, _STRICT_FACTOR)
    recurs = _recurs(counts, among, rule, 1) & ((values % 4 != PROSE) | strictly)
    edge = np.ones(hashes.size, dtype=np.bool_)  # a headline stands at the edge of its page
    edge[: owner.size] = _at_edge((at >= 0)[: owner.size] & recurs[at[: owner.size]], pages.starts)
    stands = known < owner.size + titled.size
    n_standing, at_edge = (
        np.bincount(_pairs(places[some], groups[some])[0], minlength=values.size)
        for some in (stands, stands & edge[known])
    )
    recurs &= (at_edge >= n_standing * _EDGE_SHARE) | ((values % 4 == PHRASE) & strictly)
    return Template(values[recurs], counts[recurs], headlines, owners)


def _doubted_apart(pages: SitePages) -> tuple[SitePages, UInt64, Int64]:
    """Return the pages less what the tagger cut, and of that the lines that others keep, as there, with their pages."""
    is_doubted = pages.lines % 4 == DOUBTED
    owner = np.repeat(np.arange(pages.titles.size), np.diff(pages.starts))
    before = np.concatenate([[0], np.cumsum(~is_doubted)])
    kept = pages._replace(lines=pages.lines[~is_doubted], starts=before[pages.starts])
    standing = np.unique(np.concatenate([kept.lines, pages.titles[pages.shown]]))
    if not standing.size or not is_doubted.any():
        return kept, pages.lines[:0], owner[:0]
    at = _places(standing | np.uint64(DOUBTED), pages.lines[is_doubted])
    return kept, standing[at[at >= 0]], owner[is_doubted][at >= 0]


def _frequent(hashes: UInt64, n: int) -> UInt64:
    """Return the values that occur n times or more, sorted: nearly all lines of a site occur once."""
    ordered = np.sort(hashes)
    again = ordered[n - 1 :] == ordered[: max(ordered.size - n + 1, 0)]
    repeated = ordered[n - 1 :][again]
    return np.asarray(repeated[np.flatnonzero(np.diff(repeated, prepend=~repeated[:1]))])


def _places(values: UInt64, hashes: UInt64) -> Int64:
    """Return where each hash stands among sorted values, -1 for none."""
    at = np.minimum(np.searchsorted(values, hashes), values.size - 1)
    return np.where(values[at] == hashes, at, -1)


def _pairs(places: Int64, groups: Int64) -> tuple[Int64, Int64]:
    """Return the distinct pairs of a line and a group, sorted by line."""
    n_groups = int(groups.max(initial=0)) + 1
    joined = np.unique(places * n_groups + groups)
    return joined // n_groups, joined % n_groups


def _recurs(counts: Int64, among: Int64, rule: LearnRule, factor: int) -> Bools:
    """Return which lines stand in enough articles, and in enough of those of their time."""
    return np.asarray((counts >= factor * rule.articles) & (counts >= among * min(factor * rule.share, 1.0)))


def _articles_of_their_time(pages: SitePages, line_of: Int64, group_of: Int64) -> Int64:
    """Return for each line the number of articles between its first and last day: templates change.

    Articles without a day count always; a line that stands in one of them is of all times.
    """
    n_groups = int(pages.groups.max()) + 1
    never = np.iinfo(np.int64).max
    days = np.full(n_groups, never, dtype=np.int64)
    np.minimum.at(days, pages.groups, np.where(pages.days < 0, never, pages.days))
    dated = np.sort(days[days < never])
    starts = np.searchsorted(line_of, np.arange(int(line_of[-1]) + 1))
    first = np.minimum.reduceat(days[group_of], starts)
    last = np.maximum.reduceat(days[group_of], starts)
    within = np.searchsorted(dated, last, side="right") - np.searchsorted(dated, first, side="left")
    return np.asarray(np.where(last == never, n_groups, within + n_groups - dated.size))


def _at_edge(recurs: Bools, starts: Int64) -> Bools:
    """Return which lines have only recurring ones before them in their page, or only such ones behind them."""
    places = np.arange(recurs.size)
    own = np.flatnonzero(~recurs)
    padded = np.concatenate([own, [recurs.size]])
    first = np.minimum(padded[np.searchsorted(own, starts[:-1])], starts[1:])
    padded = np.concatenate([[-1], own])
    last = np.maximum(padded[np.searchsorted(own, starts[1:])], starts[:-1] - 1)
    sizes = np.diff(starts)
    return np.asarray((places < np.repeat(first, sizes)) | (places > np.repeat(last, sizes)))


def _headlines(pages: SitePages) -> tuple[UInt64, Int64]:
    """Return the hashes of headlines long enough not to stand in a body by chance, and the group of each."""
    able = (pages.titles != 0) & (pages.titles % 4 != SHORT)
    values, places = np.unique(pages.titles[able], return_inverse=True)
    low = np.full(values.size, np.iinfo(np.int64).max, dtype=np.int64)
    high = np.full(values.size, -1, dtype=np.int64)
    np.minimum.at(low, places.reshape(-1), pages.groups[able])
    np.maximum.at(high, places.reshape(-1), pages.groups[able])
    return values, np.where(low == high, low, -1)


def find_hits(pages: SitePages, template: Template, rule: LearnRule) -> Hits:
    """Return which lines of the pages a template cuts, and by which rule."""
    owner = np.repeat(np.arange(pages.titles.size), np.diff(pages.starts))
    found = np.zeros(pages.lines.size, dtype=np.uint8)
    if "template-headline" in rule.rules and template.headlines.size:
        at = _places(template.headlines, pages.lines)
        found[(at >= 0) & (template.owners[at] != pages.groups[owner])] = 2
    found[np.isin(pages.lines, template.lines)] = 1
    titles = pages.shown & np.isin(pages.titles, template.lines)
    marks = np.zeros(pages.titles.size, dtype=np.uint64)
    hit = np.flatnonzero(found)
    np.add.at(marks, owner[hit], _mixed(pages.lines[hit] + found[hit]))
    marks[titles] += _mixed(pages.titles[titles])
    return Hits(found, titles, marks.view(np.int64))


def mark_of(lines: Iterable[int], headline: int | None) -> int:
    """Return what ``Hits.marks`` has for a page of which ``template-line`` cuts these lines, and a headline."""
    hits = np.array([*(line + 1 for line in lines), *([] if headline is None else [headline])], dtype=np.uint64)
    return int(_mixed(hits).sum(dtype=np.uint64).view(np.int64))


def _mixed(values: UInt64) -> UInt64:
    """Return values whose sums hardly ever agree for different sets."""
    mixed = (values ^ (values >> np.uint64(31))) * np.uint64(0xBF58476D1CE4E5B9)
    return np.asarray(mixed ^ (mixed >> np.uint64(29)), dtype=np.uint64)


def cut_template(line: Line, rule: str, site: str) -> Cut:
    """Return the cut of a line that the template of a site holds.

    The reason names no numbers: they change with every article that is added, the cut does not.
    """
    why = f"recurs from article to article on {site}"
    if rule == "template-headline":
        why = f"headline of another article on {site}"
    return Cut(line.start, line.end, TEMPLATE_RULES[rule].kind, rule, why)
