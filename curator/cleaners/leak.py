"""What programs leave in a text: messages of servers, the state of scripts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence, Set

from curator.cleaners.batch import COLON, Batch, places
from curator.cleaners.page_lines import on_page, runs
from curator.cleaners.phrases import Phrases
from curator.cleaners.rule import BlockRule, Marks, cut
from curator.model import Cut, Line

#: How PHP opens its messages.
_LEVELS = (
    *("Strict Standards:", "Deprecated:", "Warning:", "Notice:", "Fatal error:", "Parse error:"),
    *("Catchable fatal error:", "Recoverable fatal error:"),
)
_OPENINGS = (*_LEVELS, *(f"PHP {level}" for level in _LEVELS))
#: A message names the query or the function that failed; longer lines are paragraphs with a message at their front.
_MESSAGE_CHARS = 1_000
#: And ends in the file and the line: "in /www/htdocs/x/wp-db.php on line 52". Searched in the tail only.
_FILE = r"(?:/|[A-Za-z]:[\\/]|phar:)[^\s:]{0,200}"
_FILE_END = re.compile(rf" in {_FILE}(?: on line |:)\d{{1,6}}\.?$")
_FILE_CHARS = 240
#: What follows a fatal error: the calls that led to it.
_TRACE = re.compile(rf"Stack trace:|#\d{{1,3}} (?:\{{main\}}|{_FILE}\(.{{0,300}}|\[internal function\].{{0,300}})")
_THROWN = "thrown in "
#: Who asks for help in a forum quotes one, or a few.
_MANY_MESSAGES = 5
#: Who quotes messages writes on them.
_ON_MESSAGES = re.compile(
    r"\bphp|error message|fehlermeldung|message d[’']erreur|mensaje de error|messaggio di errore|foutmelding"
    r"|headers already sent|wp-(?:content|config)|stack ?trace|undefined (?:index|variable)|debug",
    re.IGNORECASE,
)
#: Among hundreds of messages, one line that seems to is a post in the margin.
_MAX_RATIO_SPEAKING = 0.05
#: More of a line is not read for that.
_READ_CHARS = 4_000

#: "showPaywall", "items_count", but not "iPhone", "macOS" or "GnuCash".
_IDENTIFIER = r"(?:[a-z]{2,20}(?:[A-Z][a-z]{1,20}\d{0,3}){1,5}|[a-z]{2,20}(?:_[a-z]{1,20}\d{0,3}){1,5})"
_VALUE = r"(?:true|false|null|undefined|\d{1,9})"
_VARIABLE = re.compile(rf"{_IDENTIFIER}:(?: {_VALUE})?")
_PLAIN = re.compile(rf"(?:[A-Z]{{2,4}} )?[a-z]{{2,20}}:(?: {_VALUE})?|{_VALUE}")
_STATE_CHARS = 120
#: Fewer lines and names may be what a text speaks of.
_MIN_STATE_LINES, _MIN_VARIABLES = 3, 2
#: Who shows variables writes on programs, or shows more of one.
_ON_PROGRAMS = re.compile(
    r"[{}]|=>|==|\w\(\)|;$|\b[a-z]{2,20}_[a-z]{2,20}\b"
    r"|\b(?:ya?ml|json|api|config\w*|boolean|parameter\w*|variable\w*|default|javascript|python|kubernetes|code\w*)\b",
    re.IGNORECASE,
)


def cut_leak_message(lines: Sequence[Line], phrases: Phrases, _marks: Marks) -> Iterator[Cut]:
    r"""Cut messages of PHP that stand above the text, or many in a row.

    >>> from curator.cleaners.phrases import load_phrases
    >>> from curator.page.lines import split_lines
    >>> message = "Notice: Undefined index: id in /srv/www/index.php on line 3"
    >>> prose = f"The mayor {'really ' * 12}opened the new bridge."
    >>> [each.end for each in cut_leak_message(split_lines(f"{message}\n{prose}"), load_phrases(), {})]
    [59]
    >>> list(cut_leak_message(split_lines(f"{prose}\n{message}\n{prose}"), load_phrases(), {}))
    []
    """
    page = on_page(lines, phrases)
    messages = set(page.where(_messages))
    if not messages:
        return
    found = [*runs(sorted(messages.union(_traces(lines, messages))))]
    inside = {i for run in found for i in run}
    if _n_speaking(lines, inside, _ON_MESSAGES) > _MAX_RATIO_SPEAKING * len(messages):
        return
    span = page.prose_span
    for run in found:
        introduced = run[0] > 0 and lines[run[0] - 1].text[-1] in ":："
        above = span is not None and run[-1] < span[0]
        many = sum(i in messages for i in run) >= _MANY_MESSAGES
        if (above or many) and not introduced:
            for i in run:
                yield cut(lines[i], "other", "leak-message", "message of the server's program")


def _messages(batch: Batch) -> list[int]:
    """Return the lines that are a message of PHP with the file and line it comes from."""
    able = places((batch.held & COLON > 0) & (batch.n_chars <= _MESSAGE_CHARS))
    return [i for i in able if batch.bare[i].startswith(_OPENINGS) and _FILE_END.search(batch.text[i][-_FILE_CHARS:])]


def _traces(lines: Sequence[Line], messages: Iterable[int]) -> Iterator[int]:
    """Yield the lines right below a message that tell the calls which led to it."""
    for at in messages:
        below = at + 1
        while below < len(lines) and below not in messages and _is_trace(lines[below].text):
            yield below
            below += 1


def _is_trace(text: str) -> bool:
    if len(text) > _MESSAGE_CHARS:
        return False
    thrown = text.startswith(_THROWN) and _FILE_END.search(text[-_FILE_CHARS:]) is not None
    return thrown or _TRACE.fullmatch(text) is not None


def cut_leak_state(lines: Sequence[Line], phrases: Phrases, _marks: Marks) -> Iterator[Cut]:
    r"""Cut names and values of a script's variables behind the last paragraph, two names at least without a value.

    Settings that a text lists have values beside their names.


    >>> from curator.cleaners.phrases import load_phrases
    >>> from curator.page.lines import split_lines
    >>> prose = f"The mayor {'really ' * 12}opened the new bridge."
    >>> text = f"{prose}\nshowPaywall:\nfalse\nitems_count:"
    >>> [text[each.start : each.end] for each in cut_leak_state(split_lines(text), load_phrases(), {})]
    ['showPaywall:', 'false', 'items_count:']
    >>> list(cut_leak_state(split_lines(f"{prose}\nmacOS:\niPhone:\nGnuCash:"), load_phrases(), {}))
    []
    """
    page = on_page(lines, phrases)
    span = page.prose_span
    variables = set(page.where(_variables))
    if span is None or len(variables) < _MIN_VARIABLES:
        return
    able = (i for i, text in enumerate(page.bare) if i in variables or _is_plain(text))
    bare = {i for i in variables if page.bare[i].endswith(":")}
    behind = (run for run in runs(able) if run[0] > span[1])
    found = {i for run in behind if _is_state(run, bare) for i in run}
    if found and not _n_speaking(lines, found, _ON_PROGRAMS):
        for i in sorted(found):
            yield cut(lines[i], "other", "leak-state", "name or value of a script's variable")


def _is_state(run: Sequence[int], bare: Set[int]) -> bool:
    return len(run) >= _MIN_STATE_LINES and sum(i in bare for i in run) >= _MIN_VARIABLES


def _variables(batch: Batch) -> list[int]:
    """Return the lines that are the name of a variable, perhaps with a value."""
    able = places((batch.held_bare & COLON > 0) & (batch.n_bare <= _STATE_CHARS))
    return [i for i in able if _VARIABLE.fullmatch(batch.bare[i])]


def _is_plain(text: str) -> bool:
    """Return whether a line may stand among variables: a value, or a name that could be a word."""
    return len(text) <= _STATE_CHARS and _PLAIN.fullmatch(text) is not None


def _n_speaking(lines: Sequence[Line], inside: Set[int], on: re.Pattern[str]) -> int:
    """Return how many lines but those given speak of something; addresses do not count."""
    others = (line.text[:_READ_CHARS] for i, line in enumerate(lines) if i not in inside)
    return sum(1 for text in others if on.search(text) and on.search(_without_addresses(text)))


def _without_addresses(text: str) -> str:
    return " ".join(word for word in text.split() if "/" not in word and "?" not in word[:-1])


RULES = (
    BlockRule(
        "leak-message",
        "other",
        cut_leak_message,
        spares="a few messages that a text quotes or ends with; texts on programs",
        also=_messages,
    ),
    BlockRule(
        "leak-state",
        "other",
        cut_leak_state,
        spares="names and values between paragraphs; texts on programs",
        also=_variables,
    ),
)
