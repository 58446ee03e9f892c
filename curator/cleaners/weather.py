"""Weather widgets: place, sky, temperatures, humidity, days to come."""

from __future__ import annotations

from curator.cleaners.rule import Rule

RULES: tuple[Rule, ...] = ()
