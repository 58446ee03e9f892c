"""Clusters of a corpus file: thresholds, rules of keeping, texts in longer ones, and what people review."""

import random
import sqlite3
from dataclasses import replace

import pytest
from test_corpus import ONE, documents, sentence, state

from curator.corpus import Corpus
from curator.index import Index, lsh
from curator.model import Raw
from curator.store.duplicates import SegmentRows


def test_dedup_answers_from_stored_pairs(tmp_path):
    """A higher threshold splits clusters; going back gives the former ones; adding follows the stored rule."""
    with Corpus(tmp_path / "corpus.db", ONE) as corpus:
        corpus.add_raws(documents(1))
        before = state(corpus.path)
        high = corpus.dedup(threshold=0.95)
        assert list(corpus.check()) == []
        low = corpus.dedup(threshold=0.7)
        assert high.duplicate < low.duplicate
        assert state(corpus.path) == before
        assert corpus.dedup(keep=["longest"]).duplicate == low.duplicate


def test_a_rule_that_another_process_sets_is_followed_at_once(tmp_path):
    """While documents are added, `dedup --threshold` of another process holds for all that come after it."""
    raws = documents(1)

    def coming():
        yield from raws[:40]
        with Corpus(tmp_path / "corpus.db", ONE) as other:
            other.dedup(threshold=0.95)
        yield from raws[40:]

    with Corpus(tmp_path / "corpus.db", replace(ONE, batch_rows=8)) as corpus:
        corpus.add_raws(coming(), learn=False)
        assert list(corpus.check()) == []
    with Corpus(tmp_path / "other.db", replace(ONE, threshold=0.95)) as corpus:
        corpus.add_raws(raws, learn=False)
    assert state(tmp_path / "corpus.db") == state(tmp_path / "other.db")


def index_of(path):
    """Return the entries of a corpus's index, its articles and distinct texts with a signature, and forgotten ids."""
    with sqlite3.connect(path) as connection:
        counts = connection.execute("SELECT count(*), count(DISTINCT digest) FROM signatures").fetchone()
        store = SegmentRows(connection)
        return Index(store).n_entries, *counts, store.forgotten().size


@pytest.mark.parametrize("how", ["remove", "reclean", "crawl again"])
def test_the_index_is_written_anew_once_much_of_it_is_dead(how, tmp_path, monkeypatch):
    """Nothing is left in it of articles that left or had other texts; what comes later finds all near-duplicates."""
    monkeypatch.setattr(lsh, "LEAST_BLOATED", 0)
    chance = random.Random(1)
    bar = "\n\nFacebook | Twitter | WhatsApp | E-Mail | Pinterest | LinkedIn"
    texts = [" ".join(sentence(chance) for _ in range(2)) for _ in range(60)]
    raws = [
        Raw(f"d:{n}", f"{text} {sentence(chance) if n % 3 else ''}{bar}".encode(), url=f"https://a.example/{n}")
        for n, text in enumerate(texts + texts[:20])
    ]
    with Corpus(tmp_path / "corpus.db", ONE) as corpus:
        corpus.add_raws(raws)
        before, (n_fresh, *_) = state(corpus.path), index_of(corpus.path)
        if how == "remove":
            corpus.remove(*range(1, 41))
        elif how == "reclean":
            Corpus(corpus.path, replace(ONE, keep_kinds=("share",))).reclean()
        else:
            later = [replace(raw, content=b"Neu: " + raw.content[:150] + bar.encode()) for raw in raws]
            corpus.add_raws([replace(raw, fetched_at="2030-01-01") for raw in later], learn=False)
            corpus.remove(*range(81, 161))
        n_entries, n_signed, n_distinct, n_forgotten = index_of(corpus.path)
        assert (n_entries, n_forgotten) == (n_signed + 30 * n_distinct, 0)
        corpus.reclean()
        corpus.add_raws(raws)
        assert (state(corpus.path), list(corpus.check())) == (before, [])
        assert index_of(corpus.path)[0] < 2 * n_fresh


