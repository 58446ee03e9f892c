"""Documents that are cleaned together: the article that each becomes alone."""

from pathlib import Path

import pytest

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


def test_rows_are_the_same_alone_and_together():
    """What ``add`` stores of a document does not depend on the documents it was cleaned with."""
    documents, tools = raws()[::3], load_tools(Settings())
    assert prepare_all(documents, tools) == [prepare(raw, tools) for raw in documents]
