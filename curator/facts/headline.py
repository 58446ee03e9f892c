"""The lines at the top of a text -> how likely each is its headline, by a small learned network.

A headline is told by its shape, its place above the first prose, what stands beside it, and where else its words stand.
The network (``title.npz``, two layers) is fitted by ``bench/train_title.py`` to dumps whose title is known; that the
text has no headline is one of its answers.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, cached_property
from importlib import resources
from itertools import accumulate, compress, islice
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from curator.facts.byline import author_of
from curator.facts.outline import TITLE_CHARS, Outline, is_prose
from curator.model import Cut, Line
from curator.page.dates import find_date
from curator.tagger import RULE as TAGGER

Floats = NDArray[np.float32]

_WORD = re.compile(r"\w+(?:['’.-]\w+)*")
#: What a headline does not end with: an arrow (a quote's closing mark is none), a colon. A full stop: see below.
_OPEN_END = re.compile(r"(?:[:;,!/>|–—-]|(?<!\w)»|^[^«]*»|\.\.\.|…)$")
_OPEN_SIGNS = frozenset(":;,!/>|–—-».…")
_FULL_STOP = re.compile(r"""[.。।][»"”“’')\]]*$""")
_STOP_SIGNS = frozenset(""".。।»"”“’')]""")
_ADDRESS = re.compile(r"https?:|www\.|\S@\S|[{}<>=]|\S\.(?:com|org|net|de|fr)\b")
#: "Marokko – Königreich und USA ...": what an article is about; and the place that opens a report.
_TOPIC = re.compile(r"[^\W\d_][\w ]{1,30} [–—-] \S")
_SPEECH = re.compile(r"(?:I|I'm|I’ve|I've|We|Ich|Wir|Je|Nous|Hi|Hello|Hey|Hallo|Bonjour|Dear|Liebe|Lieber)\b[ ,]")
#: The time of an entry in a live blog, the rest of a sentence.
_NO_START = re.compile(r"\d{1,2}[.:]\d\d\b|…|\.\.\.|[^\w\"'«»„“”‘’‚¿¡#@$€(\[]")
#: A standfirst of two sentences; a short headline may have them.
_NEXT_SENTENCE = re.compile(r"[^\W\d_]{2}[.!?] +[^\W\d_]")
_LONG_CHARS = 120
_ABBREVIATED = re.compile(r"(?<!\w)(?:[A-ZÀ-Þ]|[A-ZÀ-Þ]\.[A-ZÀ-Þ]|Co|Jr|Sr|Inc|Ltd|St|Dr)\.$")
_LABEL = re.compile(r"(?i)(?:text|fotos?|photos?|bild|autor(?:in)?|author|stand|quelle|source|crédits?)\s?: ?")
_PUBLISHED = re.compile(
    r"(?i)\W(?:published|updated)\W*$|(?:originally )?(?:published|posted|updated) |veröffentlicht am "
)
_QUOTES = tuple("\"'«»„“”‘’‚「『")
_STEM = 6

#: A headline stands at most so many lines above the first prose, unless it is kept; and so many lines are asked.
_REACH, _MOST = 30, 15
#: What is looked at of the text below: lines, paragraphs among them, characters of each.
_BODY_LINES, _PARAGRAPHS, _PARAGRAPH_CHARS = 40, 5, 300
#: Kinds of cut lines that say something of a line or of its neighbours. A line of a site's template is no headline.
_KINDS = ("byline", "related", "navigation", "breadcrumb", "comments", "legal", "other", "caption", "advert")
_FRAME_LESS = frozenset({None, "legal", "byline", "comments", "breadcrumb"})
_STEPS_WORDS = (1, 2, 4, 8, 14, 26)
_TEXT, _BARE = attrgetter("text"), attrgetter("bare")
#: The probability that a line must have to be called the headline.
SURE = 0.5
#: The first line of a text with hardly more above its prose is its headline more often than not: less is asked of it.
_SURE_PLAIN, _PLAIN_WORDS, _FEW_LINES = 0.3, 3, 3


