"""Site templates: what a site repeats is cut, what its articles share is not."""

import random
from dataclasses import replace

import numpy as np
from template_site import BOX, BOX_AFTER, CLAIM, HEADING, ONE, SITE, articles, body, grown, lines_of, page
from test_corpus import sentence, variant

from curator.corpus import Corpus
from curator.model import Raw
from curator.templates import DOUBTED, LearnRule, SitePages, find_hits, group_pages, learn, line_hash


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


def arrays(pages, titles=None, days=None):
    """Return pages, given as lists of lines, as learning takes them; each is an article of its own.

    A line that begins with "?" is one that the tagger cut.
    """
    hashed = [[line_hash(line.lstrip("?")) | (DOUBTED if line[0] == "?" else 0) for line in lines] for lines in pages]
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


def test_lines_that_the_tagger_cut_count_for_those_that_it_kept():
    """A box that stands on all pages goes on the few where the tagger let it stay; a sub-heading stays all the same."""
    box = "Kommen Sie in unseren Garten!"
    few = [[f"Ein Satz {chr(97 + n)}", box if n < 2 else f"?{box}"] for n in range(8)]
    rule = LearnRule()
    found = learn(arrays(few), rule)
    assert (found.lines.tolist(), found.n_articles.tolist()) == ([line_hash(box)], [8])
    assert find_hits(arrays(few), found, rule).lines.tolist() == [0, 1, 0, 1, *[0] * 12]
    assert learn(arrays([[f"Ein Satz {chr(97 + n)}", f"?{box}"] for n in range(8)]), rule).lines.tolist() == []
    middle = [[f"Ein Satz {chr(97 + n)}", "Hintergrund", f"Noch einer {chr(97 + n)}"] for n in range(4)]
    doubted = [[f"Ein Satz {chr(97 + n)}", "?Hintergrund"] for n in range(4, 8)]
    assert learn(arrays(middle + doubted), rule).lines.tolist() == []


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
