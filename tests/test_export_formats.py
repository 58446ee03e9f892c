"""Exports in every format, in one file or in shards: the same articles whatever they are written as."""

import csv
import hashlib
import io
import json
import subprocess

import pytest
import yaml
from export_corpus import BODY, HOSTILE, ONE, lines_of, make_corpus

from curator.corpus import Corpus
from curator.errors import SettingsError
from curator.export import Form
from curator.export.pages import SEPARATOR, markdown_text, name_of
from curator.export.spreadsheet import defused
from curator.model import Raw
from curator.store.shards import key_range, shard_of


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """Return a corpus of hostile articles, a duplicate and a rejected document."""
    return make_corpus(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="module")
def wanted(path):
    """Return all articles as JSON lines have them, by id."""
    out = io.StringIO()
    with Corpus(path) as corpus:
        corpus.export(out, status=(), with_cuts=True)
    return {found["id"]: found for found in map(json.loads, out.getvalue().splitlines())}


@pytest.mark.parametrize("name", ["all.jsonl", "all.jsonl.gz", "all.ndjson.zst"])
def test_json_lines_packed_or_not_hold_the_same(path, wanted, tmp_path, name):
    """The name tells the compression; the manifest tells size, hash, counts and what was asked for."""
    with Corpus(path) as corpus:
        assert corpus.export(tmp_path / name, status=(), with_cuts=True) == len(wanted)
        first = (tmp_path / name).read_bytes()
        corpus.export(tmp_path / name, status=(), with_cuts=True, form=Form(overwrite=True))
    assert [json.loads(line) for line in lines_of(tmp_path / name).splitlines()] == list(wanted.values())
    assert (tmp_path / name).read_bytes() == first
    manifest = json.loads((tmp_path / f"{name}.manifest.json").read_text())
    assert manifest["files"] == [
        {"name": name, "articles": len(wanted), "bytes": len(first), "sha256": hashlib.sha256(first).hexdigest()}
    ]
    assert manifest["status"] == {"duplicate": 1, "kept": len(wanted) - 2, "rejected": 1}
    assert manifest["query"] == {"status": [], "where": None}
    assert sorted(file.name for file in tmp_path.iterdir()) == [name, f"{name}.manifest.json"]


def test_values_come_back_as_they_were_written(path, wanted):
    """A price keeps its zero, a number its forty digits, and what no float can hold stays what it was."""
    out = io.StringIO()
    with Corpus(path) as corpus:
        corpus.export(out, where="id = 12")
    assert '"meta": {"price": 1.50, "big": 123456789012345678901234567890, "inf": 1e400}' in out.getvalue()


def test_csv_comes_back_and_computes_nothing(path, wanted, tmp_path):
    """No cell begins like a formula; taking the mark off gives every value back; rows end with CR LF."""
    with Corpus(path) as corpus:
        corpus.export(tmp_path / "a.csv", status=(), with_cuts=True)
        corpus.export(tmp_path / "b.csv", status=(), form=Form(bom=True, line_end="lf"))
    text = (tmp_path / "a.csv").read_bytes().decode("utf-8")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert text.count("\r\n") == len(rows) + 1
    for row, found in zip(rows, wanted.values(), strict=True):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) for cell in row.values())
        for name in ("title", "text", "url", "source", "site", "lang", "key"):
            assert row[name].removeprefix("'") == (found[name] or "")
        span = [int(row["title_start"]), int(row["title_end"])] if row["title_start"] else None
        assert span == found["title_span"]
        assert json.loads(row["cuts"] or "[]") == found["cuts"]
        assert json.loads(row["meta"] or "null") == found["meta"]
    packed = (tmp_path / "b.csv").read_bytes()
    assert packed.startswith(b"\xef\xbb\xbfid,") and b"\r\n" not in packed


