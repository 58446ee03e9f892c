"""What the main-content extractor left out of an HTML page, less the headline and standfirst it loses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from curator.cleaners.batch import Batch
from curator.cleaners.phrases import Phrases
from curator.cleaners.rule import BlockRule, Marks, cut
from curator.model import Cut, Line

#: So many lines before the extracted body may lie between it and its headline: byline, caption, share bar.
_HEAD_LINES = 25


def cut_left_out(lines: Sequence[Line], phrases: Phrases, marks: Marks) -> Iterator[Cut]:
    """Cut the lines of an HTML page that the extractor left out; nothing where it found nothing.

    Kept all the same: what the site's rules keep, and above the body its headline and the standfirst, which is
    told by standing in the page's own description (trafilatura loses 43 % of standfirsts).
    """
    kept = [i for i, line in enumerate(lines) if line.hints and line.hints.extracted]
    if not kept:
        return
    spared = _head(lines, kept[0])
    for i, line in enumerate(lines):
        if line.hints is None or line.hints.extracted or line.hints.site_rule == "keep" or i in spared:
            continue
        yield cut(line, "extract", "extract-left-out", "left out by the main-content extractor")


def _extracted(batch: Batch) -> list[int]:
    if not any(batch.hints):
        return []
    return [i for i, hints in enumerate(batch.hints) if hints and hints.extracted]


def _head(lines: Sequence[Line], first: int) -> set[int]:
    """Return which lines shortly before the first extracted one are headline or standfirst."""
    spared = set()
    for i in range(first - 1, max(-1, first - 1 - _HEAD_LINES), -1):
        hints = lines[i].hints
        if hints is None:
            continue
        if hints.in_description and not hints.link_density:
            spared.add(i)
        if hints.heading == 1:
            spared.add(i)
            break
    return spared


RULES = (
    BlockRule(
        "extract-left-out",
        "extract",
        cut_left_out,
        also=_extracted,
        spares="text dumps, pages in which the extractor found nothing, the headline and standfirst above the body",
    ),
)
