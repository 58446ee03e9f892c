"""What holds of every reader, whatever its input holds."""

import csv
import io
import json
import sqlite3
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from patience import within
from reader_inputs import PACKINGS, inputs, parquet, tarred, wet, zipped

from curator.model import Failure, Raw
from curator.readers import FORMATS, read_paths, read_stream, revive, sniff
from curator.readers.sqlite import CORPUS_ID
from curator.settings import Settings
from curator.store.connection import APPLICATION_ID

INPUTS = inputs()
#: What a reader may be given as text: everything that UTF-8 can write.
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
RECORDS = st.lists(st.tuples(st.integers(0, 2**40), ANY_TEXT), min_size=1, max_size=8)
ROW = ("source", "source_id", "url", "fetched_at", "media", "encoding")
SMALL = Settings(max_document_bytes=100_000, max_unpacked_bytes=10_000_000)


def documents(content, name):
    """Return (own id, content) of the documents of a file; no failure may be among them."""
    found = list(read_stream(io.BytesIO(content), name))
    assert [item for item in found if isinstance(item, Failure)] == []
    return [(raw.source_id, raw.content) for raw in found]


def expected(records):
    """Return what documents of records must be."""
    return [(str(identity), text.encode()) for identity, text in records]


@given(RECORDS)
def test_json_records_come_back_as_they_were_written(records):
    """Whatever the texts hold: brackets, quotes, line separators; as lines, as a list, as values in a row."""
    objects = [{"id": identity, "text": text} for identity, text in records]
    written = [
        json.dumps(each, ensure_ascii=identity % 2 == 0) for (identity, _), each in zip(records, objects, strict=True)
    ]
    assert documents("\n".join(written).encode() + b"\n", "a.jsonl") == expected(records)
    assert documents(("[" + ", ".join(written) + "]").encode(), "a.json") == expected(records)
    indented = "\n".join(json.dumps(each, indent=2) for each in objects)
    assert documents(indented.encode(), "a.json") == expected(records)


@example([(1, "C:\\"), (2, 'a "b" c'), (3, "x")], ",", "\n", True)
@example([(1, "C:\\"), (2, "x")], ",", "\n", True)
@given(RECORDS, st.sampled_from(",;\t|"), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_rows_of_a_table_come_back_as_they_were_written(records, delimiter, line_end, quotes_all):
    """Whatever the cells hold: delimiters, quotes, line ends, backslashes."""
    # Python's writer leaves a lone carriage return without quotes here, and with what follows it is a line end.
    assume(quotes_all or line_end == "\r\n" or not any("\r" in text for _, text in records))
    file = io.StringIO(newline="")
    quoting = csv.QUOTE_ALL if quotes_all else csv.QUOTE_MINIMAL
    writer = csv.writer(file, delimiter=delimiter, lineterminator=line_end, quoting=quoting)
    writer.writerows([("id", "text"), *records])
    assert documents(file.getvalue().encode(), "a.csv") == expected(records)


@given(RECORDS)
@settings(deadline=None)
def test_rows_of_parquet_and_sqlite_come_back_as_they_were_written(records):
    """Typed columns hold what they hold."""
    ids, texts = zip(*records, strict=True)
    assert documents(parquet({"id": ids, "text": texts}), "a.parquet") == expected(records)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.sqlite")
        connection = sqlite3.connect(path)
        connection.execute("CREATE TABLE t (id, text)")
        connection.executemany("INSERT INTO t VALUES (?, ?)", records)
        connection.commit()
        connection.close()
        assert documents(path.read_bytes(), "a.sqlite") == expected(records)


@given(st.lists(st.sampled_from([*PACKINGS, "zip", "tar"]), max_size=4), st.text("abcdü \n", min_size=1, max_size=200))
@settings(deadline=None)
def test_a_text_comes_out_of_any_four_containers(containers, text):
    """In any order, an archive in an archive too."""
    content, name = text.encode(), "a.txt"
    for sort in containers:
        if sort in PACKINGS:
            content, name = PACKINGS[sort](content), f"{name}.{sort}"
        else:
            content, name = (zipped if sort == "zip" else tarred)([(name, content)]), f"a.{sort}"
    assert documents(content, name) == [(None, text.encode())]


@given(st.binary(max_size=2_000), st.sampled_from(sorted(INPUTS)), st.sampled_from([None, *FORMATS]))
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_bytes_make_a_reader_raise(content, name, format):
    """They become documents and failures of a known sort, whatever name or format they are given."""
    for item in read_stream(io.BytesIO(content), name, format=format, settings=SMALL):
        assert isinstance(item, Raw) or not item.message.startswith("reading broke")


@given(st.sampled_from(sorted(INPUTS)), st.data())
@settings(deadline=None, max_examples=300)
def test_no_change_of_a_real_file_makes_a_reader_raise(name, data):
    """A few bytes overwritten, taken out or cut off."""
    content = bytearray(INPUTS[name])
    at = data.draw(st.integers(0, len(content) - 1))
    content[at : at + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=8))
    for item in read_stream(io.BytesIO(bytes(content)), name, settings=SMALL):
        assert isinstance(item, Raw) or not item.message.startswith("reading broke")


