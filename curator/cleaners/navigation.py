"""Menus, section and tag names, search, paging, site name and claim."""

from __future__ import annotations

from curator.cleaners.rule import Rule

RULES: tuple[Rule, ...] = ()
