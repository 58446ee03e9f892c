"""Site templates: what a site repeats is cut, what its articles share is not, in any order and after any crash."""

import random
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from template_site import BOX, BOX_AFTER, CLAIM, HEADING, articles, body, page
from test_corpus import rows_of, sentence, state, variant

from curator.corpus import Corpus
from curator.model import Raw
from curator.settings import Settings
from curator.templates import LearnRule, SitePages, find_hits, group_pages, learn, line_hash

#: Without the tagger, whose next training may well know these lines; what rules leave is for templates.
ONE = Settings(workers=1, skip_rules=("tagger",))
SITE = "elbkurier.example"


def lines_of(path, site=SITE):
    """Return the learned lines of a site."""
    with sqlite3.connect(path) as connection:
        return dict(connection.execute("SELECT text, n_articles FROM site_lines WHERE site = ?", (site,)).fetchall())


def learned_state(path):
    """Return everything that learning decides, by keys in place of ids, with the texts and cuts of all articles."""
    with sqlite3.connect(path) as connection:
        texts = connection.execute(
            "SELECT key, title, text, chars, status FROM documents JOIN articles USING (id)"
            " JOIN article_texts USING (id)"
        )
        cuts = connection.execute(
            'SELECT key, start, "end", rule, why, text FROM cuts JOIN documents ON documents.id = article_id'
        )
        lines = connection.execute("SELECT * FROM site_lines")
        marks = connection.execute("SELECT key, marks FROM page_lines JOIN documents ON documents.id = document_id")
        rows = [sorted(found.fetchall(), key=repr) for found in (texts, cuts, lines, marks)]
    return rows, state(path)


def grown(path, raws, *, batch_rows=1000, n_runs=1, settings=ONE):
    """Add documents in so many runs to a corpus and return its path; the file is proved whole."""
    with Corpus(path, replace(settings, batch_rows=batch_rows)) as corpus:
        for run in range(n_runs):
            corpus.add_raws(raws[run::n_runs])
        assert list(corpus.check()) == []
    return path


def mixed(seed):
    """Return a site with recrawls, other versions, pages of a second site and copies without a url."""
    chance = random.Random(seed)
    raws = articles(seed, 26)
    for raw in raws[::5]:
        text = raw.content.decode().replace("Elbe", "Elbmündung")
        raws.append(replace(raw, content=text.encode(), url=f"{raw.url}?again", source=f"{raw.source}-again"))
        raws.append(replace(raw, content=f"{text} {sentence(chance)}".encode(), fetched_at="2024-09-09"))
        raws.append(replace(raw, url=None, source=f"{raw.source}-bare"))
    raws.append(Raw("dump:claim", f"{CLAIM}\n\n{BOX}".encode(), url=f"https://{SITE}/claim", fetched_at="2024-03-02"))
    claim = "Gedruckt auf Altpapier im Hafen an der Elbe"
    claims = [claim, claim.upper(), claim.title()]
    raws = [replace(raw, content=raw.content + f"\n\n{claims[number % 3]}".encode()) for number, raw in enumerate(raws)]
    return raws + articles(seed + 100, 9, "anderswo.example")


def test_lines_that_recur_are_cut_and_explained(tmp_path):
    """Claim, box and headlines of other articles go, each with rule and reason; a sub-heading of half of them stays."""
    path = grown(tmp_path / "corpus.db", articles(1, 28))
    assert lines_of(path) == {CLAIM: 28, BOX: 14, BOX_AFTER: 14}
    with Corpus(path) as corpus:
        cuts = [cut for article in corpus.articles() for cut in corpus.explain(article.id).cuts]
        texts = [article.text for article in corpus.articles()]
    found = {(cut.cut.kind, cut.cut.rule, cut.cut.why) for cut in cuts}
    assert found == {
        ("template", "template-line", f"recurs from article to article on {SITE}"),
        ("related", "template-headline", f"headline of another article on {SITE}"),
    }
    assert len(cuts) == 28 + 28 + 9
    assert sum(HEADING in text for text in texts) == 14
    assert {text.count("\n\n") for text in texts} == {6, 7}


