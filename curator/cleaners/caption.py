"""Photo captions, credits, alt texts, gallery counters."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from curator.cleaners.batch import BRACKET, CLOSER, COLON, COPYRIGHT, CREDIT, STOP, Batch, places
from curator.cleaners.page_lines import on_page
from curator.cleaners.phrases import Phrases
from curator.cleaners.rule import BlockRule, LineRule, Marks, Rule, cut
from curator.cleaners.scan import small
from curator.cleaners.sentence import ends_in_full_stop, ends_sentence, n_sentences
from curator.model import Cut, Line

#: A credit with several photographers and agencies; longer lines are captions or prose.
_CREDIT_CHARS = 120

#: Captions of the hand-labelled dumps have up to 264 characters; what is longer is left as prose.
_CAPTION_CHARS = 300

#: "Foto: ", "Photo by ", "Bild - ": the label's words, then a sign. Bounded, so linear.
_SIGN = re.compile(r"^.{2,40}?\s*(?:[:：|/©=]+|\s[-–—]\s)\s*(?=\S)")

#: "© Getty Images", not "© 2023 Example Ltd", which is legal.
_COPYRIGHT_SIGN = re.compile(r"(?:©|\(c\)|Ⓒ)\s?(?!\s?\d{4})[^\s\d].{1,90}", re.IGNORECASE)
_RIGHTS = re.compile(
    r"\b(?:rights|rechte|droits|derechos|diritti|direitos|rechten|prawa|copyright|hakları|gmbh|inc|ltd|llc|riproduzione"
    r"|reproduction)\b|dpa:\d|^[^/]*\b(?:19|20)\d\d$",
    re.IGNORECASE,
)

#: Prices, counts and specifications are no credits: "Photographer: $50-100".
_MONEY = re.compile(r"[$€£%|]|\b\d{1,3}(?:[.,]\d+)?$")

#: A credit in brackets, or behind a sign, at the end of a line: "(Foto: dpa)", "© AP". No part can match what
#: the next one matches, and the search is in the last 120 characters only.
_WORD = (
    r"(?:foto|fotos|photo|photos|bild|bilder|image|images|fotografía|imagen|immagine|picture|fot\.|crédit|crédits"
    r"|credit|kuva|фото|fotoğraf|beeld|zdroj|grafik|illustration|screenshot)"
)
_AGENCY = (
    r"(?:getty ?images|picture[ -]alliance|imago|shutterstock|istock|adobe ?stock|unsplash|pixabay|pexels|alamy"
    r"|ap photo|wikimedia|keystone|zuma press|scanpix|reuters/|afp via|epa-efe)"
)
_END_CREDIT = re.compile(
    rf"\s*(?:[(\[](?:©\s?)?(?:{_WORD}\s?(?:credit|crédit|by|de|von|:)|{_AGENCY})[^()\[\]]{{0,80}}[)\]]"
    rf"|\b{_WORD}\s?:\s?[^.:;!?()]{{2,60}}|©\s?(?!\d{{4}})[^.:;!?()\d]{{2,60}})\s*\.?$",
    re.IGNORECASE,
)
_END_CHARS = 120
#: What credits in brackets begin with, and what stands before a colon, in small letters: most lines have neither.
_CREDIT_WORDS = (
    *("foto", "fotos", "photo", "photos", "bild", "bilder", "image", "images", "fotografía", "imagen", "immagine"),
    *("picture", "fot.", "crédit", "crédits", "credit", "kuva", "фото", "fotoğraf", "beeld", "zdroj", "grafik"),
    *("illustration", "screenshot"),
)
_AGENCIES = (
    *("getty", "imago", "shutterstock", "istock", "adobe", "unsplash", "pixabay", "pexels", "alamy", "ap photo"),
    *("wikimedia", "keystone", "zuma", "scanpix", "reuters", "afp", "epa"),
)
_WORD_CHARS = 14

#: A caption says something before its credit.
_BEFORE_CREDIT_CHARS = 16

#: Where a person stands in a picture: "Jane Roe (left)", "Max Muster (r.)".
_PLACE = re.compile(
    r"(?<= )\((?:l|r|m|c|left|right|centre|center|second from (?:left|right)|links|rechts|mitte|à gauche|à droite"
    r"|au centre|izq|izquierda|derecha|sinistra|destra|esquerda|direita|\d\. ?v\. ?[lr])\.?\)"
    r"|\b(?:v\. ?l\. ?n\. ?r|from left|von links|de gauche à droite)\.?\s?:",
    re.IGNORECASE,
)

#: What comes before the names of people in a row, in small letters.
_ROWS = ("v.", "from left", "von links", "de gauche")

#: "3 / 12", "Bild 1 von 5", "Photo 2 of 9".
_COUNTER = re.compile(r"(\w{2,12}\s)?(\d{1,3})\s?(?:/|of|von|de|sur|di|van|z|из)\s?(\d{1,3})", re.IGNORECASE)


#: Counters alone on their lines tell a gallery when so many run to the same total.
_RUNNING_COUNTERS = 3


def _credits(line: Line, phrases: Phrases) -> bool:
    """Return whether a line is nothing but the credit of a picture."""
    text = line.bare
    if len(text) > _CREDIT_CHARS:
        return False
    label = phrases.starting("caption.credit", line.key)
    if label is not None:
        return line.text == text and _MONEY.search(text) is None and _names_after(text, label)
    if _COPYRIGHT_SIGN.fullmatch(text):
        return _RIGHTS.search(text) is None and text.count(" ") <= 9
    return phrases.has("caption.agency", line.key) or _is_agency_path(line, phrases)


def _begin_with_sign(batch: Batch) -> list[int]:
    return places((batch.first_bare & CREDIT > 0) & (batch.n_bare <= _CREDIT_CHARS))


def _names_after(text: str, label: str) -> bool:
    """Return whether names stand behind a label: at its sign, or right away where it ends in "by" or "de"."""
    sign = _SIGN.match(text)
    if sign and len(text[: sign.end()].split()) <= len(label.split()) + 1:
        return _is_names(text[sign.end() :])
    rest = text.split(None, len(label.split()))[len(label.split()) :]
    open_label = label.rpartition(" ")[2] in ("by", "of", "de", "di", "par", "por", "door", "von", "via", "courtesy")
    return open_label and bool(rest) and _is_names(rest[0]) and rest[0][0].isupper()


def _is_names(text: str) -> bool:
    """Return whether text could be names of people and agencies: half its longer words are capitalised."""
    if len(text) > 90 or n_sentences(text) > 1 or (ends_in_full_stop(text) and text.count(" ") > 3):
        return False
    words = [word.strip("()[]/,.|©@\"'") for word in text.split()]
    long = [word for word in words if len(word) > 3]
    if not long:
        return len(words) <= 5
    return len(words) <= 14 and 2 * sum(not word[0].islower() or "/" in word or "." in word for word in long) >= len(
        long
    )


def _is_agency_path(line: Line, phrases: Phrases) -> bool:
    """Return whether a line is a path of names that holds a picture agency: "picture alliance/dpa | Jo Doe"."""
    text = line.bare
    if not any(sign in text for sign in ("/", "|", "©", " via ")) or ends_in_full_stop(text) or text.count(" ") > 9:
        return False
    return phrases.starting("caption.agency", line.key) is not None


def cut_caption_credit(lines: Sequence[Line], phrases: Phrases) -> Iterator[Cut]:
    r"""Cut lines that are nothing but the credit of a picture: "Foto: Jo Doe/dpa", "© Getty Images".

    >>> from curator.cleaners.phrases import load_phrases
    >>> from curator.page.lines import split_lines
    >>> lines = split_lines("Photo: Jo Doe / Reuters\n© 2021 Example Ltd\nPhotography is how she earns her living.")
    >>> [found.start for found in cut_caption_credit(lines, load_phrases())]
    [0]
    """
    for line in lines:
        if _credits(line, phrases):
            yield cut(line, "caption", "caption-credit", "credit of a picture")


def cut_caption_label(lines: Sequence[Line], phrases: Phrases) -> Iterator[Cut]:
    """Cut the buttons and labels around pictures: "Bild vergrößern", "File photo"."""
    for line in lines:
        if phrases.has("caption.line", line.key):
            yield cut(line, "caption", "caption-label", "label or button of a picture")


def cut_caption_credited(lines: Sequence[Line], phrases: Phrases) -> Iterator[Cut]:
    """Cut captions that end in the credit of their picture, and such a credit at the end of a paragraph."""
    for line in lines:
        tail = line.text[-_END_CHARS:]
        if not (tail.endswith((")", "]", ").")) or ":" in tail or "©" in tail):
            continue
        at = _end_credits(line.text)
        if not _BEFORE_CREDIT_CHARS <= at < len(line.text):
            continue
        if len(line.text) <= _CAPTION_CHARS and n_sentences(line.text[:at]) <= 2:
            yield cut(line, "caption", "caption-credited", "ends in the credit of a picture")
        elif line.text[at:].lstrip()[:1] in "([":
            credit = "credit of a picture at the end of a paragraph"
            yield Cut(line.start + at, line.end, "caption", "caption-credited", credit)


def _may_be_credited(batch: Batch) -> list[int]:
    """Return the lines that end in a bracket that opens as credits do, or have a sign or word of credits."""
    closed = batch.last | np.where(batch.last & STOP, batch.before_last, 0)
    able = places((closed & CLOSER) | (batch.held & (COLON | COPYRIGHT)))
    return [i for i in able if _may_credit(batch.text[i][-_END_CHARS:])]


def _may_credit(tail: str) -> bool:
    if "©" in tail:
        return True
    if tail.endswith((")", "]", ").")):
        inner = tail[max(tail.rfind("("), tail.rfind("[")) + 1 :]
        if small(inner[:_WORD_CHARS]).startswith(_CREDIT_WORDS + _AGENCIES):
            return True
    fronts = tail.split(":")[:-1] if ":" in tail else ()
    return any(small(front[-_WORD_CHARS:].rstrip()).endswith(_CREDIT_WORDS) for front in fronts)


def _end_credits(text: str) -> int:
    """Return where the credits at the end of a line begin, all of them, or its length where it has none."""
    end = len(text)
    while found := _END_CREDIT.search(text, max(0, end - _END_CHARS), end):
        end = found.start()
        if end < _BEFORE_CREDIT_CHARS:
            break
    return end


def cut_caption_cue(lines: Sequence[Line], phrases: Phrases) -> Iterator[Cut]:
    """Cut lines that say where a person stands in a picture, or that it is from the archive."""
    for line in lines:
        if len(line.text) > _CAPTION_CHARS:
            continue
        opens = len(line.text) > 12 and phrases.starting("caption.opening", line.key) is not None
        if (opens or _ends_in_cue(line, phrases) or _places(line.text)) and n_sentences(line.text) <= 2:
            yield cut(line, "caption", "caption-cue", "opens or ends as only captions do")


def _may_tell_places(batch: Batch) -> list[int]:
    """Return the lines that have a bracket, or say how people stand in a picture: "from left:"."""
    short = batch.n_chars <= _CAPTION_CHARS
    rows = (i for i in places((batch.held & COLON > 0) & short) if any(map(small(batch.text[i]).__contains__, _ROWS)))
    return [*places((batch.held & BRACKET > 0) & short), *rows]


def _places(text: str) -> bool:
    """Return whether a line that is no sentence says where somebody stands in a picture."""
    if not (" (" in text or (":" in text and "," in text)) or ends_sentence(text) or any(map(str.isdigit, text)):
        return False
    return _PLACE.search(text) is not None


def _ends_in_cue(line: Line, phrases: Phrases) -> bool:
    """Return whether a line ends in a cue in brackets: "(Archivbild)"."""
    if not line.text.endswith((")", "]", ").")):
        return False
    inner = line.text[max(line.text.rfind("("), line.text.rfind("[")) + 1 :]
    return len(inner) <= 40 and inner.rstrip(").]").casefold() in phrases.of("caption.cue")


def cut_caption_source(lines: Sequence[Line], phrases: Phrases) -> Iterator[Cut]:
    """Cut captions that open with their source: "Quelle MAP - Botschafter Fischer in Rabat"."""
    for line in lines:
        word, _, rest = line.text.partition(" ")
        if word.casefold() not in phrases.of("caption.source") or len(line.text) > _CAPTION_CHARS:
            continue
        source, dash, text = rest.partition(" - ") if " - " in rest else rest.partition(" – ")
        if dash and len(source.split()) <= 3 and source[:1].isupper() and not ends_in_full_stop(text):
            yield cut(line, "caption", "caption-source", "opens with the source of a picture")


def cut_caption_counter(lines: Sequence[Line], phrases: Phrases, marks: Marks) -> Iterator[Cut]:
    """Cut the counters of a gallery: "Bild 1 von 5", and "1/5" beside a caption or another such counter."""
    able = on_page(lines, phrases).where(_may_count)
    found = {i: match for i in able if (match := _COUNTER.fullmatch(lines[i].bare))}
    runs = Counter(total for _, total in {(match.group(2), match.group(3)) for match in found.values()})
    scores = len(found) > sum(runs.values())  # a number that stands twice is a rating or a score
    for i, match in found.items():
        word = (match.group(1) or "").strip().casefold()
        labelled = phrases.has("caption.credit", word) or word in ("slide", "pic", "item")
        beside = any(marks[j].kind == "caption" for j in (i - 1, i + 1) if j in marks)
        running = runs[match.group(3)] >= _RUNNING_COUNTERS and not scores
        if labelled or (not word and (beside or running)):
            yield cut(lines[i], "caption", "caption-counter", "counter of a gallery")


def _may_count(batch: Batch) -> list[int]:
    return [i for i in batch.numbered_within(24) if _COUNTER.fullmatch(batch.bare[i])]


def cut_caption_above(lines: Sequence[Line], phrases: Phrases, marks: Marks) -> Iterator[Cut]:
    """Cut short lines that stand right on a caption or credit, a blank line parting both from the text."""
    able = sorted(i - 1 for i, found in marks.items() if found.kind == "caption" and i and i - 1 not in marks)
    if not able or sum(line.gap > 0 for line in lines) * 3 <= len(lines):
        return
    for i in able:
        line = lines[i]
        if lines[i + 1].gap:
            continue
        top = i
        while top > 0 and lines[top].gap == 0:
            top -= 1
        parted = lines[top].gap > 0 and all(len(lines[j].text) <= 40 for j in range(top, i))
        if (
            parted
            and top > 0
            and len(line.text) <= _CAPTION_CHARS
            and n_sentences(line.text) == 1
            and not line.text.endswith(":")
        ):
            yield cut(line, "caption", "caption-above", "stands on the credit of a picture")


RULES: tuple[Rule, ...] = (
    LineRule(
        "caption-credit",
        "caption",
        cut_caption_credit,
        spares="copyright lines; sentences on photography",
        opens=("caption.credit", "caption.agency"),
        also=_begin_with_sign,
    ),
    LineRule("caption-label", "caption", cut_caption_label, spares="sentences on pictures", opens=("caption.line",)),
    LineRule(
        "caption-credited",
        "caption",
        cut_caption_credited,
        spares="paragraphs, but for a credit in brackets at their end",
        also=_may_be_credited,
    ),
    LineRule(
        "caption-cue",
        "caption",
        cut_caption_cue,
        spares="prose in which somebody comes from the left",
        opens=("caption.opening",),
        also=_may_tell_places,
    ),
    LineRule(
        "caption-source",
        "caption",
        cut_caption_source,
        spares="source notes of the article itself",
        opens=("caption.source",),
    ),
    BlockRule(
        "caption-counter", "caption", cut_caption_counter, spares="fractions in recipes; scores", also=_may_count
    ),
    BlockRule("caption-above", "caption", cut_caption_above, spares="titles, decks and paragraphs above a picture"),
)
