"""A text or an HTML page -> the one document that it is."""

from __future__ import annotations

from collections.abc import Iterator

from curator.model import Media, Raw
from curator.readers import sniff
from curator.readers.inputs import Input, InputError, Item, Options, nothing_in, too_large
from curator.readers.several import several_in


def read_text(given: Input, options: Options) -> Iterator[Item]:
    """Yield the text that an input is."""
    yield from _read(given, options, "text/plain")


def read_html(given: Input, options: Options) -> Iterator[Item]:
    """Yield the HTML page that an input is."""
    yield from _read(given, options, "text/html")


def _read(given: Input, options: Options, media: Media) -> Iterator[Item]:
    content = read_whole(given, options)
    if content is None:
        return
    if (sort := sniff.binary_sort(content)) is not None:
        message = f"holds {sort}, expected text: convert it to text, HTML or JSON lines first"
        raise InputError("binary", message)
    if media == "text/plain" and (found := several_in(content)) is not None:
        options.notes.add(f"{given.source}: was read as one document; {found}")
    yield Raw(given.source, content, media, encoding=options.encoding, place=given.place(0, len(content), 1))


def read_whole(given: Input, options: Options) -> bytes | None:
    """Return all bytes of an input that is one document, None where it was read before.

    Raises InputError where they are too many, none, or cut off.
    """
    if given.behind is not None:
        return None
    most = options.settings.max_document_bytes
    try:
        content = given.stream.read(most + 1)
    except InputError as error:
        if error.error != "truncated":
            raise
        damaged = str(error).partition(";")[0]
        raise InputError("truncated", f"{damaged}; half a text is not taken: fetch the file again") from error
    if len(content) > most:
        raise too_large("is larger than", options.settings)
    if not content:
        raise nothing_in(given, "a text, an HTML page or JSON lines")
    return content
