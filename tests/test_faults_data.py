"""Damaged and odd records, tables and encodings: told clearly, and nothing else is lost."""

# ruff: noqa: E501 - a case is read best on its line

import zlib

import pyarrow
import pytest
from faults import Fault, check, clear_environment
from reader_inputs import TEXTS, arc, delimited, json_list, jsonl, page, parquet, sqlite, warc, wet

LINES = tuple((f":{n}", text) for n, text in enumerate(TEXTS, 1))
PAGES = tuple((f":{n}", " ".join(text.split())) for n, text in enumerate(TEXTS, 2))
ONE = TEXTS[0]
GRUSS = "Grüße aus Köln: schöne Straße"
OK = {"text": ONE}


def broken(bad, error, words, **more):
    """Return the fault of a line between two sound ones."""
    name = f"line-{error}-{zlib.crc32(bad)}"
    content = jsonl([OK]) + bad + b"\n" + jsonl([OK])
    return Fault(name, "a.jsonl", content, ((":1", ONE), (":3", ONE)), ((":2", error, words),), **more)


def with_table(text, *failures, kept, **more):
    """Return the fault of a CSV file."""
    return Fault(f"csv-{more.pop('id')}", "a.csv", text.encode(), kept, failures, **more)


def utf16_sqlite():
    """Return an SQLite file that keeps its texts in UTF-16, with one text that is no UTF-8."""
    return sqlite("UPDATE posts SET text = CAST(x'4772fc6e' AS TEXT) WHERE id = 2")


def corpus():
    """Return the head of a corpus of curator."""
    data = bytearray(sqlite())
    data[68:72] = b"cura"
    return bytes(data)


def wrong_length_warc():
    """Return a WARC file in which one length is 40 too small."""
    data = warc(gzipped=False)
    at = data.index(b"Content-Length:", data.index(b"example.org/2"))
    end = data.index(b"\r\n", at)
    return data[:at] + b"Content-Length: %d" % (int(data[at + 15 : end]) - 40) + data[end:]


def wrong_length_arc():
    """Return an ARC file in which the length of the second page is 40 too small."""
    data = arc(gzipped=False)
    at = data.index(b"text/html ", data.index(b"example.org/2")) + len(b"text/html ")
    end = data.index(b"\n", at)
    return data[:at] + b"%d" % (int(data[at:end]) - 40) + data[end:]


def warc_with_long_headers():
    """Return a WARC file whose second record has 3,000 bytes of headers, and whose third has a response with as many."""
    long = b"".join(b"X-%d: a\r\n" % n for n in range(300))
    head, first, second, third = warc(gzipped=False).split(b"WARC/1.0\r\n")[1:]
    pages = [head, first, long + second]
    at = third.index(b"Content-Length: ") + 16
    end = third.index(b"\r\n", at)
    body = third.index(b"HTTP/1.1 200 OK\r\n") + 17
    pages.append(third[:at] + b"%d" % (int(third[at:end]) + len(long)) + third[end:body] + long + third[body:])
    return b"".join(b"WARC/1.0\r\n" + record for record in [*pages, first])


def damaged_warc_gz():
    """Return a WARC file, a gzip member for each record, the second page's member damaged."""
    data = bytearray(warc())
    starts = [at for at in range(len(data)) if data[at : at + 4] == b"\x1f\x8b\x08\x00"]
    data[starts[2] + 300] ^= 0xFF
    return bytes(data)


ENCODED = [
    ("utf-8-sig", GRUSS), ("utf-16", GRUSS), ("utf-16-le", GRUSS), ("utf-16-be", GRUSS), ("utf-32", GRUSS),
    ("cp1252", GRUSS), ("iso8859-15", GRUSS), ("cp1250", "Mężczyzna próbował uciec, a sąd w Łodzi go skazał."),
    ("cp1251", "Вчера в Москве состоялась встреча министров по вопросам торговли."),
    ("koi8-r", "Вчера в Москве состоялась встреча министров по вопросам торговли."),
    ("cp1253", "Χθες στην Αθήνα έγινε συνάντηση των υπουργών για το εμπόριο και την ασφάλεια."),
    ("cp1254", "Dün İstanbul'da büyük bir toplantı yapıldı. Şehirdeki öğrenciler çağrıda bulundu."),
    ("shift_jis", "昨日、東京で大臣の会合が開かれ、貿易と安全保障について話し合われました。"),
    ("gb18030", "昨天在北京举行了部长会议，讨论了该地区的贸易和安全问题。"),
    ("euc_kr", "어제 서울에서 장관 회의가 열려 무역과 안보 문제를 논의했습니다."),
]  # fmt: skip

