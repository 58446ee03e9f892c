"""Links, teasers and headlines of other articles, with their headings."""

from __future__ import annotations

from curator.cleaners.rule import Rule

RULES: tuple[Rule, ...] = ()
