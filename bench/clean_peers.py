"""The tools that curator is measured beside, each as one function from a document to the text it keeps.

Every function imports its tool inside, so that a tool that is not installed is left out of the table by name.
"""

from __future__ import annotations

import html
import re

_WORDS = re.compile(r"\w+")
_SENTENCE_END = (".", "!", "?", "…", '"', "”", "“", "»", "'", "’", "।", "。", "！", "？", "؟", "۔")


def keep_all(text: str) -> str:
    """Keep everything."""
    return text


def c4_lines(text: str) -> str:
    """Keep lines as C4 does: a sentence end, five words or more, no script or placeholder text."""
    return "\n".join(
        line
        for line in text.split("\n")
        if line.rstrip().endswith((".", "!", "?", '"'))
        and len(line.split()) >= 5
        and "javascript" not in line.lower()
        and "lorem ipsum" not in line.lower()
    )


def fineweb_lines(text: str) -> str:
    """Keep lines that end a sentence or hold 30 characters, each once: FineWeb's document rules, taken line by line."""
    seen: set[str] = set()
    kept = []
    for line in text.split("\n"):
        bare = line.strip()
        if (bare.endswith(_SENTENCE_END) or len(bare) >= 30) and bare not in seen:
            seen.add(bare)
            kept.append(line)
    return "\n".join(kept)


def twelve_words(text: str) -> str:
    """Keep lines of twelve words or more: plain text density."""
    return "\n".join(line for line in text.split("\n") if len(_WORDS.findall(line)) >= 12)


def _paragraphs(text: str) -> str:
    """Return a dump as the plainest HTML there is: a paragraph a line."""
    body = "".join(f"<p>{html.escape(line)}</p>\n" for line in text.split("\n") if line.strip())
    return f"<html><head></head><body>{body}</body></html>"


def justext_dump(text: str, lang: str | None = None) -> str:
    """Return what jusText keeps of the lines, with the stop list of the dump's language."""
    return justext_html(_paragraphs(text), lang)


def justext_html(page: str, lang: str | None = None) -> str:
    """Return what jusText keeps of a page."""
    import justext

    names = {"de": "German", "fr": "French", "es": "Spanish", "it": "Italian", "pl": "Polish", "tr": "Turkish"}
    found = justext.justext(page.encode("utf-8", "replace"), justext.get_stoplist(names.get(lang or "", "English")))
    return "\n".join(paragraph.text for paragraph in found if not paragraph.is_boilerplate)


def boilerpy3_dump(text: str) -> str:
    """Return what boilerpy3's article extractor keeps of the lines."""
    return boilerpy3_html(_paragraphs(text))


def boilerpy3_html(page: str) -> str:
    """Return what boilerpy3's article extractor keeps of a page."""
    from boilerpy3 import extractors

    return extractors.ArticleExtractor(raise_on_failure=False).get_content(page)


def trafilatura_html(page: str) -> str:
    """Return what trafilatura keeps of a page, with metadata and without comments."""
    import trafilatura

    found = trafilatura.bare_extraction(page, include_comments=False, with_metadata=True)
    return (found.text or "") if found else ""


def readability_html(page: str) -> str:
    """Return what readability-lxml keeps of a page."""
    import lxml.html
    from readability import Document

    summary = Document(page).summary()
    return "\n".join(line.strip() for line in lxml.html.fromstring(summary).itertext() if line.strip())


def resiliparse_html(page: str) -> str:
    """Return what resiliparse's main-content extraction keeps of a page."""
    from resiliparse.extract.html2text import extract_plain_text

    return extract_plain_text(page, main_content=True, alt_texts=False)


def newspaper4k_html(page: str) -> str:
    """Return what newspaper4k keeps of a page."""
    import newspaper

    article = newspaper.Article("http://localhost/")
    article.download(input_html=page)
    article.parse()
    return article.text


DUMP_PEERS = {
    "keep all": keep_all,
    "C4 lines": c4_lines,
    "FineWeb-style lines": fineweb_lines,
    "12 words": twelve_words,
    "jusText": justext_dump,
    "boilerpy3": boilerpy3_dump,
}
HTML_PEERS = {
    "trafilatura": trafilatura_html,
    "readability-lxml": readability_html,
    "resiliparse": resiliparse_html,
    "newspaper4k": newspaper4k_html,
    "jusText": justext_html,
    "boilerpy3": boilerpy3_html,
}
