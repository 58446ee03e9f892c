"""What a check finds."""

from __future__ import annotations

from typing import NamedTuple


class Problem(NamedTuple):
    """An invariant that does not hold: its name, the rows concerned, what was found."""

    check: str
    where: str
    found: str
