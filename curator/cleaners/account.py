"""Lines that lead to the reader's account: log in, my account, subscribe."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from curator.cleaners.phrases import Phrases
from curator.cleaners.rule import LineRule, cut
from curator.model import Cut, Line

#: Prompts such as "Already a subscriber? Log in here." are short; longer lines may be an article's own words.
_MAX_PROMPT_WORDS = 16


def cut_account_line(lines: Sequence[Line], phrases: Phrases) -> Iterator[Cut]:
    r"""Cut lines that are nothing but a link to the reader's account.

    >>> from curator.cleaners.phrases import load_phrases
    >>> from curator.page.lines import split_lines
    >>> lines = split_lines("Mein Konto\nMein Konto ist leer, sagte der Kläger.")
    >>> [found.end for found in cut_account_line(lines, load_phrases())]
    [10]
    """
    for line in lines:
        if phrases.has("account.line", line.key):
            yield cut(line, "account", "account-line", "link to the reader's account")


def cut_account_prompt(lines: Sequence[Line], phrases: Phrases) -> Iterator[Cut]:
    """Cut short lines that ask the reader to log in, register or subscribe."""
    for line in lines:
        begins = phrases.starting("account.start", line.key)
        if begins and len(line.key.split()) <= _MAX_PROMPT_WORDS:
            yield cut(line, "account", "account-prompt", "asks the reader to log in or register")


RULES = (
    LineRule(
        "account-line", "account", cut_account_line, spares="sentences that speak of accounts", opens=("account.line",)
    ),
    LineRule(
        "account-prompt",
        "account",
        cut_account_prompt,
        spares="paragraphs that open with such words",
        opens=("account.start",),
    ),
)
