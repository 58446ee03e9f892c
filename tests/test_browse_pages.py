"""Every page in real headless Chromium: it renders, no script of a text runs, a keyboard and a phone will do."""

import re
import sqlite3

import browse_corpus
import pytest
from browser import chromium, running

from curator.browse.guard import allow_hosts
from curator.browse.server import open_datasette

OURS = [
    "/",
    "/{db}/-/home",
    "/{db}/-/articles",
    "/{db}/-/articles?q=bridge&lang=en",
    "/{db}/-/articles?status=kept&sort=removed&page=2",
    "/{db}/-/article/1",
    "/{db}/-/article/2",
    "/{db}/-/article/3",
    "/{db}/-/article/4",
    "/{db}/-/article/5",
    "/{db}/-/clusters",
    "/{db}/-/cluster/00ab12",
    "/{db}/-/cluster/00ab12?with=4",
    "/{db}/-/sites",
    "/{db}/-/site/news1~2Eexample~2Ecom",
    "/{db}/-/rules",
    "/{db}/-/rule/account-line",
    "/{db}/-/rule/feedback",
]
TABLES = [
    "/{db}",
    "/{db}/articles",
    "/{db}/articles?_search=bridge&lang=en",
    "/{db}/articles/1",
    "/{db}/cuts?kind=account",
    "/{db}/documents",
    "/{db}/sites",
    "/{db}/clusters",
    "/{db}/pairs",
    "/{db}/runs",
    "/{db}/failures",
    "/{db}/site_rules",
    "/{db}/cut-most-often",
    "/{db}/much-was-cut",
    "/{db}/clusters-with-members",
    "/{db}?sql=select+1",
]


@pytest.fixture(scope="module")
def browser():
    """Yield a running Chromium."""
    with chromium() as running_browser:
        yield running_browser


