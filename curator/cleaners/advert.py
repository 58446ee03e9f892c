"""Advertisements, shop boxes, product plugs."""

from __future__ import annotations

from curator.cleaners.rule import Rule

RULES: tuple[Rule, ...] = ()
