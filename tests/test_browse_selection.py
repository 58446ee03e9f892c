"""Articles of a time span, words of scripts without spaces, and what is found taken along as one file."""

import csv
import html
import io
import json
import re
from urllib.parse import urlencode

import browse_corpus
import pytest

from curator import Corpus
from curator.browse.choices import chosen_of, table_query
from curator.browse.server import open_datasette

FORMULA = "=1+1"


def dumps():
    """Return articles of three years, some in Japanese, one without a day, one with a formula for a title."""
    made = [browse_corpus.news(number) for number in range(40)]
    days = ["2023-12-31", "2024-02-01T08:00:00Z", "2024-02-29", "2024-03-01", "2025-01-01"]
    dated = [
        browse_corpus.Dump(f"A day in the life of the town, {day}.", f"Day {day}", None, "days.example", "en", day)
        for day in days
    ]
    japanese = [
        browse_corpus.Dump("市議会は月曜日の夜に新しい橋の建設を議論した。", "市議会", None, "shinbun.example", "ja"),
        browse_corpus.Dump("警察は、東京 で事故があったと発表した。", "警察の発表", None, "shinbun.example", "ja"),
        browse_corpus.Dump("The mayor of 東京, who is on a visit, spoke.", "A visit", None, "days.example", "en"),
    ]
    return [*made, *dated, *japanese, browse_corpus.Dump(f"{FORMULA}\nA text.", FORMULA, None, "odd.example", "en")]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """Return the path of a corpus of them."""
    place = tmp_path_factory.mktemp("selection") / "chosen.db"
    return browse_corpus.make_corpus(place, dumps(), clusters=False)


@pytest.fixture(scope="module")
def ask(path):
    """Return a function from an address to the answer of a real Datasette over it."""
    return browse_corpus.asker(open_datasette(path))


def found(answer):
    """Return how many articles a page of cards counts."""
    return int(re.search(r"<b>(\d+)</b> article", answer.text)[1])


@pytest.mark.parametrize(
    ("span", "n_found"),
    [
        ("from=2024", 4),
        ("to=2023", 1),
        ("from=2024-02&to=2024-02", 2),
        ("from=2024-02-01&to=2024-02-01", 1),
        ("from=2024-02-02&to=2024-03-01", 2),
        ("from=2023-12-31&to=2024", 4),
        ("from=2026", 0),
        ("from=2024-03&to=2024-02", 0),
    ],
)
def test_a_time_span_takes_both_ends_in(ask, span, n_found):
    """A year, a month or a day as first and last, in lists and in searches; what has no day is in none."""
    assert found(ask(f"/chosen/-/articles?site=days.example&{span}")) == n_found
    assert found(ask(f"/chosen/-/articles?q=town&{span}")) == n_found
    answer = ask(f"/chosen/articles.json?_shape=array&site=days.example&{table_of(span)}")
    assert len(answer.json()) == n_found


def table_of(span):
    """Return how the page of cards asks Datasette's table for the same articles."""
    values = dict(part.split("=") for part in span.split("&"))
    return table_query("", chosen_of(lambda name: values.get(name, ""))[0], "newest")


def test_what_is_no_day_is_said(ask):
    """A day that is none is named, and the rest is done."""
    page = ask("/chosen/-/articles?from=1.5.2024&to=2023-12-31&site=days.example")
    assert ("“<bdi>1.5.2024</bdi>” is no day" in page.text, found(page)) == (True, 1)


def test_other_choices_stay_beside_a_time_span(ask):
    """The form of the time span carries words and filters along, a filter the time span."""
    page = ask("/chosen/-/articles?q=town&site=days.example&from=2024").text
    form = page[page.index('class="part span"') : page.index("</form>", page.index('class="part span"'))]
    assert '<input type="hidden" name="q" value="town">' in form
    assert '<input type="hidden" name="site" value="days.example">' in form
    assert 'name="from" value="2024"' in form
    assert "/chosen/-/articles?q=town&amp;site=days.example" in page, "the cross takes the time span out"