def served(folder, name, dumps):
    """Return a context that serves a corpus of these dumps."""
    path = browse_corpus.make_corpus(folder / f"{name}.db", dumps)
    return running(allow_hosts(open_datasette(path).app(), {"127.0.0.1"}))


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Yield the address of the small corpus."""
    with served(tmp_path_factory.mktemp("small"), "small", browse_corpus.small()) as url:
        yield url


@pytest.fixture(scope="module")
def evil(tmp_path_factory):
    """Yield the address of the evil corpus."""
    with served(tmp_path_factory.mktemp("evil"), "evil", browse_corpus.evil()) as url:
        yield url


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """Yield the address of a corpus without a document."""
    with served(tmp_path_factory.mktemp("empty"), "empty", []) as url:
        yield url


def opened(browser, url, **options):
    """Return a page of the browser at an address, and what its console complained about."""
    page = browser.new_page(**{"viewport": {"width": 1280, "height": 900}, **options})
    complaints = []
    page.on(
        "console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: (complaints.append("dialog"), dialog.dismiss()))
    answer = page.goto(url)
    assert answer.status == 200, (url, answer.status)
    return page, complaints


@pytest.mark.parametrize("path", OURS + TABLES)
def test_page_renders_without_complaint(browser, small, path):
    """Each page has a heading and the console stays silent."""
    page, complaints = opened(browser, small + path.format(db="small"))
    assert page.locator("h1").first.inner_text().strip()
    assert complaints == []
    page.close()


BARE = ["/", "/{db}", *[f"/{{db}}/-/{name}" for name in ("home", "articles", "clusters", "sites", "rules")]]


@pytest.mark.parametrize("path", [*BARE, "/{db}/articles", "/{db}/cuts", "/{db}/runs", "/{db}/cut-most-often"])
def test_page_of_an_empty_corpus_renders(browser, empty, path):
    """A corpus without a document has pages that say so."""
    page, complaints = opened(browser, empty + path.format(db="empty"))
    assert complaints == []
    page.close()


def test_a_thousand_articles_are_paged(browser, tmp_path):
    """Pages of cards lead on to the last one; each shows twenty."""
    with served(tmp_path, "thousand", [browse_corpus.news(number) for number in range(1_000)]) as url:
        page, complaints = opened(browser, f"{url}/thousand/-/articles")
        with page.expect_navigation():
            page.locator("a[rel=next]").click()
        assert (page.locator(".card").count(), page.locator(".pager span").inner_text()) == (20, "Page 2 of 50")
        page.goto(f"{url}/thousand/-/articles?page=50")
        assert (page.locator(".card").count(), page.locator("a[rel=next]").count()) == (20, 0)
        page.goto(f"{url}/thousand/-/home")
        assert page.locator(".figures b").first.inner_text() == "1\u202f000"
        assert complaints == []
        page.close()


EVIL = [f"/evil/-/article/{number}" for number in range(1, 5)] + [
    "/evil/-/home",
    "/evil/-/articles",
    "/evil/-/articles?q=script",
    "/evil/-/sites",
    "/evil/-/site/evil~3Cscript~3Edocument~2Etitle~3D~27owned~27~3C~2Fscript~3E~2Eexample",
    "/evil/-/rules",
    "/evil/-/rule/~3Cb~3Erule~3C~2Fb~3E",
    "/evil/-/rule/credit",
    "/evil/articles",
    "/evil/cuts",
    "/evil/article_texts",
    "/evil/documents",
    "/evil/sites",
    "/evil/articles?_facet=title&_search=script",
    "/evil/cut-most-often",
    "/evil/articles/1",
]


@pytest.mark.parametrize("path", EVIL)
def test_no_text_runs_or_links(browser, evil, path):
    """Scripts in a text stay text, only http(s) addresses become links, and no image is fetched."""
    page, complaints = opened(browser, evil + path)
    assert "owned" not in page.title().replace("document.title='owned'", "")
    assert page.locator("img").count() == 0
    protocols = "links => links.map(link => new URL(link.getAttribute('href'), location).protocol)"
    links = page.eval_on_selector_all("a[href]", protocols)
    assert set(links) <= {"http:", "https:"}
    assert complaints == []
    page.close()


def test_control_characters_are_chips(browser, evil):
    """A right-to-left override does not turn the line around: it is shown."""
    page, _ = opened(browser, f"{evil}/evil/-/article/1")
    assert {"RLO", "PDF", "ZWSP", "U+0000"} <= set(page.locator(".raw .unseen").all_inner_texts())
    page.close()


def test_a_line_of_a_megabyte_opens(browser, evil):
    """A very long line is shown in part, with the count of what is not shown."""
    page, _ = opened(browser, f"{evil}/evil/-/article/2")
    assert "more characters" in page.locator(".raw").nth(0).inner_text()
    page.close()


def test_cut_lines_are_tinted_and_explained(browser, small):
    """A cut line names rule and reason, its ground differs from a kept line's, and a chip leads to it."""
    page, _ = opened(browser, f"{small}/small/-/article/10")
    cut, kept = page.locator(".line.cut").first, page.locator(".line.kept").first
    assert "account-line" in cut.locator(".why").inner_text()
    ground = "element => getComputedStyle(element.querySelector('.raw')).backgroundColor"
    assert cut.evaluate(ground) != kept.evaluate(ground)
    page.locator(".jumps a").first.click()
    assert page.locator(".line:target").count() == 1
    page.close()


def test_right_to_left_text_runs_right_to_left(browser, small):
    """An Arabic line begins at the right."""
    page, _ = opened(browser, f"{small}/small/-/article/12")
    assert page.locator("h1").evaluate("element => getComputedStyle(element).direction") == "rtl"
    page.close()


def test_facets_filter(browser, small):
    """A click on a language leaves the articles in it, and a second click brings the others back."""
    page, _ = opened(browser, f"{small}/small/-/articles")
    everything = page.locator(".bar-of-list b").inner_text()
    with page.expect_navigation():
        page.locator(".facet a", has_text=re.compile("^fr$")).click()
    assert (page.locator(".bar-of-list b").inner_text(), everything) == ("10", "48")
    with page.expect_navigation():
        page.locator(".facet a.on").click()
    assert page.locator(".bar-of-list b").inner_text() == everything
    page.close()


def test_tables_have_facets_and_labels(browser, small):
    """The table of articles offers its four facets; a duplicate names its survivor by title."""
    page, _ = opened(browser, f"{small}/small/articles?status=duplicate")
    assert page.locator(".facet-info-name").count() == 4
    assert "AH-64E" in page.locator("td.col-duplicate_of a").first.inner_text()
    page.close()


def test_words_that_differ_are_marked(browser, small):
    """The comparison of two copies marks the word that was changed."""
    page, _ = opened(browser, f"{small}/small/-/cluster/00ab12?with=3")
    assert (page.locator(".diff del").inner_text(), page.locator(".diff ins").inner_text()) == ("spring", "autumn")
    page.close()