def test_template_is_of_its_time(tmp_path):
    """A box of ten days out of sixty is a template of those; without days it stands in one article of six."""
    raws = articles(3, 60)
    short = "Abstimmen und gewinnen: der Garten der Woche"
    box = f"\n\n{short}".encode()
    dated = [replace(raw, content=raw.content + box) if 20 <= n < 30 else raw for n, raw in enumerate(raws)]
    assert lines_of(grown(tmp_path / "dated.db", dated))[short] == 10
    undated = [replace(raw, fetched_at=None) for raw in dated]
    assert short not in lines_of(grown(tmp_path / "undated.db", undated))


def test_near_duplicates_are_one_article(tmp_path):
    """Twenty crawls of one article, edited from crawl to crawl, teach nothing and lose no line."""
    chance = random.Random(4)
    story = body(chance)
    raws = []
    for number in range(20):
        story[chance.randrange(6)] = sentence(chance)
        text = page("Der Stadtrat streitet über den Radweg an der Elbe", story)
        raws.append(Raw(f"dump:{number}", text.encode(), url=f"https://{SITE}/{number}"))
    path = grown(tmp_path / "corpus.db", raws)
    assert lines_of(path) == {}
    with Corpus(path) as corpus:
        kept = [article.text for article in corpus.articles()]
    assert all(text.endswith(BOX) for text in kept)


def test_versions_of_a_url_are_one_article(tmp_path):
    """A page whose text changes from crawl to crawl counts as one article, however unlike its versions are."""
    chance = random.Random(5)
    raws = [
        Raw("crawl", page(f"Der Tag: Ausgabe {n}", body(chance)).encode(), url=f"https://{SITE}/", fetched_at=f"20{n}")
        for n in range(10, 40)
    ]
    assert lines_of(grown(tmp_path / "corpus.db", raws)) == {}


def test_passages_that_follow_ups_share_stay(tmp_path):
    """A paragraph in the midst of eight of ten articles of a story is body; so is one that ends four of them."""
    chance = random.Random(6)
    shared, closing = sentence(chance), sentence(chance)
    raws = []
    for number in range(16):
        paragraphs = body(chance)
        paragraphs[3:3] = [shared] * (number < 13)
        text = "\n\n".join(
            [f"Prozess um die Werft: Tag {chr(97 + number)}", *paragraphs, *[closing] * (number % 3 == 0)]
        )
        raws.append(Raw(f"dump:{number}", text.encode(), url=f"https://{SITE}/{number}", fetched_at="2024-03-01"))
    assert lines_of(grown(tmp_path / "corpus.db", raws)) == {}


def test_claim_taken_for_the_headline_gives_way_to_it(tmp_path):
    """Where the claim stands on top and was taken for the title, the title is found among what is left."""
    raws = []
    for raw in articles(7, 20):
        title, _, rest = raw.content.decode().partition("\n\n")
        raws.append(replace(raw, content=f"{CLAIM}\n\n{rest}".encode(), meta={}))
        assert title not in rest.split("\n\n")[0]
    path = tmp_path / "corpus.db"
    with Corpus(path, ONE) as corpus:
        corpus.add_raws(raws, learn=False)
        assert {article.title for article in corpus.articles()} == {CLAIM}
        corpus.learn()
        assert {article.title for article in corpus.articles()} == {None}
        assert list(corpus.check()) == []


@pytest.mark.parametrize("seed", range(2))
def test_order_batches_and_runs_change_nothing(seed, tmp_path):
    """Shuffled, in batches of any size, in one run or several: the same lines, cuts, texts, pairs and clusters."""
    raws = mixed(seed)
    found = []
    for number, (rows, n_runs) in enumerate([(1000, 1), (1, 2), (7, 4), (3, 1), (16, 9)]):
        order = list(raws)
        random.Random(number).shuffle(order)
        found.append(learned_state(grown(tmp_path / f"{number}.db", order, batch_rows=rows, n_runs=n_runs)))
    assert len(found[0][0][2]) > 3
    assert {row[4] for row in found[0][0][0]} == {"kept", "duplicate", "rejected", "superseded"}
    for other in found[1:]:
        assert other == found[0]


