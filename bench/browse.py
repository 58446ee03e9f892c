"""How long the pages of a large corpus take.

    python bench/browse.py [N_ARTICLES]

Writes an invented corpus (500,000 articles unless said, ten cuts each) to bench/out/ by the store's own writer, once,
and asks a real Datasette for every sort of page, each twice. Ends with exit code 1 when one takes a second of CPU
time or more: the queries of a page run one after the other, so that is its time on a machine with nothing else to do.
"""

from __future__ import annotations

import asyncio
import hashlib
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from curator.browse.server import open_datasette
from curator.cluster.records import Cluster, Duplicate, Pair
from curator.model import KINDS
from curator.store.connection import connect, transaction
from curator.store.duplicates import add_pairs, write_clusters
from curator.store.rows import ArticleRow, Entry, TextRow, pack, pack_text
from curator.store.write import Run, add_entries, begin_run, finish_run

OUT = Path(__file__).parent / "out"
BATCH = 1_000
LIMIT_S = 1.0
KIND_NAMES = list(KINDS)
LANGS = ["de", "en", "fr", "es", "it", "pt", "nl", "pl", "tr", "ar"]


def words() -> np.ndarray:
    """Return 30,000 invented words; the first ones come often."""
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    rng = np.random.default_rng(7)
    return np.array(["".join(rng.choice(letters, size=2 + number % 9)) for number in range(30_000)])


def entries(n_articles: int) -> Iterator[Entry]:
    """Yield invented documents: 130 words of text, a title, ten cuts, on one of 3,000 sites."""
    vocabulary = words()
    rng = np.random.default_rng(1)
    content = pack(b"x" * 1_500)
    for first in range(0, n_articles, BATCH):
        # A word's frequency falls with its rank, so "common" words stand in most articles.
        ranks = np.minimum(rng.zipf(1.25, size=(BATCH, 130)) - 1, len(vocabulary) - 1)
        sites = np.minimum(rng.zipf(1.5, size=BATCH), 3_000)
        for row in range(min(BATCH, n_articles - first)):
            yield entry(first + row, [str(word) for word in vocabulary[ranks[row]]], int(sites[row]), content)


def entry(number: int, tokens: list[str], site: int, content: bytes) -> Entry:
    """Return one invented document."""
    title = " ".join(tokens[:8])
    text = " ".join(tokens)
    domain = f"site{site}.example.com"
    url = f"https://{domain}/{number}"
    month = number * 7 % 150
    published = f"{2013 + month // 12}-{month % 12 + 1:02}-{number % 28 + 1:02}" if number % 9 else None
    ratio = (number * 37 % 1000) / 1000
    review = f"{ratio:.0%} of the characters were cut" if ratio > 0.95 else None
    lang = LANGS[min(number * 13 % 23, 9)]
    counts = (len(tokens), len(text), len(text) + 600)
    article = ArticleRow(title, domain, url, lang, published, None, *counts, ratio, review, "kept", None)
    cuts = tuple(
        (
            *(part * 40, part * 40 + 30, KIND_NAMES[(number + part) % 21], f"rule-{(number + part) % 60}", "it fits"),
            f"{tokens[part]} {tokens[part + 1]} {number % 50 if part else number}",
        )
        for part in range(10)
    )
    key = hashlib.sha256(str(number).encode()).hexdigest()[:32]
    origin = (key, f"dumps/{number // 1000}.jsonl", str(number), url, domain, None, "text/plain", "utf-8", 1_500)
    return Entry(
        *origin, *(None,) * 4, content, None, pack_text(text), None, article, TextRow(0, len(title), text), cuts
    )


def build(path: Path, n_articles: int) -> None:
    """Write the corpus: every tenth article is a copy of the one before."""
    connection = connect(path, create=True)
    source = entries(n_articles)
    for first in range(0, n_articles, BATCH):
        with transaction(connection):
            run_id = begin_run(connection, Run("add", "0", "{}", "2026-01-01T00:00:00Z"))
            ids = add_entries(connection, list(islice(source, BATCH)), run_id)
            near = [(a, a + 1) for a in ids[::10] if a + 1 <= ids[-1]]
            add_pairs(connection, [Pair(a, b, 0.9, 0.95, 0.94) for a, b in near])
            clusters = [Cluster(f"{a:032x}", a, (Duplicate(b, a, 0.9),)) for a, b in near]
            write_clusters(connection, [member for pair in near for member in pair], clusters)
            finish_run(connection, run_id, "2026-01-01T00:01:00Z", f'{{"read": {len(ids)}}}')
        if first % 50_000 == 0:
            print(f"  {first:,} of {n_articles:,}", file=sys.stderr, flush=True)
    connection.execute("PRAGMA analysis_limit = 1000")
    connection.execute("ANALYZE")
    connection.close()


