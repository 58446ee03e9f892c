"""Exports in every format: whole or not at all, and the same articles whatever they are written as."""

import csv
import gzip
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import time
import tracemalloc

import pytest
import yaml
import zstandard

from curator.corpus import Corpus
from curator.errors import OutputError, SettingsError
from curator.export import Form, write
from curator.export.pages import SEPARATOR, markdown_text, name_of
from curator.export.spreadsheet import defused, restored
from curator.model import Raw
from curator.settings import Settings
from curator.store.selection import chosen_ids
from curator.store.shards import key_range, shard_of

ONE = Settings(workers=1)
BODY = "Die Stadt hat die Brücke {n} am Dienstag nach langem Streit eröffnet, wie sie am Abend mitteilte."

#: Titles that a file system, a spreadsheet, YAML or Markdown would take for something else.
HOSTILE = [
    '=HYPERLINK("http://evil.example","x")',
    "../../etc/passwd",
    "con",
    "a: [b] # c",
    "--- | <script>alert(1)</script>",
    "Über \u202egnp.exe",
    "日本語のタイトル",
    "'tis @nothing",
    "x" * 400,
]


def record(n, title):
    """Return a JSON record with a headline of its own and fields that we know nothing of."""
    about = {
        "id": n,
        "text": f"Mein Konto\n{BODY.format(n=n)}",
        "title": title,
        "url": f"https://site{n % 3}.example/{n}",
    }
    return json.dumps(about | {"published": f"202{n % 5}-03-0{n + 1}", "n": n}, ensure_ascii=False)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """Return a corpus of hostile articles, a duplicate and a rejected document."""
    path = tmp_path_factory.mktemp("corpus") / "corpus.db"
    lines = [record(n, title) for n, title in enumerate(HOSTILE)]
    lines += [json.dumps({"id": "copy", "text": BODY.format(n=0)}), json.dumps({"id": "empty", "text": "Mein Konto"})]
    lines.append('{"id": "exact", "text": "=1+1", "price": 1.50, "big": 123456789012345678901234567890, "inf": 1e400}')
    with Corpus(path, ONE) as corpus:
        corpus.add("-", stdin=io.BytesIO("\n".join(lines).encode()))
    return path


@pytest.fixture(scope="module")
def wanted(path):
    """Return all articles as JSON lines have them, by id."""
    out = io.StringIO()
    with Corpus(path) as corpus:
        corpus.export(out, status=(), with_cuts=True)
    return {found["id"]: found for found in map(json.loads, out.getvalue().splitlines())}


def lines_of(file):
    """Return the bytes of a file, unpacked as its name says."""
    data = file.read_bytes()
    if file.name.endswith(".gz"):
        return gzip.decompress(data)
    return zstandard.ZstdDecompressor().decompressobj().decompress(data) if file.name.endswith(".zst") else data


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
            assert restored(row[name]) == (found[name] or "")
        span = [int(row["title_start"]), int(row["title_end"])] if row["title_start"] else None
        assert span == found["title_span"]
        assert json.loads(row["cuts"] or "[]") == found["cuts"]
        assert json.loads(row["meta"] or "null") == found["meta"]
    packed = (tmp_path / "b.csv").read_bytes()
    assert packed.startswith(b"\xef\xbb\xbfid,") and b"\r\n" not in packed


@pytest.mark.parametrize("cell", ["=1", "'=1", "''", "-5 Grad", "", "a=1", "\t=1", "＝1"])
def test_marks_come_off_again(cell):
    """What defuses a cell can be undone, even where the cell began with the mark itself."""
    assert restored(defused(cell)) == cell
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


CHOSEN = [
    ("lang = 'de' and published >= '2024'", 1),
    ("title like '=HYP%' -- a comment with )", 1),
    ("id in (select article_id from cuts where kind = 'account')", 9),
    ("id in (select rowid from articles_fts where articles_fts match 'brucke')", 9),
    ("title = '); drop table cuts; --'", 0),
    ("source = '-:3' or source_id = '4'", 2),
    ("fetched_at is null and articles.id <= 2 and rowid = 2", 1),
]


@pytest.mark.parametrize(("where", "n_wanted"), CHOSEN)
def test_condition_chooses(path, where, n_wanted):
    """Any expression over the columns of articles and their sources, other tables in subqueries, decides."""
    with Corpus(path) as corpus:
        assert corpus.export(io.StringIO(), where=where) == n_wanted


REFUSED = [
    ("1; delete from cuts", "holds a semicolon"),
    ("1) or (1", "closes a bracket"),
    ("1 union select 1", "syntax error"),
    ("", "holds no condition"),
    ("foo = 1", "no such column: foo"),
    ("id = ?", "placeholder"),
    ("load_extension('x')", "may read and do nothing else"),
    ("exists (select * from pragma_table_info('cuts'))", "may read and do nothing else"),
    ("(with recursive c(x) as (select 1 union all select x + 1 from c) select max(x) from c) > 1", "may read"),
    ("json_extract(title, '$.a')", "malformed JSON"),
    ("1 /*", "incomplete"),
]


@pytest.mark.parametrize(("where", "message"), REFUSED)
def test_condition_only_reads(path, tmp_path, where, message):
    """What is more than one condition is refused before anything is written."""
    with Corpus(path) as corpus, pytest.raises(SettingsError, match=message):
        corpus.export(tmp_path / "a.jsonl", where=where)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_takes_no_files_is_told(path):
    """The message names the output, not the folder beside it that it would be made in."""
    with Corpus(path) as corpus, pytest.raises(OutputError, match=r"^/proc/a.jsonl: cannot be made: "):
        corpus.export("/proc/a.jsonl")


