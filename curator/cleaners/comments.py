"""Readers' comments and the prompts to write one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from curator.cleaners.batch import COLON, Batch, places
from curator.cleaners.page_lines import on_page
from curator.cleaners.phrases import Phrases
from curator.cleaners.rule import BlockRule, LineRule, Marks, cut
from curator.model import Cut, Line

#: House rules of a comment section run to a few sentences.
_START_CHARS = 600

#: So much text must stand above comments, in paragraphs and not in menus: below less, the thread itself is what the
#: page is about.
_ARTICLE_CHARS = 600
_PARAGRAPH_CHARS = 80

#: "Hi all," stands below the subject and the poster's name at most.
_SALUTATION_LINES = 3

#: A thread ends where no sign of a comment has shown for so many lines or characters: prose resumes.
_SILENT_LINES = 12
_SILENT_CHARS = 2_500

#: The text of the last comment, below its author and time.
_LAST_LINES = 6

#: Author and time of a comment fit here.
_BYLINE_CHARS = 110

#: One word of thanks ends an interview, two a speech. Readers thank by turns: three at least, and no less than one
#: line in four.
_MIN_THANKS = 3
_RATIO_THANKS = 0.25

#: A list of the latest comments of the whole site names this many at most.
_RECENT_LINES = 15

#: A thread begins below a phrase under one of these names, or at the first of several signed comments.
_HEADINGS = ("comments.heading", "comments.heading_start")

_QUOTES = "\"'„“”«»‹›‘’「『"

_DATE = (
    r"(?:\d{1,2}[./-]\d{1,2}(?:[./-]|, )\d{2,4}|\d{4}-\d\d-\d\d|\d{1,2}\.? [^\W\d_]{3,12}\.?,? \d{4}"
    r"|[^\W\d_]{3,12} \d{1,2}(?:st|nd|rd|th)?,? \d{4})"
)
_TIME = r"\d{1,2}[:.h]\d{2}"
#: What every time has in it.
_CLOCK = re.compile(r"\d[:.hH]\d\d")
_DATE_TIME = re.compile(rf"{_DATE}.{{0,12}}?{_TIME}|{_TIME}.{{0,12}}?{_DATE}", re.IGNORECASE)

#: "vor 2 Stunden", "3 days ago", "il y a 2 heures": the number, with what stands around it in each language.
_AGO = re.compile(
    r"\b(?:vor \d+ (?:sek|min|std|stunde|tag|woche|monat|jahr)"
    r"|\d+ ?(?:s|m|h|d|w|mo|yr|sec|min|hour|day|week|month|year)\w* ago"
    r"|il y a \d+|hace \d+|há \d+|\d+ (?:minut|or|giorn|settiman|mes|ann)[aeio] fa|\d+ \w+ geleden|\d+ \w+ temu"
    r"|\d+ \w+ önce|\d+ \w+ назад|för \d+ \w+ sedan|před \d+|منذ \d+)",
    re.IGNORECASE,
)

#: "Jane Doe - 24/11/2019 à 18:19": a name of one to three words, then the day and hour, then nothing.
_SIGNED = re.compile(
    rf"[^\W\d_][\w.'’-]{{0,25}}(?: [\w.'’-]{{1,25}}){{0,2}}[ ,–—|·-]{{1,3}}(?:le |am |on |el |il |em |op )?"
    rf"{_DATE}.{{0,12}}?{_TIME}(?::\d\d)?(?: uhr| am| pm)?\.?",
    re.IGNORECASE,
)

#: "Jane zu Ein Titel": who commented on what.
_RECENT = re.compile(r"\S.{0,40}? (?:bei|zu|on|sur|dans|en|su|em|op|do|på|о|к) \S")


def cut_comments_line(lines: Sequence[Line], phrases: Phrases) -> Iterator[Cut]:
    r"""Cut headings, counters, buttons and house rules of comment sections.

    >>> from curator.cleaners.phrases import load_phrases
    >>> from curator.page.lines import split_lines
    >>> text = "Kommentare (0)\nKommentare des Ministers zur Lage"
    >>> [each.start for each in cut_comments_line(split_lines(text), load_phrases())]
    [0]
    """
    for line in lines:
        if phrases.has("comments.line", line.key):
            yield cut(line, "comments", "comments-line", "heading or button of a comment section")
        elif len(line.text) <= _START_CHARS and _prompts(line, phrases):
            yield cut(line, "comments", "comments-line", "speaks of writing comments as a comment section does")


def _prompts(line: Line, phrases: Phrases) -> bool:
    if line.bare[0] in _QUOTES:
        return False
    if phrases.starting("comments.start", line.key) is not None:
        return True
    return "comment" in line.key and any(words in line.key for words in phrases.of("comments.contains"))


def _speak_of_comments(batch: Batch) -> list[int]:
    return [i for i in batch.in_keys["comments.contains"] if "comment" in batch.key[i]]


def cut_comments_signature(lines: Sequence[Line], phrases: Phrases) -> Iterator[Cut]:
    """Cut the line that says who wrote a comment, and when: "Comment by Jane Doe — 17 July 2011 @ 13:04"."""
    for line in lines:
        if len(line.text) > _BYLINE_CHARS or phrases.starting("comments.signed", line.key) is None:
            continue
        if _CLOCK.search(line.text) and _DATE_TIME.search(line.text):
            yield cut(line, "comments", "comments-signature", "says who wrote a comment, and when")


def cut_comments_thread(lines: Sequence[Line], phrases: Phrases, marks: Marks) -> Iterator[Cut]:
    """Cut readers' comments below the article, from their heading, or the first of them, to the last one."""
    for start in _starts(lines, phrases, marks):
        if _is_forum(lines, phrases):
            return
        end = _end(lines, start, phrases, marks)
        if end > start:
            for line in lines[start:end]:
                yield cut(line, "comments", "comments-thread", "in a thread of readers' comments below the article")
            return


