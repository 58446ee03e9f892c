"""CSV and TSV -> raws, row by row; the header says what the columns are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from curator.model import Media, Raw
from curator.readers.decode import decode
from curator.readers.fields import guessed_note, table_fields
from curator.readers.inputs import Input, InputError, Item, Options, nothing_in, too_large
from curator.readers.rows import Row, Rows, dialect_of

_SAMPLE_BYTES = 1 << 16


def read_delimited(given: Input, options: Options) -> Iterator[Item]:
    """Yield a document or a failure for every row behind the header ("table.csv:17" is the seventeenth).

    A cell stays the bytes it is, to be read with the encoding of the file. A row that a stray quote breaks is a
    failure, and reading goes on with the next line.
    """
    head = given.stream.peek(_SAMPLE_BYTES)[:_SAMPLE_BYTES]
    if b"\r" in head and b"\n" not in head:
        message = "the lines of the table end in CR, as on old Macs: convert it, for example with tr '\\r' '\\n'"
        raise InputError("line-ends", message)
    rows = Rows(given.stream, dialect_of(head), options.settings.max_document_bytes)
    header = next(rows, None)
    if header is None or header.error is not None:
        raise nothing_in(given, "a table with a header") if header is None else InputError("header", str(header.error))
    encoding = options.encoding or decode(head[: head.rfind(b"\n") + 1] or head).encoding
    names = _unique([decode(cell, encoding).text.strip() for cell in header.cells])
    fields = table_fields(names, options.settings)
    if (note := guessed_note(given.source, fields, options.settings)) is not None:
        options.notes.add(note)
    table = _Table(given, options, encoding, tuple(names), fields)
    if given.behind is not None:
        rows.go_to(given.start)
    number = given.number
    for number, row in enumerate(rows, given.number + 1):
        yield table.item(row, number)
    if not number:
        options.notes.add(f"{given.source}: the table has a header and no rows")


def _unique(names: Sequence[str]) -> list[str]:
    """Return names of columns, an empty one as its number, a second of the same name with its number behind it."""
    found: list[str] = []
    for number, name in enumerate(names, 1):
        named = name or f"column {number}"
        found.append(named if named not in found else f"{named} {number}")
    return found


@dataclass(frozen=True, slots=True)
class _Table:
    """What the rows of a table have in common."""

    given: Input
    options: Options
    encoding: str
    names: tuple[str, ...]
    fields: Mapping[str, str]

    def item(self, row: Row, number: int) -> Item:
        """Return the document of a row, or what is wrong with it."""
        source = f"{self.given.source}:{number}"
        if row.error is not None:
            error = too_large("the row is longer than", self.options.settings) if not str(row.error) else row.error
            return self.given.failure(error)._replace(source=source)
        cells = dict(zip(self.names, row.cells, strict=False))
        text, html = (cells.get(self.fields.get(role, "")) for role in ("text", "html"))
        if text is None and html is None:
            message = f"the row has {len(row.cells)} cells, and none for the text; expected {len(self.names)}"
            return self.given.failure(InputError("columns", message))._replace(source=source)
        media: Media = "text/html" if html and not text else "text/plain"
        return Raw(
            source=source,
            content=(html if media == "text/html" else text) or b"",
            media=media,
            source_id=self._text(cells, "id"),
            url=self._text(cells, "url"),
            fetched_at=self._text(cells, "fetched_at"),
            encoding=self.encoding,
            meta=self._meta(cells),
            place=self.given.place(row.start, row.end, number),
        )

    def _text(self, cells: Mapping[str, bytes], role: str) -> str | None:
        cell = cells.get(self.fields.get(role, ""))
        return (self._decoded(cell).strip() or None) if cell else None

    def _meta(self, cells: Mapping[str, bytes]) -> dict[str, object]:
        own = {self.fields.get(role) for role in ("text", "html", "id", "url")}
        return {name: self._decoded(cell) for name, cell in cells.items() if name not in own}

    def _decoded(self, cell: bytes) -> str:
        return cell.decode("ascii") if cell.isascii() else decode(cell, self.encoding).text