def test_learning_later_is_as_learning_at_once(tmp_path):
    """--no-learn leaves the templates to the next run, which gives what learning at each run gives."""
    raws = mixed(3)
    with Corpus(tmp_path / "late.db", ONE) as corpus:
        corpus.add_raws(raws, learn=False)
        assert lines_of(corpus.path) == {}
        assert list(corpus.check()) == []
        report = corpus.learn()
        assert (report.sites, report.lines) == (
            2,
            len(lines_of(corpus.path)) + len(lines_of(corpus.path, "anderswo.example")),
        )
        assert corpus.learn().sites == 0
        assert list(corpus.check()) == []
    assert learned_state(tmp_path / "late.db") == learned_state(grown(tmp_path / "once.db", raws, n_runs=3))


def test_removing_is_as_if_never_added(tmp_path):
    """When pages leave, lines that recur no more come back, with the texts of the articles that lost them."""
    raws = mixed(4)
    stay = {raw.source for raw in raws[::2]}
    with Corpus(grown(tmp_path / "all.db", raws), ONE) as corpus:
        before = lines_of(corpus.path)
        corpus.remove(*[article.id for article in corpus.articles() if article.source not in stay])
        assert list(corpus.check()) == []
        assert lines_of(corpus.path) != before
    less = grown(tmp_path / "less.db", [raw for raw in raws if raw.source in stay])
    found, wanted = learned_state(tmp_path / "all.db"), learned_state(less)
    assert found[0] == wanted[0]
    assert found[1][:3] == wanted[1][:3]


def test_reclean_keeps_templates(tmp_path):
    """Cleaning again changes nothing by itself; other rules give what adding with those gives, and count it so."""
    raws = [replace(raw, content=b"Mein Konto\n\n" + raw.content) for raw in mixed(5)]
    path = grown(tmp_path / "a.db", raws)
    with Corpus(path, ONE) as corpus:
        before = rows_of(path)
        assert corpus.reclean().changed == 0
        assert rows_of(path) == before
    other = Settings(workers=1, skip_rules=("account-line", "navigation-edge", "tagger"))
    with Corpus(path, other) as corpus:
        chars = sum(article.chars for article in corpus.articles())
        report = corpus.reclean()
        assert report.changed > 0
        assert report.chars_before == chars
        assert report.chars_after == sum(article.chars for article in corpus.articles())
        assert list(corpus.check()) == []
    assert learned_state(path) == learned_state(grown(tmp_path / "b.db", raws, settings=other))


def test_articles_that_learning_makes_copies_leave_a_sound_file(tmp_path):
    """Texts of two sites that differ in their claims only are copies once these are cut; check finds all well."""
    bodies = ["\n\n".join(body(random.Random(n))) for n in range(12)]
    raws = [
        Raw(
            f"{site}:{n}",
            f"{text}\n\nElbkurier {site}, die Stimme hinter Deich".encode(),
            url=f"https://{site}.example/{n}",
        )
        for site in ("nord", "mitte")
        for n, text in enumerate(bodies)
    ]
    with Corpus(tmp_path / "corpus.db", ONE) as corpus:
        corpus.add_raws(raws, learn=False)
        assert corpus.learn().articles == 24
        assert corpus.stats()["status"] == {"kept": 12, "duplicate": 12}
        assert list(corpus.check()) == []


def n_claims(path):
    """Return how many articles the claim of the site is cut from."""
    with sqlite3.connect(path) as connection:
        rows = connection.execute("SELECT count(*) FROM cuts WHERE rule = 'template-line' AND text = ?", (CLAIM,))
        return rows.fetchone()[0]


def test_pages_whose_cuts_stay_are_not_cut_again(tmp_path):
    """More articles of a site come without its lines at once; learning touches those with headlines of others only."""
    raws = articles(8, 40)
    with Corpus(tmp_path / "corpus.db", ONE) as corpus:
        corpus.add_raws(raws[:34])
        corpus.add_raws(raws[34:], learn=False)
        assert n_claims(corpus.path) == 40
        assert list(corpus.check()) == []
        assert corpus.learn().articles == 2
        assert lines_of(corpus.path)[CLAIM] == 40


