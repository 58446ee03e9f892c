"""Small real files of every format that readers know, for tests and for the fuzz run."""

import bz2
import csv
import gzip
import io
import json
import lzma
import quopri
import re
import sqlite3
import tarfile
import tempfile
import zipfile
from pathlib import Path

import pyarrow
import pyarrow.parquet
import zstandard
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

TEXTS = [
    "In Rabat hat die Stadt gestern eine neue Brücke eröffnet.",
    'Der Minister sagte: "Wir bauen weiter, Stück für Stück."\n\nDie Arbeiten dauern bis März.',
    "La ville a ouvert un pont; les habitants l’attendaient depuis dix ans.",
]


def jsonl(records=None):
    """Return JSON lines, one record for each text unless some are given."""
    records = [{"id": n, "text": text, "n": [n]} for n, text in enumerate(TEXTS, 1)] if records is None else records
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def json_list():
    """Return the same records as an indented JSON list."""
    return json.dumps([json.loads(line) for line in jsonl().splitlines()], indent=1).encode()


def delimited(delimiter=",", encoding="utf-8", line_end="\r\n"):
    """Return a table with columns id, text and url."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=delimiter, lineterminator=line_end)
    writer.writerows([("id", "text", "url"), *((n, text, "") for n, text in enumerate(TEXTS, 1))])
    return file.getvalue().encode(encoding)


def parquet(columns=None, **options):
    """Return a Parquet file."""
    columns = {"id": [1, 2, 3], "text": TEXTS} if columns is None else columns
    file = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(columns), file, **options)
    return file.getvalue()


def sqlite(*statements):
    """Return an SQLite file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "made.sqlite")
        connection = sqlite3.connect(path)
        connection.execute("CREATE TABLE posts (id INTEGER PRIMARY KEY, text, url)")
        connection.executemany("INSERT INTO posts (text) VALUES (?)", [(text,) for text in TEXTS])
        for statement in statements:
            connection.execute(statement)
        connection.commit()
        connection.close()
        return path.read_bytes()


def page(text):
    """Return a page of HTML."""
    return f"<!doctype html><html><head><meta charset=utf-8></head><body><p>{text}</p></body></html>".encode()


def warc(*responses, gzipped=True):
    """Return a WARC file of responses, each (url, body, status, headers); those of the texts unless some are given."""
    file = io.BytesIO()
    writer = WARCWriter(file, gzip=gzipped)
    writer.write_record(writer.create_warcinfo_record("made.warc", {"software": "made"}))
    given = responses or [(f"https://example.org/{n}", page(text)) for n, text in enumerate(TEXTS, 1)]
    for url, body, *more in given:
        status, headers = (*more, "200 OK", {})[:2] if len(more) < 2 else more
        http = StatusAndHeaders(status, list(({"Content-Type": "text/html"} | headers).items()), protocol="HTTP/1.1")
        date = {"WARC-Date": "2024-03-01T10:00:00Z"}
        record = writer.create_warc_record(
            url, "response", payload=io.BytesIO(body), http_headers=http, warc_headers_dict=date
        )
        writer.write_record(record)
    return file.getvalue()


def arc(*records, version=1, gzipped=True):
    """Return an ARC file of records, each (url, media type, content); those of the texts unless some are given."""
    given = records or [
        (f"http://example.org/{n}", "text/html", b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + page(text))
        for n, text in enumerate(TEXTS, 1)
    ]
    names = "URL IP-address Archive-date Content-type "
    names += "Archive-length" if version == 1 else "Result-code Checksum Location Offset Filename Archive-length"
    about = f"{version} 0 Example Archive\n{names}\n\n".encode()
    more = "" if version == 1 else " 200 ABC - 0 made.arc"
    pieces = []
    for url, media, content in [("filedesc://made.arc", "text/plain", about), *given]:
        piece = f"{url} 127.0.0.1 20010203040506 {media}{more} {len(content)}\n".encode() + content + b"\n"
        pieces.append(gzip.compress(piece) if gzipped else piece)
    return b"".join(pieces)


def wet():
    """Return a WET file of the texts."""
    file = io.BytesIO()
    writer = WARCWriter(file, gzip=True)
    for n, text in enumerate(TEXTS, 1):
        content = io.BytesIO(text.encode())
        url = f"https://example.org/{n}"
        writer.write_record(writer.create_warc_record(url, "conversion", content, warc_content_type="text/plain"))
    return file.getvalue()


def message(text=TEXTS[0], headers="Message-ID: <1@example.org>", media="text/plain", charset="utf-8", line_end="\n"):
    """Return a message of one text, 8-bit as it stands; ``headers`` come behind those that every message has."""
    lines = [
        "From: =?utf-8?q?Anna_M=C3=BCller?= <anna@example.org>",
        "To: readers@example.org",
        "Subject: =?utf-8?b?TmV1ZSBCcsO8Y2tl?= in Rabat",
        "Date: Mon, 04 Mar 2024 08:00:00 +0100",
        "MIME-Version: 1.0",
        f"Content-Type: {media}; charset={charset}",
        "Content-Transfer-Encoding: 8bit",
        *([headers] if headers else []),
        "",
        *text.split("\n"),
        "",
    ]
    return line_end.join(lines).encode(charset)


