"""Paths become documents or failures that say what to do."""

import gzip
import io
import json
import os
import re
import sqlite3
import subprocess
import sys
import time
import tracemalloc
from dataclasses import fields
from pathlib import Path

import pytest
from reader_inputs import parquet, zipped

from curator.errors import ReadError
from curator.model import Failure, Raw
from curator.readers import given_id, read_paths, revive
from curator.readers.fields import GUESSES, ROLES, guess_fields, table_fields
from curator.readers.formats import ENDINGS, PACKED_ENDINGS
from curator.readers.inputs import InputError
from curator.settings import Settings


def read(*paths, format=None, encoding=None, stdin=None, resume=None, **limits):
    """Return everything that the paths hold."""
    settings = Settings(**limits)
    return list(read_paths(paths, format=format, encoding=encoding, settings=settings, stdin=stdin, resume=resume))


def only_failure(*paths, **options):
    """Return the one failure that reading the paths gives."""
    (found,) = read(*paths, **options)
    assert isinstance(found, Failure)
    return found


def stdin(content):
    """Return bytes as standard input."""
    return io.BufferedReader(io.BytesIO(content))


def jsonl(*records):
    """Return records as JSON lines."""
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


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


def test_a_record_keeps_its_id_url_text_and_other_keys(tmp_path):
    """The text value comes exactly as given, in UTF-8, and what has no field of its own goes to meta."""
    path = tmp_path / "dump.jsonl"
    record = {"id": 7, "text": " Grüße\r\n\u2028x ", "url": "https://example.org/a", "date": "2024-03-03", "n": [1]}
    path.write_bytes(b"\n" + jsonl(record))
    (raw,) = read(path)
    assert raw == Raw(
        source=f"{path}:2",
        content=" Grüße\r\n\u2028x ".encode(),
        source_id="7",
        url="https://example.org/a",
        encoding="utf-8",
        record=json.dumps(record).encode(),
        meta={"date": "2024-03-03", "n": [1]},
    )
    assert given_id(raw) == 7


def test_a_record_with_html_is_a_page():
    """The html value is read as HTML where there is no text beside it."""
    found = read("-", stdin=stdin(jsonl({"html": "<p>a", "text": ""}, {"html": "<p>a", "text": "b"})))
    assert [(raw.source, raw.media, raw.content) for raw in found] == [
        ("-:1", "text/html", b"<p>a"),
        ("-:2", "text/plain", b"b"),
    ]


def test_a_lone_surrogate_comes_through():
    """JSON may hold half a surrogate pair, which UTF-8 proper cannot write."""
    (raw,) = read("-", stdin=stdin(b'{"text": "a\\ud800b"}\n'))
    assert raw.content.decode("utf-8", "surrogatepass") == "a\ud800b"


@pytest.mark.parametrize(
    ("line", "error", "words"),
    [
        (b'{"text": 5}', "types", '"text" is a number, expected a string'),
        (b'{"text": ["a"]}', "types", '"text" is a list'),
        (b'{"text": "a", "url": {}}', "types", '"url" is an object'),
        (b'{"text": "a", "id": true}', "types", '"id" is true or false'),
        (b'{"id": 1, "text": null}', "types", '"text" is null, expected a string: mend the record'),
        (
            b'{"text": "a", "id": [1.5]}',
            "types",
            '"id" is a list, expected a string or a number: mend the record',
        ),
        (b'{"body": "a"}', "types", 'neither "text" nor "html" (found: \'body\')'),
        (b'{"text": "a', "json", "no valid JSON"),
        (b"[1]", "json", "the record is a list"),
        (b'{"text": "\xff"}', "encoding", "not UTF-8 (byte 10)"),
        (b'{"text": ' + b"[" * 200_000, "json-depth", "raise max_json_depth"),
        (b'{"text": ' + b"9" * 5_000 + b"}", "json", "no valid JSON"),
    ],
)
def test_a_bad_record_is_a_failure_and_the_next_one_is_read(tmp_path, line, error, words):
    """One bad line never ends the run."""
    path = tmp_path / "dump.jsonl"
    path.write_bytes(b'{"text": "first"}\n' + line + b'\n{"text": "last"}\n')
    first, bad, last = read(path)
    assert (first.content, last.content, last.source) == (b"first", b"last", f"{path}:3")
    assert (bad.source, bad.stage, bad.error) == (f"{path}:2", "read", error)
    assert words in bad.message


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


