"""Numbers of views, shares and comments on a line of their own."""

from __future__ import annotations

from curator.cleaners.rule import Rule

RULES: tuple[Rule, ...] = ()
