"""Records of dumps: their ids, fields and texts, and what a bad or damaged one costs."""

import io
import json
import re

import pytest
import reader_inputs as inputs
from reader_calls import jsonl, only_failure, read, stdin
from reader_inputs import parquet
from warcio.warcwriter import WARCWriter

from curator.errors import ReadError
from curator.model import Failure, PageMeta, Raw
from curator.page.build import said_of
from curator.readers import given_id, read_paths, revive
from curator.readers.fields import guess_fields, table_fields
from curator.readers.inputs import InputError
from curator.settings import Settings


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


def test_files_with_byte_order_marks_may_stand_one_behind_the_other():
    """What `cat` makes of them has a mark in its midst, which is no part of a record."""
    content = b"".join(b"\xef\xbb\xbf" + jsonl({"text": text}) for text in inputs.TEXTS)
    assert [raw.content.decode() for raw in read("-", stdin=stdin(content))] == inputs.TEXTS


def test_a_field_of_parquet_may_stand_inside_a_column():
    """A struct holds the text: dots lead to it."""
    content = parquet({"id": [1, 2], "page": [{"body": "Rabat", "n": 1}, {"body": "Fes", "n": 2}]})
    raws = read("-", stdin=stdin(content), text_field="page.body")
    assert [(raw.content, raw.source_id, raw.meta) for raw in raws] == [
        (b"Rabat", "1", {"page": {"n": 1}}),
        (b"Fes", "2", {"page": {"n": 2}}),
    ]
    assert [raw.record.count(b"Rabat") for raw in raws] == [1, 0]


def test_a_column_of_structs_or_lists_is_no_text_whatever_its_name():
    """What stands in them is named with dots, and found so where its name is one that texts have."""
    page = {"body": "Rabat", "crawled_at": "2024-03-01", "tags": ["a"], "author": {"name": "Ann Lee"}}
    items = read_paths(["-"], stdin=stdin(parquet({"text": [["Fes"]], "article": [page], "article.n": [1]})))
    (raw,) = items
    assert (raw.content, raw.fetched_at) == (b"Rabat", None)
    rest = {"crawled_at": "2024-03-01", "tags": ["a"], "author": {"name": "Ann Lee"}}
    assert raw.meta == {"text": ["Fes"], "article": rest, "article.n": 1}
    assert items.notes[0].startswith('-: columns read by their names: "article.body" as the text; ')
    (raw,) = read("-", stdin=stdin(parquet({"text": ["Fes"], "article": [page]})), date_field="article.crawled_at")
    assert (raw.content, raw.fetched_at, raw.meta) == (b"Fes", "2024-03-01", {"article": page})
    failure = only_failure("-", stdin=stdin(parquet({"text": [["Fes"]], "document": [page]})))
    found = "'document.body', 'document.crawled_at', 'document.author.name'"
    assert failure.message.startswith(f"no column holds a text (sought: text, content, body, html; found: {found}): ")


def test_a_table_in_parts_has_columns_in_the_names_of_its_folders(tmp_path):
    """As Spark writes it; what the rows themselves hold goes first."""
    for folder, rows in (("lang=de/topic=a%2Fb", {}), ("lang=fr/topic=__HIVE_DEFAULT_PARTITION__", {"lang": ["it"]})):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "part-0.parquet").write_bytes(parquet({"text": ["Rabat"]} | rows))
    first, second = read(tmp_path)
    assert (first.meta, second.meta) == ({"lang": "de", "topic": "a/b"}, {"lang": "it", "topic": None})
    assert said_of(first) == PageMeta(lang="de")


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