@pytest.mark.parametrize("name", sorted(INPUTS))
def test_reading_goes_on_behind_any_document(name, tmp_path, monkeypatch):
    """With the numbers, places and documents that reading from the start gives."""
    monkeypatch.chdir(tmp_path)
    Path(name).write_bytes(INPUTS[name])
    found = list(read_paths([name]))
    assert len(found) >= 1
    for index, raw in enumerate(found):
        rest = list(read_paths([name], resume={name: raw.place}))
        assert rest == found[index + 1 :]
        assert [each.place for each in rest] == [each.place for each in found[index + 1 :]]


@pytest.mark.parametrize("name", sorted(INPUTS))
def test_a_document_comes_back_from_what_is_stored_of_it(name, tmp_path, monkeypatch):
    """From its record with the names of its fields, or from its content with its meta."""
    monkeypatch.chdir(tmp_path)
    Path(name).write_bytes(INPUTS[name])
    for raw in read_paths([name]):
        row = {column: getattr(raw, column) for column in ROW}
        row |= {column: json.dumps(dict(getattr(raw, column))) for column in ("fields", "meta")}
        assert revive(None if raw.record else raw.content, raw.record, row) == raw


@pytest.mark.parametrize("name", sorted(INPUTS))
def test_a_pipe_gives_what_the_file_gives(name, tmp_path, monkeypatch):
    """No reader needs more than the bytes in their order; the name of a pipe is all that differs."""
    monkeypatch.chdir(tmp_path)
    Path(name).write_bytes(INPUTS[name])
    of_file = [(raw.source.removeprefix(name), raw.content) for raw in read_paths([name])]
    with Path(name).open("rb") as file:
        of_pipe = [(raw.source.removeprefix("-"), raw.content) for raw in read_paths(["-"], stdin=file)]
    assert of_pipe == of_file


@pytest.mark.parametrize("name", sorted(INPUTS))
def test_a_format_is_told_without_its_name(name, tmp_path, monkeypatch):
    """Called a.txt, every file gives the same documents."""
    monkeypatch.chdir(tmp_path)
    Path("a.txt").write_bytes(INPUTS[name])
    Path(name).write_bytes(INPUTS[name])
    assert [raw.content for raw in read_paths(["a.txt"])] == [raw.content for raw in read_paths([name])]


@pytest.mark.parametrize("piece", [b"<!--a-->", b"<?a>", b"<!--", b"<a ", b"<", b" ", b"<!doctype a>", b"<!doctype a["])
@pytest.mark.parametrize("begin", [b"", b"<?xml?>", b"<!doctype a>"])
def test_telling_a_format_takes_linear_time(begin, piece):
    """Whatever stands again and again where markup begins; 40 comments once took hours."""
    head = begin + piece * (65_536 // len(piece)) + b"<p>"
    within(0.5, lambda: (sniff.format_of(head), sniff.xml_sort(head), sniff.markup_root(head)))


def test_the_mark_of_a_corpus_is_the_same_where_it_is_read_and_written():
    """The readers cannot ask the store, which stands behind them."""
    assert CORPUS_ID == APPLICATION_ID


def test_the_time_and_address_of_a_page_are_those_of_its_record():
    """A page has no id of its own, so that a newer version of its address supersedes it."""
    (first, *_) = read_stream(io.BytesIO(wet()), "a.wet.gz")
    assert (first.url, first.source_id, first.media) == ("https://example.org/1", None, "text/plain")
    assert first.fetched_at is not None
    (page, *_) = read_stream(io.BytesIO(INPUTS["a.warc"]), "a.warc")
    assert (page.fetched_at, page.media, page.meta["status"]) == ("2024-03-01T10:00:00Z", "text/html", 200)
    assert page.meta["headers"] == {"content-type": "text/html"}
