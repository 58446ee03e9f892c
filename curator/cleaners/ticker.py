"""Tickers: lists of headlines with times or dates."""

from __future__ import annotations

from curator.cleaners.rule import Rule

RULES: tuple[Rule, ...] = ()
