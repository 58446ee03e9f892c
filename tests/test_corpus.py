"""A corpus that grows: nothing depends on order, batches or workers."""

import json
import multiprocessing
import random
import re
import sqlite3
from pathlib import Path

import numpy as np
import pytest
from patience import LIMIT_S

from curator.corpus import Corpus
from curator.model import Raw
from curator.settings import Settings

ROOT = Path(__file__).parent.parent


ONE = Settings(workers=1)


_SUBJECTS = [
    "Der Rat",
    "Die Stadt",
    "Die Ministerin",
    "Ein Sprecher",
    "Das Gericht",
    "Die Polizei",
    "Der Verein",
    "Die Schule",
]


_VERBS = [
    "hat am Dienstag",
    "wird im Frühjahr",
    "hatte vor einem Jahr",
    "will noch vor der Wahl",
    "soll nach langem Streit",
]


_OBJECTS = ["die neue Brücke", "den alten Bahnhof", "das Museum am Hafen", "einen Vertrag mit Pakistan", "die Steuer"]


_ENDS = ["eröffnet", "verkauft", "geprüft", "gelobt", "beschlossen", "abgelehnt", "vergessen", "bezahlt"]


def sentence(chance):
    """Return a sentence that hardly occurs twice."""
    parts = [chance.choice(words) for words in (_SUBJECTS, _VERBS, _OBJECTS, _ENDS)]
    return f"{' '.join(parts)}, wie es in Bericht {chance.randrange(10**6)} heißt."


def variant(chance, sentences, n_changed):
    """Return an article with some of its sentences replaced."""
    sentences = list(sentences)
    for place in chance.sample(range(len(sentences)), n_changed):
        sentences[place] = sentence(chance)
    return "\n\n".join(sentences)


