"""What site templates add on made-up sites that grow, and what learning costs on a large one.

    python bench/templates.py [--articles 120] [--seed 1] [--cost 100000]

Three sites publish an article a day. Each has lines that no rule knows: a claim under the headline or at the end, a
prompt in the midst of the text, a box that changes halfway, two headlines of its other articles. A tenth of the
pages is crawled twice, with edits; a fifth of the stories is an agency's and stands on two sites; sub-headings and
a passage that follow-ups repeat belong to the body. Pages come in portions of a month.

Printed: token F1 of the kept text against the body, clutter lines left and body lines lost, with and without
templates, with and without the tagger. ``--cost N`` instead times learning a site of N pages in a corpus file after
ten more came: reading its rows, learning, and comparing what is to be cut.
"""

from __future__ import annotations

import argparse
import random
import re
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from synthetic import Writer

from curator.corpus import Corpus
from curator.model import Article, Facts, Page, Raw
from curator.pipeline import learning
from curator.pipeline.entries import make_entry
from curator.settings import Settings
from curator.store import templates as store
from curator.store.connection import Connection, connect, transaction
from curator.store.write import Run, add_entries, begin_run
from curator.templates import SKETCH_VALUES, LearnRule

_WORD = re.compile(r"\w+")
#: The site whose learning is timed.
SITE = "large.example"
SUB_HEADINGS = ("Background", "What happens next", "The long way to a vote")
#: Of each site: line under the headline, prompt in the text, box, later box, claim at the end.
CLUTTER = {
    "tideherald.example": (
        "Reported from the old lighthouse",
        "Walk the harbour with us: our long read on the tide",
        "Garden of the month: send your finest beds to the readers' desk and win a spade!",
        "The winter puzzle book has come: at every kiosk between the dyke and the marsh",
        "The Tide Herald, your voice between dyke and marsh",
    ),
    "fenpost.example": (
        "The Fen Post, printed on Thursdays",
        "Our cook tries the recipe of this week: eel in green",
        "Readers lend a hand: the bicycle workshop opens in the yard of the Fen Post",
        "Choir of the readers: rehearsals in the yard of the Fen Post, all voices wanted",
        "Post, paper and people since 1921",
    ),
    "moorvoice.example": (
        "Heard on the moor",
        "The moor in pictures: a calendar by our readers",
        "Which bird sings here? The Moor Voice gives away field glasses to all who know",
        "Which star shines here? The Moor Voice gives away star charts to all who know",
        "Moor Voice - slow news, good company",
    ),
}


@dataclass(frozen=True)
class Made:
    """A page with its truth: the lines of the body, and those of its clutter."""

    raw: Raw
    body: tuple[str, ...]
    clutter: tuple[str, ...]


def headline(writer: Writer) -> str:
    """Return a made-up headline."""
    return " ".join(writer.sentence().rstrip(".").split()[:8]).capitalize()


