"""Copyright, imprint, addresses, terms."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from curator.cleaners.batch import ADDRESS, COLON, COPYRIGHT, CREDIT, SLASH, STOP, Batch, places
from curator.cleaners.page_lines import on_page
from curator.cleaners.phrases import Phrases, stems
from curator.cleaners.rule import BlockRule, LineRule, Marks, cut
from curator.cleaners.sentence import ends_sentence, is_prose
from curator.model import Cut, Line

#: Notes on rights may run on; what begins so and is longer is an article on rights.
_START_CHARS = 400

#: A disclaimer at the end of an article is a few sentences; what it says stands among the first 160 characters.
_RISK_CHARS = 600

_QUOTES = "\"'„“”«»‹›‘’「『"

#: "Theme: Example by Example. Powered by WordPress." A longer line tells what powers something else.
_MADE_CHARS = 90

#: "Powered by Example Theme Pro": a few words and no more, or else the name of the best-known software.
_MADE_WORDS = 5

#: "© Seeblick" stands among the last lines of a page. On dumps labelled by hand six of eight such lines below the text
#: name the owner; the others name a photographer and, behind a stroke, an agency.
_FOOTER_LINES, _OWNER_CHARS = 8, 60

#: A bar of legal links is longer than a line of text seldom is.
_BAR_CHARS = 250

#: At least this share of a bar's words belongs to names of legal pages.
_RATIO_LEGAL = 0.4

#: A legal name has at most this many words: "erklärung zur barrierefreiheit".
_NAME_WORDS = 5

#: A copyright sign with a year, or with a company's legal form, is a note on rights. "© Jane Doe/Getty" is a photo's.
_SIGN = re.compile(r"(?:copyright|\(c\)|[©ⓒ℗])", re.IGNORECASE)
#: One of these is in every such sign, in small letters.
_SIGNS = ("opyr", "(c)", "©", "ⓒ", "℗")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")

#: "Copyright 2021 was the year that ..." tells something; "Copyright 2021 by ..." claims.
_TELLS = re.compile(r"(?:19|20)\d\d (?!by\b|bei\b|par\b|por\b|da\b|and\b|und\b|et\b|all\b|der\b|the\b)[a-zß-öø-ÿ]")
_COMPANY = re.compile(
    r"\b(?:GmbH|AG|KG|SE|e\.V\.|Ltd|Limited|LLC|Inc|Corp|PLC|S\.A\.|SAS|S\.p\.A|S\.r\.l|SpA|Srl|B\.V|Sp\. z o\.o|A\.Ş"
    r"|a\.s\.|s\.r\.o|Verlag|Media|Medien|Publishing|Group|Syndicate|Press)(?!\w)"
)
_PHOTO = re.compile(
    r"\b(?:foto|photo|bild|image|picture|getty|shutterstock|imago|reuters|afp|alamy|istock)", re.IGNORECASE
)

_QUOTED = re.compile('["„“”«»‹›「『]')

#: "dpa:230428-99-483045/5" at the end of agency copy.
_AGENCY_ID = re.compile(
    r"\b(?:dpa|afp|apa|sda|kna|epd|ots|ddp|dapd|sid)(?:-infocom)?[:,] ?(?:dpa:)?\d{6}-\d\d-\d{3,7}/\d{1,3}"
)

#: The separators of a bar of links. Single characters: nothing to backtrack into.
_SEPARATOR = re.compile(r"[|•·/,;–—&+]| - ")

#: A line of a postal address or of ways to reach an office. Anchored, and no part can match what the next one does.
_CONTACT = re.compile(
    r"(?:(?:tel|telefon|téléphone|tél|telefono|teléfono|telefone|telephone|phone|fax|telefax|faks|mobil|mobile|e-?mail"
    r"|mail|courriel|e-posta|hotline|тел|телефон|факс)\b[.:]*[ \u00a0]*)?(?:\+?[\d(][\d ()/.\u00a0–-]{5,30}"
    r"|[\w.+-]{1,40}(?:@|\[at\]|\(at\))[\w.-]{3,40}|\[email[ \u00a0]protected\])",
    re.IGNORECASE,
)
_POSTCODE = re.compile(r"(?:[A-Z]{1,2}[- ])?\d{4,5} [A-ZÄÖÜÉ][\w.-]{2,30}(?: [\w./()-]{1,20}){0,3}")
_STREET = re.compile(
    r"[A-ZÄÖÜ][\w.-]{0,40}(?: [\w.-]{1,40}){0,2}(?<=tr\.|aße|sse|atz|weg|lee|ing|amm|fer) \d{1,4}[\d/ a-z-]{0,8}"
)
_REGISTER = re.compile(
    r"(?:ust-?id|umsatzsteuer|uid|hrb|hra|zvr|handelsregister|amtsgericht|siret|siren|rcs|p\.? ?iva|cif|nif|cnpj|krs"
    r"|nip|regon|iban|bic|company (?:no|number)|registered in)\b",
    re.IGNORECASE,
)

#: A telephone number with its area code has at least so many.
_PHONE_DIGITS = 7

#: A number or an address with the word for it fits here. The folded line has # for digits: most lines hold neither.
_CONTACT_CHARS = 90

#: Two ways to reach an office within this many lines make an address block; an article that ends with one
#: telephone number keeps it.
_BLOCK_LINES = 4

#: More ways to reach than this are a directory, and the directory is what the page is about.
_DIRECTORY_LINES = 14

#: A name between the lines of an address block is no longer than this.
_ADDRESSEE_CHARS = 50


def cut_legal_line(lines: Sequence[Line], phrases: Phrases) -> Iterator[Cut]:
    """Cut names of legal pages, notes on rights and what the site is made with."""
    for line in lines:
        if " " in line.key and phrases.has("legal.line", line.key):
            yield cut(line, "legal", "legal-line", "name of a legal page")
        elif _begins_as_note(line, phrases):
            yield cut(line, "legal", "legal-line", "begins as a note on rights does")
        elif len(line.text) <= _MADE_CHARS and _is_maker(line, phrases):
            yield cut(line, "legal", "legal-line", "names what the site is made with")


def _begins_as_note(line: Line, phrases: Phrases) -> bool:
    """Return whether a line begins as a note on rights does; in quotes it is what somebody writes about."""
    if len(line.text) > _START_CHARS or _QUOTED.match(line.bare):
        return False
    return phrases.starting("legal.start", line.key) is not None


def cut_legal_word(lines: Sequence[Line], phrases: Phrases, marks: Marks) -> Iterator[Cut]:
    """Cut names of legal pages that are one word, unless they stand as a crosshead between paragraphs."""
    for at in sorted(on_page(lines, phrases).opened_by(("legal.line",))):
        line = lines[at]
        if " " not in line.key and phrases.has("legal.line", line.key) and not _is_crosshead(lines, at):
            yield cut(line, "legal", "legal-word", "name of a legal page")


def _is_crosshead(lines: Sequence[Line], at: int) -> bool:
    """Return whether a line stands between two paragraphs: "Datenschutz" in a text on apps."""
    around = [lines[other].text for other in (at - 1, at + 1) if 0 <= other < len(lines)]
    return len(around) == 2 and all(is_prose(text) and ends_sentence(text) for text in around)


def _is_maker(line: Line, phrases: Phrases) -> bool:
    """Return whether a line says "Powered by ..." in a few words, or in more that name the best-known software."""
    if phrases.starting("legal.made", line.key) is None:
        return False
    return "wordpress" in line.key or (line.key != "theme" and line.key.count(" ") < _MADE_WORDS)


def cut_copyright(lines: Sequence[Line], phrases: Phrases) -> Iterator[Cut]:
    r"""Cut lines that claim copyright for a year or a company, or that reserve all rights, and agency ids.

    >>> from curator.cleaners.phrases import load_phrases
    >>> from curator.page.lines import split_lines
    >>> text = "© 2021 Beispiel Verlag. Alle Rechte vorbehalten.\nDas © wurde 1952 eingeführt."
    >>> [each.start for each in cut_copyright(split_lines(text), load_phrases())]
    [0]
    """
    for line in lines:
        if len(line.text) > _START_CHARS or not _may_claim(line):
            continue
        if _claims(line, phrases) or _reserves(line, phrases):
            yield cut(line, "legal", "legal-copyright", "claims copyright")
        elif "-" in line.text and len(line.text) <= _BAR_CHARS and _AGENCY_ID.search(line.text[-60:]):
            yield cut(line, "legal", "legal-copyright", "id of an agency's copy")


def _speak_of_rights(batch: Batch) -> list[int]:
    """Return the lines that have a piece of a phrase on rights, a copyright sign or the slash of an agency's id."""
    short = batch.n_chars <= _START_CHARS
    agency = (i for i in places((batch.held & SLASH > 0) & short) if _AGENCY_ID.search(batch.text[i][-60:]))
    found = {*batch.in_keys["legal.rights"], *batch.in_texts[""], *agency, *places(batch.held & COPYRIGHT)}
    return [i for i in found if len(batch.text[i]) <= _START_CHARS]


