"""Lines that lead to the reader's account: log in, my account, subscribe."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from curator.cleaners.phrases import Phrases
from curator.cleaners.rule import LineRule, cut
from curator.model import Cut, Line


def cut_account_line(lines: Sequence[Line], phrases: Phrases) -> Iterator[Cut]:
    """Cut lines that are nothing but a link to the reader's account."""
    for line in lines:
        if phrases.has("account.line", line.key):
            yield cut(line, "account", "account-line", "link to the reader's account")


RULES = (LineRule("account-line", "account", cut_account_line, spares="sentences that speak of accounts"),)
