"""A JSON file -> raws: an object, a list of objects, or several of them one after the other, streaming."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from io import BufferedReader
from typing import NamedTuple

from curator.model import Failure, Place
from curator.readers import streams
from curator.readers.fields import asked_fields
from curator.readers.inputs import Input, InputError, Item, Options, nothing_in, too_large
from curator.readers.records import as_utf8, read_record

#: Brackets in runs, so that millions of them take no time.
_SIGN = re.compile(rb'"|[\[{]++|[\]}]++')
#: A line feed cannot stand in a string of JSON: there, its closing quote is missing.
_STRING_REST = re.compile(rb'[^"\\\n]*+(?:\\[^\n][^"\\\n]*+)*+')
#: What stands between values: white space, the comma of a list, the mark that RFC 7464 puts before each text.
_BETWEEN = re.compile(rb"(?:[\s,\x1e]|\xef\xbb\xbf)*+")
#: A value that is neither object, list nor string ends before the next of these.
_SCALAR = re.compile(rb"[^,\]\[{}\n]*+")
#: Where reading goes on behind an object that lacks a quote or a bracket: at an object that begins a line, while
#: nothing is known of how objects begin here.
_FRESH_LINE = re.compile(rb'\n[ \t]*(?=\{\s*")')
_NEXT_OBJECT = re.compile(rb'(?:\n[ \t]*|\}\s*,\s*)(?=\{\s*")')
_BLANK = re.compile(rb"\s*+")
_FIRST_KEY = re.compile(rb'\{\s*("(?:[^"\\\n]|\\.){0,200}")\s*:')
_INDENT = re.compile(rb"\n([ \t]*)\Z")
#: Objects by which it is learned how they begin: the first of a list may stand on the line of its bracket.
_TELLING = 2
#: Bytes that may be read again behind such objects, as a multiple of the largest document: each costs so many at most.
_MOST_AGAIN = 3
_READ_BYTES = 1 << 16
_INDENT_BYTES = 1 << 10


def read_json(given: Input, options: Options) -> Iterator[Item]:
    """Yield the records of a JSON file: of a list or several values each with its number ("dump.json:2"), else one.

    A value of more than max_document_bytes is skipped without being held. Behind an object that lacks a quote or a
    bracket, reading goes on with the next one that begins as those before it; what stands between is one failure.
    """
    values = _Values(given.stream, options.settings.max_document_bytes, given.start)
    number = given.number
    was_broken = is_cut_off = False
    for value in values:
        item = _read_value(given.place(value.start, value.end, number + 1), value, values.are_many, options)
        is_broken = isinstance(item, Failure) and not _is_json(value)
        if is_broken and was_broken and value.is_scalar:
            continue  # what is left of the same damage
        number += 1
        if isinstance(item, Failure) and is_broken:
            end = values.go_back(value)
            item = item._replace(message=f"{item.message} (bytes {value.start:,} to {end:,})")
        was_broken, is_cut_off = is_broken, is_broken and not value.whole and values.is_at_end
        yield item
    if not values.is_closed and not is_cut_off:
        raise InputError("truncated", "the JSON list does not end: the file may be cut off; what came before was read")
    if not number and values.is_list:
        raise InputError("empty", "the JSON list is empty: expected objects with a text in it")
    if not number:
        raise nothing_in(given, "a JSON object or a list of objects")


class _Value(NamedTuple):
    """A value of the file; ``text`` None stands for one that is too long, ``whole`` False for one without an end.

    ``begins`` is False where a key came without the bracket of its object.
    """

    start: int
    end: int
    text: bytes | None
    whole: bool = True
    begins: bool = True

    @property
    def is_scalar(self) -> bool:
        """Whether it is neither an object nor a list."""
        return self.text is not None and self.text[:1] not in (b"{", b"[")


def _read_value(place: Place, value: _Value, is_one_of_many: bool, options: Options) -> Item:
    settings = options.settings
    source = place.path if place.member is None else f"{place.path}!{place.member}"
    source = f"{source}:{place.number}" if is_one_of_many else source
    if value.text is None:
        error = too_large("the value is longer than", settings)
        return Failure(source, "read", error.error, str(error))
    if not value.begins:
        message = "the record does not begin with { before its first key; mend it, then give it again"
        return Failure(source, "read", "json", message)
    if not value.whole:
        message = "the record does not end: a quote or bracket is missing, a text holds a line end as it is, or the"
        return Failure(source, "read", "json", f"{message} file is cut off there; mend it, then give it again")
    text = as_utf8(value.text, options.encoding)
    return read_record(text, source, asked_fields(settings), settings.max_json_depth, place)


def _is_json(value: _Value) -> bool:
    """Return whether a value that became no document is sound as JSON, or so large that nobody looked."""
    try:
        json.loads(value.text or b"0")
    except (ValueError, RecursionError):
        return False
    return value.whole


class _Values(Iterator[_Value]):
    """The items of a top-level list, or the values of a file, each found by its brackets."""

    def __init__(self, stream: BufferedReader, max_bytes: int, start: int) -> None:
        begin = _end_of(_BETWEEN, head := stream.peek(1))
        self.is_list = head[begin : begin + 1] == b"["
        self.are_many = self.is_list or start > 0
        self.is_closed = not self.is_list
        self._stream = stream
        self._max_bytes = max_bytes
        self._base = start or begin + self.is_list
        streams.skip(stream, self._base)
        self._buffer = bytearray()
        self._at = self._depth = 0
        self._in_string = self._is_broken = False
        self._n_again = _MOST_AGAIN * max_bytes
        self._between = b""
        self._fresh = _FRESH_LINE
        self._n_told = 0
        self.is_at_end = False

    def __next__(self) -> _Value:
        if not self._go_on():
            raise StopIteration
        self._learn()
        start, end = self._base, self._end_of_value()
        if self._is_broken:
            return self._broken(start)
        return self._without_end(start) if end is None else self._with_end(start, end)

    def _with_end(self, start: int, end: int) -> _Value:
        if end > self._max_bytes:
            self._drop(end)
            return _Value(start, self._base, None)
        if self._is_key(end):
            return self._broken(start)._replace(begins=False)
        return self._value(start, end)

    def _without_end(self, start: int) -> _Value:
        if self._n_again > 0 and (fresh := self._fresh.search(self._buffer, 1)):
            self._n_again -= len(self._buffer)
            return self._value(start, fresh.end(), whole=False)
        if len(self._buffer) > self._max_bytes:
            self._pass_over()
            return _Value(start, self._base, None)
        return self._value(start, len(self._buffer), whole=False)

    def _is_key(self, end: int) -> bool:
        """Return whether the value is a key, so that the bracket before it is missing; then reading goes on behind it.

        Where nothing is known of how objects begin, one behind another is the next.
        """
        if self._buffer[:1] != b'"':
            return False
        self._at = _end_of(_BLANK, self._buffer, end)
        while self._at == len(self._buffer) <= self._max_bytes and self._more():
            self._at = _end_of(_BLANK, self._buffer, self._at)
        is_key = self._buffer[self._at : self._at + 1] == b":"
        if is_key and not self._n_told:
            self._fresh = _NEXT_OBJECT
        return is_key

    def _value(self, start: int, end: int, *, whole: bool = True) -> _Value:
        text = bytes(self._buffer[:end])
        self._drop(end)
        if not self.are_many:
            self.are_many = self._go_on()
        return _Value(start, start + end, text.strip(), whole)

    def _learn(self) -> None:
        """Learn how objects begin: with which key, and on lines of their own with the same indent, or elsewhere.

        There, one behind a bracket or a colon stands inside another.
        """
        if self._n_told == _TELLING or (found := _FIRST_KEY.match(self._buffer)) is None:
            return
        self._n_told += 1
        indent = _INDENT.search(self._between)
        before = rb"\n" + re.escape(indent[1]) if indent else rb"(?:[^\[:\s]\s*|\n[ \t]*)"
        self._fresh = re.compile(before + rb"(?=\{\s*" + re.escape(found[1]) + rb"\s*:)")

    def go_back(self, value: _Value) -> int:
        """Read on at the next object inside a value that is no JSON, and return where that is; else where it ends."""
        found = self._fresh.search(value.text or b"", 1) if value.whole and self._n_again > 0 else None
        if found is None or value.text is None:
            return value.end
        self._n_again -= len(value.text)
        behind = b" " * (self._base - value.start - len(value.text))
        self._buffer[:0] = value.text[found.end() :] + behind
        self._base = value.start + found.end()
        self.are_many = True
        return self._base

    def _go_on(self) -> bool:
        """Pass over what stands between values, and return whether there is a further one."""
        while True:
            end = _end_of(_BETWEEN, self._buffer)
            self._between = bytes(self._buffer[:end][-_INDENT_BYTES:]) or self._between
            self._drop(end)
            if self.is_list and self._buffer[:1] == b"]":
                self.is_closed = True
                self._drop(1)
            elif self._buffer or not self._more():
                return bool(self._buffer)

    def _end_of_value(self) -> int | None:
        """Return where the value at the front of the buffer ends; None where it is too long or has no end."""
        self._at = self._depth = 0
        self._in_string = self._is_broken = False
        is_scalar = self._buffer[0] not in b'{["'
        while not (self._scalar_ends() if is_scalar else self._ends()):
            if len(self._buffer) > self._max_bytes or not self._more():
                return self._at if is_scalar else None
        return self._at

    def _scalar_ends(self) -> bool:
        self._at = max(1, _end_of(_SCALAR, self._buffer))
        return self._at < len(self._buffer)

    def _ends(self) -> bool:
        """Scan what is in the buffer, and return whether the value ends in it."""
        while self._at < len(self._buffer):
            if self._in_string:
                self._at = _end_of(_STRING_REST, self._buffer, self._at)
                sign = self._buffer[self._at : self._at + 1]
                if sign != b'"':
                    self._is_broken = sign == b"\n" or self._buffer[self._at : self._at + 2] == b"\\\n"
                    return self._is_broken
                self._at += 1
                self._in_string = False
            elif found := _SIGN.search(self._buffer, self._at):
                self._at = self._passed(found)
            else:
                self._at = len(self._buffer)
                return False
            if self._depth <= 0 and not self._in_string:
                return True
        return False

    def _passed(self, found: re.Match[bytes]) -> int:
        """Take note of a quote or a run of brackets, and return where scanning goes on."""
        sign, n_signs = found[0][:1], found.end() - found.start()
        if sign == b'"':
            self._in_string = True
        elif sign in b"[{":
            self._depth += n_signs
        else:
            n_signs = min(n_signs, max(self._depth, 1))
            self._depth -= n_signs
        return found.start() + n_signs

    def _broken(self, start: int) -> _Value:
        """Return a value in which a quote is missing, up to the next object that begins a line."""
        while (fresh := self._fresh.search(self._buffer, self._at)) is None:
            # Where a line has begun, what follows may be one; a line that is longer than a document is none.
            begun = max(self._buffer.rfind(b"\n"), 0)
            self._drop(begun if len(self._buffer) <= self._max_bytes else len(self._buffer))
            if not self._more():
                self._drop(len(self._buffer))
                break
        else:
            self._drop(fresh.end())
        end = self._base
        self.are_many = self.are_many or self._go_on()
        return _Value(start, end, b"", whole=False)

    def _pass_over(self) -> None:
        """Scan to the end of a value that is too long, holding none of it."""
        while not self._ends():
            self._drop(self._at)
            if not self._more():
                self._drop(len(self._buffer))
                return
        self._drop(self._at)

    def _drop(self, n_bytes: int) -> None:
        del self._buffer[:n_bytes]
        self._base += n_bytes
        self._at = 0

    def _more(self) -> bool:
        data = self._stream.read1(_READ_BYTES)
        self._buffer += data
        self.is_at_end = not data
        return bool(data)


def _end_of(pattern: re.Pattern[bytes], data: bytes | bytearray, start: int = 0) -> int:
    found = pattern.match(data, start)
    return found.end() if found else start
