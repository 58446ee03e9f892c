"""The page of an article: long cuts folded away, the clean text to read and take along, the way to a single line."""

import json

import browse_corpus
import httpx
import pytest
from browser import chromium, running
from patience import LIMIT_S

from curator.browse.folds import LEAST_FOLDED
from curator.browse.guard import allow_hosts
from curator.browse.pages.article import PAGE_LINES
from curator.browse.server import open_datasette

MENU = ["Mein Konto"] * 40
STORY = ["Die Stadt baut eine Brücke am Fluss, sagte der Rat.", "", "Sie kostet \u200bviel <b>Geld</b> und Zeit."]
LONG = [f"Absatz {number} erzählt von der Stadt und ihrem Fluss." for number in range(PAGE_LINES + 200)]
DUMPS = [
    browse_corpus.Dump("\n".join([*MENU, *STORY, "  Mein Konto"]), "Ein Tag", "https://a.example/1", lang="de"),
    browse_corpus.Dump("\n".join([*LONG, *MENU, "Ende der langen Geschichte, sagte der Rat."]), "Lang", lang="de"),
    browse_corpus.Dump("\n".join([*MENU[: LEAST_FOLDED - 1], *STORY]), "Kurz", "https://a.example/1", lang="de"),
]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """Return the path of a corpus of three dumps with menus."""
    return browse_corpus.make_corpus(tmp_path_factory.mktemp("folds") / "folds.db", DUMPS, clusters=False)


@pytest.fixture(scope="module")
def site(path):
    """Yield the address of a server over them, served to edit."""
    with running(allow_hosts(open_datasette(path, edit=True).app(), {"127.0.0.1"})) as url:
        yield url


@pytest.fixture(scope="module")
def ask(site):
    """Return a function from an address to what the server answers."""
    return lambda path: httpx.get(site + path, timeout=LIMIT_S)


@pytest.fixture(scope="module")
def browser():
    """Yield a running Chromium."""
    with chromium() as running_browser:
        yield running_browser


def test_a_long_cut_is_folded_and_opens(browser, site):
    """A menu of 40 lines is one line that says what it was; a click, a key or "show all lines" brings it back."""
    page = browser.new_page()
    page.goto(f"{site}/folds/-/article/1")
    summary, line = page.locator(".fold summary"), page.locator(".fold .line").first
    assert ("40 lines cut: account" in summary.inner_text(), line.is_visible()) == (True, False)
    summary.focus()
    page.keyboard.press("Enter")
    assert line.is_visible()
    with page.expect_navigation():
        page.locator(".jumps a", has_text="Show all lines").click()
    assert page.locator(".fold .line").last.is_visible()
    page.close()


def test_a_short_cut_is_shown(ask):
    """Seven cut lines in a row are no fold, and where nothing is folded nothing offers to unfold it."""
    page = ask("/folds/-/article/3").text
    assert ('class="fold"' in page, "Show all lines" in page, page.count('class="line cut')) == (False, False, 7)


def test_a_chip_leads_into_a_fold(browser, site):
    """The chip of a kind opens the fold in which its first line stands and leads to that line."""
    page = browser.new_page()
    page.goto(f"{site}/folds/-/article/1")
    # Not every browser opens a fold for the sake of a line in it: the address asks for it.
    assert page.locator(".jumps .chip").first.get_attribute("href").endswith("?at=0#c0")
    with page.expect_navigation():
        page.locator(".jumps .chip").first.click()
    assert (page.locator(".line:target").is_visible(), page.locator(".fold[open]").count()) == (True, 1)
    page.close()


def test_a_place_beyond_the_first_page_is_found(browser, site):
    """The link to a line leads to the page of the comparison on which it stands."""
    start = len("\n".join(LONG)) + 1
    page = browser.new_page()
    page.goto(f"{site}/folds/-/article/2?at={start}#c{start}")
    assert (page.locator(".line:target").is_visible(), page.locator(".pager span").inner_text()) == (True, "Page 2")
    page.goto(f"{site}/folds/-/article/2")
    assert f"at={start}#c{start}" in page.locator(".jumps .chip").first.get_attribute("href")
    page.close()


def test_a_page_too_far_is_the_last_one(ask):
    """A number behind the last page shows the last page, not a document without text."""
    page = ask("/folds/-/article/2?page=90").text
    assert ("Ende der langen Geschichte" in page, "Page 2" in page, "has no text" in page) == (True, True, False)


