"""An opened input -> its documents, by what its first bytes are; its name decides where they do not tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from importlib import import_module
from typing import cast

from curator.readers import sniff, streams
from curator.readers.inputs import ExceededError, Input, InputError, Item, Options, nothing_in, os_error
from curator.readers.letterheads import mail_sort
from curator.readers.names import format_named, unpacked_name
from curator.readers.rows import is_table

#: What may be asked for by name instead of being told from content and ending.
FORMATS = ("text", "html", "jsonl", "json", "csv", "parquet", "warc", "sqlite", "mhtml", "eml", "mbox")

#: What these names say holds against any text: a page of error messages that calls itself JSON is no article.
_TRUSTED = frozenset({"jsonl", "json", "csv"})
#: What a folder or archive may hold beside documents: passed over with a note, a failure only where it is named.
PASSED_OVER = frozenset({"no-text-column", "curator-corpus"})
_PACKINGS = frozenset({"gzip", "bzip2", "xz", "zstandard"})
#: A format is told by so much; the rows of a table may be long, and it takes a few of them.
_TELLING_BYTES = 1 << 16
_LINES = frozenset({"jsonl", "json", "csv"})

#: What a person is told of XML of a kind that nothing here knows, and of pieces of HTML.
_MARKUP_AS_TEXT = (
    "so it is XML or a piece of HTML: taken as plain text, tags and all; --format html takes the text between the tags,"
    " --format text says that this is meant"
)

Read = Callable[[Input, Options], Iterator[Item]]
ReadArchive = Callable[[Input, Options, Read], Iterator[Item]]

#: Module and function that reads each format; loaded when it is first met, since some are slow to load.
_READERS: Mapping[str, tuple[str, str]] = {
    "text": ("whole", "read_text"),
    "html": ("whole", "read_html"),
    "jsonl": ("jsonl", "read_jsonl"),
    "json": ("json_values", "read_json"),
    "csv": ("delimited", "read_delimited"),
    "parquet": ("parquet", "read_parquet"),
    "warc": ("warc", "read_warc"),
    "arc": ("arc", "read_arc"),
    "sqlite": ("sqlite", "read_sqlite"),
    "mhtml": ("messages", "read_mhtml"),
    "eml": ("messages", "read_eml"),
    "mbox": ("mailbox", "read_mbox"),
}
_ARCHIVES = {"zip": "read_zip", "tar": "read_tar"}


def read_input(given: Input, options: Options) -> Iterator[Item]:
    """Yield the documents of an input; what it breaks on comes as a failure in their place.

    Where it is a member of an archive, ExceededError is passed on: it ends the whole file.
    """
    try:
        yield from _read(given, options)
    except ExceededError as error:
        if given.member is not None:
            raise
        yield given.failure(error)
    except InputError as error:
        if error.error in PASSED_OVER and (given.is_found or given.member is not None):
            options.notes.add(passed_over(given.source, str(error)))
        else:
            yield given.failure(error)
    except OSError as error:
        yield given.failure(os_error(error))
    except Exception as error:  # the edge catches per item
        told = f"reading broke: {error or 'no message'}; please report it with the file"
        yield given.failure(InputError(type(error).__name__, told))


def passed_over(source: str, message: str) -> str:
    """Return the note on an input that a walk came upon and that holds no documents."""
    return f"{source}: passed over: {message}"


def _read(given: Input, options: Options) -> Iterator[Item]:
    head = given.stream.peek(sniff.HEAD_BYTES)[: sniff.HEAD_BYTES]
    container = sniff.container_of(head)
    if (container in _PACKINGS or container in _ARCHIVES) and given.depth >= options.settings.max_containers:
        limit = f"more than {options.settings.max_containers} containers stand inside each other"
        raise InputError("containers", f"{limit}: unpack it, or raise max_containers in curator.toml")
    if container in _PACKINGS:
        stream = streams.unpack(given.stream, container, options.settings, given.gauge)
        yield from _read(given.unpacked(stream, unpacked_name(given.name)), options)
    elif container in _ARCHIVES:
        yield from _archive_reader(container)(given, options, read_input)
    else:
        yield from _read_documents(given, head, container, options)


def _read_documents(given: Input, head: bytes, container: str | None, options: Options) -> Iterator[Item]:
    if not head and not given.behind:
        raise nothing_in(given, "a text, an HTML page, JSON lines or a table")
    wide = None if container else sniff.wide_encoding(head[:4]) or sniff.bare_utf16(head[: len(head) // 2 * 2])
    kind = container or _kind(given, wide, options)
    if kind in _LINES and wide is not None:
        given = replace(given, stream=streams.transcode(given.stream, wide))
        options = replace(options, encoding=None)
    head = given.stream.peek(sniff.HEAD_BYTES)[: sniff.HEAD_BYTES]
    if kind == "json" and options.format is None and not sniff.is_one_value(head):
        kind = "jsonl"
    yield from _reader(kind)(given, options)


def _kind(given: Input, wide: str | None, options: Options) -> str:
    """Return the format of an input that is no container; raises InputError for what nothing here reads.

    ``wide`` is the encoding of its first bytes where that is UTF-16 or UTF-32.
    """
    head = given.stream.peek(_TELLING_BYTES)[:_TELLING_BYTES]
    if (sort := sniff.magic_sort(head)) is not None:
        message = f"holds {sort}, expected text: convert it to text, HTML or JSON lines first"
        raise InputError("binary", message)
    if options.format is not None:
        return options.format
    if wide is not None:
        head = head.decode(wide, "ignore").encode()
    if (sort := sniff.xml_sort(head[: sniff.HEAD_BYTES])) is not None:
        message = f"is {sort}, which lists addresses and holds no documents: give it to `curator crawl`"
        raise InputError("sitemap" if sort == "a sitemap" else "feed", message)
    named = format_named(given.name)
    if named in _TRUSTED:
        return named
    if (mail := None if wide else mail_sort(head)) is not None:
        return "mhtml" if (mail, named) == ("eml", "mhtml") else mail
    told = sniff.format_of(head[: sniff.HEAD_BYTES])
    if told == "json" and not _names_a_key(options) and sniff.goes_on_as_text(head):
        told = "text"
    if told == "text" and named in (None, "text") and is_table(head):
        return "csv"
    if told == "text" and named in (None, "text") and (root := sniff.markup_root(head[: sniff.HEAD_BYTES])) is not None:
        options.notes.add(f"{given.source}: begins with <{root}>, {_MARKUP_AS_TEXT}")
    return named or "text" if told == "text" else told


def _names_a_key(options: Options) -> bool:
    """Return whether the user said which key holds the text, and so that there are records."""
    return bool(options.settings.text_field or options.settings.html_field)


def _reader(kind: str) -> Read:
    module, name = _READERS[kind]
    return cast(Read, getattr(import_module(f"curator.readers.{module}"), name))


def _archive_reader(sort: str) -> ReadArchive:
    return cast(ReadArchive, getattr(import_module("curator.readers.archives"), _ARCHIVES[sort]))
