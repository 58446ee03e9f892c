"""Readers' comments and the prompts to write one."""

from __future__ import annotations

from curator.cleaners.rule import Rule

RULES: tuple[Rule, ...] = ()