def test_a_threshold_below_the_stored_pairs_asks_for_a_scan(tmp_path):
    """Below .5 nothing is answered by halves; scanning again finds the pairs, a higher threshold forgets them."""
    with Corpus(tmp_path / "corpus.db", ONE) as corpus:
        corpus.add_raws(documents(1))
        before = state(corpus.path)
        with pytest.raises(ValueError, match="--rescan"):
            corpus.dedup(threshold=0.3)
        assert state(corpus.path) == before
        low = corpus.dedup(threshold=0.3, rescan=True)
        assert low.duplicate > sum(row[1] == "duplicate" for row in before[0].values())
        assert list(corpus.check()) == []
        assert min(jaccard for _, jaccard in state(corpus.path)[1]) < 0.5
        corpus.dedup(threshold=0.7)
        after = state(corpus.path)
        assert (after[0], after[2:]) == (before[0], before[2:])
        assert all(jaccard >= 0.5 for _, jaccard in after[1])


def test_rule_of_keeping_is_stored_and_followed(tmp_path):
    """Preferred sites and a window are written down, and later adding follows them."""
    text = sentence(random.Random(5)).encode()
    raws = [
        Raw(f"d:{n}", text, url=f"https://{site}.example/{n}", fetched_at=f"2024-05-0{n + 1}")
        for n, site in enumerate("abb")
    ]
    with Corpus(tmp_path / "corpus.db", ONE) as corpus:
        corpus.add_raws(raws[:2])
        assert [article.status for article in corpus.articles()] == ["kept", "duplicate"]
        report = corpus.dedup(keep=["site:b.example", "earliest"], window_days=30)
        assert (report.keep, report.sites, report.window_days) == (("site", "earliest"), ("b.example",), 30)
        corpus.add_raws(raws[2:])
        assert [article.status for article in corpus.articles()] == ["duplicate", "kept", "duplicate"]
        corpus.add_raws([Raw("d:9", text, source_id="9", fetched_at="2024-09-01")])
        assert [article.status for article in corpus.articles()][3] == "kept"
        assert corpus.dedup(window_days=0).window_days is None
        assert [article.status for article in corpus.articles()][3] == "duplicate"
        assert list(corpus.check()) == []


def test_contained_articles_are_marked_and_dropped_only_when_asked(tmp_path):
    """A part of a longer article is marked; dropped it is rejected with a reason, and can be taken back whole."""
    chance = random.Random(9)
    long = [sentence(chance) for _ in range(12)]
    parts = ["\n\n".join(long), "\n\n".join(long[3:6]), "\n\n".join([*long[3:5], sentence(chance)])]
    with Corpus(tmp_path / "corpus.db", ONE) as corpus:
        corpus.add_raws(Raw(f"d:{n}", text.encode()) for n, text in enumerate(parts))
        before = state(corpus.path)
        (mark,) = corpus.mark_contained()
        assert (mark.id, mark.container, mark.containment) == (2, 1, 1.0) and 0.2 < mark.containment_container < 0.3
        assert state(corpus.path) == before
        assert corpus.drop_contained() == 1
        dropped = corpus.explain(2).article
        assert (dropped.status, dropped.reason) == ("rejected", "contained in article 1 (100% of its text)")
        assert corpus.mark_contained() == []
        with sqlite3.connect(corpus.path) as connection:
            assert connection.execute("SELECT * FROM contained").fetchall() == [tuple(mark)]
        assert list(corpus.check()) == []
        assert corpus.restore_contained() == 1
        assert state(corpus.path) == before
        assert list(corpus.check()) == []


def test_weak_links_and_shared_lines_are_listed(tmp_path):
    """The least similar duplicates come first; lines are counted over kept articles only."""
    with Corpus(tmp_path / "corpus.db", ONE) as corpus:
        corpus.add_raws(documents(2))
        links = corpus.weakest(1000)
        duplicates = [article for article in corpus.articles() if article.status == "duplicate"]
        assert [link.similarity for link in links] == sorted(article.similarity for article in duplicates)
        kept = [set(article.text.split("\n")) for article in corpus.articles(status=["kept"])]
        for line in corpus.shared_lines(5):
            assert line.articles == sum(line.text in lines for lines in kept) >= 3
