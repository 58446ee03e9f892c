"""A message -> the document that it holds: a page that a browser saved (MHTML), or the text of a mail."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from curator.model import Media, Raw
from curator.readers.decode import decode, hint_of
from curator.readers.headers import decoded_header, end_of_headers, own_id, sender, web_address, written_at
from curator.readers.http import TEXTS
from curator.readers.inputs import Input, InputError, Item, Options
from curator.readers.mime import Part, body_of, part_of, parts_of
from curator.readers.sniff import binary_sort
from curator.readers.whole import read_whole
from curator.settings import Settings

_ATTACHED = "files attached to messages were passed over; their names stand under `meta`"
#: Headers of a mail that tell who it went to and by which list, as they come back under ``meta``.
_KEPT = ("from", "reply-to", "to", "cc", "newsgroups", "list-id", "list-archive", "in-reply-to", "organization")
#: Who is the sender of a page, in the words of some program: a mail has at least one of these, a saved page none.
_SENT = ("received", "message-id", "to", "delivered-to", "return-path")
_SAVED_FROM = ("snapshot-content-location", "content-location")
_SIGNATURES = frozenset({"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"})
_ENCRYPTED = frozenset({"multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"})
#: What may stand before the headers: a byte-order mark, blank lines, the line that begins a message in a mailbox, the
#: length of the message, behind which Apple's Mail puts notes of its own (.emlx).
_FRONT = re.compile(rb"(?:\xef\xbb\xbf)?[\r\n]*(?:From [^\n]*\n|(\d{1,9})[ \t]*\r?\n)?")
_TAG = re.compile(rb"<[^<>]*>|&[#\w]{1,10};")
_ADDRESS = re.compile(rb"https?://[^\s<>\"]+", re.IGNORECASE)
#: All bytes but those of letters and digits, in any encoding that keeps ASCII.
_NO_LETTERS = bytes(n for n in range(128) if not chr(n).isalnum())
#: The end of a line that goes on in the next one (RFC 3676): not before a quote, a signature or a blank line.
_FLOWED = re.compile(rb"(?<!\n--) \r?\n(?!>|-- \r?\n|\r?\n)")
_STUFFED = re.compile(rb"^ ", re.MULTILINE)


class Text(NamedTuple):
    """A text of a message without its transfer encoding; ``charset`` is what decides where its bytes do not."""

    media: Media
    body: bytes
    charset: str | None


class Found(NamedTuple):
    """The parts of a message that may be its text, and what is attached to it."""

    texts: list[Part]
    attached: list[Part]


def read_eml(given: Input, options: Options) -> Iterator[Item]:
    """Yield the document of the one message that an input is."""
    yield from _read(given, options)


def read_mhtml(given: Input, options: Options) -> Iterator[Item]:
    """Yield the page that an input is; its frames, images and styles are passed over."""
    yield from _read(given, options, is_page=True)


def _read(given: Input, options: Options, *, is_page: bool = False) -> Iterator[Item]:
    content = read_whole(given, options)
    if content is None:
        return
    raw = document_of(content, options, is_page=is_page)
    if "attachments" in raw.meta:
        options.notes.add(_ATTACHED)
    yield replace(raw, source=given.source, place=given.place(0, len(content), 1))


def document_of(content: bytes, options: Options, *, is_page: bool = False) -> Raw:
    """Return the document of a message, without its source and place; raises InputError where it holds none.

    ``is_page`` says that it is a saved page, whatever its headers say.
    """
    message = _message(content, options.settings)
    if is_page or _is_saved_page(message):
        return _page(message, options)
    return _mail(message, options)


def _message(content: bytes, settings: Settings) -> Part:
    if b"\n" not in content:  # old Macintosh computers ended lines so
        content = content.replace(b"\r", b"\n")
    found = _FRONT.match(content)
    start = found.end() if found else 0
    end = min(len(content), start + int(found[1])) if found and found[1] else len(content)
    if end_of_headers(content, start, end) - start > settings.max_header_bytes:
        limit = f"the headers of the message have more than {settings.max_header_bytes:,} bytes"
        raise InputError("headers", f"{limit}: it is damaged; if not, raise max_header_bytes in curator.toml")
    message = part_of(content, start, end)
    if not message.headers.keys():
        what = "begins with no headers, as messages and saved pages do"
        raise InputError("header", f"{what}: --format text takes it as a text, --format html as a page")
    return message


def _is_saved_page(message: Part) -> bool:
    """Return whether a program saved a page so: it says where from, in no words of a message that was sent."""
    headers = message.headers
    if "snapshot-content-location" in headers:
        return True
    if any(name in headers for name in _SENT):
        return False
    return message.media == "multipart/related" or "content-location" in headers


def _page(message: Part, options: Options) -> Raw:
    """Return the page that a browser saved: its own part, and none of its frames."""
    part = message
    while part.media.startswith("multipart/"):
        part = _root(parts_of(part), part.parameter("start"))
    if part.media not in TEXTS:
        raise InputError("no-text", f"the saved page is {part.media}, expected HTML or a text")
    text = _text(part)
    title = decoded_header(message.headers, "subject")
    return Raw(
        source="",
        content=text.body,
        media=text.media,
        url=web_address(message.headers, _SAVED_FROM) or web_address(part.headers, _SAVED_FROM[1:]),
        fetched_at=written_at(message.headers),
        encoding=options.encoding or text.charset,
        meta={"headers": {"subject": title}} if title else {},
    )


def _root(parts: list[Part], start: str) -> Part:
    """Return which of related parts the others belong to: the one with the id ``start``, else the first of HTML."""
    named = [each for each in parts if start and str(each.headers.get("content-id", "")).strip() == start.strip()]
    pages = [each for each in parts if TEXTS.get(each.media) == "text/html" or each.media.startswith("multipart/")]
    return (named + pages + parts)[0]


def _mail(message: Part, options: Options) -> Raw:
    found = Found([], [])
    _look(message, found)
    if not found.texts:
        for part in [part for part in found.attached if part.media == "message/rfc822"]:
            found.attached.remove(part)
            _look(parts_of(part)[0], found)
    texts = _sound_texts(found.texts, message)
    text = _joined(_fuller(texts))
    headers = message.headers
    kept = {name: value for name in _KEPT if (value := decoded_header(headers, name))}
    facts = {"title": decoded_header(headers, "subject"), "author": sender(headers), "published": written_at(headers)}
    meta: dict[str, object] = {name: value for name, value in facts.items() if value} | {"headers": kept}
    if found.attached:
        meta["attachments"] = [part.name or part.media for part in found.attached]
    return Raw(
        source="",
        content=text.body,
        media=text.media,
        source_id=own_id(headers),
        url=web_address(headers, ["archived-at"]),
        encoding=options.encoding or text.charset,
        meta=meta,
    )


def _look(part: Part, found: Found, *, is_choice: bool = False) -> None:
    """Add what may be the text of a message, and what is attached to it; of related parts the others belong to one.

    What a choice offers beside text and HTML (a date for the calendar, an accelerated page) is no attachment.
    """
    if part.media == "multipart/related":
        parts = parts_of(part)
        root = _root(parts, part.parameter("start"))
        _look(root, found)
        found.attached.extend(each for each in parts if each is not root and each.is_attached)
    elif part.media == "multipart/digest":
        for each in parts_of(part):
            _look(parts_of(each)[0] if each.media == "message/rfc822" else each, found)
    elif part.media.startswith("multipart/"):
        for each in parts_of(part):
            _look(each, found, is_choice=part.media == "multipart/alternative")
    elif part.media in TEXTS and (part.depth == 0 or not part.is_attached):
        found.texts.append(part)
    elif not is_choice and part.media not in _SIGNATURES:
        found.attached.append(part)


def _sound_texts(parts: Sequence[Part], message: Part) -> list[Text]:
    """Return the texts that are whole; raises InputError, for the first that is not, where there is none."""
    texts, errors = [], []
    for part in parts:
        try:
            texts.append(_text(part))
        except InputError as error:
            errors.append(error)
    if texts:
        return texts
    raise errors[0] if errors else _no_text(message)


def _no_text(message: Part) -> InputError:
    if message.media in _ENCRYPTED:
        return InputError(
            "encrypted",
            "the message is encrypted, or enclosed in its signature: save it from a mail program that can open it",
        )
    return InputError("no-text", f"the message holds no text: it is {message.media} without a part of text or HTML")


def _text(part: Part) -> Text:
    """Return the text of a part; raises InputError where its coding is damaged, or it was cut off."""
    media = TEXTS[part.media]
    body = body_of(part)
    if not part.is_closed and not (media == "text/html" and b"</html" in body.lower()):
        raise InputError("truncated", "the message ends inside its text: half a text is not taken; fetch it again")
    if media == "text/plain" and part.parameter("format").lower() == "flowed":
        body = _FLOWED.sub(b"" if part.parameter("delsp").lower() == "yes" else b" ", _STUFFED.sub(b"", body))
    if (sort := binary_sort(body)) is not None:
        raise InputError("binary", f"the text of the message is {sort}, expected text or HTML")
    # What a mail says of its charset goes before what its HTML says: that is as old as the page it was taken from.
    return Text(media, body, hint_of(body, part.charset, is_html=False))


def _fuller(texts: Sequence[Text]) -> list[Text]:
    """Return the texts of one media type that say more: HTML, unless it says less than half of what the plain ones do.

    Some mailers put no more into the HTML than that the text stands in the other part, or the other way round.
    """
    pages = [text for text in texts if text.media == "text/html"]
    plain = [text for text in texts if text.media == "text/plain"]
    if not (pages and plain):
        return pages or plain
    return pages if 2 * sum(map(_n_letters, pages)) >= sum(map(_n_letters, plain)) else plain


def _n_letters(text: Text) -> int:
    """Return how many bytes of letters and digits a reader sees, about: addresses and markup do not count."""
    body = text.body
    if text.media == "text/html":
        for begin, end in ((b"<!--", b"-->"), (b"<style", b"</style"), (b"<script", b"</script")):
            body = _without(body, begin, end)
        body = _TAG.sub(b"", body)
    return len(_ADDRESS.sub(b"", body).translate(None, _NO_LETTERS))


def _without(body: bytes, begin: bytes, end: bytes) -> bytes:
    """Return bytes without the stretches that begin and end so; in linear time, whatever they hold."""
    lower, pieces, at = body.lower(), [], 0
    while (start := lower.find(begin, at)) >= 0 and (stop := lower.find(end, start)) >= 0:
        pieces.append(body[at:start])
        at = stop + len(end)
    return b"".join([*pieces, body[at:]])


def _joined(texts: Sequence[Text]) -> Text:
    """Return texts that follow each other, around a picture say, as one; each once."""
    texts = list(dict.fromkeys(texts))
    if len(texts) == 1:
        return texts[0]
    decoded = [decode(text.body, text.charset, is_html=text.media == "text/html").text for text in texts]
    return Text(texts[0].media, "\n\n".join(decoded).encode("utf-8", "replace"), "utf-8")