def test_what_a_crawler_notes_of_itself_in_a_warc_file_is_no_document(tmp_path):
    """Wget's arguments and log and Browsertrix's texts of pages are passed over; a file put into the WARC is read."""
    file = io.BytesIO(inputs.warc())
    file.seek(0, io.SEEK_END)
    writer = WARCWriter(file, gzip=True)
    for url in (
        "metadata://gnu.org/software/wget/warc/wget.log",
        "urn:text:https://example.org/1",
        "file:///notes.txt",
    ):
        text = io.BytesIO(f"Was unter {url} steht.".encode())
        writer.write_record(writer.create_warc_record(url, "resource", text, warc_content_type="text/plain"))
    path = tmp_path / "wget.warc.gz"
    path.write_bytes(file.getvalue())
    assert [raw.url for raw in read(path)] == [*(f"https://example.org/{n}" for n in (1, 2, 3)), "file:///notes.txt"]


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("1 of 2 DOCUMENTS\n\nRabat.\n\f  2 of 2 DOCUMENTS\n\nFes.\n", '"1 of 2 DOCUMENTS" begin 2 documents'),
        ("Rabat.\n\f\nFes.\n\f\nAgadir.\n\f\n", "lines of a form feed part it into 3"),
        ("The first page of a report\n\fand its second, as pdftotext writes them\n\f", None),
        ("1 of 2\nThe harbour\n2 of 2\nThe pier, in a gallery\nFrom Rabat in the year 2024\n\f", None),
    ],
)
def test_a_text_that_holds_several_documents_is_one_and_a_note_says_so(tmp_path, text, note):
    """The download of a press archive and an export with form feeds; the counter of a gallery is none."""
    path = tmp_path / "a.txt"
    path.write_text(text)
    items = read_paths([path])
    assert [raw.content.decode() for raw in items] == [text]
    assert [note is not None and note in told for told in items.notes] == [True] * (note is not None)


@pytest.mark.parametrize(
    "names",
    [
        ("title", "date", "author", "lang"),
        ("Überschrift", "Datum", "Autorin", "Sprache"),
        ("TITRE", "pubDate", "auteur", "langue"),
    ],
)
def test_a_table_says_title_day_author_and_language_in_its_own_words(tmp_path, names):
    """A spreadsheet's columns, in whatever case; a name that is written as in the list goes first."""
    path = tmp_path / "a.csv"
    path.write_text(f"{';'.join(names)};Volltext\r\nDie Brücke;15.04.2025;Anna Keller;de;Sie ist fertig.\r\n")
    (raw,) = read(path)
    assert said_of(raw) == PageMeta(title="Die Brücke", published="2025-04-15", author="Anna Keller", lang="de")
    both = Raw("a", b"", meta={"TITLE": "B", "title": "A", "Data": "15.04.2025"})
    assert said_of(both) == PageMeta(title="A")


@pytest.mark.parametrize(
    ("given", "day"),
    [
        ({"date": 20250415}, "2025-04-15"),
        ({"date": 1744675200}, "2025-04-15T00:00:00+00:00"),
        ({"date": "1744675200000"}, "2025-04-15T00:00:00+00:00"),
        ({"date": "2025年4月15日"}, "2025-04-15"),
        ({"date": "2025년 4월 15일 (화) 7:30"}, "2025-04-15T07:30:00"),
        ({"date": "१५.०४.२०२५"}, "2025-04-15"),
        ({"date": 2025, "pubDate": "15.04.2025"}, "2025-04-15"),
        ({"date": 0}, None),
        ({"date": True}, None),
        ({"date": "9" * 40}, None),
        ({"date": float("inf")}, None),
    ],
)
def test_a_record_gives_the_day_as_a_number_or_in_another_script(given, day):
    """A number is a day of eight digits, or seconds or milliseconds; a year is no day, and the next key is asked."""
    assert said_of(Raw("a", b"", meta=given)).published == day


def test_title_and_day_stand_beside_a_text_inside_another_object():
    """The record itself goes first: it says what is missing there."""
    page = {"body": "Sie ist fertig.", "Titel": "Die Brücke", "lang": "de", "author": {"name": "Anna"}}
    (raw,) = read("-", stdin=stdin(jsonl({"page": page, "lang": "fr", "x": {"date": "x"}})), text_field="page.body")
    assert said_of(raw) == PageMeta(title="Die Brücke", lang="fr")
    row = parquet({"page": [page | {"date": "2025-04-15"}]})
    (raw,) = read("-", stdin=stdin(row), text_field="page.body")
    assert said_of(raw) == PageMeta(title="Die Brücke", lang="de", published="2025-04-15")
