"""What people come for, from page to page in real Chromium: each test is one question and the way to its answer."""

import re
from itertools import pairwise

import browse_corpus
import httpx
import pytest
from browser import chromium, running
from patience import LIMIT_S
from test_browse_pages import CONTRAST, opened

from curator import Corpus
from curator.browse.guard import allow_hosts
from curator.browse.server import open_datasette
from curator.model import Raw
from curator.settings import Settings

LONG_WORD = "Donaudampfschifffahrtsgesellschaftskapitän" * 12
FLAGGED = "Mein Konto\n" * 60 + "Ein Satz, der bleibt, steht hier."


def dumps():
    """Return the small corpus with articles that nobody named, dated or placed, one flagged, one of long words."""
    bare = [browse_corpus.Dump(f"Ohne Namen steht hier der Text Nummer {number}.") for number in range(3)]
    odd = browse_corpus.Dump(f"{LONG_WORD}\nhttps://example.com/{'q' * 400}", LONG_WORD, None, "long.example.com", "de")
    return [*browse_corpus.small(), *bare, odd, browse_corpus.Dump(FLAGGED, None, None, "much.example.com", "de")]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Yield the address of a server over them."""
    path = browse_corpus.make_corpus(tmp_path_factory.mktemp("tasks") / "tasks.db", dumps())
    with running(allow_hosts(open_datasette(path).app(), {"127.0.0.1"})) as url:
        yield f"{url}/tasks"


@pytest.fixture(scope="module")
def browser():
    """Yield a running Chromium."""
    with chromium() as running_browser:
        yield running_browser


def follow(page, text, within="main"):
    """Click the first link of that text and wait for the page that follows."""
    with page.expect_navigation():
        page.locator(f"{within} a", has_text=text).first.click()


def test_which_rule_cuts_most_on_a_site_and_is_it_right(browser, site):
    """Sites, a site, its first rule: that rule's cuts on this site alone, each with the way to its line."""
    page, complaints = opened(browser, f"{site}/-/sites")
    follow(page, "news1.example.com")
    name = page.locator(".stack tbody th a").first.inner_text()
    follow(page, name)
    assert page.locator("h1").inner_text().startswith(name)
    assert "news1.example.com" in page.locator(".chosen").inner_text()
    links = page.locator(".blocks .facts a")
    articles = {links.nth(at).inner_text() for at in range(links.count())}
    assert articles and len(articles) < page.locator(".blocks .quote").count()
    with page.expect_navigation():
        links.last.click()
    assert page.locator(".line:target .why").first.is_visible()
    assert complaints == []
    page.close()


def test_a_rule_on_one_site_counts_that_site_only(site):
    """Samples come from articles of the site, and without the filter from others too."""
    one = httpx.get(f"{site}/-/rule/share-bar?site=news1.example.com", timeout=LIMIT_S).text
    every = httpx.get(f"{site}/-/rule/share-bar", timeout=LIMIT_S).text
    ids = [set(re.findall(r"/-/article/(\d+)\?at=", page)) for page in (one, every)]
    rows = httpx.get(f"{site}/articles.json?site=news1.example.com&_shape=array&_size=max", timeout=LIMIT_S).json()
    assert ids[0] <= {str(row["id"]) for row in rows} and ids[1] - ids[0]


def test_a_rule_of_many_kinds_can_be_looked_at_by_kind(browser, tmp_path):
    """The kinds of a rule that makes several are counted; a click leaves the cuts of one, coloured by it."""
    cuts = [browse_corpus.whole("aa\nbb\ncc\nEin Satz bleibt.", part, kind, "tagger", "score 1.00")
            for part, kind in (("aa", "related"), ("bb", "legal"), ("cc", "legal"))]  # fmt: skip
    dump = browse_corpus.Dump("aa\nbb\ncc\nEin Satz bleibt.", "T", cuts=tuple(cuts))
    path = browse_corpus.make_corpus(tmp_path / "kinds.db", [dump])
    with running(allow_hosts(open_datasette(path).app(), {"127.0.0.1"})) as url:
        page, _ = opened(browser, f"{url}/kinds/-/rule/tagger")
        assert page.locator(".jumps a").all_inner_texts() == ["legal 2", "related 1"]
        follow(page, "related", ".jumps")
        assert page.locator(".quote").all_inner_texts() == ["aa"]
        assert "k-related" in page.locator(".quote").get_attribute("class")
        page.close()


def test_articles_that_lost_much_are_found(browser, site):
    """The overview leads to all that is flagged, the most removed first, each marked to be checked."""
    page, _ = opened(browser, f"{site}/-/home")
    follow(page, "All to check")
    assert (page.locator(".card").count(), page.locator(".card .verdict").inner_text()) == (1, "check")
    assert "much.example.com" in page.locator(".card").inner_text()
    follow(page, "flagged", ".chosen")
    assert page.locator(".card").count() == 20
    page.close()