def find_headline(top: Outline) -> Line | None:
    """Return the line of a text that is its headline, or None where none is for certain."""
    head = Head(top.lines, top.cuts)
    if not head.asked:
        return None
    found = chances(head.features(), _weights())
    best = int(found.argmax())
    return top.lines[head.asked[best]] if found[best] >= head.threshold(head.asked[best]) else None


def chances(features: Floats, weights: Mapping[str, Floats]) -> Floats:
    """Return the probability of each line (n_lines, n_features) to be the headline; the rest is that none is.

    ``weights`` are ``mean`` and ``spread`` of the features, ``hidden`` (n_features, n_hidden), ``bias``, ``out``
    (n_hidden,) and ``out_bias``.
    """
    scaled = np.clip((features - weights["mean"]) / weights["spread"], -4, 4)
    lifted = np.maximum(scaled @ weights["hidden"] + weights["bias"], 0)
    logits = np.append(lifted @ weights["out"] + weights["out_bias"], 0)
    grown = np.exp(logits - logits.max())
    return np.asarray(grown[:-1] / grown.sum(), dtype=np.float32)


@cache
def _weights() -> dict[str, Floats]:
    with resources.as_file(resources.files("curator.facts") / "title.npz") as path, np.load(path) as stored:
        return {name: stored[name] for name in stored.files}


