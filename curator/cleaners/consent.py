"""Cookie and privacy texts, placeholders of embedded media."""

from __future__ import annotations

from curator.cleaners.rule import Rule

RULES: tuple[Rule, ...] = ()