@pytest.mark.parametrize("cell", ["=1", "'=1", "''", "-5 Grad", "", "a=1", "\t=1", "＝1"])
def test_marks_come_off_again(cell):
    """What defuses a cell can be undone, even where the cell began with the mark itself."""
    assert defused(cell).removeprefix("'") == cell
    assert not defused(cell).startswith(("=", "+", "-", "@", "\t", "＝"))


def test_parquet_has_one_schema_and_loads_with_datasets(path, wanted, tmp_path):
    """Hugging Face datasets reads the shards offline: all articles, cuts as structs, the schema the same in each."""
    import datasets
    import pyarrow.parquet as pq

    datasets.disable_progress_bars()
    with Corpus(path) as corpus:
        corpus.export(tmp_path / "all", status=(), with_cuts=True, form=Form("parquet", shard_rows=5))
        corpus.export(tmp_path / "none.parquet", where="false")
    files = sorted((tmp_path / "all").glob("*.parquet"))
    assert [pq.read_metadata(file).num_rows for file in files] == [5, 5, 2]
    assert {str(pq.read_schema(file)) for file in files} == {str(pq.read_schema(tmp_path / "none.parquet"))}
    loaded = datasets.load_dataset(str(tmp_path / "all"), split="train", cache_dir=str(tmp_path / "cache"))
    for row, found in zip(loaded, wanted.values(), strict=True):
        assert json.loads(row["meta"] or "null") == found["meta"]
        assert {**row, "meta": None} == {**found, "meta": None}


def test_originals_come_out_as_they_came_in(tmp_path):
    """--with-raw gives the bytes and the page that offsets point into, in JSON lines and in Parquet."""
    import pyarrow.parquet as pq

    latin = "Die Stadt hat die Brücke eröffnet, sagte der Rat gestern in Köln.".encode("cp1252")
    with Corpus(tmp_path / "corpus.db", ONE) as corpus:
        corpus.add_raws([Raw("a.txt", latin), Raw("b.txt", BODY.encode())])
        corpus.export(tmp_path / "a.jsonl", with_raw=True)
        corpus.export(tmp_path / "a.parquet", with_raw=True)
        one, two = map(json.loads, (tmp_path / "a.jsonl").read_text().splitlines())
        with pytest.raises(SettingsError, match="no place for originals in csv"):
            corpus.export(tmp_path / "a.csv", with_raw=True)
    assert (one["raw"], one["page"]) == (None, latin.decode("cp1252"))
    assert (two["raw"], two["raw_base64"]) == (BODY, None)
    rows = pq.read_table(tmp_path / "a.parquet").to_pylist()
    assert [row["raw"] for row in rows] == [latin, BODY.encode()]


def test_markdown_files_are_safe_and_say_what_is_known(path, wanted, tmp_path):
    """A file for each article: a harmless name, front matter that YAML reads, no markup out of the text."""
    with Corpus(path) as corpus:
        corpus.export(tmp_path / "notes", status=(), with_cuts=True, form=Form("markdown"))
    files = {int(file.name.split("-")[0].removesuffix(".md")): file for file in (tmp_path / "notes").rglob("*.md")}
    assert files.keys() == wanted.keys()
    for number, file in files.items():
        assert file.name.isascii() and len(file.name) < 80 and file.parent.parent == tmp_path / "notes"
        _, front, body = file.read_text(encoding="utf-8").split("---\n", 2)
        about = yaml.safe_load(front)
        found = wanted[number]
        for name in ("title", "url", "lang", "status", "key", "source"):
            assert about.get(name) == found[name]
        assert about.get("cuts", []) == found["cuts"]
        assert "<script>" not in body.replace("\\<", "")
    sums = subprocess.run(["sha256sum", "-c", "_SHA256SUMS"], cwd=tmp_path / "notes", capture_output=True, check=False)
    assert sums.returncode == 0 and sums.stdout.count(b": OK") == len(wanted)