@pytest.mark.parametrize(("query", "n_found"), [("site=unknown&lang=unknown", 3), ("month=unknown", 10)])
def test_what_is_unknown_can_be_chosen(site, query, n_found):
    """Articles of no site, no language or no month are counted and listed under "unknown", and so in the table."""
    page = httpx.get(f"{site}/-/articles?{query}", timeout=LIMIT_S).text
    found = int(re.search(r"<b>(\d+)</b> article", page)[1])
    table = re.search(r'href="/tasks/articles\?([^"]*)"', page)[1].replace("&amp;", "&")
    rows = httpx.get(f"{site}/articles.json?{table}&_shape=array&_size=max", timeout=LIMIT_S).json()
    assert (found >= n_found, len(rows)) == (True, found)


@pytest.mark.parametrize(
    "query", ["q=bridge", "q=bridge&lang=en&sort=published", "status=duplicate", "review=yes&sort=removed", "lang=de"]
)
def test_cards_lead_to_the_same_articles_as_a_table(site, query):
    """The table behind the cards holds as many articles as the cards count."""
    page = httpx.get(f"{site}/-/articles?{query}", timeout=LIMIT_S).text
    found = int(re.search(r"<b>(\d+)</b> article", page)[1])
    link = re.search(r'href="/tasks/articles\?([^"]*)"', page)[1].replace("&amp;", "&")
    assert httpx.get(f"{site}/articles?{link}", timeout=LIMIT_S).status_code == 200
    rows = httpx.get(f"{site}/articles.json?{link}&_shape=array&_size=max", timeout=LIMIT_S).json()
    assert len(rows) == found


def test_a_search_stays_inside_the_filters(browser, site):
    """A word typed while a language is chosen is looked for in that language; a click takes the filter out."""
    page, _ = opened(browser, f"{site}/-/articles?lang=fr")
    page.locator("input[name=q]").fill("expertise")
    with page.expect_navigation():
        page.locator(".find button").click()
    assert ("lang=fr" in page.url, "fr" in page.locator(".chosen").inner_text()) == (True, True)
    follow(page, "fr", ".chosen")
    assert ("lang=" in page.url, "q=expertise" in page.url) == (False, True)
    page.close()


def test_nothing_found_leads_on(browser, site):
    """A word that no article in a language holds offers to look in all of them."""
    page, _ = opened(browser, f"{site}/-/articles?q=bridge&lang=ar")
    follow(page, "Search in all")
    assert page.locator(".card").count() > 0
    page.close()


def test_the_page_behind_the_last_is_the_last(site):
    """A number too high shows the last page of cards, not an empty one."""
    page = httpx.get(f"{site}/-/articles?page=240", timeout=LIMIT_S).text
    assert ("Page 3 of 3" in page, "No article" in page) == (True, False)


def test_a_site_is_found_by_a_part_of_its_name(browser, site):
    """The form over the sites leaves those whose names hold what was typed; what none holds is said."""
    page, _ = opened(browser, f"{site}/-/sites")
    page.locator("input[name=part]").fill("NEWS1")
    with page.expect_navigation():
        page.locator(".part button").click()
    assert page.locator("tbody th").all_inner_texts() == ["news1.example.com"]
    page.goto(f"{site}/-/sites?part=<b>nothing")
    assert "No site has “<b>nothing” in its name" in page.locator("main").inner_text()
    page.close()


def test_articles_without_a_headline_are_named_by_their_text(site):
    """Lists name such an article by how it begins."""
    assert "<i>untitled:</i> Ohne Namen steht hier" in httpx.get(f"{site}/-/article/50", timeout=LIMIT_S).text
    assert "<i>untitled:</i> Ein Satz, der bleibt" in httpx.get(f"{site}/-/home", timeout=LIMIT_S).text


def test_blank_lines_are_no_difference(browser, tmp_path):
    """Two copies that differ in blank lines and one word show that word, not whole paragraphs."""
    lines = [f"Absatz {number} erzählt von der Brücke und ihrem Bau." for number in range(9)]
    other = "\n\n\n".join(lines).replace("Absatz 4 erzählt", "Absatz 4 berichtet")
    made = [browse_corpus.Dump(text, "T") for text in ("x", "\n".join(lines), other, other, "\n".join(lines))]
    path = browse_corpus.make_corpus(tmp_path / "blank.db", made)
    with running(allow_hosts(open_datasette(path).app(), {"127.0.0.1"})) as url:
        page, _ = opened(browser, f"{url}/blank/-/cluster/00ab12")
        assert (page.locator(".diff del").all_inner_texts(), page.locator(".diff ins").all_inner_texts()) == (
            ["erzählt"],
            ["berichtet"],
        )
        page.close()


