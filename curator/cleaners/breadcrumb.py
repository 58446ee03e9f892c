"""The path from the front page to this one, also glued to the headline."""

from __future__ import annotations

from curator.cleaners.rule import Rule

RULES: tuple[Rule, ...] = ()
