"""Paths become documents or failures that say what to do."""

import gzip
import os
import sqlite3
import sys
from pathlib import Path

import pytest
from reader_calls import only_failure, read, stdin

from curator.model import Failure, Raw
from curator.readers import read_paths
from curator.readers.fields import GUESSES, ROLES
from curator.readers.names import ENDINGS, PACKED_ENDINGS
from curator.settings import Settings


def test_a_text_file_is_one_document_of_its_exact_bytes(tmp_path):
    """Nothing is decoded or stripped while reading."""
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xef\xbb\xbfEins\r\n\r\nZwei \n")
    assert read(path) == [Raw(str(path), b"\xef\xbb\xbfEins\r\n\r\nZwei \n")]


def test_a_folder_is_walked_in_the_order_of_names_known_endings_only(tmp_path):
    """Notes in Markdown, hidden files and folders, and unknown endings are no documents."""
    for name in ("b.txt", "a/z.HTM", "a/c.txt", "README.md", ".hidden.txt", ".git/x.txt", "photo.jpg", "d.txt.gz"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(gzip.compress(b"gz") if name.endswith("gz") else name.encode())
    found = read(tmp_path)
    assert [(raw.source.removeprefix(f"{tmp_path}/"), raw.media, raw.content) for raw in found] == [
        ("a/c.txt", "text/plain", b"a/c.txt"),
        ("a/z.HTM", "text/html", b"a/z.HTM"),
        ("b.txt", "text/plain", b"b.txt"),
        ("d.txt.gz", "text/plain", b"gz"),
    ]


@pytest.mark.parametrize("name", ["page.txt", "page"])
def test_a_dump_that_begins_with_what_a_script_was_given_is_a_text(tmp_path, name):
    """One JSON object above prose is a line of a page; that it holds no text makes it no damaged record."""
    path = tmp_path / name
    path.write_text('{"title": "Redis", "location": "body"}\n\nRabat\nThe council met on Tuesday.\n')
    (raw,) = read_paths([path])
    assert (raw.media, raw.content) == ("text/plain", path.read_bytes())


@pytest.mark.parametrize("below", ['{"id": 2, "text": "a"}', '["a"]', '{"id": 2,'])
def test_json_lines_without_a_text_stay_json_lines(tmp_path, below):
    """Where more JSON stands below, or the user named a key, each line is a record that failed."""
    path = tmp_path / "dump.txt"
    path.write_text(f'{{"id": 1, "body": "a"}}\nno JSON\n{below}\n')
    assert [item.source for item in read_paths([path]) if isinstance(item, Failure)][:2] == [f"{path}:1", f"{path}:2"]
    path.write_text('{"id": 1, "body": "a"}\nno JSON\n')
    assert [type(item) for item in read_paths([path], settings=Settings(text_field="body"))] == [Raw, Failure]


@pytest.mark.parametrize(
    ("content", "media", "sources"),
    [
        (b'{"id": 1, "text": "a"}\n{"id": 2, "text": "b"}\n', "text/plain", ["-:1", "-:2"]),
        (b'\xef\xbb\xbf{"html": "<p>a"}', "text/html", ["-:1"]),
        (b'{\n  "text": "a"\n}\n', "text/plain", ["-"]),
        (b'[{"text": "a"}, {"text": "b"}]', "text/plain", ["-:1", "-:2"]),
        (b"{curly} prose\nand more", "text/plain", ["-"]),
        (b'"Quoted," she said', "text/plain", ["-"]),
        (b"\n<!-- x --><!DOCTYPE html><p>a", "text/html", ["-"]),
        (b"<3 is a heart", "text/plain", ["-"]),
    ],
)
def test_standard_input_is_told_by_its_content(content, media, sources):
    """JSON lines, JSON, HTML and plain text need no option."""
    found = read("-", stdin=stdin(content))
    assert [(raw.source, raw.media) for raw in found] == [(source, media) for source in sources]


def test_the_format_option_overrules_the_content():
    """Who wants the JSON itself as text gets it."""
    (raw,) = read("-", format="text", stdin=stdin(b'{"text": "a"}'))
    assert raw.content == b'{"text": "a"}'


def test_an_unknown_format_or_encoding_is_the_callers_mistake():
    """It is told before anything is read."""
    with pytest.raises(ValueError, match="format 'pdf' is unknown: expected one of text, html, jsonl, json"):
        read_paths([], format="pdf")
    with pytest.raises(ValueError, match="encoding 'utf8000' is unknown: expected a name such as utf-8"):
        read_paths([], encoding="utf8000")


@pytest.mark.parametrize(
    ("name", "content", "error", "words"),
    [
        ("a.txt", b"", "empty", "the file is empty"),
        ("a.jsonl", b"\n \n", "empty", "expected one JSON object a line"),
        ("a.txt", b"\x89PNG\r\n\x1a\n\x00\x00", "binary", "a PNG image, expected text"),
        ("a.html", b"\x00\x01\x02" * 90, "binary", "binary data (NUL bytes)"),
        ("a.pdf", b"%PDF-1.7", "binary", "a PDF, expected text"),
        ("a.json", b"[]", "empty", "the JSON list is empty"),
        ("a.json", b"nope", "json", "no valid JSON"),
    ],
)
def test_what_is_no_document_is_named_with_what_to_do(tmp_path, name, content, error, words):
    """A message says what was found and what was expected."""
    path = tmp_path / name
    path.write_bytes(content)
    failure = only_failure(path)
    assert (failure.source.partition(".jsonl:")[0], failure.error) == (str(path), error)
    assert words in failure.message


def test_a_stray_nul_is_no_sign_of_binary_data(tmp_path):
    """Old web pages have one or two, short ones as well; more than a thousandth is too much."""
    (tmp_path / "a.html").write_bytes(b"<p>a\x00b" + b" word" * 1_000)
    (tmp_path / "b.html").write_bytes(b"<p>a\x00b and\x00c")
    (tmp_path / "c.html").write_bytes(b"<p>" + b"a\x00\x00b" * 300)
    assert [type(raw) for raw in read(tmp_path)] == [Raw, Raw, Failure]


def test_utf16_text_is_no_binary(tmp_path):
    """Its NUL bytes are half of its characters, with a byte-order mark or without."""
    for number, encoding in enumerate(("utf-16", "utf-16-le", "utf-16-be", "utf-32")):
        (tmp_path / f"{number}.txt").write_bytes("Grüße aus Köln".encode(encoding))
    assert [type(raw) for raw in read(tmp_path)] == [Raw] * 4


def test_missing_paths_and_empty_folders_are_failures(tmp_path):
    """The other paths are read all the same."""
    (tmp_path / "a.txt").write_bytes(b"a")
    (tmp_path / "none").mkdir()
    missing, empty, raw = read(tmp_path / "no.txt", tmp_path / "none", tmp_path / "a.txt")
    assert (missing.error, empty.error, raw.content) == ("missing", "no-documents", b"a")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_a_failure(tmp_path):
    """The message names the way out."""
    path = tmp_path / "a.txt"
    path.write_bytes(b"a")
    path.chmod(0)
    assert only_failure(path).error == "permission"


def test_nothing_on_standard_input_is_a_failure():
    """An empty pipe is no document."""
    assert only_failure("-", stdin=stdin(b"")).message.startswith("nothing came in on standard input")


def test_the_page_on_inputs_lists_what_the_code_knows():
    """Endings and names of columns stand there; limits stand on the page of settings, which is generated."""
    page = (Path(__file__).parent.parent / "docs" / "inputs.md").read_text(encoding="utf-8")
    endings = [*ENDINGS, ".zip", ".tar", ".tgz", *PACKED_ENDINGS]
    assert [ending for ending in endings if f"`{ending}`" not in page] == []
    names = [name for role in ROLES for name in GUESSES[role]]
    assert [name for name in names if f"`{name}`" not in page] == []


def test_parquet_without_pyarrow_says_what_to_install(tmp_path, monkeypatch):
    """The other files are read."""
    (tmp_path / "a.parquet").write_bytes(b"PAR1" + bytes(20) + b"PAR1")
    (tmp_path / "b.txt").write_bytes(b"b")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    missing, raw = read(tmp_path)
    assert (missing.error, raw.content) == ("no-pyarrow", b"b")
    assert "pip install 'corpus-curator[parquet]'" in missing.message


def test_nothing_is_left_beside_a_database_in_write_ahead_mode(tmp_path):
    """It is read without the files that SQLite makes even for a reader, and with what its log holds."""
    path = tmp_path / "a.sqlite"
    writer = sqlite3.connect(path)
    writer.execute("PRAGMA journal_mode = WAL")
    writer.execute("CREATE TABLE t (text)")
    writer.execute("INSERT INTO t VALUES ('one')")
    writer.commit()
    assert [raw.content for raw in read(path)] == [b"one"]
    writer.close()
    assert [raw.content for raw in read(path)] == [b"one"]
    assert [each.name for each in tmp_path.iterdir()] == ["a.sqlite"]