FAULTS = [
    broken(b'{"text": 5}', "types", '"text" is a number, expected a string'),
    broken(b'{"body": "x"}', "types", 'has neither "text" nor "html" (found: \'body\')'),
    broken(b'{"text": "cut', "json", "no valid JSON"),
    broken(b"nonsense", "json", "no valid JSON"),
    broken(b'["a"]', "json", "the record is a list"),
    broken(b'{"text": "\xff"}', "encoding", "not UTF-8 (byte 10)"),
    broken(b'{"text": "a", "x": ' + b"[" * 150 + b"]" * 150 + b"}", "json-depth", "raise max_json_depth"),
    broken(b'{"text": "' + b"a" * 2_000 + b'"}', "too-large", "the line is longer than the limit of 1,000 bytes for one "
           "document: split it, or raise max_document_bytes", limits="max_document_bytes = 1000"),
    broken(b"\0\0\0\0", "json", "no valid JSON"),
    Fault("json-depth-raised", "a.jsonl", b'{"text": "a", "x": ' + b"[" * 150 + b"]" * 150 + b"}", ((":1", "a"),),
          limits="max_json_depth = 200"),
    Fault("brackets-in-a-text-are-no-depth", "a.jsonl", jsonl([{"text": "[" * 5_000}]), ((":1", "[" * 5_000),)),
    Fault("jsonl-in-utf-16", "a.jsonl", jsonl().decode().encode("utf-16"), LINES),
    Fault("jsonl-with-a-mark", "a.jsonl", b"\xef\xbb\xbf" + jsonl(), LINES),
    Fault("jsonl-with-carriage-returns", "a.jsonl", jsonl().replace(b"\n", b"\r\n"), LINES),
    Fault("jsonl-without-a-last-line-end", "a.jsonl", jsonl()[:-1], LINES),
    Fault("jsonl-called-txt", "a.txt", jsonl(), LINES),
    Fault("jsonl-in-a-declared-encoding", "a.jsonl", b'{"text": "Gr\xfc\xdfe"}\n', ((":1", "Grüße"),),
          flags=("--encoding", "cp1252")),
    Fault("mapped-keys", "a.jsonl", jsonl([{"body": ONE, "uid": 7, "text": "x"}]), ((":1", ONE),),
          flags=("--text-field", "body", "--id-field", "uid")),
    Fault("mapped-key-that-is-missing", "a.jsonl", jsonl([{"body": ONE}, {"text": ONE}]), ((":1", ONE),),
          ((":2", "types", 'has neither "body" nor "html" (found: \'text\')'),), flags=("--text-field", "body")),
    Fault("json-list", "a.json", json_list(), LINES),
    Fault("json-list-cut-off", "a.json", json_list()[:-30], LINES[:2],
          ((":3", "json", "the file is cut off there; mend it, then give it again (bytes "),)),
    Fault("json-list-without-an-end", "a.json", json_list()[:-1], LINES, (("", "truncated", "may be cut off"),)),
    Fault("json-list-with-a-missing-quote", "a.json",
          b'[\n{"text": "one"},\n{"text": "two},\n{"text": "three"}\n]', ((":1", "one"), (":3", "three")),
          ((":2", "json", "the record does not end: a quote or bracket is missing"),)),
    Fault("json-values-one-after-the-other", "a.json", b'{\n "text": "one"\n}\n{\n "text": "two"\n}\n',
          ((":1", "one"), (":2", "two"))),
    Fault("json-object", "a.json", b'{\n "text": "one"\n}\n', (("", "one"),)),
    Fault("json-item-that-is-too-long", "a.json",
          b'[{"text": "one"}, {"text": "' + b"x" * 9_000 + b'"}, {"text": "three"}]', ((":1", "one"), (":3", "three")),
          ((":2", "too-large", "the value is longer than the limit of 1,000 bytes"),), limits="max_document_bytes = 1000"),
    Fault("json-of-no-documents", "a.json", b'["a", 1, null]', (),
          tuple((f":{n}", "json", f"the record is {what}") for n, what in ((1, "a string"), (2, "a number"), (3, "null")))),
    Fault("csv-of-excel", "a.csv", delimited(";", "cp1252"), LINES),
    Fault("tsv-in-utf-16", "a.tsv", delimited("\t", "utf-16"), LINES),
    Fault("csv-called-txt", "a.txt", delimited(), LINES),
    Fault("csv-with-pipes-and-a-mark", "a.csv", b"\xef\xbb\xbf" + delimited("|"), LINES),
    with_table("id,text\n1,one\n2,\"two\n3,three\n", (":2", "quotes", "does not close, or is not doubled"),
               kept=((":1", "one"), (":3", "three")), id="quote-that-never-closes"),
    with_table("id,text\n1,one\n2,two, and more\n3,three\n", (":2", "columns", "the row has 3 cells, expected 2"),
               kept=((":1", "one"), (":3", "three")), id="delimiter-in-a-text"),
    with_table("id,text\n1,one\n2\n3,three\n", (":2", "columns", "the row has 1 cells, and none for the text"),
               kept=((":1", "one"), (":3", "three")), id="short-row"),
    with_table('id,text\n1,"He said "hi" to us"\n', kept=((":1", '"He said "hi" to us"'),), id="quotes-not-doubled"),
    with_table('id;text\n1;"two\nlines"\n\n2;"a;b"\n', kept=((":1", "two\nlines"), (":2", "a;b")), id="lines-in-cells"),
    with_table("text\nHello, world\nIt is; so\n", kept=((":1", "Hello, world"), (":2", "It is; so")), id="one-column"),
    with_table("sep=;\nid;text\n1;one\n", kept=((":1", "one"),), id="sep-line"),
    with_table("year,sum\n2024,7\n", ("", "no-text-column", "(sought: text, content, body, html; found: 'year', 'sum'): "
               "name it with --text-field"), kept=(), id="no-text-column"),
    with_table("Nr;Inhalt\n1;eins\n", kept=((":1", "eins"),), id="guessed-column",
               notes=('"Inhalt" as the text; --text-field and the like say otherwise',)),
    with_table("nr,words\n1,eins\n", kept=((":1", "eins"),), id="mapped-column",
               flags=("--text-field", "words", "--id-field", "nr")),
    with_table("id,text\r1,one\r", ("", "line-ends", "end in CR, as on old Macs: convert it"), kept=(), id="old-mac"),
    with_table("", ("", "empty", "the file is empty"), kept=(), id="empty"),
    with_table("id,text\n", kept=(), id="header-only", notes=("a.csv: the table has a header and no rows",)),
    Fault("parquet-with-a-long-cell", "a.parquet",
          parquet({"text": ["one", "x" * 900_000, "two", "three"], "more": ["", "", "y" * 900_000, ""]}),
          ((":1", "one"), (":4", "three")),
          tuple((f":{n}", "too-large", "the row is longer than the limit of 1,000 bytes") for n in (2, 3)),
          limits="max_document_bytes = 1000"),
    Fault("parquet-without-rows", "a.parquet", parquet({"text": pyarrow.array([], "string")}), (),
          notes=("a.parquet: the table has no rows",)),
    Fault("sqlite-without-rows", "a.sqlite", sqlite("DELETE FROM posts"), (), notes=("!posts: the table has no rows",)),
    with_table('id,text\n1,one\n2,"' + "x" * 3_000 + '"\n3,three\n',
               (":2", "too-large", "the row is longer than the limit of 1,000 bytes"),
               kept=((":1", "one"), (":3", "three")), id="long-row", limits="max_document_bytes = 1000"),
    Fault("parquet", "a.parquet", parquet(), LINES),
    Fault("parquet-called-txt", "a.txt", parquet(), LINES),
    Fault("parquet-with-nulls", "a.parquet", parquet({"text": [ONE, None, ONE]}), ((":1", ONE), (":3", ONE)),
          ((":2", "types", '"text" is null, expected a string'),)),
    Fault("parquet-of-bytes", "a.parquet", parquet({"html": [page(GRUSS), b"<p>Gr\xfc\xdfe aus K\xf6ln</p>"]}),
          ((":1", GRUSS), (":2", "Grüße aus Köln"))),
    Fault("parquet-without-a-text", "a.parquet", parquet({"n": [1]}), (), (("", "no-text-column", "found: 'n'"),)),
    Fault("parquet-cut-off", "a.parquet", parquet()[:-50], (), (("", "damaged", "the Parquet file is damaged"),)),
    Fault("sqlite", "a.sqlite", sqlite(), tuple((f"!posts{end}", text) for end, text in LINES)),
    Fault("sqlite-called-txt", "a.txt", sqlite(), tuple((f"!posts{end}", text) for end, text in LINES)),
    Fault("sqlite-with-latin-1", "a.sqlite", utf16_sqlite, (("!posts:1", TEXTS[0]), ("!posts:2", "Grün"), ("!posts:3", TEXTS[2]))),
    Fault("sqlite-with-a-name-that-is-no-utf-8", "a.sqlite", sqlite().replace(b"text, url)", b"text, \xffrl)"), (),
          (("", "damaged", "can't decode byte 0xff"),)),
    Fault("sqlite-with-other-tables", "a.sqlite", sqlite("CREATE TABLE k (a, b)", "CREATE VIEW v AS SELECT * FROM posts"),
          tuple((f"!posts{end}", text) for end, text in LINES)),
    Fault("sqlite-without-a-text", "a.sqlite", sqlite("DROP TABLE posts", "CREATE TABLE k (a, b)"), (),
          (("", "no-text-column", "found: 'a', 'b'"),)),
    Fault("sqlite-damaged", "a.sqlite", lambda: sqlite()[:4096] + b"\xff" * 4096, (),
          (("", "damaged", "the SQLite file cannot be read on"),)),
    Fault("corpus-given-as-a-dump", "a.sqlite", corpus, (),
          (("", "curator-corpus", "is a corpus of curator, not a dump: `curator merge` joins two corpora"),)),
    Fault("warc", "a.warc", warc(gzipped=False), PAGES, notes=("1 of 4 records",)),
    Fault("warc-called-txt", "a.txt", warc(), PAGES, notes=("1 of 4 records",)),
    Fault("wet", "a.wet.gz", wet(), LINES),
    Fault("warc-of-other-things", "a.warc.gz",
          warc(("http://a/1", page(ONE)), ("http://a/2", page("x"), "404 Not Found", {}),
               ("http://a/3", b"\x89PNG", "200 OK", {"Content-Type": "image/png"}), ("http://a/4", b"")),
          ((":2", ONE),), notes=("4 of 5 records",)),
    Fault("warc-without-a-page", "a.warc.gz", warc(("http://a/2", page("x"), "404 Not Found", {})), (),
          (("", "no-documents", "no text responses of status 200"),), notes=("2 of 2 records",)),
    Fault("warc-with-a-wrong-length", "a.warc", wrong_length_warc, (PAGES[0], PAGES[2]),
          ((":3", "damaged", "bytes are no sound record: a length is wrong"),), notes=("1 of 3 records",)),
    Fault("warc-gz-with-a-damaged-record", "a.warc.gz", damaged_warc_gz, (PAGES[0], (":3", PAGES[2][1])),
          (("", "damaged", "damaged places in the gzip data: 1; the records there are lost"),),
          notes=("1 of 3 records",)),
    Fault("warc-cut-off", "a.warc", warc(gzipped=False)[:-200], PAGES[:2],
          ((":4", "truncated", "the file ends inside it"),), notes=("1 of 3 records",)),
    Fault("warc-with-a-wrong-charset", "a.warc",
          warc(("http://a/1", f"<html><body><p>{GRUSS}".encode(), "200 OK", {"Content-Type": "text/html; charset=iso-8859-1"}),
               ("http://a/2", f"<html><body><p>{GRUSS}".encode("cp1252"), "200 OK", {"Content-Type": "text/html; charset=utf-8"}),
               ("http://a/3", f"<html><body><p>{GRUSS}".encode(), "200 OK", {"Content-Type": "text/html; charset=utf-16"}),
               ("http://a/4", f"<html><body><p>{GRUSS}".encode("cp1252"), "200 OK", {"Content-Type": "text/html; charset=no-such"}),
               gzipped=False),
          tuple((f":{n}", GRUSS) for n in (2, 3, 4, 5)), notes=("1 of 5 records",)),
    Fault("warc-with-unknown-coding", "a.warc", warc(("http://a/1", b"x", "200 OK", {"Content-Encoding": "compress"})), (),
          ((":2", "content-coding", "coded as 'compress': expected gzip, deflate, br or zstd"),
           ("", "no-documents", "no text responses")), notes=("1 of 1 records",)),
    Fault("warc-with-long-headers", "a.warc", warc_with_long_headers, (PAGES[0], (":5", PAGES[0][1])),
          tuple((f":{n}", "headers", "more than 2,000 bytes: the file is damaged there; if not, raise max_header_bytes")
                for n in (3, 4)), notes=("1 of 3 records",), limits="max_header_bytes = 2000"),
    Fault("arc", "a.arc", arc(gzipped=False), PAGES, notes=("1 of 4 records",)),
    Fault("arc-gz-called-txt", "a.txt", arc(), PAGES, notes=("1 of 4 records",)),
    Fault("arc-of-version-2", "a.arc.gz", arc(version=2), PAGES, notes=("1 of 4 records",)),
    Fault("arc-of-other-things", "a.arc",
          arc(("dns:a", "text/dns", b"a. 1 IN A 127.0.0.1"), ("http://a/1 2", "text/html", page(ONE)),
              ("http://a/3", "text/html", b"HTTP/1.0 404 No\r\nContent-Type: text/html\r\n\r\nx"), gzipped=False),
          ((":3", ONE),), notes=("3 of 4 records",)),
    Fault("arc-with-a-wrong-length", "a.arc", wrong_length_arc, (PAGES[0], PAGES[2]),
          ((":3", "damaged", "bytes are no sound record: a length is wrong"),), notes=("1 of 3 records",)),
    *(Fault(f"text-in-{encoding}", "a.txt", text.encode(encoding), (("", text),)) for encoding, text in ENCODED),
    Fault("declared-encoding", "a.txt", GRUSS.encode("cp850"), (("", GRUSS),), flags=("--encoding", "cp850")),
    Fault("wrong-declaration-in-html", "a.html", b"<meta charset=utf-8><p>" + GRUSS.encode("cp1252"), (("", GRUSS),)),
    Fault("utf-8-called-latin-1-in-html", "a.html", b"<meta charset=iso-8859-1><p>" + GRUSS.encode(), (("", GRUSS),)),
    Fault("utf-16-called-utf-8-in-html", "a.html", f"<meta charset=utf-8><p>{GRUSS}".encode("utf-16"), (("", GRUSS),)),
    Fault("mojibake", "a.txt", "fÃ¼r KÃ¶ln".encode(), (("", "für Köln"),)),
    Fault("a-stray-nul", "a.txt", b"Ein Text mit\0NUL", (("", "Ein Text mit\0NUL"),)),
    Fault("nul-bytes", "a.txt", b"a\0\0b" * 99, (), (("", "binary", "binary data (NUL bytes)"),)),
    Fault("half-a-surrogate", "a.jsonl", b'{"text": "a\\ud800b"}\n', ((":1", "a\ud800b"),)),
    Fault("odd-line-ends", "a.txt", "eins\u2028zwei\u2029drei\vvier\ffünf\x85sechs\rsieben\r\nacht".encode(),
          (("", "eins\nzwei\ndrei\nvier\nfünf\nsechs\nsieben\nacht"),)),
    Fault("zero-width-and-bidi", "a.txt", "Ra\u200dbat\u202e und\u2066 Fes".encode(), (("", "Ra\u200dbat\u202e und\u2066 Fes"),)),
    Fault("bad-bytes-in-utf-8", "a.html", b"<meta charset=utf-8><p>" + ("Grüße " * 500).encode() + b"\xff Ende</p>",
          (("", "Grüße " * 500 + "\ufffd Ende"),)),
    Fault("deeply-nested-html", "a.html", b"<div>" * 50_000 + ONE.encode() + b"</div>" * 50_000, (("", ONE),)),
    Fault("html-of-one-huge-tag", "a.html", b"<html><body><p " + b"a=b " * 100_000 + b">" + ONE.encode(), (("", ONE),)),
]  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.id)
def test_data_keeps_what_is_sound_and_tells_what_is_not(fault, tmp_path, monkeypatch):
    """The message names what was found and what to do, the exit code is 3, and all other documents are there."""
    clear_environment(monkeypatch, tmp_path)
    check(fault, tmp_path)