def _is_forum(lines: Sequence[Line], phrases: Phrases) -> bool:
    """Return whether posts are what the page is about: it has a forum's buttons, or begins as a letter does."""
    if any(phrases.starting("comments.greeting", line.key) for line in lines[:_SALUTATION_LINES]):
        return True
    return any(phrases.has("comments.forum", line.key) for line in lines)


def _starts(lines: Sequence[Line], phrases: Phrases, marks: Marks) -> Iterator[int]:
    """Yield where a thread may begin: below a heading, or at the first of several signed comments."""
    page = on_page(lines, phrases)
    signed = page.where(_signed)
    able = page.opened_by(_HEADINGS).union(signed[:1])
    names = {lines[at].key[:8] for at in signed}
    above = at = 0
    for start in sorted(able):
        while at < start:
            above += len(lines[at].text) if at not in marks and len(lines[at].text) >= _PARAGRAPH_CHARS else 0
            at += 1
        if above >= _ARTICLE_CHARS:
            first_signed = len(signed) >= 3 and len(names) >= 2 and start == signed[0]
            if first_signed or _is_heading(lines[start], phrases):
                yield start


def _signed(batch: Batch) -> list[int]:
    """Return the lines that are the name of a commenter with the time, or with a word for saying."""
    able = set(places(batch.last & COLON))
    able.update(at for at in batch.numbered_within(_BYLINE_CHARS) if _CLOCK.search(batch.text[at]))
    return sorted(at for at in able if _is_signed(batch.lines[at], batch.phrases))


def _is_heading(line: Line, phrases: Phrases) -> bool:
    return phrases.has("comments.heading", line.key) or phrases.starting("comments.heading_start", line.key) is not None


def _is_signed(line: Line, phrases: Phrases) -> bool:
    r"""Return whether a line is the name of a commenter with the time, or with a word for saying.

    >>> from curator.cleaners.phrases import load_phrases
    >>> from curator.page.lines import split_lines
    >>> text = "Jane Doe - 24/11/2019 à 18:19\nJane says:\nJane wrote:\nJane wrote on 24/11/2019 that it was 18:19."
    >>> [_is_signed(line, load_phrases()) for line in split_lines(text)]
    [True, True, False, False]
    """
    if len(line.text) > _BYLINE_CHARS or not ("#" in line.key or line.text[-1] == ":"):
        return False
    if _says(line, phrases):
        return True
    if not _CLOCK.search(line.text):
        return False
    if phrases.starting("comments.by", line.key) and _DATE_TIME.search(line.text):
        return True
    return _SIGNED.fullmatch(line.bare) is not None


def _says(line: Line, phrases: Phrases) -> bool:
    """Return whether a line is "Jane says:", as blogs have it; "Jane wrote:" is how forums quote."""
    return (
        line.text.endswith(":")
        and line.key.count(" ") <= 4
        and line.key.endswith(_behind_names(phrases.of("comments.says")))
    )


@cache
def _behind_names(words: frozenset[str]) -> tuple[str, ...]:
    return tuple(f" {word}" for word in words)