def addresses(name: str, n_articles: int) -> list[str]:
    """Return an address of every sort of page."""
    # In every article; in one of five; in one of 140.
    always, common, rare = (str(word) for word in words()[[1, 50, 9_000]])
    middle = n_articles // 2
    ours = [
        "home",
        "articles",
        "articles?lang=de",
        "articles?lang=de&sort=removed",
        "articles?month=2013-01&sort=longest",
        "articles?site=site1.example.com",
        "articles?site=site900.example.com&status=kept&sort=published",
        "articles?site=site2.example.com&status=kept&sort=removed",
        "articles?sort=longest&page=40",
        f"articles?q={always}",
        f"articles?q={always}&lang=de&sort=removed",
        f"articles?q={common}",
        f"articles?q={common}&lang=de&sort=removed",
        f"articles?q={rare}",
        f'articles?q="{common}+{rare}"',
        "articles?review=yes&sort=removed",
        "articles?month=unknown&lang=de",
        f"article/{middle}",
        f"article/{middle}.json",
        "clusters",
        "clusters?page=100",
        f"cluster/{middle // 10 * 10 + 1:032x}",
        "sites",
        "sites?sort=removed",
        "site/site1~2Eexample~2Ecom",
        "rules",
        "rule/rule-7",
        "rule/rule-7?kind=weather",
        "rule/rule-7?site=site1.example.com",
        "sites?part=99",
    ]
    tables = [
        "",
        "/articles",
        "/articles?lang=de",
        "/articles?lang=de&status=kept",
        "/articles?site=site2.example.com&_sort_desc=ratio_cut",
        f"/articles?_search={always}",
        f"/articles?_search={common}",
        f"/articles?_search={rare}",
        f"/articles?_search={common}&lang=de",
        f"/articles/{middle}",
        "/cuts",
        "/cuts?kind=weather",
        "/cuts?rule=rule-7",
        "/documents",
        "/sites",
        "/clusters",
        "/pairs",
        "/runs",
        "/failures",
        "/site_rules",
        "/article_texts",
    ]
    queries = ["/cut-most-often", "/much-was-cut", "/cuts-by-rule", "/cuts-by-site", "/clusters-with-members"]
    queries += ["/articles-per-month", "/rejected", "/failures-by-error", "/untitled"]
    return [f"/{name}/-/{page}" for page in ours] + [f"/{name}{page}" for page in tables + queries]


async def measure(path: Path, n_articles: int) -> float:
    """Print the seconds that each page takes, twice, and its CPU time; return the longest of these."""
    datasette = open_datasette(path)
    await datasette.invoke_startup()
    longest = 0.0
    for address in addresses(path.stem, n_articles):
        seconds = []
        for _ in range(2):
            start = time.perf_counter()
            cpu_start = time.process_time()
            answer = await datasette.client.get(address)
            seconds.append(time.perf_counter() - start)
        cpu_s = time.process_time() - cpu_start
        timed_out = " FACETS TIMED OUT" if "facets-timed-out" in answer.text else ""
        late = " TOO SLOW" if cpu_s >= LIMIT_S else ""
        print(
            f"{seconds[0]:7.3f} {seconds[1]:7.3f} {cpu_s:7.3f}  {answer.status_code}  {address}{timed_out}{late}",
            flush=True,
        )
        longest = max(longest, cpu_s if answer.status_code == 200 and not timed_out else 99.0)
    return longest


def main() -> int:
    """Build the corpus where it is missing, measure, and say whether every page was quick enough."""
    n_articles = int(sys.argv[1]) if len(sys.argv) > 1 else 500_000
    OUT.mkdir(exist_ok=True)
    path = OUT / f"browse_{n_articles}.db"
    if not path.exists():
        started = time.perf_counter()
        build(path.with_suffix(".part"), n_articles)
        path.with_suffix(".part").rename(path)
        print(f"built in {time.perf_counter() - started:.0f} s, {path.stat().st_size / 2**20:.0f} MiB", file=sys.stderr)
    print("  first  second     cpu  status  address")
    return int(asyncio.run(measure(path, n_articles)) >= LIMIT_S)


if __name__ == "__main__":
    sys.exit(main())