def test_a_wrong_cut_comes_back(browser, tmp_path):
    """Marked in the browser, cleaned again, and the line is back in the text, with the verdict beside it."""
    path = tmp_path / "said.db"
    text = "Brücke eröffnet\n\nMein Konto\n\nDie Stadt hat die neue Brücke über den Fluss eröffnet, so sagte sie.\n"
    with Corpus(path, Settings(workers=1)) as corpus:
        corpus.add_raws([Raw("a.txt", text.encode())])
    with running(allow_hosts(open_datasette(path, edit=True).app(), {"127.0.0.1"})) as url:
        page, complaints = opened(browser, f"{url}/said/-/article/1")
        with page.expect_navigation():
            page.get_by_role("button", name="Wrong cut, line 3").click()
        with Corpus(path, Settings(workers=1)) as corpus:
            assert corpus.reclean().changed == 1
        page.reload()
        assert page.locator("#c17 .text").inner_text() == "Mein Konto"
        assert page.locator("#c17 .verdict").inner_text() == "wrong cut"
        assert complaints == []
        page.close()


# The address of a link in HTML is text, that of one in SVG an object.
_ADDRESSES = "found => found.map(one => new URL(one.getAttribute('href'), location).href)"

PAGES = ["home", "articles", "articles?review=yes", "article/1", "article/1?view=text", "article/52", "clusters",
         "cluster/00ab12", "sites?part=news", "site/news1~2Eexample~2Ecom", "rules", "rule/share-bar",
         "rule/share-bar?site=news1.example.com&kind=share", "nothing"]  # fmt: skip


@pytest.mark.parametrize("page_name", PAGES)
def test_page_for_everybody(browser, site, page_name):
    """One h1, no heading skipped, no id twice, names for all that can be pressed, contrast, and it fits a phone."""
    page = browser.new_page(viewport={"width": 320, "height": 800})
    page.goto(f"{site}/-/{page_name}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    levels = page.eval_on_selector_all("h1, h2, h3, h4", "found => found.map(one => Number(one.tagName[1]))")
    assert (levels.count(1), levels[0]) == (1, 1)
    assert [step for step in pairwise(levels) if step[1] - step[0] > 1] == []
    ids = page.eval_on_selector_all("[id]", "found => found.map(one => one.id)")
    assert len(ids) == len(set(ids))
    nameless = """found => found.filter(one => !(one.innerText || one.textContent || '').trim()
        && !one.getAttribute('aria-label') && !(one.labels && one.labels.length)
        && one.type !== 'hidden' && !one.hidden).map(one => one.outerHTML)"""
    assert page.eval_on_selector_all("a, button, input, select, summary", nameless) == []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert (scheme, page.evaluate(CONTRAST)) == (scheme, [])
    page.close()


@pytest.mark.parametrize("page_name", ["home", "articles", "article/1", "cluster/00ab12", "rule/share-bar", "sites"])
def test_page_needs_no_script_and_no_network(browser, site, page_name):
    """Without JavaScript a page shows the same words, and nothing is fetched from anywhere else."""
    words = []
    for javascript in (True, False):
        context = browser.new_context(java_script_enabled=javascript)
        page = context.new_page()
        asked = []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.goto(f"{site}/-/{page_name}")
        words.append(page.locator("main").inner_text().replace("Copy text", "").split())
        assert [url for url in asked if not url.startswith((site.removesuffix("/tasks"), "data:"))] == []
        context.close()
    assert words[0] == words[1]


def test_paper_shows_the_text_and_no_menus(browser, site):
    """In print the navigation, the search and the buttons are away, and the article is there."""
    page, _ = opened(browser, f"{site}/-/article/1?view=text")
    page.emulate_media(media="print")
    away = [page.locator(name).first.is_visible() for name in (".top", ".find", ".steps", "button.copy")]
    assert (away, page.locator(".reading").is_visible()) == ([False] * 4, True)
    page.close()


def test_every_link_of_every_page_opens(browser, site):
    """Each link of each sort of page leads to a page that is there; lines that are named are on it."""
    links = set()
    page = browser.new_page()
    for name in PAGES[:-1]:
        page.goto(f"{site}/-/{name}")
        links |= set(page.eval_on_selector_all("a[href]", _ADDRESSES))
    page.close()
    own = sorted(link for link in links if link.startswith(site) and "export" not in link)
    answers = {link: httpx.get(link.partition("#")[0], follow_redirects=True, timeout=LIMIT_S) for link in own}
    assert [link for link, answer in answers.items() if answer.status_code != 200] == []
    lost = [
        link for link, answer in answers.items() if "#c" in link and f'id="{link.partition("#")[2]}"' not in answer.text
    ]
    assert (len(own) > 150, lost) == (True, [])
