"""Share bars: networks, print, bookmark, copy the link."""

from __future__ import annotations

from curator.cleaners.rule import Rule

RULES: tuple[Rule, ...] = ()
