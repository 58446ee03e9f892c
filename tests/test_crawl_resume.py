"""A crawl that is killed, interrupted or limited ends, taken up again, as one that was left alone."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from crawl_site import N_MIRRORS, N_OLD, Answer, Site, build
from patience import LIMIT_S, wait_for
from test_crawl import CONTACT, TDMREP, rows, spec_of

from curator.corpus import Corpus
from curator.settings import Settings

N_PAGES = N_OLD + N_MIRRORS
MAP = "/sitemaps/archiv.xml.gz"


@pytest.fixture(scope="module")
def site():
    """Return the site, served."""
    with build(Site()) as served:
        yield served


def command(site, db, *more):
    """Return the command that crawls one sitemap of the site."""
    flags = ["--spider", "sitemap", "--allow-host", f"127.0.0.1:{site.port}", "--delay", "0", "--contact", CONTACT]
    return [
        sys.executable,
        "-m",
        "curator",
        "crawl",
        f"{site.root}{MAP}",
        *flags,
        "--workers",
        "1",
        "--db",
        str(db),
        *more,
    ]


def run(site, db, *more):
    """Crawl to the end and return (exit code, counts)."""
    arguments = [*command(site, db, *more), "--json"]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    return done.returncode, json.loads(done.stdout)


@contextmanager
def begun(site, db, n_pages):
    """Begin to crawl in a session of its own; yield the process, which gets no more than so many pages in the block.

    Batches of three documents, pages in quick succession: so a kill hits a crawl of which some is stored, and some is
    not.
    """
    small = os.environ | {"CURATOR_BATCH_ROWS": "3"}
    site.hold_after(n_pages + 3)  # robots.txt, reservations, sitemap
    with subprocess.Popen(
        command(site, db, "--delay", "0.02", "--timeout", "3600"),
        start_new_session=True,
        stderr=subprocess.DEVNULL,
        env=small,
    ) as process:
        try:
            yield process
        finally:
            process.kill()
            site.let_go()


def spiders_of(pid):
    """Return the process ids of the spiders that a process started: with one worker, its only children."""
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_running(pid):
    """Return whether a process is still there and no zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def n_stored(db):
    """Return how many documents a corpus file holds, one that is not there yet too."""
    try:
        return rows(db, "SELECT count(*) FROM documents")[0][0] if db.exists() else 0
    except sqlite3.OperationalError:
        return 0  # its tables are not made yet


def content(db):
    """Return all that a crawl makes of a site, whatever the order and the hour."""
    articles = (
        "SELECT a.url, a.title, a.status, a.lang, b.url, text FROM articles a JOIN article_texts t ON t.id = a.id"
    )
    keepers = f"{articles} LEFT JOIN articles b ON b.id = a.duplicate_of ORDER BY 1"
    cuts = 'SELECT url, start, "end", rule FROM cuts JOIN articles ON articles.id = article_id ORDER BY 1, 2'
    queue = "SELECT url, kind, state, reason FROM crawl_urls ORDER BY 1"
    return [rows(db, query) for query in (keepers, cuts, queue)]


@pytest.fixture(scope="module")
def undisturbed(site, tmp_path_factory):
    """Return what a crawl makes of the sitemap when it is left alone."""
    db = tmp_path_factory.mktemp("undisturbed") / "a.db"
    code, counts = run(site, db)
    assert (code, counts["fetched"], counts["is_complete"]) == (0, N_PAGES, True)
    return content(db)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds processes by /proc")
@pytest.mark.parametrize(("victim", "n_times"), [("both", 2), ("storing", 1), ("spider", 1)])
def test_a_killed_crawl_is_taken_up(site, undisturbed, tmp_path, victim, n_times):
    """SIGKILL at random points, of either process or both, loses and doubles nothing; no spider is left behind."""
    chance = random.Random(victim)
    db = tmp_path / "a.db"
    for _ in range(n_times):
        n_more = chance.randrange(1, 30)
        wanted = n_stored(db) + n_more
        with begun(site, db, n_more + 6) as process:
            wait_for(lambda wanted=wanted: n_stored(db) >= wanted)
            time.sleep(chance.random() / 20)
            spiders = spiders_of(process.pid)
            targets = {"both": [process.pid, *spiders], "storing": [process.pid], "spider": spiders}[victim]
            for target in targets:
                os.kill(target, signal.SIGKILL)
            assert process.wait(LIMIT_S) == (1 if victim == "spider" else -signal.SIGKILL)
            wait_for(lambda spiders=spiders: not any(map(is_running, spiders)))
    assert 0 < n_stored(db) < N_PAGES
    code, counts = run(site, db)
    assert (code, counts["is_complete"], counts["waiting"]) == (0, True, 0)
    assert content(db) == undisturbed
    with Corpus(db) as corpus:
        assert list(corpus.check()) == []


def test_ctrl_c_stores_what_was_fetched(site, undisturbed, tmp_path):
    """An interrupt ends the crawl politely with 130; everything fetched until then is stored, the rest comes later."""
    db = tmp_path / "a.db"
    site.requests()
    with begun(site, db, 20) as process:
        wait_for(lambda: len(pages_of(site.paths())) == 21)
        os.kill(process.pid, signal.SIGINT)
        assert process.wait(LIMIT_S) == 130
    assert len(pages_of(path for path, _ in site.requests())) == 21
    assert rows(db, "SELECT count(*) FROM documents") == [(20,)]
    code, counts = run(site, db)
    assert (code, counts["fetched"]) == (0, N_PAGES - 20)
    assert content(db) == undisturbed
    assert len(pages_of(path for path, _ in site.requests())) == N_PAGES - 20