@pytest.mark.parametrize(
    "text", ["# a", "1. a\n2) b", "    code", "> q", "<b>x</b>", "[a](javascript:b)", "a\nb\n\nc", "`x`", "===", "&lt;"]
)
def test_markdown_shows_the_very_text(text):
    """Taking backslashes and line-break spaces off gives the text; no line begins with a mark of Markdown."""
    shown = markdown_text(text)
    plain = "\n".join(line.strip() for line in text.split("\n"))
    assert "\n".join(line.removesuffix("  ") for line in shown.split("\n")).replace("\\", "") == plain
    assert not any(line.lstrip().startswith(("#", ">", "=", "<", "[", "`", "&", "    ")) for line in shown.split("\n"))


@pytest.mark.parametrize("title", [*HOSTILE, "", None, "a" * 60 + "-", "\x00", "nul.txt"])
def test_names_are_unique_by_their_numbers(title):
    """A name has no more than its folder and letters that every file system takes."""
    name = name_of({"id": 3, "title": title, "published": "2024-05-01"}, ".md")
    assert name.startswith("2024-05/3") and name.count("/") == 1 and name.endswith(".md")
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-./") and ".." not in name


def test_text_is_one_file_or_a_folder(path, wanted, tmp_path):
    """In one file form feeds stand between articles and nowhere else; in a folder each has its file."""
    with Corpus(path) as corpus:
        n_written = corpus.export(tmp_path / "all.txt", status=())
        corpus.export(tmp_path / "all", status=(), form=Form("text"))
    pages = (tmp_path / "all.txt").read_text(encoding="utf-8").split(SEPARATOR)
    assert len(pages) == n_written == len(list((tmp_path / "all").rglob("*.txt")))
    for page, found in zip(pages, wanted.values(), strict=True):
        assert page == "\n\n".join(filter(None, (found["title"], found["text"]))) + "\n"


@pytest.mark.parametrize("name", ["jsonl", "csv.gz", "parquet", "text"])
def test_shards_by_key_are_a_function_of_the_key(path, wanted, tmp_path, name):
    """Each article stands in the shard that its key says, in that one alone."""
    with Corpus(path) as corpus:
        corpus.export(tmp_path / "out", status=(), form=Form(name, shards=4))
    manifest = json.loads((tmp_path / "out" / "_manifest.json").read_text())
    counts = [sum(shard_of(found["key"], 4) == number for found in wanted.values()) for number in range(4)]
    assert [file["articles"] for file in manifest["files"]] == counts and min(counts) >= 0
    if name == "jsonl":
        for number, file in enumerate(sorted((tmp_path / "out").glob("*.jsonl"))):
            assert {shard_of(json.loads(line)["key"], 4) for line in file.open()} <= {number}


@pytest.mark.parametrize("n_shards", [1, 2, 3, 7, 1000])
def test_ranges_of_keys_agree_with_the_function(n_shards):
    """A key lies in the range of its shard and in no other."""
    for key in ("0" * 32, "f" * 32, *(hashlib.md5(bytes([n])).hexdigest() for n in range(200))):
        shard = shard_of(key, n_shards)
        first, behind = key_range(shard, n_shards)
        assert first <= key < behind and 0 <= shard < n_shards
        if shard:
            assert key >= key_range(shard - 1, n_shards)[1]


def test_shards_by_size_are_about_that_size(tmp_path):
    """A shard is closed once it holds its megabytes."""
    with Corpus(tmp_path / "corpus.db", ONE) as corpus:
        corpus.add_raws([Raw(f"d:{n}", (BODY.format(n=n) + f" {n}" * 30_000).encode()) for n in range(30)], clean=False)
        corpus.export(tmp_path / "out", status=(), form=Form("jsonl", shard_mb=1))
    sizes = [file["bytes"] for file in json.loads((tmp_path / "out" / "_manifest.json").read_text())["files"]]
    assert len(sizes) >= 3 and all(1_000_000 <= size < 1_300_000 for size in sizes[:-1])