def _end(lines: Sequence[Line], start: int, phrases: Phrases, marks: Marks) -> int:
    """Return the index behind the last line of the thread that begins at start, or start if there is none.

    A thread lasts as long as signs of comments follow one another: bylines, reply buttons, house rules.
    """
    last = start
    n_signs = 0
    silent = 0
    for at in range(start + 1, len(lines)):
        if _is_sign(at, lines, phrases, marks):
            last, silent = at, 0
            n_signs += 1
            continue
        silent += len(lines[at].text)
        if at - last > _SILENT_LINES or silent > _SILENT_CHARS:
            break
    if n_signs < 2:
        return start
    return _behind_text(lines, last, phrases, marks)


def _is_sign(at: int, lines: Sequence[Line], phrases: Phrases, marks: Marks) -> bool:
    line = lines[at]
    if phrases.has("comments.reply", line.key):
        return True
    return _is_byline(line, phrases)


def _is_byline(line: Line, phrases: Phrases) -> bool:
    if len(line.text) > _BYLINE_CHARS:
        return False
    return bool(_AGO.search(line.text) or _DATE_TIME.search(line.text)) or _is_signed(line, phrases)


def _behind_text(lines: Sequence[Line], last: int, phrases: Phrases, marks: Marks) -> int:
    """Return the index behind the text of the last comment: nothing follows a reply button, a few lines a byline."""
    if phrases.has("comments.reply", lines[last].key) and not _is_byline(lines[last], phrases):
        return last + 1
    end = last + 1
    while end < min(len(lines), last + 1 + _LAST_LINES) and end not in marks:
        end += 1
    return end


def cut_comments_thanks(lines: Sequence[Line], phrases: Phrases, marks: Marks) -> Iterator[Cut]:
    """Cut comments without any heading at the end of a text: from the first to the last of many words of thanks."""
    able = sorted(on_page(lines, phrases).opened_by(("comments.thanks",)))
    thanks = [at for at in able if _gives_thanks(lines[at], phrases)]
    if len(thanks) < _MIN_THANKS or _is_forum(lines, phrases):
        return
    above = (len(line.text) for line in lines[: thanks[0]])
    if sum(size for size in above if size >= _PARAGRAPH_CHARS) < _ARTICLE_CHARS:
        return
    end = min(_behind_text(lines, thanks[-1], phrases, marks), len(lines))
    if len(thanks) >= _RATIO_THANKS * (end - thanks[0]) and len(lines) - end <= _LAST_LINES:
        for line in lines[thanks[0] : end]:
            yield cut(line, "comments", "comments-thanks", f"among {len(thanks)} readers' thanks that end the text")


def _gives_thanks(line: Line, phrases: Phrases) -> bool:
    """Return whether a line thanks the author. "Thank you for your time" ends an interview, "Thanks to" a preface."""
    return phrases.starting("comments.thanks", line.key) is not None and not phrases.starting(
        "comments.thanks_to", line.key
    )


def cut_recent_comments(lines: Sequence[Line], phrases: Phrases, marks: Marks) -> Iterator[Cut]:
    """Cut the list of the latest comments of the site: who wrote below which article."""
    for at in sorted(on_page(lines, phrases).opened_by(("comments.recent",))):
        if not phrases.has("comments.recent", lines[at].key):
            continue
        for other in lines[at + 1 : at + 1 + _RECENT_LINES]:
            if len(other.text) > _BYLINE_CHARS * 2 or not _RECENT.match(other.bare):
                break
            yield cut(other, "comments", "comments-recent", "in the list of the site's latest comments")


RULES = (
    LineRule(
        "comments-line",
        "comments",
        cut_comments_line,
        spares="comments by somebody in the news",
        opens=("comments.line", "comments.start"),
        also=_speak_of_comments,
    ),
    LineRule(
        "comments-signature",
        "comments",
        cut_comments_signature,
        spares="headlines over a comment by somebody",
        opens=("comments.signed",),
    ),
    BlockRule(
        "comments-thread",
        "comments",
        cut_comments_thread,
        spares="forum threads, questions with answers",
        needs=_HEADINGS,
        also=_signed,
    ),
    BlockRule(
        "comments-thanks",
        "comments",
        cut_comments_thanks,
        spares="thanks that end an interview or a speech",
        needs=("comments.thanks",),
    ),
    BlockRule(
        "comments-recent",
        "comments",
        cut_recent_comments,
        spares="lists below any other heading",
        needs=("comments.recent",),
    ),
)