def test_sites_are_learned_as_they_grow(tmp_path):
    """From twelve pages on the rest of a run is cut as it is written; what is learned in the end is the same."""
    raws = articles(8, 40)
    with Corpus(tmp_path / "ahead.db", replace(ONE, batch_rows=4)) as corpus:
        notes = corpus.add_raws(raws).notes
    with Corpus(tmp_path / "late.db", ONE) as corpus:
        assert [note.split("; ")[0] for note in corpus.add_raws(raws).notes] == [note.split("; ")[0] for note in notes]
    assert n_claims(tmp_path / "ahead.db") == 40
    n_anew = int(notes[0].split("; ")[1].split()[0])
    assert 12 <= n_anew < 40
    assert learned_state(tmp_path / "ahead.db") == learned_state(tmp_path / "late.db")


def test_rule_of_the_corpus_can_be_changed(tmp_path):
    """Counts given to learn become the corpus's, whatever later runs are set to; back again gives the former corpus."""
    path = grown(tmp_path / "corpus.db", articles(9, 20))
    before = learned_state(path)
    with Corpus(path, ONE) as corpus:
        assert corpus.learn(articles=50).lines == 0
        assert lines_of(path) == {}
        corpus.add_raws(articles(10, 3, "dritter.example"))
        assert list(corpus.check()) == []
        corpus.remove(*[article.id for article in corpus.articles() if article.site == "dritter.example"])
        corpus.learn(articles=6)
        with pytest.raises(ValueError, match="expected 2 to"):
            corpus.learn(articles=1)
    assert learned_state(path)[0] == before[0]


def test_texts_taken_as_they_are_neither_teach_nor_change(tmp_path):
    """--no-clean documents keep every line and count for no template."""
    raws = articles(11, 28)
    with Corpus(tmp_path / "corpus.db", ONE) as corpus:
        corpus.add_raws(raws[:14], clean=False)
        assert lines_of(corpus.path) == {}
        corpus.add_raws(raws[14:])
        assert lines_of(corpus.path)[CLAIM] == 14
        assert all(CLAIM in article.text for article in corpus.articles() if article.id <= 14)
        assert list(corpus.check()) == []


def test_damage_is_found(tmp_path):
    """Check names a template that its pages do not teach, and an article that lacks its cuts."""
    path = grown(tmp_path / "corpus.db", articles(12, 20))
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE site_lines SET n_articles = 19")
        connection.execute("UPDATE page_lines SET marks = 0 WHERE document_id = 3")
        connection.execute("UPDATE page_lines SET headline = 5 WHERE document_id = 4")
    with Corpus(path) as corpus:
        found = [(problem.check, problem.where) for problem in corpus.check()]
    assert {("templates", SITE), ("templates", "article 3"), ("templates", "document 4")} <= set(found)


def test_killed_at_any_point_and_run_again_gives_the_undisturbed_corpus(tmp_path):
    """Kill -9 at random moments of the learning stage: running again gives every row of an undisturbed run."""
    folder = tmp_path / "dump"
    folder.mkdir()
    for raw in articles(13, 60):
        record = f'{{"id": "{raw.source}", "url": "{raw.url}", "text": {raw.content.decode()!r}}}'
        (folder / f"{raw.source[5:]}.jsonl").write_text(record.replace("'", '"'), encoding="utf-8")
    environment = {"CURATOR_BATCH_ROWS": "4", "CURATOR_SKIP_RULES": "tagger", "PATH": ""}

    def command(path, *more):
        return [sys.executable, "-m", "curator", "add", str(folder), "--db", str(path), "--workers", "1", "-q", *more]

    subprocess.run(command(tmp_path / "whole.db"), check=True, env=environment)
    assert lines_of(tmp_path / "whole.db")[CLAIM] == 60
    subprocess.run(command(tmp_path / "base.db", "--no-learn"), check=True, env=environment)
    n_killed = 0
    for number in range(4):
        path = tmp_path / f"{number}.db"
        path.write_bytes((tmp_path / "base.db").read_bytes())
        running = subprocess.Popen(command(path), env=environment)
        deadline = time.monotonic() + 60
        while _n_cut(path) < 4 + 12 * number and time.monotonic() < deadline and running.poll() is None:
            time.sleep(0.002)
        running.send_signal(signal.SIGKILL)
        n_killed += running.wait() != 0
        subprocess.run(command(path), check=True, env=environment)
        assert rows_of(path) == rows_of(tmp_path / "whole.db")
    assert n_killed


