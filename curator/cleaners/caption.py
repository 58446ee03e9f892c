"""Photo captions, credits, alt texts, gallery counters."""

from __future__ import annotations

from curator.cleaners.rule import Rule

RULES: tuple[Rule, ...] = ()