def test_a_document_over_the_limit_is_a_failure(tmp_path):
    """The limit holds for what a gzip file unpacks to."""
    path = tmp_path / "a.txt.gz"
    path.write_bytes(gzip.compress(b"a" * 1_000))
    assert only_failure(path, max_document_bytes=999).error == "too-large"
    assert len(read(path, max_document_bytes=1_000)[0].content) == 1_000


def test_a_line_over_the_limit_fails_in_bounded_memory(tmp_path):
    """The lines around it are read."""
    path = tmp_path / "dump.jsonl"
    with path.open("wb") as file:
        file.write(b'{"text": "a"}\n')
        for _ in range(30):
            file.write(b"x" * 1_000_000)
        file.write(b'\n{"text": "b"}\n')
    tracemalloc.start()
    first, long, last = read(path, max_document_bytes=1_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (first.content, long.error, long.source, last.source) == (b"a", "too-large", f"{path}:2", f"{path}:3")
    assert peak < 5_000_000


def test_a_truncated_gzip_file_keeps_what_came_before(tmp_path):
    """Whole records before the break are documents; half a text is none."""
    lines = jsonl(*({"text": os.urandom(40).hex()} for _ in range(2_000)))
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(lines)[:-9_000])
    (tmp_path / "b.txt.gz").write_bytes(gzip.compress(b"A text. " + lines)[:-9_000])
    (tmp_path / "c.txt.gz").write_bytes(b"\x1f\x8bnot gzip")
    found = read(tmp_path)
    failures = [item for item in found if isinstance(item, Failure)]
    assert [(f.source.removeprefix(f"{tmp_path}/"), f.error) for f in failures] == [
        ("a.jsonl.gz", "truncated"),
        ("b.txt.gz", "truncated"),
        ("c.txt.gz", "truncated"),
    ]
    assert 1_000 < len(found) < 2_000


def test_stored_bytes_become_the_same_raw_again(tmp_path):
    """From the record where there is one, else from the content."""
    (tmp_path / "a.html").write_bytes(b"<p>a")
    (tmp_path / "b.jsonl").write_bytes(jsonl({"id": "x", "html": "<p>a", "fetched_at": "2024-01-01", "lang": "de"}))
    for raw in read(tmp_path, encoding="latin-1"):
        row = {name: getattr(raw, name) for name in ("source", "source_id", "url", "fetched_at", "media", "encoding")}
        assert revive(raw.content, raw.record, row) == raw
        assert revive(None if raw.record else raw.content, raw.record, row) == raw
    with pytest.raises(ReadError, match="nothing is stored"):
        revive(None, None, {"source": "a"})


_RECORDS = [{"id": n, "tags": [{"id": "t"}], "text": f"Brücke {n}"} for n in range(1, 6)]
_LAYOUTS = {
    "one line": json.dumps(_RECORDS),
    "indented": json.dumps(_RECORDS, indent=2),
    "a record a line": "[\n" + ",\n".join(map(json.dumps, _RECORDS)) + "\n]\n",
    "no list": " ".join(map(json.dumps, _RECORDS)),
}
_THIRD = r"Br\\u00fccke 3"
_DAMAGES = {
    "missing quote": (_THIRD + '"', _THIRD),
    "missing bracket": (_THIRD + r'"\s*\}', _THIRD + '"'),
    "missing first bracket": (r'\{(\s*"id": "?3)', r"\1"),
    "open list": (f'"{_THIRD}"', f'["{_THIRD}"'),
    "open object": (f'"{_THIRD}"', f'{{"{_THIRD}"'),
    "escape": (_THIRD, r"\\x"),
    "nonsense": (f'"text": "{_THIRD}"', "@@ $$"),
}