def of_parts(*parts, media="multipart/mixed", headers="Message-ID: <1@example.org>", boundary="=_a b", closes=True):
    """Return a message of parts, each (headers as lines, body as bytes)."""
    top = f'From: Ann <ann@example.org>\nMIME-Version: 1.0\n{headers}\nContent-Type: {media}; boundary="{boundary}"\n'
    pieces = [top.encode(), b"\nThis is a message of several parts.\n"]
    for lines, body in parts:
        pieces.append(f"--{boundary}\n{lines}\n\n".encode() + body + b"\n")
    return b"".join([*pieces, f"--{boundary}--\n".encode() if closes else b""])


def mhtml(*parts, headers="Snapshot-Content-Location: https://example.org/a"):
    """Return a page as Chrome saves it: its own part, a style sheet and a frame, or these parts."""
    top = f"From: <Saved by Blink>\n{headers}\nSubject: Rabat\nDate: Fri, 1 Mar 2024 10:00:00 GMT"
    style = ("Content-Type: text/css\nContent-Location: https://example.org/s.css", b"p { color: red }")
    frame = ("Content-Type: text/html\nContent-ID: <frame@mhtml.blink>", page("An advert."))
    own = ("Content-Type: text/html\nContent-Transfer-Encoding: quoted-printable", quopri.encodestring(page(TEXTS[1])))
    return of_parts(*(parts or (own, style, frame)), media="multipart/related", headers=top).partition(b"\n")[2]


FROM_LINE = b"From anna@example.org Mon Mar  4 08:00:00 2024\n"


def mbox(*messages, from_line=FROM_LINE):
    """Return a mailbox of messages, those of the texts unless some are given; "From " in them is quoted."""
    given = messages or [message(text, f"Message-ID: <{n}@example.org>") for n, text in enumerate(TEXTS, 1)]
    return b"".join(from_line + re.sub(rb"(?m)^(>*From )", rb">\1", each) + b"\n" for each in given)


def wacz():
    """Return a WACZ file as Browsertrix writes it: a crawl, its index, its lists of pages, and what it is."""
    listed = [{"format": "json-pages-1.0", "id": "pages"}, {"url": "https://example.org/1", "text": TEXTS[0]}]
    members = [
        ("archive/data.warc.gz", warc()),
        ("indexes/index.cdx", b'org,example)/1 20240301100000 {"url": "https://example.org/1"}\n'),
        ("pages/pages.jsonl", jsonl(listed)),
        ("pages/extraPages.jsonl", jsonl(listed)),
        ("logs/crawl.log", b"{}"),
        ("datapackage.json", json.dumps({"profile": "data-package", "title": "a", "text": "b"})),
    ]
    return zipped(members, compression=zipfile.ZIP_STORED)


def zipped(members, **options):
    """Return a zip archive of (name, content) pairs."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", **({"compression": zipfile.ZIP_DEFLATED} | options)) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


def tarred(members, mode="w"):
    """Return a tar archive of (name, content) pairs; an entry that is no pair is added as it is."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as archive:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                archive.addfile(member)
                continue
            name, content = member
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return file.getvalue()


PACKINGS = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstandard.compress,
}


def inputs():
    """Return a file of every format and packing by its name."""
    made = {
        "a.txt": TEXTS[1].encode(),
        "a.html": page(TEXTS[1]),
        "a.jsonl": jsonl(),
        "a.json": json_list(),
        "a.csv": delimited(),
        "b.csv": delimited(";", "cp1252"),
        "a.tsv": delimited("\t", "utf-16"),
        "a.parquet": parquet(),
        "a.sqlite": sqlite(),
        "a.warc": warc(gzipped=False),
        "a.warc.gz": warc(),
        "a.warc.wet.gz": wet(),
        "a.arc": arc(gzipped=False),
        "b.arc.gz": arc(version=2),
        "a.eml": of_parts(
            ("Content-Type: text/plain; charset=utf-8", TEXTS[1].encode()), ("Content-Type: application/pdf", b"%PDF")
        ),
        "a.mhtml": mhtml(),
        "a.mbox": mbox(),
        "a.wacz": wacz(),
    }
    made |= {f"a.jsonl.{ending}": pack(jsonl()) for ending, pack in PACKINGS.items()}
    inner = zipped([("x.txt", TEXTS[0]), ("y.jsonl.gz", gzip.compress(jsonl()))])
    members = [("b/a.txt", TEXTS[0].encode()), ("a.jsonl", jsonl()), ("inner.zip", inner)]
    return made | {
        "a.zip": zipped([*members, ("t.parquet", made["a.parquet"]), ("t.sqlite", made["a.sqlite"])]),
        "a.tar": tarred(members),
        "a.tar.gz": tarred([*members, ("a.warc.gz", made["a.warc.gz"])], "w:gz"),
        "a.tgz": tarred([("b.tar.xz", tarred(members, "w:xz"))], "w:gz"),
    }