def _n_cut(path: Path) -> int:
    with sqlite3.connect(path) as connection:
        return int(connection.execute("SELECT count(*) FROM page_lines WHERE marks <> 0").fetchone()[0])


def arrays(pages, titles=None, days=None):
    """Return pages, given as lists of lines, as learning takes them; each is an article of its own."""
    hashed = [[line_hash(line) for line in lines] for lines in pages]
    return SitePages(
        lines=np.array([line for lines in hashed for line in lines], dtype=np.uint64),
        starts=np.cumsum([0, *map(len, hashed)]),
        titles=np.array([line_hash(title) for title in titles or [""] * len(pages)], dtype=np.uint64),
        shown=np.zeros(len(pages), dtype=np.bool_),
        groups=np.arange(len(pages)),
        days=np.array(days or [-1] * len(pages), dtype=np.int64),
    )


def test_short_line_between_passages_is_a_sub_heading():
    """The same words at the edge of the page are a template."""
    middle = [[f"Ein Satz {chr(97 + n)}", "Hintergrund", f"Noch einer {chr(97 + n)}"] for n in range(8)]
    bottom = [[f"Ein Satz {chr(97 + n)}", f"Noch einer {chr(97 + n)}", "Hintergrund"] for n in range(8)]
    assert learn(arrays(middle), LearnRule()).lines.tolist() == []
    assert learn(arrays(bottom), LearnRule()).lines.tolist() == [line_hash("Hintergrund")]


def test_own_headline_is_no_headline_of_another():
    """An article that repeats its headline in its body keeps it; a teaser of it elsewhere goes."""
    title = "Der Rat streitet über den Radweg"
    pages = arrays([["Ein Satz", title], ["Noch einer", title]], [title, "Die Brücke an der Elbe ist offen"])
    rule = LearnRule()
    assert find_hits(pages, learn(pages, rule), rule).lines.tolist() == [0, 0, 0, 2]
    only_lines = LearnRule(rules=("template-line",))
    assert find_hits(pages, learn(pages, only_lines), only_lines).lines.tolist() == [0, 0, 0, 0]


def test_a_site_without_pages_teaches_nothing():
    """Nothing in, nothing out."""
    pages = arrays([])
    assert learn(pages, LearnRule()).lines.size == 0
    assert find_hits(pages, learn(pages, LearnRule()), LearnRule()).marks.size == 0
    assert group_pages([], []).size == 0


def test_groups_are_near_duplicates_in_any_order():
    """Edited copies are one group, other texts another, and the partition does not follow the order."""
    from curator.signature import sign
    from curator.templates import sketch

    chance = random.Random(14)
    stories = [[sentence(chance) for _ in range(12)] for _ in range(6)]
    texts = [variant(chance, story, n) for story in stories for n in (0, 1, 1, 2)]
    wanted = {frozenset(range(4 * n, 4 * n + 4)) for n in range(6)}
    for seed in range(3):
        order = list(range(24))
        random.Random(seed).shuffle(order)
        groups = group_pages([sketch(row) for row in sign([texts[i] for i in order]).minhashes], [None] * 24)
        found = {}
        for place, group in enumerate(groups.tolist()):
            found.setdefault(group, set()).add(order[place])
        assert set(map(frozenset, found.values())) == wanted


def test_html_pages_learn_alike(tmp_path):
    """Lines of HTML pages are learned as those of dumps; the title that the markup names stays."""
    raws = []
    for raw in articles(15, 14):
        title, *rest = raw.content.decode().split("\n\n")
        inner = "".join(f"<p>{line}</p>" for line in rest)
        html = f"<html><head><title>{title}</title></head><body><h1>{title}</h1><main>{inner}</main></body></html>"
        raws.append(replace(raw, content=html.encode(), media="text/html"))
    path = grown(tmp_path / "corpus.db", raws)
    assert lines_of(path)[CLAIM] == 14
    with Corpus(path) as corpus:
        assert all(article.title and CLAIM not in article.text for article in corpus.articles())