class Head:
    """The top of a page: ``asked`` are the places of the lines that may be its headline.

    ``end`` is the place of the first prose. A text that has none is asked for no headline: it would lose a line of
    its poem or list.
    """

    def __init__(self, lines: Sequence[Line], cuts: Sequence[Cut | None]) -> None:
        """``cuts`` says for each line what takes all of it, None where it is kept."""
        self.lines, self.cuts = lines, cuts
        self.texts = list(map(_TEXT, lines))
        self.kinds = [None if cut is None else cut.kind for cut in cuts]
        self.kept = [i for i, kind in enumerate(self.kinds) if kind is None]
        self.end = next((i for i in self.kept[1:] if is_prose(self.texts[i])), 0)
        if self.kept and len(self.texts[self.kept[0]]) > TITLE_CHARS:
            self.end = self.kept[0]
        # Kept lines before each line down to the end.
        self.n_before = list(accumulate([kind is None for kind in self.kinds[: self.end]], initial=0))
        self._is_signed: dict[int, bool] = {}
        self.asked = [i for i in self._near() if self._may_be(i)]

    def _near(self) -> list[int]:
        above = range(self.end - 1, -1, -1)
        near = list(islice((i for i in above if self.kinds[i] is None or self.end - i <= _REACH), _MOST))
        first = self.kept[:1]
        return near if not first or first[0] >= self.end or first[0] in near else near + first

    def _may_be(self, i: int) -> bool:
        """Return whether a line that no rule cuts has the shape of a headline; a sentence is asked for more."""
        line, cut = self.lines[i], self.cuts[i]
        if not _has_shape(line) or author_of(line.text) or (cut is not None and cut.rule != TAGGER):
            return False
        ends = _ends_in_stop(line.text) and not _ABBREVIATED.search(line.text)
        return not ends or self._is_repeated(i) or self._has_topic(line)

    def _is_repeated(self, i: int) -> bool:
        """Return whether a line that was cut before (a breadcrumb) ends with the same words."""
        return any(self.cuts[n] is not None and self.texts[n].endswith(self.texts[i]) for n in range(i))

    def _has_topic(self, line: Line) -> bool:
        """Return whether a sentence names its topic as headlines do, while the report has a place of its own below."""
        opening = any(_TOPIC.match(other) and is_prose(other) for other in self._below[:6])
        return opening and len(line.text) <= 100 and bool(_TOPIC.match(line.text))

    def threshold(self, i: int) -> float:
        """Return the probability that a line must have to be called the headline."""
        n_words = len(_WORD.findall(self.lines[i].bare))
        first = next((n for n in self.kept if not self._signed(n)), None)
        is_plain = i == first and self.n_before[self.end] - self._n_signed_above <= _FEW_LINES
        return _SURE_PLAIN if is_plain and n_words >= _PLAIN_WORDS else SURE

    @cached_property
    def _n_signed_above(self) -> int:
        return sum(self._signed(i) for i in self.kept if i < self.end)

    def features(self) -> Floats:
        """Return what is known of each line that is asked: (n_asked, n_features)."""
        rows = [(*_shape(self.lines[i]), *self._place(i), *self._beside(i), *self._elsewhere(i)) for i in self.asked]
        return np.array(rows, dtype=np.float32)

    def _place(self, i: int) -> tuple[float, ...]:
        kind, n_above = self.kinds[i], self.n_before[i]
        return (
            kind is None,
            *[kind == name for name in _KINDS],
            *_one_hot(n_above, (0, 1, 2)),
            *_one_hot(self.n_before[self.end] - n_above, (1, 2, 3, 4, 5)),
            *(math.log1p(self.end - i), math.log1p(i), i == 0, i < 3),
            kind is None and len(self.texts[i]) == self._longest,
            self._n_kept_asked == 1,
            *(len(self.kept) < 12, math.log1p(len(self.lines)), 1 - len(self.kept) / len(self.lines)),
        )

    def _beside(self, i: int) -> tuple[float, ...]:
        line = self.lines[i]
        below = self.lines[i + 1] if i + 1 < len(self.lines) else None
        kind_below = self.kinds[i + 1] if below else None
        kind_above = self.kinds[i - 1] if i else None
        return (
            *(line.gap > 0, below is not None and below.gap > 0, self._has_gaps),
            *(kind_above is not None, kind_above in ("navigation", "breadcrumb")),
            *(kind_below is not None, kind_below == "byline", i == 0 and kind_below is not None),
            *(self._signed(i), self._signed(i + 1), self._signed(i - 1)),
            *(below is not None and is_prose(below.text), is_prose(line.text)),
            below is not None and len(below.text) > 2 * len(line.bare) + 20,
        )

    def _elsewhere(self, i: int) -> tuple[float, ...]:
        """Return where else the words of a line stand: in a path above, in the frame, in what follows."""
        line = self.lines[i]
        text, words = line.bare, _stems(line.bare)
        folded = text.casefold()
        is_asked = 3 <= len(text) <= 90
        several = " " in text
        n_shared = len(words & self._topic)
        return (
            self._times[text] > 1,
            several and any(other != text and other.startswith(text) for other in self.texts[:3]),
            several and self._head.count(f"{text}\n") > self._times[text],
            text in self._bare[max(0, i - 6) : i],
            is_asked and any(folded in said for n, said in enumerate(self._first) if self.texts[n] != line.text),
            is_asked and folded in self._legal,
            is_asked and folded in self._body,
            is_asked and self._frame.count(folded) > (self.kinds[i] not in _FRAME_LESS),
            *(n_shared / max(len(words), 1), min(n_shared, 4) / 4, not words),
        )

    @cached_property
    def _longest(self) -> int:
        return max((len(self.texts[i]) for i in self.asked if self.kinds[i] is None), default=0)

    @cached_property
    def _n_kept_asked(self) -> int:
        return sum(self.kinds[i] is None for i in self.asked)

    @cached_property
    def _has_gaps(self) -> bool:
        return any(line.gap for line in self.lines[1:])

    @cached_property
    def _first(self) -> list[str]:
        return [text.casefold() for text in self.texts[:3]]

    @cached_property
    def _bare(self) -> list[str]:
        return list(map(_BARE, self.lines[: self.end + 60]))

    @cached_property
    def _times(self) -> Counter[str]:
        return Counter(self._bare)

    @cached_property
    def _head(self) -> str:
        return "\n".join((*self._bare[: self.end], ""))

    @cached_property
    def _below(self) -> list[str]:
        first = bisect_left(self.kept, self.end)
        return [self.texts[i] for i in self.kept[first : first + _BODY_LINES]]

    @cached_property
    def _topic(self) -> set[str]:
        paragraphs = list(islice(filter(is_prose, self._below), _PARAGRAPHS)) or self._below[:_PARAGRAPHS]
        return _stems("\n".join([text[:_PARAGRAPH_CHARS] for text in paragraphs]))

    @cached_property
    def _body(self) -> str:
        return _folded(self._below)

    @cached_property
    def _legal(self) -> str:
        return _folded(compress(self.texts[self.end :], [kind == "legal" for kind in self.kinds[self.end :]]))

    @cached_property
    def _frame(self) -> str:
        return _folded(compress(self.texts, [kind not in _FRAME_LESS for kind in self.kinds]))

    def _signed(self, i: int) -> bool:
        if i not in self._is_signed:
            self._is_signed[i] = 0 <= i < len(self.lines) and is_byline(self.texts[i])
        return self._is_signed[i]


