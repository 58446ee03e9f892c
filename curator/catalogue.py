"""Everything that makes cuts, in one list: rules, site rules, templates, the tagger, people."""

from __future__ import annotations

from typing import NamedTuple

from curator import tagger
from curator.article import FEEDBACK_DOES, FEEDBACK_RULE, FEEDBACK_SPARES
from curator.cleaners import PROPOSING, RULES
from curator.cleaners.rule import LineRule, Rule, describe
from curator.cleaners.site import SITE_RULES
from curator.model import KINDS
from curator.templates import TEMPLATE_RULES


class Entry(NamedTuple):
    """What is written down about a rule; ``kind`` is None where it makes cuts of any kind."""

    rule: str
    kind: str | None
    reads: str
    cuts: str
    spares: str


def _of_rule(rule: Rule) -> Entry:
    reads = "each line by itself" if isinstance(rule, LineRule) else "a line with its neighbours"
    spares = rule.spares + ("; what the tagger takes for text" if rule.id in PROPOSING else "")
    return Entry(rule.id, rule.kind, reads, describe(rule), spares)


#: In the order of the rules; what is of no single kind stands last.
CATALOGUE: tuple[Entry, ...] = (
    *map(_of_rule, RULES),
    *(Entry(name, rule.kind, "all pages of a site", rule.cuts, rule.spares) for name, rule in TEMPLATE_RULES.items()),
    *(
        Entry(name, None, "the rules of one site", f"Cut {what}.", "all other lines")
        for name, what in SITE_RULES.items()
    ),
    Entry(tagger.RULE, None, "all lines of a document", tagger.CUTS, tagger.SPARES),
    Entry(FEEDBACK_RULE, None, "what people say in the browser", FEEDBACK_DOES, FEEDBACK_SPARES),
)


def by_kind() -> dict[str | None, list[Entry]]:
    """Return the entries under each kind that has any, in the order of ``KINDS``; those of any kind under None."""
    kinds: list[str | None] = [*KINDS, None]
    found = {kind: [entry for entry in CATALOGUE if entry.kind == kind] for kind in kinds}
    return {kind: entries for kind, entries in found.items() if entries}