def _may_claim(line: Line) -> bool:
    """Return whether a line is short, or has a digit or a copyright sign: all others need no closer look."""
    return len(line.text) <= _ADDRESSEE_CHARS or "#" in line.key or "copyright" in line.key or "©" in line.text


def _claims(line: Line, phrases: Phrases) -> bool:
    """Return whether a line begins with a copyright sign and goes on as a site does, or is short and has a year."""
    text = line.bare
    if len(text) > _ADDRESSEE_CHARS:
        sign = _SIGN.match(text)
    else:
        sign = _SIGN.search(text) if any(map(text.lower().__contains__, _SIGNS)) else None
    if sign is None or _PHOTO.search(text):
        return False
    if sign.start():
        return text[-1].isdigit() and _YEAR.search(text, sign.end()) is not None
    if _YEAR.search(text) or _COMPANY.search(text):
        return not (ends_sentence(text) and _TELLS.match(text[sign.end() :].lstrip()))
    return sign.group().lower() != "copyright" and _legal_parts(line.key.split(), phrases)[0] >= 1


def _reserves(line: Line, phrases: Phrases) -> bool:
    """Return whether a line reserves all rights: in few words, or with a sign or year of copyright."""
    if not _holds(line.key, stems(phrases.of("legal.rights"))):
        return False
    signed = _SIGN.search(line.text) or _YEAR.search(line.text)
    if signed and not _PHOTO.match(line.bare):
        return True
    # '"All rights reserved" means little' is a headline on rights.
    return len(line.text) <= _ADDRESSEE_CHARS and _QUOTED.search(line.text) is None


