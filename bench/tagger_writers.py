"""HTML -> text as other tools write it: whole pages, and what generous extractors leave of them."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from functools import partial
from types import FrameType

import html2text
import html_text
import inscriptis
import justext
import lxml.html
import markdownify
import trafilatura
from boilerpy3.extractors import ArticleExtractor, LargestContentExtractor
from readability import Document as Readable
from resiliparse.extract.html2text import extract_plain_text

Writer = Callable[[str], str | None]

#: A page that takes a writer longer is left out.
_SECONDS = 8
_SCRIPTS = re.compile(r"(?is)<(script|style)\b.*?</\1>")


def _html2text(html: str) -> str:
    writer = html2text.HTML2Text()
    writer.body_width, writer.ignore_images = 0, True
    return writer.handle(html)


def _html2text_wrapped(html: str) -> str:
    writer = html2text.HTML2Text()
    writer.ignore_images = writer.ignore_links = True
    return writer.handle(html)


def _browser(html: str) -> str:
    """Return the page as text browsers dump it: indented, wrapped, links numbered and listed at the end."""
    tree = lxml.html.fromstring(html)
    links = 0
    for link in tree.iter("a"):
        links += 1
        link.text = f"[{links}]{link.text or ''}"
    shown = inscriptis.get_text(lxml.html.tostring(tree, encoding="unicode"))
    wrapper = textwrap.TextWrapper(76, initial_indent="   ", subsequent_indent="   ")
    pieces = [wrapper.wrap(line) or [""] for line in shown.split("\n")]
    listed = [f"{i:4}. http://example.org/{i}" for i in range(1, min(links, 60))]
    return "\n".join([*(line for piece in pieces for line in piece), "", "References", "", *listed])


def _command(*command: str, html: str) -> str:
    done = subprocess.run(
        command, check=False, input=html.encode("utf-8", "replace"), capture_output=True, timeout=_SECONDS
    )
    return done.stdout.decode("utf-8", "replace")


_LYNX = ("lynx", "-dump", "-stdin", "-force_html", "-assume_charset=utf-8", "-display_charset=utf-8")
_W3M = ("w3m", "-dump", "-T", "text/html", "-I", "UTF-8", "-O", "UTF-8", "-cols", "100")


def _lynx(html: str) -> str:
    return _command(*_LYNX, "-width=80", html=html)


def _lynx_unwrapped(html: str) -> str:
    return _command(*_LYNX, "-nolist", "-width=1000", html=html)


def _w3m(html: str) -> str:
    return _command(*_W3M, html=html)


def _markdownify(html: str) -> str:
    return str(markdownify.markdownify(_SCRIPTS.sub("", html)))


def _readability(html: str) -> str:
    return str(html_text.extract_text(Readable(html).summary()))


def _justext(html: str) -> str:
    """Return the paragraphs that jusText keeps when it knows no language: by length and links alone."""
    loose = {"length_low": 30, "length_high": 80, "stopwords_low": 0, "stopwords_high": 0, "max_link_density": 0.5}
    paragraphs = justext.justext(html.encode(), frozenset(), no_headings=False, **loose)
    return "\n".join(paragraph.text for paragraph in paragraphs if not paragraph.is_boilerplate)


#: Tools that write every visible line.
WRITERS: dict[str, Writer] = {
    "html2text": _html2text,
    "html2text-wrapped": _html2text_wrapped,
    "inscriptis": inscriptis.get_text,
    "browser": _browser,
    "lynx": _lynx,
    "lynx-unwrapped": _lynx_unwrapped,
    "w3m": _w3m,
    "html-text": html_text.extract_text,
    "resiliparse": partial(extract_plain_text, main_content=False),
    "markdownify": _markdownify,
}

#: Tools that write the main text, and here and there something beside it or less of it.
EXTRACTORS: dict[str, Writer] = {
    "trafilatura": partial(trafilatura.extract, favor_recall=True),
    "trafilatura-links": partial(
        trafilatura.extract, favor_recall=True, include_links=True, include_formatting=True, include_comments=False
    ),
    "resiliparse-main": partial(extract_plain_text, main_content=True, comments=True),
    "readability": _readability,
    "boilerpy3-largest": lambda html: LargestContentExtractor().get_content(html),
    "boilerpy3-article": lambda html: ArticleExtractor().get_content(html),
    "justext": _justext,
}


def _too_slow(_signal: int, _frame: FrameType | None) -> None:
    raise TimeoutError


def written(name: str, html: str) -> str | None:
    """Return the page as this tool puts it, or None where the tool finds nothing, fails or takes too long.

    OSError where the tool is a program that is not installed.
    """
    write = WRITERS.get(name) or EXTRACTORS[name]
    signal.signal(signal.SIGALRM, _too_slow)
    signal.alarm(_SECONDS)
    try:
        return write(html)
    except FileNotFoundError:
        raise
    except Exception as error:  # third-party tools fail in many ways on real pages; the page is left out
        print(f"{name}: {error!r}", file=sys.stderr)
        return None
    finally:
        signal.alarm(0)
