"""How much was removed over time, by site and by kind, as columns."""

import re

import browse_corpus
import pytest

from curator.browse.server import open_datasette

TEXT = "Mein Konto\nEin langer Satz, der bleibt, steht hier und sagt, was in der Stadt geschah.\nTeilen Sie das"


def dump(month, site, *cuts):
    """Return an article of a month and a site with these parts of it cut."""
    found = [browse_corpus.whole(TEXT, part, kind, rule, "why") for part, kind, rule in cuts]
    return browse_corpus.Dump(TEXT, None, None, site, "de", f"{month}-03", tuple(found))


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    """Return a function from an address to an answer, over articles of two sites and two months."""
    account, share = ("Mein Konto", "account", "account-line"), ("Teilen Sie das", "share", "share-bar")
    dumps = [
        dump("2024-01", "a.example", account),
        dump("2024-01", "a.example", account, share),
        dump("2024-03", "a.example", share),
        dump("2024-03", "b.example", account),
    ]
    path = tmp_path_factory.mktemp("removal") / "gone.db"
    return browse_corpus.asker(open_datasette(browse_corpus.make_corpus(path, dumps, clusters=False)))


def columns(answer):
    """Return what the columns of removal say, and what a full one stands for."""
    section = answer.text[answer.text.index('id="removed"') :]
    section = section[: section.index("</section>")]
    return dict(re.findall(r"<title>([0-9-]+): ([^<]+)</title>", section)), re.search(
        r"full column is ([^.]+)\.", section
    )[1]


ONE, BOTH, SHARE = 10 / len(TEXT), 24 / len(TEXT), 14 / len(TEXT)


@pytest.mark.parametrize(
    ("address", "january", "march", "top"),
    [
        ("home", (ONE + BOTH) / 2, (ONE + SHARE) / 2, "20%"),
        ("home?kind=share", SHARE / 2, SHARE / 2, "10%"),
        ("site/a~2Eexample", (ONE + BOTH) / 2, SHARE, "20%"),
        ("site/a~2Eexample?kind=account", ONE, 0, "10%"),
        ("site/a~2Eexample?kind=nothing", (ONE + BOTH) / 2, SHARE, "20%"),
    ],
)
def test_removal_is_drawn_by_month_site_and_kind(ask, address, january, march, top):
    """A column is the mean share of what was cut, of one kind where one is chosen; months between are empty."""
    found, full = columns(ask(f"/gone/-/{address}"))
    assert list(found) == ["2024-01", "2024-02", "2024-03"]
    shares = [float(found[month].partition("%")[0]) for month in found]
    assert shares == pytest.approx([100 * january, 0, 100 * march], abs=0.51)
    assert full == top


def test_the_kinds_to_choose_from_are_those_that_were_cut(ask):
    """Each kind cut on a site leads to its columns there, the chosen one back to all."""
    page = ask("/gone/-/site/a~2Eexample?kind=share").text
    assert "/gone/-/site/a~2Eexample?kind=account#removed" in page
    assert '<a href="/gone/-/site/a~2Eexample#removed">all kinds</a>' in page
    assert "account#removed" not in ask("/gone/-/site/b~2Eexample").text, "one kind is no choice"