def _folded(texts: Iterable[str]) -> str:
    # One by one: for texts in ASCII that takes an eighth of the time.
    return "\n".join(map(str.casefold, texts))


def _one_hot(value: int, steps: Sequence[int]) -> Sequence[bool]:
    """Return 1 for the first step that is not below the value, else 0; and 1 if the value is above all."""
    found = [False] * (len(steps) + 1)
    found[bisect_left(steps, value)] = True
    return found


def _stems(text: str) -> set[str]:
    return {word[:_STEM] for word in _WORD.findall(text.casefold()) if len(word) >= 4 or not word.isascii()}


def _has_shape(line: Line) -> bool:
    """Return whether a line may be a headline by its signs: no rest of a sentence, no entry of a list, no address."""
    text = line.bare
    return (
        bool(text)
        and line.text == text
        and len(text) <= TITLE_CHARS
        and any(map(str.isalpha, text))
        and not text[0].islower()
        and not (text[-1] in _OPEN_SIGNS and _OPEN_END.search(text))
        and not (_SPEECH.match(text) or _NO_START.match(text) or _ADDRESS.search(text))
        and not (len(text) > _LONG_CHARS and _NEXT_SENTENCE.search(text))
    )


def _ends_in_stop(text: str) -> bool:
    return text[-1] in _STOP_SIGNS and _FULL_STOP.search(text) is not None


def _shape(line: Line) -> tuple[float, ...]:
    """Return what the signs of a line say, whatever stands around it."""
    text = line.bare
    words = _WORD.findall(text)
    return (
        *_one_hot(len(words), _STEPS_WORDS),
        len(text.encode("utf-8", "replace")) < 14,
        len(text) > _LONG_CHARS,
        _ends_in_stop(text),
        text[-1] in "?!？！",
        *(text[0].isdigit(), text[0] in _QUOTES, bool(_TOPIC.match(text))),
        *(":" in text or " " in text, "|" in text, " - " in text or " – " in text),
        "»" in text or ">" in text or "›" in text or "/" in text,
        sum(map(str.isdigit, text)) / len(text),
        sum([word[0].isupper() for word in words]) / max(len(words), 1),
        *(text.isupper(), _is_unspaced(text)),
    )


def _is_unspaced(text: str) -> bool:
    """Return whether a text is in a script without spaces between words and long enough for a headline.

    >>> _is_unspaced("部长会议讨论贸易问题"), _is_unspaced("Wetter")
    (True, False)
    """
    return len(text) >= 8 and sum("\u3040" <= char <= "\u9fff" for char in text) * 2 > len(text)


def is_byline(text: str) -> bool:
    """Return whether a line tells author or day, and nothing else.

    >>> is_byline("Von Anna Muster"), is_byline("Foto: dpa"), is_byline("Alte Brücke wird saniert")
    (True, True, False)
    """
    if _LABEL.match(text) or _PUBLISHED.match(text) or _PUBLISHED.search(text[-14:]):
        return True
    return author_of(text) is not None or (len(text) <= 60 and find_date(text) is not None)