def test_an_indented_cut_has_its_tint(ask):
    """White space in front of a cut line does not take its colour away."""
    assert ask("/folds/-/article/1?lines=all").text.count('class="line cut k k-account"') == 41


def test_a_verdict_in_a_fold_leads_back_to_the_open_fold(browser, site):
    """After a click on "wrong cut" inside a fold the line is in view with its verdict, and can be taken back."""
    page = browser.new_page()
    page.goto(f"{site}/folds/-/article/1?at=22#c22")
    with page.expect_navigation():
        page.locator("#c22 button").click()
    assert page.locator(".line:target .verdict").inner_text() == "wrong cut"
    with page.expect_navigation():
        page.locator("#c22 button").click()
    assert page.locator(".verdict").count() == 0
    page.close()


def test_the_clean_text_is_a_page_of_its_own(browser, site):
    """It is shown without what was cut, in the language of the article, markup as text and the invisible as chips."""
    page = browser.new_page()
    page.goto(f"{site}/folds/-/article/1")
    with page.expect_navigation():
        page.locator("nav a", has_text="Clean text").click()
    shown = page.locator(".reading")
    assert (shown.get_attribute("lang"), "Mein Konto" in shown.inner_text()) == ("de", False)
    assert ("<b>Geld</b>" in shown.inner_text(), shown.locator(".unseen").inner_text()) == (True, "ZWSP")
    page.close()


def test_the_copy_button_copies_the_text(browser, site):
    """A click puts headline and text on the clipboard, the invisible characters too; without JavaScript it is away."""
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(f"{site}/folds/-/article/1")
    page.locator("button.copy").click()
    page.locator("button.copy", has_text="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == "Ein Tag\n\n" + "\n".join(STORY) + "\n"
    context.close()
    plain = browser.new_context(java_script_enabled=False).new_page()
    plain.goto(f"{site}/folds/-/article/1")
    assert not plain.locator("button.copy").is_visible()
    plain.context.close()


def test_text_and_record_can_be_taken_along(ask):
    """Plain text is the text as it is; JSON is the record that an export writes, with the cuts."""
    text, record = ask("/folds/-/article/1.txt"), ask("/folds/-/article/1.json")
    assert (text.text, text.headers["content-type"]) == (
        "Ein Tag\n\n" + "\n".join(STORY) + "\n",
        "text/plain; charset=utf-8",
    )
    found = json.loads(record.text)
    assert (found["id"], len(found["cuts"]), found["cuts"][0]["text"]) == (1, 41, "Mein Konto")
    missing = [ask(f"/folds/-/article/{number}").status_code for number in ("9.txt", f"{'9' * 30}.json")]
    assert missing == [404, 404]
    assert text.headers["x-content-type-options"] == "nosniff"


def test_half_a_character_can_be_taken_along(tmp_path):
    """A lone surrogate, which has no UTF-8, was replaced when it was stored, and no file fails on it."""
    path = browse_corpus.make_corpus(tmp_path / "evil.db", browse_corpus.evil(), clusters=False)
    with running(open_datasette(path).app()) as url:
        plain, record = (httpx.get(f"{url}/evil/-/article/4.{end}", timeout=LIMIT_S) for end in ("txt", "json"))
        assert plain.text.startswith("\ufffd halbes Zeichen")
        assert record.json()["text"].startswith("\ufffd halbes Zeichen")


def test_other_versions_of_an_address_are_named(ask):
    """Articles of one address lead to each other."""
    assert '<dt>Same address</dt><dd><a href="/folds/-/article/3">' in ask("/folds/-/article/1").text
    assert "Same address" not in ask("/folds/-/article/2").text


def test_an_article_leads_to_its_run_and_its_cuts(ask):
    """The run that read it and the table of its cuts are a click away."""
    page = ask("/folds/-/article/1").text
    assert ('href="/folds/runs/1"' in page, 'href="/folds/cuts?article_id=1"' in page) == (True, True)
    assert (ask("/folds/runs/1").status_code, ask("/folds/cuts?article_id=1").status_code) == (200, 200)


def test_two_versions_of_the_clean_text_fit_a_phone(browser, site):
    """The clean text, a fold and its summary are no wider than a phone."""
    page = browser.new_page(viewport={"width": 320, "height": 800})
    for address in ("1?view=text", "1", "1?lines=all"):
        page.goto(f"{site}/folds/-/article/{address}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.close()