def stories(n: int, seed: int) -> list[tuple[str, list[str]]]:
    """Return headlines with bodies; a third has a sub-heading, every tenth repeats a passage of the last tenth."""
    writer, chance = Writer(seed), random.Random(seed)
    passage = writer.sentence()
    made = []
    for number in range(n):
        paragraphs = writer.text().split("\n")
        if chance.random() < 0.35:
            paragraphs.insert(len(paragraphs) // 2, chance.choice(SUB_HEADINGS))
        if number % 10 < 3:
            passage = writer.sentence() if number % 10 == 0 and number % 50 == 0 else passage
            paragraphs.insert(-1, passage)
        made.append((headline(writer), paragraphs))
    return made


def site_pages(site: str, told: Sequence[tuple[str, list[str]]], seed: int) -> list[Made]:
    """Return the pages of a site, an article a day, some of them crawled again after edits."""
    chance, writer = random.Random(f"{site}{seed}"), Writer(seed + 99)
    top, prompt, box, later_box, claim = CLUTTER[site]
    pages = []
    for number, (title, paragraphs) in enumerate(told):
        used = box if number < len(told) // 2 else later_box
        teasers = [told[chance.randrange(len(told))][0] for _ in range(2)]
        teasers = [teaser for teaser in teasers if teaser != title]
        for crawl in range(1 + (chance.random() < 0.1)):
            body = list(paragraphs)
            if crawl:
                body[0] = writer.sentence()
            middle = len(body) // 2
            lines = [title, top, *body[:middle], prompt, *body[middle:], *teasers, used, claim]
            day = date(2024, 1, 1) + timedelta(number + 2 * crawl)
            url = f"https://{site}/{number}" + ("?again" if crawl else "")
            raw = Raw(f"{site}:{number}", "\n\n".join(lines).encode(), url=url, fetched_at=day.isoformat())
            pages.append(Made(raw, tuple(body), (top, prompt, *teasers, used, claim)))
    return pages


def made_up(n: int, seed: int) -> list[Made]:
    """Return the pages of all sites in the order of their days; each fifth story stands on two of them."""
    agency = stories(n, seed + 1000)
    pages = []
    for number, site in enumerate(CLUTTER):
        told = stories(n, seed + number)
        for place in range(n):
            if place % 5 == number % 2 and number < 2:
                told[place] = agency[place // 5]
        pages += site_pages(site, told, seed)
    return sorted(pages, key=lambda page: (page.raw.fetched_at or "", page.raw.source))


def f1(found: str, truth: str) -> float:
    """Return the token F1 of a text."""
    ours, theirs = Counter(_WORD.findall(found)), Counter(_WORD.findall(truth))
    shared = (ours & theirs).total()
    return 2 * shared / max(ours.total() + theirs.total(), 1)


def score(path: Path, pages: Sequence[Made]) -> tuple[float, int, int]:
    """Return mean F1, clutter lines left and body lines lost of a corpus."""
    truths = {(page.raw.url, page.raw.content): page for page in pages}
    by_url = {page.raw.url: page for page in truths.values()}
    scores, left, lost = [], 0, 0
    with Corpus(path) as corpus:
        for article in corpus.articles():
            page = by_url[article.url]
            lines = Counter(article.text.split("\n"))
            scores.append(f1(article.text, "\n".join(page.body)))
            left += sum((Counter(page.clutter) & lines).values())
            lost += sum((Counter(page.body) - lines).values())
    return sum(scores) / len(scores), left, lost


def grow(pages: Sequence[Made], settings: Settings, path: Path, *, learns: bool) -> float:
    """Add pages in portions of a month; return the CPU-seconds that took."""
    start = time.process_time()
    with Corpus(path, settings) as corpus:
        for month in sorted({(page.raw.fetched_at or "")[:7] for page in pages}):
            portion = [page.raw for page in pages if (page.raw.fetched_at or "").startswith(month)]
            corpus.add_raws(portion, learn=learns)
    return time.process_time() - start


def quality(n: int, seed: int, folder: Path) -> None:
    """Print what templates add."""
    pages = made_up(n, seed)
    n_body, n_clutter = sum(len(page.body) for page in pages), sum(len(page.clutter) for page in pages)
    print(f"{len(pages)} pages of {len(CLUTTER)} sites: {n_body} body lines, {n_clutter} lines of clutter")
    print(f"{'':34} {'F1':>6} {'clutter left':>12} {'body lost':>9} {'CPU-s':>6}")
    for name, skipped in (("rules", ("tagger",)), ("rules and tagger", ())):
        for learns in (False, True):
            path = folder / f"{len(skipped)}{learns}.db"
            used = grow(pages, Settings(workers=1, skip_rules=skipped), path, learns=learns)
            mean, left, lost = score(path, pages)
            row = f"{name} and templates" if learns else name
            print(f"{row:34} {mean:6.4f} {left:12} {lost:9} {used:6.1f}", flush=True)
            assert not learns or not list(_problems(path))


def _problems(path: Path) -> list[object]:
    with Corpus(path) as corpus:
        return [problem for problem in corpus.check() if problem.check == "templates"]


def store_site(connection: Connection, n: int) -> None:
    """Write n pages of one site as they are noted for learning: 30 lines each, a tenth of them its template's."""
    chance = np.random.default_rng(1)
    template = chance.integers(0, 2**63, 3, dtype=np.uint64) // 4 * 4 + 1
    with transaction(connection):
        run_id = begin_run(connection, Run("add", "0", "{}", "2026-01-01T00:00:00Z"))
        for number in range(1, n + 1):
            day = (date(2010, 1, 1) + timedelta(number * 5000 // n)).isoformat()
            raw = Raw("", b"%d" % number, url=f"https://{SITE}/{number}", fetched_at=day)
            made = make_entry(raw, Article(Page("", ()), Facts(), "", ()), learns=False)
            lines = np.concatenate([chance.integers(0, 2**63, 27, dtype=np.uint64), template])
            sketch = chance.integers(0, 2**16, SKETCH_VALUES, dtype=np.uint16).tobytes()
            ids = add_entries(connection, [made], run_id)
            page = (None, None, None, int(lines[0] >> np.uint64(1)), True, lines.tobytes(), sketch)
            store.note_lines(connection, ids, [store.PageLines(ids[0], SITE, *page)])


def cost(n: int, folder: Path) -> None:
    """Print what learning a site of n pages costs."""
    connection = connect(folder / "cost.db", create=True)
    store_site(connection, n)
    start = time.process_time()
    pages = store.pages_of_site(connection, SITE)
    read = time.process_time()
    learned = learning.learned_site(pages, LearnRule())
    end = time.process_time()
    n_hit = int((learned.hits.marks != 0).sum())
    print(f"{n} pages: {read - start:.2f} CPU-s to read, {end - read:.2f} to learn; {n_hit} pages hold template lines")
    size = sum(len(page.lines) + len(page.sketch) for page in pages) / n
    print(f"{size:.0f} bytes a page for lines and sketch")


def main() -> None:
    """Print one of the two tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=120)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cost", type=int)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if args.cost:
            cost(args.cost, Path(folder))
        else:
            quality(args.articles, args.seed, Path(folder))


if __name__ == "__main__":
    main()