def pages_of(paths):
    """Return those of paths that are articles, each once."""
    return {path for path in paths if path.startswith(("/archiv/", "/mirror/"))}


def test_ctrl_c_does_not_wait_for_a_slow_answer(tmp_path):
    """What is under way for long is given up and waits for the next run; the rest is stored.

    The answer takes hours, and may take an hour.
    """
    db = tmp_path / "a.db"
    page = (
        "<html><body><article><h1>Der Hafen</h1><p>" + "Im Hafen liegen heute sieben Schiffe. " * 9 + "</p></article>"
    )
    with Site() as site:
        site.answers |= {"/schnell": Answer(page.encode()), "/langsam": Answer(page.encode(), drip_s=30.0)}
        site.answers["/robots.txt"] = Answer(b"", "text/plain")
        (tmp_path / "urls.txt").write_text(
            f"{site.root}/schnell\n{site.root.replace('127.0.0.1', 'localhost')}/langsam\n"
        )
        flags = ["--spider", "list", "--file", str(tmp_path / "urls.txt"), "--delay", "0", "--contact", CONTACT]
        flags += ["--timeout", "3600"]
        flags += ["--allow-host", f"127.0.0.1:{site.port}", "--allow-host", f"localhost:{site.port}"]
        command = [sys.executable, "-m", "curator", "crawl", *flags, "--workers", "1", "--db", str(db), "--json"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        wait_for(lambda: "/langsam" in site.paths() and n_stored(db) == 1)
        process.send_signal(signal.SIGINT)
        found = json.loads(process.communicate(timeout=LIMIT_S)[0])
        assert process.returncode == 130
        assert (found["fetched"], found["failed"], found["is_complete"]) == (1, 0, False)
        site.answers["/langsam"] = Answer(page.replace("sieben", "acht").encode())
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    assert (done.returncode, json.loads(done.stdout)["fetched"]) == (0, 1)
    assert n_stored(db) == 2


def test_a_limit_of_pages_holds_for_one_run(site, undisturbed, tmp_path):
    """--max-pages ends a run early; the next ones go on where it stopped, and the last is complete."""
    db = tmp_path / "a.db"
    reports = []
    with Corpus(db, Settings(workers=1)) as corpus:
        for _ in range(2):
            reports.append(corpus.crawl(spec_of(site, MAP, spider="sitemap", max_pages=50)))
    assert [report.counts.pages for report in reports] == [50, N_PAGES - 50]
    assert [report.is_complete for report in reports] == [False, True]
    assert content(db) == undisturbed


def test_a_fresh_crawl_forgets_the_queue(site, tmp_path):
    """--fresh begins anew; what was fetched stays in the corpus and is asked for on condition."""
    db = tmp_path / "a.db"
    with Corpus(db, Settings(workers=1)) as corpus:
        corpus.crawl(spec_of(site, MAP, spider="sitemap", max_pages=5))
        report = corpus.crawl(spec_of(site, MAP, spider="sitemap", fresh=True))
    assert (report.counts.unchanged, report.counts.fetched) == (5, N_PAGES - 5)


def test_a_warc_file_is_taken_up_where_its_crawl_stopped(site, tmp_path):
    """What a crash left behind the last whole batch is cut off, so no page stands in the file twice."""
    db, path = tmp_path / "a.db", tmp_path / "pages.warc.gz"
    spec = spec_of(site, MAP, spider="sitemap", warc=str(path))
    with Corpus(db, Settings(workers=1)) as corpus:
        corpus.crawl(spec_of(site, MAP, spider="sitemap", warc=str(path), max_pages=10))
        with path.open("ab") as file:
            file.write(b"half a record")
        assert corpus.crawl(spec).counts.fetched == N_PAGES - 10
    with Corpus(tmp_path / "added.db", Settings(workers=1)) as corpus:
        report = corpus.add(path)
    assert (report.added, report.failed) == (N_PAGES, 0)


def test_a_redirect_is_followed_once_after_a_crash(site, tmp_path):
    """A redirect is a step of the queue: its target waits in the file like any other address."""
    db = tmp_path / "a.db"
    site.answers["/zwei.xml"] = Answer(f"{site.root}/alt/zwei\n".encode(), "text/plain")
    with Corpus(db, Settings(workers=1)) as corpus:
        corpus.crawl(spec_of(site, "/zwei.xml", spider="sitemap", max_pages=1))
        assert rows(db, "SELECT url FROM crawl_urls WHERE state = 'queued'") == [(f"{site.root}/alt/drei",)]
        site.requests()
        corpus.crawl(spec_of(site, "/zwei.xml", spider="sitemap"))
    assert site.paths() == ["/robots.txt", TDMREP, "/alt/drei", "/umzug/ziel-nach-zwei-schritten-da"]
    assert rows(db, "SELECT count(*) FROM documents") == [(1,)]