@pytest.mark.parametrize("path", OURS)
def test_page_fits_a_phone(browser, small, path):
    """No page of ours is wider than a phone."""
    page, _ = opened(browser, small + path.format(db="small"), viewport={"width": 320, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.close()


def test_a_keyboard_is_enough(browser, small):
    """Tab reaches the skip link first, then the brand; Enter in the search box searches; focus can be seen."""
    page, _ = opened(browser, f"{small}/small/-/home")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.locator("input[name=q]").focus()
    page.keyboard.type("bridge")
    page.keyboard.press("Enter")
    page.wait_for_url("**/-/articles?q=bridge")
    page.close()


def press(page, label):
    """Click the first button of that name and wait for the page that follows."""
    with page.expect_navigation():
        page.locator("button", has_text=label).first.click()


def test_a_verdict_is_stored_and_withdrawn(browser, tmp_path):
    """With --edit a click marks a cut as wrong, the page shows it, and another click takes it back."""
    path = browse_corpus.make_corpus(tmp_path / "edit.db", [browse_corpus.news(1)])
    with running(allow_hosts(open_datasette(path, edit=True).app(), {"127.0.0.1"})) as url:
        page, complaints = opened(browser, f"{url}/edit/-/article/1")
        press(page, "Wrong cut")
        assert page.locator(".verdict").all_inner_texts() == ["wrong cut"]
        row = sqlite3.connect(path).execute('select start, "end", verdict, kind from feedback').fetchone()
        assert row == (0, len("Mon compte"), "wrong cut", "account")
        press(page, "Undo")
        assert page.locator(".verdict").count() == 0
        page.locator("select[name=kind]").select_option("newsletter")
        press(page, "Clutter")
        assert page.locator(".verdict").all_inner_texts() == ["clutter"]
        assert sqlite3.connect(path).execute("select verdict, kind from feedback").fetchall() == [
            ("clutter", "newsletter")
        ]
        assert complaints == []
        page.close()


def test_the_page_to_edit_fits_and_is_readable(browser, tmp_path):
    """The buttons and the choice of a kind neither widen a phone's page nor fade into their ground."""
    path = browse_corpus.make_corpus(tmp_path / "edit.db", [browse_corpus.news(1)])
    with running(allow_hosts(open_datasette(path, edit=True).app(), {"127.0.0.1"})) as url:
        page, complaints = opened(browser, f"{url}/edit/-/article/1", viewport={"width": 320, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert (scheme, page.evaluate(CONTRAST)) == (scheme, [])
        assert complaints == []
        page.close()


# Contrast of every text with what lies behind it, by the formula of WCAG 2.1, in the colours as they are drawn.
CONTRAST = """
() => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgba = colour => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => [r, g, b].map(c => (c /= 255) <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [.2126, .7152, .0722][i], 0);
  const ground = element => {
    for (let at = element; at; at = at.parentElement) {
      const colour = rgba(getComputedStyle(at).backgroundColor);
      if (colour[3] > 250) return colour;
    }
    return rgba('white');
  };
  const poor = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const text = walker.currentNode.textContent.trim();
    if (!text || !element.getClientRects().length || element.closest('svg, script, style')) continue;
    const [a, b] = [light(rgba(getComputedStyle(element).color)), light(ground(element))].sort((x, y) => y - x);
    const ratio = (a + .05) / (b + .05);
    if (ratio < 4.5) poor.add(`${element.className} ${ratio.toFixed(2)} ${text.slice(0, 30)}`);
  }
  return [...poor];
}
"""


@pytest.mark.parametrize("path", OURS)
def test_contrast_is_enough(browser, small, path):
    """Every text on our pages reaches 4.5:1 (WCAG AA), light and dark."""
    page, _ = opened(browser, small + path.format(db="small"))
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert (scheme, page.evaluate(CONTRAST)) == (scheme, [])
    page.close()


def test_every_kind_has_a_readable_chip(browser, small):
    """The chip of each kind of cut reaches 4.5:1, light and dark."""
    from curator.model import KINDS

    chips = "".join(f'<span class="chip k k-{kind}">{kind}</span>' for kind in KINDS)
    for scheme in ("light", "dark"):
        page, _ = opened(browser, f"{small}/small/-/rules", color_scheme=scheme)
        page.evaluate("chips => { document.querySelector('main').innerHTML = chips }", chips)
        assert page.evaluate(CONTRAST) == []
        page.close()