@pytest.mark.parametrize("damage", _DAMAGES)
@pytest.mark.parametrize("layout", _LAYOUTS)
def test_a_damaged_record_of_a_json_file_costs_itself_only(layout, damage, tmp_path):
    """What stands before it and behind it is read, and one failure says where it is; reading goes on behind it, too."""
    found, instead = _DAMAGES[damage]
    content, n_damages = re.subn(found, instead, _LAYOUTS[layout])
    path = tmp_path / "a.json"
    path.write_text(content)
    *raws, failure = sorted(read_paths([path], format="json"), key=lambda item: isinstance(item, Failure))
    assert n_damages == 1
    assert [(raw.source_id, raw.content.decode()) for raw in raws] == [(str(n), f"Brücke {n}") for n in (1, 2, 4, 5)]
    assert [content.encode()[raw.place.start : raw.place.end] for raw in raws] == [raw.record for raw in raws]
    assert (failure.source, failure.error) == (f"{path}:3", "json")
    start, end = (int(number) for number in re.search(r"\(bytes (\d+) to (\d+)\)", failure.message).groups())
    assert raws[1].place.end < start < content.index("3") < end <= raws[2].place.start
    (last,) = read_paths([path], format="json", resume={str(path): raws[2].place})
    assert last == raws[3]


@pytest.mark.parametrize(
    ("content", "kept"),
    [
        ('["id": 1, "text": "a", "m": {"x": {"y": 1}}}, {"id": 2, "text": "b"}]', ["b"]),
        ('[{"text": "a"}, "text": "b"}]', ["a"]),
        ('[{"text": "a"}, "text"' + " " * 200_000 + ': "b"}, {"text": "c"}]', ["a", "c"]),
    ],
    ids=["first", "last", "far"],
)
def test_a_record_without_its_first_bracket_is_one_failure(content, kept, tmp_path):
    """Wherever it stands; nothing need be known of how objects begin here."""
    (tmp_path / "a.json").write_text(content)
    items = list(read_paths([tmp_path / "a.json"]))
    assert [item.content.decode() for item in items if isinstance(item, Raw)] == kept
    (failure,) = [item for item in items if isinstance(item, Failure)]
    assert "does not begin with { before its first key; mend it" in failure.message


def test_damage_in_every_record_of_a_json_list_takes_linear_time(tmp_path):
    """What is read again is bounded, and what was not read is said."""
    path = tmp_path / "a.json"
    path.write_text("[" + ",".join('{"id": 1, "text": "x"' for _ in range(20_000)) + "]")
    begun = time.process_time()
    items = list(read_paths([path], settings=Settings(max_document_bytes=100_000)))
    assert time.process_time() - begun < 20
    assert {item.error for item in items} <= {"json", "too-large", "truncated"}
    assert sum(item.error == "json" for item in items) < 100


def test_the_page_on_inputs_lists_what_the_code_knows():
    """Endings, names of columns and limits stand there, with their defaults."""
    page = (Path(__file__).parent.parent / "docs" / "inputs.md").read_text(encoding="utf-8")
    endings = [*ENDINGS, ".zip", ".tar", ".tgz", *PACKED_ENDINGS]
    assert [ending for ending in endings if f"`{ending}`" not in page] == []
    names = [name for role in ROLES for name in GUESSES[role]]
    assert [name for name in names if f"`{name}`" not in page] == []
    limits = [each for each in fields(Settings) if each.name.startswith("max_") and "seconds" not in each.name]
    limits = [each for each in limits if each.name != "max_failed_share"]
    assert [each.name for each in limits if f"| `{each.name}` |" not in page] == []
    shown = {"max_unpacked_bytes": "10¹²", "max_window_bytes": "2²⁸", "max_spool_bytes": "2³²"}
    for each in limits:
        assert f"| `{each.name}` | {shown.get(each.name, f'{each.default:,}')} |" in page


