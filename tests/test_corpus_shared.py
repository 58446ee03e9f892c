"""One corpus in loops that change it, in threads and in processes."""

import multiprocessing
from concurrent.futures import ThreadPoolExecutor

import pytest

from curator.corpus import Corpus
from curator.model import Raw
from curator.settings import Settings
from curator.store.opened import Opened


@pytest.fixture
def corpus(tmp_path):
    """Five articles, and the file is open to read only."""
    path = tmp_path / "a.db"
    with Corpus(path, Settings(db=path, workers=1)) as made:
        made.add_raws(Raw(f"{n}.txt", f"Die Brücke {n} ist seit Dienstag fertig.".encode()) for n in range(5))
        made.close()
        assert made.stats()["articles"] == 5
        yield made


def test_what_a_loop_yields_is_one_state_whatever_it_changes(corpus):
    """Articles and originals may be removed, or added again, while they are read."""
    assert [corpus.remove(article.id) for article in corpus.articles() if article.id % 2] == [1, 1, 1]
    assert [article.id for article in corpus.articles()] == [2, 4]
    read = []
    for raw in corpus.raws():
        corpus.remove(*(article.id for article in corpus.articles()))
        read.append(raw.source)
        corpus.add_raws([raw])
    assert read == ["1.txt", "3.txt"]
    assert [article.source for article in corpus.articles()] == ["3.txt"]
    assert list(corpus.check()) == []


def test_threads_share_a_corpus(corpus):
    """Each opens the file for itself."""
    with ThreadPoolExecutor(2) as threads:
        assert [found.article.id for found in threads.map(corpus.explain, [1, 2, 3])] == [1, 2, 3]
        assert sum(threads.map(corpus.remove, [1, 2])) == 2
    assert corpus.stats()["articles"] == 3


def test_processes_share_a_corpus(corpus):
    """It is sent as its path and settings."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert [found.article.id for found in pool.map(corpus.explain, [1, 2])] == [1, 2]


def _send_whether(pipe, opened, path, inherited):
    here = opened.connection(path, write=False, create=False)
    pipe.send((here is inherited, here.execute("SELECT count(*) FROM articles").fetchone()))
    opened.close()


def test_a_forked_process_opens_the_file_for_itself(corpus):
    """Its parent's connection stays open and works on."""
    opened = Opened()
    connection = opened.connection(corpus.path, write=True, create=False)
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(
        target=_send_whether, args=(theirs, opened, corpus.path, connection)
    )
    process.start()
    assert ours.recv() == (False, (5,))
    process.join()
    assert opened.connection(corpus.path, write=False, create=False) is connection
    opened.close()