def test_what_is_there_stays(path, tmp_path):
    """Nothing is replaced unasked, and a folder that no export made not even then."""
    (tmp_path / "a.jsonl").write_text("mine")
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mine.md").write_text("mine")
    (tmp_path / "empty").mkdir()
    with Corpus(path) as corpus:
        with pytest.raises(OutputError, match="is there already"):
            corpus.export(tmp_path / "a.jsonl")
        with pytest.raises(OutputError, match="no export made"):
            corpus.export(tmp_path / "notes", form=Form("markdown", overwrite=True))
        with pytest.raises(OutputError, match="no folder"):
            corpus.export(tmp_path / "none" / "a.jsonl")
        with pytest.raises(OutputError, match="tells no format"):
            corpus.export(tmp_path / "a")
        with pytest.raises(OutputError, match="is named as csv"):
            corpus.export(tmp_path / "a.csv", form=Form("parquet"))
        corpus.export(tmp_path / "empty", form=Form("markdown"))
        with pytest.raises(OutputError, match="is there already"):
            corpus.export(tmp_path / "empty", form=Form("markdown"))
        corpus.export(tmp_path / "empty", where="id = 1", form=Form("markdown", overwrite=True))
    assert len(list((tmp_path / "empty").rglob("*.md"))) == 1
    assert (tmp_path / "a.jsonl").read_text() == (tmp_path / "notes" / "mine.md").read_text() == "mine"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.jsonl", "empty", "notes"]


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """Return a corpus of 6,000 articles of 2 KB."""
    path = tmp_path_factory.mktemp("large") / "corpus.db"
    texts = (f"{BODY.format(n=n)} " + " ".join(f"w{n}x{k}" for k in range(250)) for n in range(6_000))
    with Corpus(path, ONE) as corpus:
        corpus.add_raws((Raw(f"d:{n}", text.encode()) for n, text in enumerate(texts)), clean=False)
    return path


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.parquet", "a.txt"])
def test_memory_is_bounded(large, tmp_path, name):
    """An export of 12 MB of text takes no more memory than one of some batches."""
    import pyarrow  # noqa: F401 - its import is not what is measured

    with Corpus(large) as corpus:
        corpus.export(tmp_path / f"warm.{name}", where="id < 10")
        tracemalloc.start()
        assert corpus.export(tmp_path / name) == 6_000
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < (25_000_000 if name.endswith("parquet") else 8_000_000)


def test_killed_it_leaves_no_half_file(large, tmp_path):
    """Kill -9 in the middle: the name is not there; what was written so far stands beside under another one."""
    for n in range(40):
        out = tmp_path / f"{n}.jsonl.zst"
        running = subprocess.Popen([sys.executable, "-m", "curator", "export", "--db", str(large), "-o", str(out)])
        beside = lambda: list(tmp_path.glob(f".{out.name}.*/{out.name}"))  # noqa: E731, B023 - one line, used at once
        while running.poll() is None and not beside():
            time.sleep(0.005)
        time.sleep(0.02 * n % 0.2)
        running.send_signal(signal.SIGKILL)
        running.wait()
        if beside():
            break
    assert beside() and not out.exists()
    subprocess.run([sys.executable, "-m", "curator", "export", "--db", str(large), "-o", str(out)], check=True)
    assert lines_of(out).count(b"\n") == 6_000


def test_one_state_is_read_while_another_process_writes(large, tmp_path, monkeypatch):
    """Articles that are added between two shards are in none of them, and the manifest counts none."""
    path = tmp_path / "corpus.db"
    path.write_bytes(large.read_bytes())
    added = iter(range(10**6))

    def chosen_while_adding(*arguments):
        chosen = chosen_ids(*arguments)
        with Corpus(path, ONE) as corpus:
            raws = [Raw(f"new:{n}", BODY.format(n=n).encode()) for _, n in zip(range(20), added, strict=False)]
            corpus.add_raws(raws, clean=False, learn=False)
        return chosen

    monkeypatch.setattr(write, "chosen_ids", chosen_while_adding)
    with Corpus(path) as corpus:
        corpus.export(tmp_path / "out", status=(), form=Form("jsonl", shards=5))
    found = [json.loads(line) for file in (tmp_path / "out").glob("*.jsonl") for line in file.open()]
    manifest = json.loads((tmp_path / "out" / "_manifest.json").read_text())
    with Corpus(path) as corpus:
        assert sum(1 for _ in corpus.articles()) == 6_100
    assert sorted(row["id"] for row in found) == list(range(1, 6_001))
    assert manifest["articles"] == 6_000


def test_standard_output_takes_lines_only(path):
    """JSON lines, CSV and text go to standard output; what is no text says to give a file."""

    def run(*arguments):
        command = [sys.executable, "-m", "curator", "export", "--db", str(path), *arguments]
        return subprocess.run(command, capture_output=True, check=False, env=os.environ | {"LC_ALL": "C"})

    assert run("--format", "csv", "--kept").stdout.startswith(b"id,source,url")
    assert run("--format", "text").stdout.count(b"\f") == len(HOSTILE)
    for arguments in (("--format", "parquet"), ("--format", "jsonl.gz"), ("--shards", "2")):
        done = run(*arguments)
        assert done.returncode == 1 and b"cannot go to standard output" in done.stderr
    assert run("--where", "1;2").returncode == 2
    assert b"did you mean jsonl" in run("--format", "jsnl").stderr


def test_paths_are_written_by_people(tmp_path, path):
    """A relative path counts from where the command runs."""
    command = [sys.executable, "-m", "curator", "export", "--db", str(path), "-o", "a.parquet"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.parquet", "a.parquet.manifest.json"]