@pytest.mark.parametrize(
    ("typed", "titles"),
    [
        ("橋", ["市議会"]),
        ("新しい橋", ["市議会"]),
        ('"新しい橋の建設"', ["市議会"]),
        ("橋 月曜日", ["市議会"]),
        ("東京", ["A visit", "警察の発表"]),
        ("東京 visit", ["A visit"]),
        ("橋 東京", []),
        ("警察", ["警察の発表"]),
    ],
)
def test_words_inside_a_run_without_spaces_are_found(ask, path, typed, titles):
    """In Japanese a word is found where it stands, in the browser and by ``curator search``, with its place marked."""
    page = ask("/chosen/-/articles?" + urlencode({"q": typed}))
    assert found(page) == len(titles)
    with Corpus(path) as corpus:
        hits = corpus.search(typed)
    assert sorted(hit.title for hit in hits) == sorted(titles)
    assert all("\x02" in hit.snippet or hit.title == "警察の発表" for hit in hits)
    assert page.text.count("<mark>") >= len(titles)


@pytest.mark.parametrize("typed", ["橋", "東京", "東京 visit", "橋 東京", "bridge"])
@pytest.mark.parametrize("more", ["", "&lang=ja", "&sort=published"])
def test_the_table_holds_what_the_cards_show(ask, typed, more):
    """The link below the cards leads to the same articles, with words inside a run, filters and facets, too."""
    page = ask(f"/chosen/-/articles?{urlencode({'q': typed})}{more}")
    link = re.search(r'<a href="(/chosen/articles\?[^"]*)">As a table</a>', page.text)
    table = ask(
        f"/chosen/articles.json?_shape=objects&_facet=lang&{urlencode({'_search': typed})}{more.partition('&s')[0]}"
    )
    rows = table.json()["rows"]
    assert bool(link) == bool(rows)
    if link:
        linked = ask(html.unescape(link[1]).replace("articles?", "articles.json?_shape=objects&")).json()
        assert [row["id"] for row in linked["rows"]] and linked["filtered_table_rows_count"] == len(linked["rows"])
        rows = linked["rows"]
    assert {row["id"] for row in rows} == set(
        map(int, re.findall(r'<h2[^>]*><a href="/chosen/-/article/(\d+)"', page.text))
    )
    facets = table.json()["facet_results"]["lang"]["results"]
    assert sum(facet["count"] for facet in facets) == len(rows)


@pytest.mark.parametrize("query", ["", "q=bridge&lang=en&sort=published", "site=days.example&from=2024", "q=%22"])
def test_what_is_found_is_taken_along_whole(ask, query):
    """CSV and JSON lines hold every article of all pages, with its text, in the order of the cards."""
    count = found(ask(f"/chosen/-/articles?{query}"))
    answer = ask(f"/chosen/-/articles.csv?{query}")
    assert answer.headers["content-disposition"] == 'attachment; filename="articles.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"), newline="")))
    records = [json.loads(line) for line in ask(f"/chosen/-/articles.jsonl?{query}").text.splitlines()]
    assert (len(rows), len(records)) == (count, count)
    assert [row["id"] for row in rows] == [str(record["id"]) for record in records]
    assert all(record["text"] for record in records)
    cards = re.findall(r'<h2[^>]*><a href="/chosen/-/article/(\d+)"', ask(f"/chosen/-/articles?{query}").text)
    assert [row["id"] for row in rows][:20] == cards


def test_no_cell_that_is_taken_along_is_a_formula(ask):
    """A title that a spreadsheet would compute has one mark before it, in JSON none; a POST is refused."""
    (row,) = csv.DictReader(io.StringIO(ask("/chosen/-/articles.csv?site=odd.example").text, newline=""))
    assert row["title"] == f"'{FORMULA}"
    assert json.loads(ask("/chosen/-/articles.jsonl?site=odd.example").text)["title"] == FORMULA
    assert ask("/chosen/-/articles.csv", "POST").status_code == 405


@pytest.mark.parametrize("name", ["clusters", "sites", "articles"])
def test_the_page_behind_the_last_of_a_list_is_the_last(ask, name):
    """It has the rows of the last, and names no page that is not there."""
    far = ask(f"/chosen/-/{name}?page=99").text
    pages = re.search(r"<span>Page (\d+) of (\d+)</span>", far)
    last = ask(f"/chosen/-/{name}?page={pages[2] if pages else 1}").text
    rows = [re.findall(r'href="(/chosen/-/(?:site|article)/[^"]*)"', text) for text in (far, last)]
    assert rows[0] == rows[1]
    assert bool(rows[0]) == (name != "clusters")
    assert (pages and pages.groups()) == {"articles": ("3", "3")}.get(name)