def test_columns_are_guessed_by_written_names_the_likeliest_first():
    """Without regard to case and signs; a table without any of them is refused, with the names that it has."""
    assert guess_fields(["Article-Text", "content", "GUID", "Link"]) == {
        "text": "Article-Text",
        "id": "GUID",
        "url": "Link",
    }
    assert guess_fields(["contents", "texts"]) == {}
    asked = Settings(text_field="words", html_field="page")
    assert table_fields(["words", "text", "html"], asked) == {"text": "words"}
    with pytest.raises(InputError, match='sought: "words" or "page"; found: \'text\''):
        table_fields(["text"], asked)


def test_who_names_the_html_but_no_text_gets_the_html():
    """A record's text goes to meta then only where it has a name of its own."""
    record = jsonl({"text": "a", "page": "<p>b"})
    (raw,) = read("-", stdin=stdin(record), html_field="page")
    assert (raw.media, raw.content, raw.fields) == ("text/html", b"<p>b", {"html": "page"})
    (raw,) = read("-", stdin=stdin(record), html_field="page", text_field="text")
    assert (raw.media, raw.content) == ("text/plain", b"a")


def test_a_field_may_stand_inside_another():
    """Dots lead to it, unless a key is called so; what stands beside it is kept, and a record without it is told."""
    records = [
        {"_id": {"$oid": "6f"}, "article": {"body": "Rabat", "words": 1}, "n": 2},
        {"article.body": "Fes"},
        {"article": "Agadir"},
    ]
    asked = {"text_field": "article.body", "id_field": "_id.$oid"}
    first, second, failure = read("-", stdin=stdin(jsonl(*records)), **asked)
    assert (first.content, first.source_id, given_id(first)) == (b"Rabat", "6f", "6f")
    assert first.meta == {"_id": {}, "article": {"words": 1}, "n": 2}
    assert (second.content, second.meta) == (b"Fes", {})
    assert failure.message.startswith('the record has neither "article.body" nor "html" (found: \'article\')')
    row = {"source": "-:1", "media": "text/plain", "encoding": "utf-8", "source_id": "6f", "url": None}
    assert revive(None, first.record, row | {"fields": json.dumps(first.fields)}).content == b"Rabat"


def test_a_field_of_parquet_may_stand_inside_a_column():
    """A struct holds the text: dots lead to it."""
    content = parquet({"id": [1, 2], "page": [{"body": "Rabat", "n": 1}, {"body": "Fes", "n": 2}]})
    raws = read("-", stdin=stdin(content), text_field="page.body")
    assert [(raw.content, raw.source_id) for raw in raws] == [(b"Rabat", "1"), (b"Fes", "2")]


@pytest.mark.parametrize(
    ("record", "hint"),
    [
        ({"body": "Rabat"}, "name its key: --text-field body"),
        ({"data": {"Content": "Rabat", "n": 1}}, "name its key: --text-field data.Content"),
        ({"page": {"raw_html": "<p>"}}, "name its key: --html-field page.raw_html"),
        ({"status": "ok", "articles": [{"title": "a"}]}, "give its list: jq -c '.articles[]'"),
        ({"a": 1}, "name its key with --text-field or --html-field"),
    ],
)
def test_a_record_without_a_text_says_what_to_do(record, hint):
    """Where a key has a name that texts have, it is named; a list of records is not looked into, but how is said."""
    assert only_failure("-", stdin=stdin(jsonl(record))).message.endswith(f"; {hint}")


def test_an_id_may_be_a_fraction():
    """Tables that once had empty cells have ids such as 7.0."""
    (raw,) = read("-", stdin=stdin(b'{"id": 7.0, "text": "Rabat"}'))
    assert (raw.source_id, given_id(raw)) == ("7.0", 7.0)


