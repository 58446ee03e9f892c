"""Invitations to follow the site on social networks."""

from __future__ import annotations

from curator.cleaners.rule import Rule

RULES: tuple[Rule, ...] = ()
