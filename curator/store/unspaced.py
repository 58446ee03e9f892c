"""Words of scripts that put no spaces between them -> the articles that hold them.

To the index a whole run of Chinese, Japanese or Thai characters is one word, so that it finds 東京 beside a comma only.
Such words are looked for in the texts themselves, of the newest articles in these languages.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

#: Thai, Lao, Burmese, Khmer, kana, Chinese characters; and Hangul, which grows endings onto its words.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff"
    "\U00020000-\U0003ffff]"
)
_LANGS = ("bo", "dz", "ja", "km", "ko", "lo", "my", "th", "zh")

#: So many articles are looked through, the newest first: 20,000 of 2,000 characters take a third of a second.
MOST_SCANNED = 20_000

#: So much of a text is shown before and behind the first word that was found in it.
_BEFORE_CHARS, _AROUND_CHARS = 24, 120


class Scan(NamedTuple):
    """A query for the ids of the articles that hold all of ``words``, the newest first, with the values it names."""

    sql: str
    values: dict[str, str]
    words: tuple[str, ...]


def is_unspaced(word: str) -> bool:
    """Return whether a word is of a script that puts no spaces between words.

    >>> is_unspaced("東京"), is_unspaced("Tokyo")
    (True, False)
    """
    return _UNSPACED.search(word) is not None


def scan_for(words: Sequence[str], match: str) -> Scan | None:
    """Return the query for articles that hold these words, all as they stand, and what ``match`` asks the index for.

    None where no word is of a script without spaces.
    """
    if not words:
        return None
    values = {f"word{number}": word for number, word in enumerate(words)}
    terms = [f"(instr(text, :{name}) or instr(coalesce(title, ''), :{name}))" for name in values]
    if match:
        values["spaced"] = match
        terms.append("written.id in (select rowid from articles_fts where articles_fts match :spaced)")
    langs = ", ".join(f"'{lang}'" for lang in _LANGS)
    sql = (
        f"select written.id from (select id, title from articles where lang in ({langs}) or lang is null"
        f" order by id desc limit {MOST_SCANNED}) as written join article_texts on article_texts.id = written.id"
        f" where {' and '.join(terms)} order by written.id desc"
    )
    return Scan(sql, values, tuple(words))


def around(text: str, words: Sequence[str], opening: str, closing: str) -> str:
    """Return the surroundings of the first of these words in a text, each of them between two marks.

    >>> around("市議会は東京で新しい橋を議論した。", ["橋", "東京"], "[", "]")
    '市議会は[東京]で新しい[橋]を議論した。'
    """
    found = [text.find(word) for word in words if word in text]
    start = max(0, min(found, default=0) - _BEFORE_CHARS)
    stop = start + _AROUND_CHARS
    any_word = re.compile("|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)))
    marked = any_word.sub(lambda word: f"{opening}{word.group()}{closing}", text[start:stop])
    return ("…" if start else "") + marked + ("…" if stop < len(text) else "")