def cut_legal_bar(lines: Sequence[Line], phrases: Phrases) -> Iterator[Cut]:
    r"""Cut lines of which at least two parts and two words in five name legal pages.

    >>> from curator.cleaners.phrases import load_phrases
    >>> from curator.page.lines import split_lines
    >>> text = "Presse | Impressum | Datenschutz\nDatenschutz: Was das Impressum verrät und was nicht"
    >>> [each.start for each in cut_legal_bar(split_lines(text), load_phrases())]
    [0]
    """
    for line in lines:
        if len(line.text) <= _BAR_CHARS and _is_bar(line, phrases):
            yield cut(line, "legal", "legal-bar", "names of legal pages in a row")


def _may_be_bars(batch: Batch) -> list[int]:
    """Return the lines that end as no sentence does, with two places at which a legal name may begin."""
    able = (batch.n_chars <= _BAR_CHARS) & (batch.last & (STOP | COLON) == 0)
    return places(able & (batch.n_beginning("legal.line") > 1))


def _is_bar(line: Line, phrases: Phrases) -> bool:
    if " " not in line.key or line.text[-1] in ".?!:":
        return False
    words = line.key.split()
    if len(words) < 2 or phrases.first_words("legal.line").isdisjoint(words):
        return False
    if line.text[0] == "|" or ". " in line.text or ": " in line.text:
        return False
    parts, covered = _legal_parts(words, phrases)
    if parts < 2:
        return False
    # "Kontakt | Kooperationen | Presse | Impressum | Datenschutz": between separators other names may stand.
    return covered >= _RATIO_LEGAL * len(words) or len(_SEPARATOR.findall(line.text)) >= 3


def _legal_parts(words: Sequence[str], phrases: Phrases) -> tuple[int, int]:
    """Return how many names of legal pages stand in the words, and how many words they cover."""
    known = phrases.of("legal.line")
    first_words = phrases.first_words("legal.line")
    parts = covered = at = 0
    while at < len(words):
        if words[at] not in first_words:
            at += 1
            continue
        for size in range(_NAME_WORDS, 0, -1):
            if " ".join(words[at : at + size]) in known:
                parts += 1 + _is_pair(words[at : at + size], known)
                covered, at = covered + size, at + size
                break
        else:
            at += 1
    return parts, covered


def _is_pair(words: Sequence[str], known: Collection[str]) -> bool:
    """Return whether the words of a known name are two known names: "impressum datenschutz"."""
    return any(" ".join(words[:at]) in known and " ".join(words[at:]) in known for at in range(1, len(words)))


def cut_contact_block(lines: Sequence[Line], phrases: Phrases, marks: Marks) -> Iterator[Cut]:
    """Cut blocks of two or more ways to reach an office, with the postal address and the names between them."""
    page = on_page(lines, phrases)
    sure = set(page.where(_contacts))
    reach = sorted(sure.union(page.where(_addresses))) if sure else []
    if len(reach) > _DIRECTORY_LINES:
        return
    for first, last in _blocks(reach):
        if sure.isdisjoint(range(first, last + 1)):
            continue
        for at in range(_top(lines, first), last + 1):
            if at in marks or at in reach or _is_addressee(lines[at]):
                yield cut(lines[at], "legal", "legal-contact", "address and ways to reach an office")


def _contacts(batch: Batch) -> list[int]:
    """Return the lines that are a way to reach an office: they have a number or the sign of an address."""
    able = {*places(batch.held & ADDRESS), *batch.numbered.tolist()}
    return sorted(i for i in able if _is_contact(batch.lines[i]))


