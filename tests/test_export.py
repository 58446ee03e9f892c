"""JSON lines: what comes out is what went in, on lines that nothing else splits."""

import io
import json
import os

from hypothesis import given, settings
from hypothesis import strategies as st

from curator import clean
from curator.corpus import Corpus
from curator.export.jsonl import clean_record, failed_record, to_line
from curator.model import Failure, Raw
from curator.settings import Settings

KEYS = [
    "id", "source", "url", "site", "title", "text", "lang", "published", "author", "status", "reason", "raw_chars",
    "title_span", "cuts", "meta",
]  # fmt: skip

anything = st.text(st.characters())


@given(anything)
def test_line_is_one_line_for_every_reader(text):
    """str.splitlines finds one line, the bytes are UTF-8, and the text comes back as it was."""
    line = to_line({"text": text})
    assert line.endswith("\n")
    assert len(line.splitlines()) == 1
    assert json.loads(line.encode("utf-8")) == {"text": text}


@settings(deadline=None)  # the first call loads the rules
@given(anything)
def test_offsets_count_the_text_as_given(text):
    """Cuts and title span point into the page text, which for a JSON record is the text value itself."""
    raw = Raw("d:1", text.encode("utf-8", "surrogatepass"), record=json.dumps({"text": text}).encode())
    record = clean_record(raw, clean(text), with_page=True)
    assert list(record) == [*KEYS, "page"]
    assert record["page"] == text
    for cut in record["cuts"]:
        assert text[cut["start"] : cut["end"]] == cut["text"] != ""


def test_failed_row_has_every_key():
    """What could not be read stands in its place, with a reason."""
    record = failed_record(Failure("a.bin", "read", "binary", "holds a PNG image"))
    assert list(record) == KEYS
    assert (record["status"], record["reason"], record["text"], record["cuts"]) == (
        "failed", "read: holds a PNG image", "", []
    )  # fmt: skip


def test_export_gives_what_clean_gave(tmp_path):
    """A corpus gives each document back as cleaning it alone does, apart from ids and what only a corpus knows."""
    texts = ["Mein Konto\nDie Stadt hat die Brücke am Dienstag eröffnet.", "Mein Konto", "x\ud800y"]
    lines = b"\n".join(json.dumps({"id": str(n), "text": text, "topic": n}).encode() for n, text in enumerate(texts))
    with Corpus(tmp_path / "corpus.db", Settings(workers=1)) as corpus:
        corpus.add("-", stdin=io.BytesIO(lines))
        out = io.StringIO()
        assert corpus.export(out, status=["kept", "rejected"], with_cuts=True) == 3
    for number, line in enumerate(out.getvalue().splitlines()):
        record = json.loads(line)
        assert list(record)[: len(KEYS)] == KEYS
        alone = clean_record(Raw(f"-:{number + 1}", b""), clean(texts[number]))
        assert record["source_id"] == str(number)
        assert record["meta"] == {"topic": number}
        for key in ("source", "title", "status", "reason", "raw_chars", "cuts", "lang", "published"):
            assert record[key] == alone[key]
        assert record["text"] == alone["text"].replace("\ud800", "\ufffd")


def test_a_name_that_is_no_utf_8_stands_in_the_manifest(tmp_path):
    """File systems take any bytes for a name; the manifest is JSON all the same, and Python reads the name from it."""
    path = tmp_path / os.fsdecode(b"out\xff.jsonl")
    with Corpus(tmp_path / "corpus.db", Settings(workers=1)) as corpus:
        corpus.add_raws(
            [Raw("a", b"Die Stadt hat gestern eine Br\xc3\xbccke er\xc3\xb6ffnet, wie sie am Abend mitteilte.")]
        )
        corpus.export(path)
    manifest = json.loads(path.with_name(path.name + ".manifest.json").read_bytes())
    assert [file["name"] for file in manifest["files"]] == [path.name]