def test_a_time_of_fetching_may_be_a_number():
    """Seconds or milliseconds since 1970; what is no time is none."""
    records = jsonl(
        *({"text": "a", "ts": time} for time in (1709251200, 1709251200000, "2024-03-01", True, None, 10**30))
    )
    found = [raw.fetched_at for raw in read("-", stdin=stdin(records), date_field="ts")]
    assert found == ["2024-03-01T00:00:00+00:00"] * 2 + ["2024-03-01", None, None, None]


def test_parquet_without_pyarrow_says_what_to_install(tmp_path, monkeypatch):
    """The other files are read."""
    (tmp_path / "a.parquet").write_bytes(b"PAR1" + bytes(20) + b"PAR1")
    (tmp_path / "b.txt").write_bytes(b"b")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    missing, raw = read(tmp_path)
    assert (missing.error, raw.content) == ("no-pyarrow", b"b")
    assert "pip install 'corpus-curator[parquet]'" in missing.message


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_a_cell_that_is_too_long_costs_its_row_and_no_memory(tmp_path):
    """SQLite refuses it before it is read, wherever in the table it stands; all other rows come through."""
    path = tmp_path / "a.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE posts (text, picture)")
    long = "CAST(zeroblob(250000000) AS TEXT)"
    rows = (
        f"({long}, 1)",
        "('eins', 1)",
        "('zwei', 1)",
        f"({long}, 1)",
        f"('x', {long})",
        "('drei', 1)",
        f"({long}, 1)",
    )
    for row in rows:
        connection.execute(f"INSERT INTO posts VALUES {row}")
    connection.commit()
    connection.close()
    program = (
        "import sys\nfrom curator.readers import read_paths\n"
        "for item in read_paths(sys.argv[1:]):\n"
        "    print(item.source.partition('!')[2], getattr(item, 'error', None) or item.content.decode())\n"
        "print(open('/proc/self/status').read().partition('VmHWM:')[2].split()[0])"
    )
    *found, kilobytes = subprocess.run(
        [sys.executable, "-c", program, path], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    sorts = ("too-large", "eins", "zwei", "too-large", "too-large", "drei", "too-large")
    assert found == [f"posts:{n} {sort}" for n, sort in enumerate(sorts, 1)]
    assert int(kilobytes) < 200_000


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


def test_how_far_a_packed_file_was_read_is_known_while_it_is_read(tmp_path):
    """In bytes of the file as it lies on disk, for the time that is left."""
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(jsonl(*({"text": os.urandom(40).hex()} for _ in range(20_000)))))
    documents = read_paths([path])
    seen = [documents.n_packed for _ in documents]
    assert documents.path == str(path)
    assert seen == sorted(seen)
    assert (0 < seen[0] < seen[-1] / 2, seen[-1]) == (True, path.stat().st_size)


@pytest.mark.parametrize("ending", ["jsonl", "jsonl.gz", "json", "csv", "zip"])
def test_memory_does_not_grow_with_an_input(ending, tmp_path):
    """Forty megabytes of records take a few."""
    lines = jsonl(*({"text": f"{n} " + "Wort " * 800} for n in range(10_000)))
    path = tmp_path / f"a.{ending}"
    contents = {
        "jsonl": lines,
        "jsonl.gz": gzip.compress(lines, 1),
        "json": b"[" + lines.strip().replace(b"\n", b",\n") + b"]",
        "csv": b"text\n" + b"".join(b'"%d %s"\n' % (n, b"Wort " * 800) for n in range(10_000)),
        "zip": zipped([("a.jsonl", lines)]),
    }
    path.write_bytes(contents[ending])
    del lines, contents
    tracemalloc.start()
    assert sum(isinstance(item, Raw) for item in read_paths([path])) == 10_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3_000_000
