"""Documents that are cleaned together: the article that each becomes alone."""

from itertools import cycle
from pathlib import Path

import pytest

from curator import clean, clean_all
from curator.model import Raw
from curator.pipeline.cleaning import clean_raw, clean_together, load_tools
from curator.pipeline.entries import prepare, prepare_all
from curator.settings import Settings

HERE = Path(__file__).parent


def raws():
    """Return the seeds, every second case, and texts of which nothing is left, as documents."""
    paths = sorted((HERE.parent / "seeds").glob("*.txt")) + sorted((HERE / "cases").glob("*/raw.*"))[::2]
    found = [
        Raw(path.parent.name, path.read_bytes(), "text/html" if path.suffix == ".html" else "text/plain")
        for path in paths
    ]
    odd = [b"", b"\n\n", b"Log in", "東京は雨です。".encode(), b"\xff\xfeH\x00i\x00"]
    return found[::2] + [Raw(f"odd-{i}", content) for i, content in enumerate(odd)] + found[1::2]


@pytest.mark.parametrize("skipped", [(), ("tagger",)], ids=["all rules", "no tagger"])
def test_articles_are_the_same_alone_and_together(skipped):
    """Pages of text and HTML in any mix become the articles that each becomes by itself, cut by cut."""
    documents, tools = raws(), load_tools(Settings(skip_rules=skipped))
    assert len(documents) > 60
    together = clean_together(documents, tools)
    for raw, article in zip(documents, together, strict=True):
        assert article == clean_raw(raw, tools), raw.source


def test_texts_taken_as_they_are_are_so_together():
    """Without cleaning nothing is cut from any of them."""
    documents, tools = raws()[:9], load_tools(Settings(), cuts=False)
    assert clean_together(documents, tools) == [clean_raw(raw, tools) for raw in documents]
    assert not any(article.cuts for article in clean_together(documents, tools))


def test_many_texts_become_what_each_becomes_alone():
    """Texts and bytes, with addresses or without, are read as they are asked for; a wrong one is told as alone."""
    page = "<p>Die Stadt hat gestern eine Brücke eröffnet.</p>".encode()
    texts = ["Mein Konto\n\nDie Stadt hat eine Brücke eröffnet.", page] * 40
    assert list(clean_all(texts)) == [clean(text) for text in texts]
    urls = [f"https://example.org/{n}" for n in range(80)]
    assert [article.page.url for article in clean_all(texts, urls)] == urls
    read = []
    assert next(clean_all(read.append(text) or text for text in cycle(texts))).text == clean(texts[0]).text
    assert len(read) < 100
    with pytest.raises(TypeError, match="NoneType, expected str or bytes"):
        list(clean_all(["Die Stadt hat eine Brücke eröffnet.", None]))
    with pytest.raises(ValueError, match="zip"):
        list(clean_all(texts, urls[1:]))


def test_rows_are_the_same_alone_and_together():
    """What ``add`` stores of a document does not depend on the documents it was cleaned with."""
    documents, tools = raws()[::3], load_tools(Settings())
    assert prepare_all(documents, tools) == [prepare(raw, tools) for raw in documents]
