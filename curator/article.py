"""Page + facts + cuts -> article: the only place where text is dropped."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from curator.model import KINDS, Article, Cut, Facts, Page, Verdict
from curator.page.lines import located_lines

_PRECEDENCE = {kind: rank for rank, kind in enumerate(KINDS)}

#: An article that loses more than this share of its characters is marked for review.
REVIEW_RATIO = 0.75
_WERE_CUT = " of the characters were cut"

#: What people said in the browser is cut by this rule, and what it does.
FEEDBACK_RULE = "feedback"
FEEDBACK_DOES = "Cut lines that a person marked as clutter in the browser."
FEEDBACK_SPARES = "what a person called a wrong cut, whatever other rules say of it"


def resolve(cuts: Iterable[Cut], spared: tuple[int, int] | None = None) -> tuple[Cut, ...]:
    """Return the cuts sorted and disjoint: where two overlap, the kind that stands first in ``KINDS`` wins.

    What a losing cut holds outside the winner stays cut. ``spared`` is a span that no cut may touch (the title).

    >>> resolve([Cut(0, 9, "related", "r", ""), Cut(2, 4, "weather", "w", "")])[1]
    Cut(start=2, end=4, kind='weather', rule='w', why='')
    """
    kept: list[Cut] = []
    for group in _overlapping(sorted(cuts)):
        alone = len(group) == 1 and not (spared and spared[0] < group[0].end and group[0].start < spared[1])
        kept += group if alone else _resolve_group(group, spared)
    return tuple(sorted(kept))


def _overlapping(cuts: Iterable[Cut]) -> Iterator[list[Cut]]:
    """Yield sorted cuts in groups of which none overlaps another: most are of one cut."""
    group: list[Cut] = []
    end = 0
    for cut in cuts:
        if group and cut.start >= end:
            yield group
            group = []
        group.append(cut)
        end = max(end, cut.end)
    if group:
        yield group


def _resolve_group(cuts: Iterable[Cut], spared: tuple[int, int] | None) -> list[Cut]:
    taken = [spared] if spared else []
    kept: list[Cut] = []
    for cut in sorted(cuts, key=lambda cut: (_PRECEDENCE[cut.kind], cut.rule, cut.start, -cut.end, cut.why)):
        for start, end in list(_free(taken, cut.start, cut.end)):
            kept.append(cut if (start, end) == cut[:2] else cut._replace(start=start, end=end))
            taken.insert(bisect_left(taken, (start, end)), (start, end))
    return kept


def _free(taken: Sequence[tuple[int, int]], start: int, end: int) -> Iterable[tuple[int, int]]:
    """Yield the stretches of (start, end) that none of the sorted, disjoint taken spans covers."""
    for at in range(max(0, bisect_left(taken, (start, start)) - 1), len(taken)):
        low, high = taken[at]
        if low >= end:
            break
        if start < low:
            yield start, low
        start = max(start, high)
    if start < end:
        yield start, end


def heed(cuts: Iterable[Cut], verdicts: Sequence[Verdict]) -> list[Cut]:
    """Return the cuts without what a person called wrong, and with what a person called clutter.

    >>> heed([Cut(0, 9, "related", "r", "")], [Verdict(4, 9, "wrong cut"), Verdict(12, 14, "clutter")])[1].start
    12
    """
    left = list(cuts)
    for start, end, verdict, _, _ in verdicts:
        if verdict == "wrong cut":
            left = [cut._replace(start=low, end=high) for cut in left for low, high in _free([(start, end)], *cut[:2])]
    said = "a person marked it as clutter"
    clutter = [found for found in verdicts if found.verdict == "clutter"]
    return left + [Cut(found.start, found.end, found.kind or "other", FEEDBACK_RULE, said) for found in clutter]


def kept_text(text: str, removed: Sequence[tuple[int, int]]) -> str:
    r"""Return text without the removed spans (sorted, disjoint): kept lines joined by a line feed.

    A line of which nothing visible is left goes with the blank lines behind it, unless they are the only ones
    between two kept lines.

    >>> kept_text("a\n\nMein Konto\n\nb", [(3, 13)])
    'a\n\nb'
    """
    lines: list[str] = []
    blanks = 0
    dropped = False
    at = 0
    nowhere = (len(text) + 1, len(text) + 1)
    spans = [*removed, nowhere]
    low, high = spans[0]
    for start, body in zip(*located_lines(text), strict=True):
        end = start + len(body)
        while high <= start:
            at += 1
            low, high = spans[at]
        line: str | None = body
        if low < end:
            # A whole line, as most cuts are, needs no closer look.
            line = None if low <= start and high >= end else _left_over(text, start, end, removed, at)
        if line is None:
            dropped = True
        elif line and not line.isspace():
            if blanks and lines:
                lines.extend([""] * blanks)
            lines.append(line)
            blanks, dropped = 0, False
        elif not dropped or not blanks:
            blanks += 1
    return "\n".join(lines)


def _left_over(text: str, start: int, end: int, removed: Sequence[tuple[int, int]], at: int) -> str | None:
    """Return what removed[at:] leaves of the line text[start:end], or None where it takes all that is visible."""
    pieces = []
    position = start
    touched = False
    while at < len(removed) and removed[at][0] < end:
        touched = touched or removed[at][1] > start
        pieces.append(text[position : max(position, removed[at][0])])
        position = max(position, removed[at][1])
        at += 1
    if not touched:
        return text[start:end]
    left = ("".join(pieces) + text[position:end]).strip()
    return left or None


def make_article(page: Page, cuts: Iterable[Cut], facts: Facts, keep_kinds: Iterable[str] = ()) -> Article:
    """Return the article that a page becomes when these cuts are made.

    The title is taken out of the body. A page of which nothing is left, or in which nothing was to be seen, becomes
    ``rejected``, with the reason.
    """
    kept_kinds = set(keep_kinds)
    # Dropped when all is settled: what would be cut as a kept kind stays, whatever other rules say of it.
    settled = tuple(cut for cut in resolve(cuts, facts.title_span) if cut.kind not in kept_kinds)
    spans = [(cut.start, cut.end) for cut in settled]
    if facts.title_span:
        spans = sorted([*spans, facts.title_span])
    text = kept_text(page.text, spans)
    article = Article(page, facts, text, settled, review=page.review)
    # Characters that show nothing (zero-width space) are no text, though they stay where nothing cut them.
    if not text or not page.lines:
        reason = "no text in the document" if not page.lines else "nothing but clutter: every line was cut"
        if page.lines and facts.title_span:
            reason = "no body: nothing but a title and clutter"
        return replace(article, status="rejected", reason=reason)
    if article.ratio_cut > REVIEW_RATIO:
        reviews = (page.review, f"{article.ratio_cut:.0%}{_WERE_CUT}")
        return replace(article, review="; ".join(filter(None, reviews)))
    return article


def review_of_page(review: str | None) -> str | None:
    """Return what of an article's review its page says, whatever was cut from it.

    >>> review_of_page("odd; 80% of the characters were cut"), review_of_page("80% of the characters were cut")
    ('odd', None)
    """
    said = [part for part in (review or "").split("; ") if part and not part.endswith(_WERE_CUT)]
    return "; ".join(said) or None