def documents(seed):
    """Return documents with exact copies, near-duplicates of many degrees, versions of urls, rejects and reposts."""
    chance = random.Random(seed)
    stories = [[sentence(chance) for _ in range(12)] for _ in range(4)]
    raws = []
    for number in range(40):
        text = variant(chance, chance.choice(stories), chance.choice([0, 0, 1, 2, 3]))
        url = f"https://example.org/{chance.randrange(12)}" if chance.random() < 0.5 else None
        day = f"2024-0{chance.randrange(1, 9)}-11" if chance.random() < 0.7 else None
        content = b"Mein Konto" if chance.random() < 0.1 else text.encode()
        raws.append(Raw(f"dump:{number}", content, source_id=str(number // 2), url=url, fetched_at=day))
    return raws + chance.sample(raws, 4)


def state(path):
    """Return what a corpus holds, by keys in place of ids: articles, pairs and clusters."""
    with sqlite3.connect(path) as connection:
        keys = dict(connection.execute("SELECT id, key FROM documents").fetchall())
        articles = {
            keys[row[0]]: (*row[1:5], keys.get(row[5]), keys.get(row[6]), row[7])
            for row in connection.execute(
                "SELECT articles.id, title, status, cluster_id, similarity, duplicate_of, via, fetched_at"
                " FROM articles JOIN documents USING (id)"
            )
        }
        pairs = sorted(
            (sorted((keys[a], keys[b])), j) for a, b, j in connection.execute("SELECT a, b, jaccard FROM pairs")
        )
        clusters = sorted(
            (identity, size, keys[keeper], least)
            for identity, size, keeper, least in connection.execute("SELECT * FROM clusters")
        )
        sites = connection.execute("SELECT * FROM sites ORDER BY domain").fetchall()
    return articles, pairs, clusters, sites


@pytest.mark.parametrize("seed", range(3))
def test_order_and_batches_change_nothing(seed, tmp_path):
    """Shuffled, in batches of any size, in one run or several: the same statuses, pairs, clusters and keepers."""
    raws = documents(seed)
    states = []
    for number, (rows, n_runs) in enumerate([(1000, 1), (1, 1), (3, 2), (7, 5), (16, 1), (2, 3)]):
        path = tmp_path / f"{number}.db"
        order = list(raws)
        random.Random(number).shuffle(order)
        with Corpus(path, Settings(workers=1, batch_rows=rows)) as corpus:
            for run in range(n_runs):
                corpus.add_raws(order[run::n_runs])
            assert list(corpus.check()) == []
        states.append(state(path))
    statuses = {row[1] for row in states[0][0].values()}
    assert statuses == {"kept", "duplicate", "rejected", "superseded"}
    for other in states[1:]:
        assert other == states[0]


@pytest.mark.parametrize("seed", range(2))
def test_removing_is_as_if_never_added(seed, tmp_path):
    """A corpus that lost documents equals one that never held them, older versions of their urls come back."""
    raws = documents(seed)
    chosen = {f"dump:{number}" for number in range(0, 40, 3)}
    with Corpus(tmp_path / "all.db", ONE) as corpus:
        corpus.add_raws(raws)
        gone = [article.id for article in corpus.articles() if article.source in chosen]
        assert corpus.remove(*gone) == len(gone) > 0
        assert list(corpus.check()) == []
    with Corpus(tmp_path / "less.db", ONE) as corpus:
        corpus.add_raws(raw for raw in raws if raw.source not in chosen)
    assert state(tmp_path / "all.db")[:3] == state(tmp_path / "less.db")[:3]


def test_workers_change_nothing(tmp_path):
    """Two processes write the very rows that one does, in the same order."""
    raws = [Raw(f"dump:{n}", f"{sentence(random.Random(n))} {n}".encode(), source_id=str(n)) for n in range(700)]
    dumps = []
    for workers in (1, 2):
        path = tmp_path / f"{workers}.db"
        with Corpus(path, Settings(workers=workers, batch_rows=100)) as corpus:
            corpus.add_raws(raws)
        dumps.append(rows_of(path))
    assert dumps[0] == dumps[1]


def rows_of(path):
    """Return every row of the tables of a corpus, run ids and times apart.

    Whether a document was fetched anew since it was cleaned depends on the order of its fetches, as it must.
    """
    with sqlite3.connect(path) as connection:
        names = [
            name
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
            if not name.startswith(("articles_fts", "sqlite_", "_sqlite", "runs", "segment", "uncleaned"))
        ]
        found = {}
        for name in names:
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({name})") if row[1] != "run_id"]
            quoted = ", ".join(f'"{column}"' for column in columns)
            found[name] = sorted(map(repr, connection.execute(f"SELECT {quoted} FROM {name}")))
        return found


def test_adding_again_changes_nothing(tmp_path):
    """The second time every document is known, and no row differs."""
    path = tmp_path / "corpus.db"
    with Corpus(path, ONE) as corpus:
        first = corpus.add(ROOT / "seeds")
        before = rows_of(path)
        again = corpus.add(ROOT / "seeds")
    assert (first.added, again.added, again.unchanged) == (5, 0, 5)
    assert rows_of(path) == before


def test_same_content_elsewhere_is_noted_as_a_path(tmp_path):
    """The same file under another name is no new document; explain tells where it was seen."""
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text("Die Stadt hat die Brücke eröffnet, wie sie am Dienstag mitteilte.")
    with Corpus(tmp_path / "corpus.db", ONE) as corpus:
        report = corpus.add(tmp_path / "a.txt", tmp_path / "b.txt")
        assert (report.added, report.unchanged) == (1, 1)
        assert corpus.explain(1).paths == (str(tmp_path / "b.txt"),)


def test_an_id_that_no_file_can_hold_is_no_article(tmp_path):
    """SQLite's integers end at 2**63; what lies beyond is not there, as any other unknown id."""
    (tmp_path / "a.txt").write_text("Die Stadt hat die Brücke eröffnet, wie sie am Dienstag mitteilte.")
    with Corpus(tmp_path / "corpus.db", ONE) as corpus:
        corpus.add(tmp_path / "a.txt")
        assert [corpus.explain(number) for number in (0, 2, 2**63)] == [None] * 3


def test_same_text_with_another_id_is_an_exact_duplicate(tmp_path):
    """Own ids make different documents; the keeper is the earlier, and similarity is 1."""
    text = b"Die Stadt hat die alte Br\xc3\xbccke nach langem Streit am Dienstag er\xc3\xb6ffnet."
    raws = [
        Raw("d:1", text, source_id="1", fetched_at="2024-05-02"),
        Raw("d:2", text, source_id="2", fetched_at="2024-05-01"),
    ]
    with Corpus(tmp_path / "corpus.db", ONE) as corpus:
        report = corpus.add_raws(raws)
        assert (report.kept, report.duplicate) == (1, 1)
        first, second = corpus.articles()
        assert (first.status, first.duplicate_of, first.similarity) == ("duplicate", 2, 1.0)
        assert (second.status, second.cluster_id) == ("kept", first.cluster_id)
        assert first.cluster_id == min(first.key, second.key)


def test_newer_version_supersedes(tmp_path):
    """Of several versions of a url the one fetched last is current; a page fetched again in its old form is, too."""

    def version(day, word):
        text = f"Die Stadt hat die {word} Brücke nach langem Streit am Dienstag endlich eröffnet."
        return Raw("crawl", text.encode(), url="https://example.org/a", fetched_at=f"2024-05-0{day}")

    with Corpus(tmp_path / "corpus.db", ONE) as corpus:
        corpus.add_raws([version(2, "neue"), version(1, "alte")])
        assert [article.status for article in corpus.articles()] == ["kept", "superseded"]
        corpus.add_raws([version(3, "alte")])
        assert [article.status for article in corpus.articles()] == ["superseded", "kept"]
        assert list(corpus.check()) == []


def test_rejected_version_supersedes_nothing(tmp_path):
    """A later fetch that brought nothing but clutter does not cost the article."""
    raws = [
        Raw(
            "crawl", "Die Stadt hat die Brücke am Dienstag eröffnet.".encode(), url="https://a.org/", fetched_at="2024"
        ),
        Raw("crawl", b"Mein Konto", url="https://a.org/", fetched_at="2024-06-01"),
    ]
    with Corpus(tmp_path / "corpus.db", ONE) as corpus:
        corpus.add_raws(raws)
        assert [article.status for article in corpus.articles()] == ["kept", "rejected"]


def test_every_document_ends_as_one_article_or_one_failure(tmp_path):
    """What cannot be read is a failure with stage and reason, the same again is not a second one."""
    dump = tmp_path / "dump.jsonl"
    dump.write_text('{"id": 1, "text": "Die Stadt hat die Brücke eröffnet."}\nnot json\n{"id": 3}\n', encoding="utf-8")
    with Corpus(tmp_path / "corpus.db", ONE) as corpus:
        for _ in range(2):
            report = corpus.add(dump)
            assert report.read == report.added + report.unchanged + report.failed == 3
            assert report.failed == 2
        assert corpus.stats()["articles"] == 1
        assert corpus.stats()["failures"] == 2


def test_texts_taken_as_they_are_stay_so(tmp_path):
    """--no-clean cuts nothing, neither now nor when the corpus is cleaned again."""
    with Corpus(tmp_path / "corpus.db", ONE) as corpus:
        corpus.add_raws([Raw("a", b"Mein Konto\nDie Stadt baut.")], clean=False)
        assert corpus.reclean().read == 0
        assert [article.text for article in corpus.articles()] == ["Mein Konto\nDie Stadt baut."]
        assert list(corpus.check()) == []


def test_reclean_is_as_if_added_so(tmp_path):
    """Cleaning stored originals with other rules gives what adding with those rules gives, and says what changed."""
    kept = Settings(workers=1, keep_kinds=("account", "related"))
    with Corpus(tmp_path / "a.db", ONE) as corpus:
        corpus.add(ROOT / "seeds")
        assert corpus.reclean().changed == 0
    with Corpus(tmp_path / "a.db", kept) as corpus:
        report = corpus.reclean()
        assert report.chars_after > report.chars_before
        assert report.changed == len(report.changed_ids) > 0
        assert list(corpus.check()) == []
    with Corpus(tmp_path / "b.db", kept) as corpus:
        corpus.add(ROOT / "seeds")
    found, wanted = rows_of(tmp_path / "a.db"), rows_of(tmp_path / "b.db")
    for table in ("articles", "article_texts", "signatures", "pairs", "clusters", "sites"):
        assert found[table] == wanted[table]


@pytest.fixture(scope="module")
def dump(tmp_path_factory):
    """Return a dump of 250 documents with copies and versions among them."""
    path = tmp_path_factory.mktemp("dump") / "dump.jsonl"
    lines = []
    for seed in range(6):
        for raw in documents(seed):
            record = {"id": f"{seed}-{raw.source_id}", "text": raw.content.decode(), "fetched_at": raw.fetched_at}
            lines.append(json.dumps(record | ({"url": f"{raw.url}-{seed % 3}"} if raw.url else {})))
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def add_apart(dump, path, rows):
    """Start adding a dump in small batches, in a process of its own."""
    process = multiprocessing.get_context("fork").Process(target=add_here, args=(dump, path, rows))
    process.start()
    return process


def add_here(dump, path, rows):
    """Add a dump in small batches."""
    with Corpus(path, Settings(workers=1, batch_rows=rows)) as corpus:
        corpus.add(dump)


def test_two_commands_add_at_once(dump, tmp_path):
    """Two writers take turns batch by batch; the corpus is sound and equals that of one writer."""
    lines = dump.read_text(encoding="utf-8").splitlines()
    halves = [tmp_path / "even.jsonl", tmp_path / "odd.jsonl"]
    for number, half in enumerate(halves):
        half.write_text("\n".join(lines[number::2]), encoding="utf-8")
    together = tmp_path / "together.db"
    running = [add_apart(half, together, 5) for half in halves]
    for process in running:
        process.join(LIMIT_S)
    assert [process.exitcode for process in running] == [0, 0]
    with Corpus(tmp_path / "alone.db", ONE) as corpus:
        corpus.add(*halves)
    with Corpus(together) as corpus:
        assert list(corpus.check()) == []
    assert state(together) == state(tmp_path / "alone.db")


@pytest.mark.parametrize("text", ["", " \n\n", "\u200b", "  \n \u200b\ufeff\n"])
def test_what_shows_nothing_is_rejected(tmp_path, text):
    """A document without a character that can be seen is no article, and the file's invariants hold."""
    with Corpus(tmp_path / "corpus.db", Settings(workers=1)) as corpus:
        corpus.add_raws([Raw("a.txt", text.encode())])
        assert [(one.status, one.reason) for one in corpus.articles(status=("rejected",))] == [
            ("rejected", "no text in the document")
        ]
        assert list(corpus.check()) == []


def test_a_number_of_an_article_may_come_from_a_data_frame(tmp_path):
    """NumPy's integers and whole floats are numbers of articles; a name is none, and the message says what finds it."""
    with Corpus(tmp_path / "a.db") as corpus:
        corpus.add_raws([Raw("a.txt", b"Die Br\xc3\xbccke ist fertig.")])
        explained = [corpus.explain(id) for id in (np.int64(1), np.float64(1), 1.0)]
        assert [found and found.article.source for found in explained] == ["a.txt"] * 3
        with pytest.raises(TypeError, match=re.escape("'a.txt' is no number of an article; ids_called finds")):
            corpus.explain("a.txt")
        with pytest.raises(TypeError, match="nan is no number"):
            corpus.explain(float("nan"))
        assert corpus.remove(np.int64(1)) == 1


def test_a_status_may_be_given_alone_and_one_that_no_article_has_is_told(tmp_path):
    """``status="kept"`` is what ``status=["kept"]`` is; anything else gives an error, and no empty file."""
    with Corpus(tmp_path / "a.db") as corpus:
        corpus.add_raws([Raw("a.txt", b"Die Br\xc3\xbccke ist fertig.")])
        found = [len(list(corpus.articles(status=status))) for status in ("kept", ["kept"], "rejected", ())]
        assert found == [1, 1, 0, 1]
        assert corpus.export(tmp_path / "a.csv", status="kept") == 1
        for ask in (
            lambda: list(corpus.articles(status=["kept", "clean"])),
            lambda: corpus.search("Brücke", status="clean"),
            lambda: corpus.export(tmp_path / "b.csv", status="clean"),
        ):
            with pytest.raises(ValueError, match="'clean' is no status: expected some of kept, duplicate, rejected"):
                ask()
    assert not (tmp_path / "b.csv").exists()