def _addresses(batch: Batch) -> list[int]:
    """Return the lines that may be a street with its number, or a town with its postcode."""
    return [i for i in batch.numbered_within(_CONTACT_CHARS) if _is_place(batch.lines[i])]


def _is_place(line: Line) -> bool:
    """Return whether a line may be a street with its number, or a town with its postcode."""
    if len(line.text) > _CONTACT_CHARS or "#" not in line.key or line.text != line.bare:
        return False
    return any(shape.fullmatch(line.text) for shape in (_POSTCODE, _STREET))


def _is_contact(line: Line) -> bool:
    text = line.bare
    if len(text) > _CONTACT_CHARS or not ("#" in line.key or "@" in text or "[" in text):
        return False
    if _CONTACT.fullmatch(text):
        # "8.9/10" is a mark, "5/24 - 5/25" a date, "123131101209" a column of counts.
        grouped = not text.isdigit() and sum(map(str.isdigit, text)) >= _PHONE_DIGITS
        return grouped or text[0].isalpha() or "@" in text
    return _REGISTER.match(text) is not None


def _blocks(reach: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield (first, last) of every stretch of two or more contact lines that stand close together."""
    start = 0
    for at in range(1, len(reach) + 1):
        if at == len(reach) or reach[at] - reach[at - 1] > _BLOCK_LINES:
            if at - start >= 2:
                yield reach[start], reach[at - 1]
            start = at


def _top(lines: Sequence[Line], first: int) -> int:
    """Return the first line of the address that a block belongs to: names right above it, two at most."""
    top = first
    while top > max(0, first - 2) and not lines[top].gap and _is_addressee(lines[top - 1]):
        top -= 1
    return top


def _is_addressee(line: Line) -> bool:
    return len(line.text) <= _ADDRESSEE_CHARS and line.text[-1] not in ".?!"


def cut_legal_owner(lines: Sequence[Line], phrases: Phrases, marks: Marks) -> Iterator[Cut]:
    """Cut the sign with a name below the text as what it is there: "© Seeblick" names the owner, not a photographer."""
    page = on_page(lines, phrases)
    below = page.prose_span[1] + 1 if page.prose_span else 0
    for i in page.where(_may_own):
        line = lines[i]
        if i < max(below, len(lines) - _FOOTER_LINES) or i not in marks or marks[i].rule != "caption-credit":
            continue
        if "/" not in line.text and "|" not in line.text:
            yield cut(line, "legal", "legal-owner", "names who owns the site, at its foot")


def _may_own(batch: Batch) -> list[int]:
    return places((batch.first_bare & CREDIT > 0) & (batch.n_bare <= _OWNER_CHARS))


def cut_legal_risk(lines: Sequence[Line], phrases: Phrases) -> Iterator[Cut]:
    """Cut disclaimers on what the site does not advise, and on the risks of what it writes about."""
    said = stems(phrases.of("legal.risk"))
    for line in lines:
        if len(line.text) <= _RISK_CHARS and line.bare[0] not in _QUOTES and _holds(line.key, said):
            yield cut(line, "legal", "legal-risk", "disclaims advice, or names a risk as disclaimers do")


def _holds(key: str, said: tuple[str, ...]) -> bool:
    for words in said:  # noqa: SIM110 - any() takes three times as long
        if words in key:
            return True
    return False


def _disclaim(batch: Batch) -> list[int]:
    said = stems(batch.phrases.of("legal.risk"))
    able = (i for i in batch.in_keys["legal.risk"] if len(batch.text[i]) <= _RISK_CHARS)
    return [i for i in able if _holds(batch.key[i], said)]


RULES = (
    LineRule(
        "legal-line",
        "legal",
        cut_legal_line,
        spares="sentences about law, terms and data protection",
        opens=("legal.line", "legal.start", "legal.made"),
    ),
    BlockRule("legal-word", "legal", cut_legal_word, spares="crossheads between paragraphs", needs=("legal.line",)),
    LineRule(
        "legal-copyright",
        "legal",
        cut_copyright,
        spares="photo credits, and sentences about copyright",
        also=_speak_of_rights,
    ),
    LineRule("legal-bar", "legal", cut_legal_bar, spares="headlines and sentences with legal words", also=_may_be_bars),
    LineRule(
        "legal-risk", "legal", cut_legal_risk, spares="quotes, and sentences on the risks of somebody", also=_disclaim
    ),
    BlockRule(
        "legal-owner",
        "legal",
        cut_legal_owner,
        spares="credits of pictures, within the text or with an agency behind the name",
        wins=True,
        also=_may_own,
    ),
    BlockRule(
        "legal-contact", "legal", cut_contact_block, spares="a telephone number that ends an article", also=_contacts
    ),
)
