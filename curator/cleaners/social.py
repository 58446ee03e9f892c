"""Invitations to follow on social networks, and lists of the site's profiles there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from curator.cleaners.batch import Batch
from curator.cleaners.phrases import Phrases
from curator.cleaners.rule import BlockRule, LineRule, Marks, cut
from curator.cleaners.share import NAME_PHRASES, bar_kind, bar_names, bars, name_runs, run_kind
from curator.model import Cut, Line

#: "Follow us on ..." may go on: "... and share your pictures with us". Longer lines hold a thought of their own.
_START_CHARS = 200

#: "Follow <name of the site> on Facebook" fits here; a sentence on a campaign hardly does.
_FOLLOW_CHARS = 80

#: The name of a network that ends such an invitation has at most this many words: "apple podcasts".
_NAME_WORDS = 2

#: Names of networks stand under these names.
_NETWORKS = ("share.network", "social.profile")

#: With the name of a profile behind it, an invitation may say more: "Follow Us on X @us. Send us a message".
_HANDLE = re.compile(r"(?<![\w.])@\w{3,20}")


def cut_social_line(lines: Sequence[Line], phrases: Phrases) -> Iterator[Cut]:
    r"""Cut lines that invite to follow the site on social networks.

    >>> from curator.cleaners.phrases import load_phrases
    >>> from curator.page.lines import split_lines
    >>> text = "Folgen Sie uns auf Facebook\nFacebook folgt uns auf Schritt und Tritt"
    >>> [each.start for each in cut_social_line(split_lines(text), load_phrases())]
    [0]
    """
    for line in lines:
        if phrases.has("social.line", line.key):
            yield cut(line, "social", "social-line", "invites to follow")
        elif len(line.text) <= _START_CHARS and _invites(line, phrases):
            yield cut(line, "social", "social-line", "begins as an invitation to follow does")


def _invites(line: Line, phrases: Phrases) -> bool:
    if phrases.starting("social.start", line.key):
        return True
    # "Do you follow her on Twitter?" is what an interviewer asks.
    if line.text[-1] == "?" or phrases.starting("social.follow", line.key) is None:
        return False
    words = line.key.split()
    if _HANDLE.search(line.text) and any(phrases.has(name, word) for word in words for name in _NETWORKS):
        return True
    if len(line.text) > _FOLLOW_CHARS:
        return False
    ends = {" ".join(words[-size:]) for size in range(1, _NAME_WORDS + 1)}
    return any(phrases.has(name, end) for name in _NETWORKS for end in ends)


def cut_social_bar(lines: Sequence[Line], phrases: Phrases) -> Iterator[Cut]:
    """Cut lines that consist of two or more names of networks on which the site has a profile."""
    index = bar_names(phrases)
    for line in lines:
        if bar_kind(line, index) == "social":
            yield cut(line, "social", "social-bar", "only names of networks")


def _social_bars(batch: Batch) -> list[int]:
    return [at for at, kind in batch.once(bars).items() if kind == "social"]


def cut_social_run(lines: Sequence[Line], phrases: Phrases, marks: Marks) -> Iterator[Cut]:
    """Cut runs of lines that each hold the name of a network on which the site has a profile."""
    for run in name_runs(lines, phrases, marks):
        if run_kind(run, lines, phrases, marks) == "social":
            for at in run:
                yield cut(lines[at], "social", "social-run", f"one of {len(run)} names of networks in a row")


RULES = (
    LineRule(
        "social-line",
        "social",
        cut_social_line,
        spares="text that is about people who follow others",
        opens=("social.line", "social.start", "social.follow"),
    ),
    LineRule(
        "social-bar",
        "social",
        cut_social_bar,
        spares="headlines that begin with the name of a network",
        also=_social_bars,
    ),
    BlockRule(
        "social-run",
        "social",
        cut_social_run,
        spares="the name of one network as a crosshead above text",
        needs=NAME_PHRASES,
    ),
)
