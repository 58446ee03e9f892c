"""What the eye finds on the pages, looked at in real Chromium: nothing runs into anything else."""

import browse_corpus
import pytest
from browser import chromium, running

from curator.browse.guard import allow_hosts
from curator.browse.server import open_datasette

MONTHS = [f"{year}-{month:02}" for year in range(2021, 2024) for month in range(1, 13)]
ACCENTS = "e" + "\u0301" * 60


@pytest.fixture(scope="module")
def browser():
    """Yield a running Chromium."""
    with chromium() as running_browser:
        yield running_browser


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Yield the address of a server over articles of many months, with accents piled up and with long cuts."""
    base = browse_corpus.news(6)._replace(published=None)
    dumps = [base._replace(text=f"{base.text}\n{month}", published=f"{month}-01") for month in MONTHS]
    dumps.append(base._replace(text=f"{base.text}\nStop {ACCENTS}!", title=f"Caf{ACCENTS}"))
    consent = "We use cookies, and so do our 912 partners. " * 12
    cut = browse_corpus.whole(consent + "\nA sentence that stays.", consent, "consent", "consent-notice", "cookies")
    dumps.append(base._replace(text=consent + "\nA sentence that stays.", cuts=(cut,)))
    path = browse_corpus.make_corpus(tmp_path_factory.mktemp("design") / "design.db", dumps, clusters=False)
    with running(allow_hosts(open_datasette(path).app(), {"127.0.0.1"})) as url:
        yield f"{url}/design/-"


OVERLAPPING = """() => {
  const inside = chart => [...chart.querySelectorAll('text')].map(one => one.getBoundingClientRect());
  return [...document.querySelectorAll('.columns')].map(inside)
    .flatMap(boxes => boxes.slice(1).filter((box, at) => box.left < boxes[at].right + 2)).length;
}"""


@pytest.mark.parametrize("page_name", ["home", "site/news6~2Eexample~2Ecom"])
@pytest.mark.parametrize("width", [390, 1280])
def test_labels_of_months_stand_apart(browser, site, page_name, width):
    """Under 36 columns no month runs into the next one, and the first and the last are named."""
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.goto(f"{site}/{page_name}")
    labels = page.locator(".columns").first.locator("text").all_text_contents()
    assert (labels[0], labels[-1], len(labels) > 3) == (MONTHS[0], MONTHS[-1], True)
    assert page.evaluate(OVERLAPPING) == 0
    page.close()


@pytest.mark.parametrize("page_name", ["articles", "article/37", "article/37?view=text"])
def test_piled_accents_stay_in_their_box(browser, site, page_name):
    """What stands above a letter with sixty accents is not painted over."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(f"{site}/{page_name}")
    holder = page.locator(".card, .line .raw, .reading", has_text="\u0301\u0301").first
    assert holder.evaluate("box => getComputedStyle(box).overflow") == "clip"
    assert page.locator("h1").evaluate("box => getComputedStyle(box).overflow") == "clip"
    page.close()


def test_a_long_cut_is_scrolled_with_the_keyboard(browser, site):
    """A text that scrolls in its box can be reached with the Tab key, a short one is no stop on the way."""
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.goto(f"{site}/rule/consent-notice")
    boxes = page.locator(".quote").evaluate_all(
        "found => found.map(box => [box.scrollHeight > box.clientHeight, box.tabIndex === 0])"
    )
    assert boxes == [[True, True]]
    page.goto(f"{site}/home")
    assert page.locator(".quote[tabindex]").count() == 0
    page.close()


def test_the_rule_beside_a_reason_is_seen_to_be_a_link(browser, site):
    """Inside a sentence colour alone marks no link (WCAG 1.4.1): the name of the rule is underlined."""
    page = browser.new_page()
    page.goto(f"{site}/article/1")
    link = page.locator(".why a .name").first
    assert "underline" in link.evaluate("link => getComputedStyle(link).textDecorationLine")
    page.close()


def test_names_of_sites_break_behind_their_dots(browser, site):
    """A name too long for the column of filters is broken between its parts."""
    page = browser.new_page()
    page.goto(f"{site}/articles")
    name = page.locator(".facet a", has_text="news6.example.com").first
    assert name.evaluate("link => link.innerHTML.split('<wbr>').length") == 3
    page.close()


def test_a_day_is_seen_whole_in_the_field_it_is_typed_into(browser, site):
    """The fields of the time span hold ten characters beside the cards and on a phone."""
    for width in (390, 1280):
        page = browser.new_page(viewport={"width": width, "height": 800})
        page.goto(f"{site}/articles?from=2021-12-28&to=2023-10-30")
        fields = page.locator(".span input:not([type=hidden])")
        assert fields.evaluate_all("found => found.map(field => field.scrollWidth > field.clientWidth)") == [False] * 2
        page.close()
