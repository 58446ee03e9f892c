"""A corpus whose articles are hard to export, and how to read what was exported."""

import gzip
import io
import json

import zstandard

from curator.corpus import Corpus
from curator.settings import Settings

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


def make_corpus(folder):
    """Make a corpus of hostile articles, a duplicate and a rejected document in a folder, and return its path."""
    path = folder / "corpus.db"
    lines = [record(n, title) for n, title in enumerate(HOSTILE)]
    lines += [json.dumps({"id": "copy", "text": BODY.format(n=0)}), json.dumps({"id": "empty", "text": "Mein Konto"})]
    lines.append('{"id": "exact", "text": "=1+1", "price": 1.50, "big": 123456789012345678901234567890, "inf": 1e400}')
    with Corpus(path, ONE) as corpus:
        corpus.add("-", stdin=io.BytesIO("\n".join(lines).encode()))
    return path


def lines_of(file):
    """Return the bytes of a file, unpacked as its name says."""
    data = file.read_bytes()
    if file.name.endswith(".gz"):
        return gzip.decompress(data)
    return zstandard.ZstdDecompressor().decompressobj().decompress(data) if file.name.endswith(".zst") else data
