"""What a site's own rules cut: CSS selectors on HTML, line patterns on HTML and text dumps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from curator.cleaners.rule import cut
from curator.model import Cut, Line
from curator.sites import LinePattern, SiteRules

#: The rules with what they do. They make cuts of any kind: the kind is the site file's word.
SITE_RULES = {
    "site-selector": "lines inside elements that the site's CSS selectors name",
    "site-pattern": "lines that match one of the site's line patterns as a whole",
}


def find_site_cuts(lines: Sequence[Line], rules: SiteRules | None) -> Iterator[Cut]:
    """Yield the cuts of a site's rules: by selector where the page was built with it, and by line pattern."""
    for line in lines:
        kind, _, css = ((line.hints and line.hints.site_rule) or "").partition(" ")
        if kind and kind != "keep":
            yield cut(line, kind, "site-selector", f"stands in {css}, which the rules of its site cut")
    if rules is None or not rules.patterns:
        return
    for line in lines:
        matched = _kind_by_pattern(line, rules.patterns)
        if matched:
            yield cut(line, matched, "site-pattern", f"a line that {rules.site} has beside its articles")


def _kind_by_pattern(line: Line, patterns: Sequence[LinePattern]) -> str | None:
    matching = (kind for kind, shape in patterns if shape.fullmatch(line.text) or shape.fullmatch(line.bare))
    return next(matching, None)
