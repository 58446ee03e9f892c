"""Corpora to look at: a small one with rows of every sort, an evil one, an empty one."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

from curator.article import make_article
from curator.cleaners import find_cuts
from curator.cleaners.phrases import load_phrases
from curator.cluster.contained import Contained
from curator.cluster.records import Cluster, Duplicate, Pair
from curator.model import Article, Cut, Facts, Failure, Page
from curator.page.lines import split_lines
from curator.store.connection import connect, transaction
from curator.store.duplicates import add_pairs, write_clusters
from curator.store.resuming import FailedInput, add_failure
from curator.store.review import write_contained
from curator.store.rows import ArticleRow, Entry, TextRow, cut_values, pack, pack_text
from curator.store.write import Run, add_entries, begin_run, finish_run

SEEDS = Path(__file__).parent.parent / "seeds"


class Dump(NamedTuple):
    """A text with what is known about it."""

    text: str
    title: str | None = None
    url: str | None = None
    site: str | None = None
    lang: str | None = None
    published: str | None = None
    cuts: tuple[Cut, ...] = ()


_BODY = {
    "de": "Der Rat der Stadt hat am Abend über die neue Brücke beraten. Niemand sprach gegen den Plan.",
    "fr": "L'expertise a été remise au tribunal. Le conseil municipal se réunira encore une fois en mai.",
    "en": "The council spoke about the AH-64E helicopters and the new bridge. Prices rose by 50% in a year.",
    "ar": "اجتمع مجلس المدينة مساء أمس لمناقشة الجسر الجديد. لم يعترض أحد على الخطة.",
}
_CLUTTER = {
    "de": ("Mein Konto", "Lesen Sie auch:", "Newsletter abonnieren", "Facebook | Twitter | WhatsApp"),
    "fr": ("Mon compte", "À lire aussi :", "Facebook | Twitter | WhatsApp", "Tous droits réservés"),
    "en": ("My account", "Read more:", "Facebook | Twitter | WhatsApp", "All rights reserved"),
    "ar": ("تسجيل الدخول", "Facebook | Twitter | WhatsApp"),
}


def news(number: int) -> Dump:
    """Return the dump of one invented article; its language, site and month follow from its number."""
    lang = ("de", "fr", "en", "ar")[number % 4]
    site = f"news{number % 7}.example.com"
    title = f"{_BODY[lang].split('.')[0]} ({number})"
    lines = [_CLUTTER[lang][0], title, "", *[f"{_BODY[lang]} Nr. {number}.{part}" for part in range(4)], ""]
    lines += list(_CLUTTER[lang][1:]) * (1 + number % 3)
    published = f"2024-{number % 12 + 1:02}-{number % 27 + 1:02}" if number % 5 else None
    return Dump("\n".join(lines), title, f"https://{site}/artikel/{number}", site, lang, published)


def whole(text: str, part: str, kind: str, rule: str, why: str) -> Cut:
    """Return a cut of the first place where a part stands in a text."""
    start = text.index(part)
    return Cut(start, start + len(part), kind, rule, why)


def evil() -> list[Dump]:
    """Return dumps that try to break the pages: scripts, links, control characters, one very long line."""
    script = "<script>document.title='owned'</script>"
    handler = "<img src=x onerror=\"document.title='owned'\">"
    link = "javascript:document.title='owned'"
    bidi = "Preis \u202e001 EUR\u202c und \u2067abc\u2069\u200b und \u0000 und \u0007 Ende"
    long_line = "Wort " * 220_000
    emoji = "👩‍👩‍👧‍👦 🏳️‍🌈 می‌خواهم \U000e0041 " + "é" * 40
    first = f"{script}\n\n{handler}\n{link}\n{bidi}\n</pre></td></textarea>{script}\nEin Satz, der bleibt.\n"
    return [
        Dump(
            first,
            script,
            link,
            f"evil{script}.example",
            script[:8],
            "2024-01-01",
            (
                whole(first, handler, "advert", "<b>rule</b>", handler),
                whole(first, "001 EUR", "caption", "credit", bidi),
            ),
        ),
        Dump(f"{long_line}\n\nDanach.", "Die lange Zeile", "https://example.org/lang", "example.org", "de"),
        Dump(f"{emoji}\n{emoji}\n\nEnd.", emoji, 'https://example.org/"onmouseover="x', "example.org", "fa"),
        Dump("\ud800 halbes Zeichen\nMein Konto\nEin Satz mit genug Wörtern.", None, None, None, "de"),
    ]


def _entry(number: int, dump: Dump) -> Entry:
    page = Page(dump.text, split_lines(dump.text), url=dump.url)
    cuts = dump.cuts or tuple(find_cuts(page.lines, load_phrases()))
    at = dump.text.find(dump.title) if dump.title else -1
    span = (at, at + len(dump.title)) if dump.title and at >= 0 else None
    article = make_article(page, cuts, Facts(dump.title, span, dump.lang, dump.published, None, dump.site))
    return _packed(number, dump, article)


def _packed(number: int, dump: Dump, article: Article) -> Entry:
    content = dump.text.encode("utf-8", "surrogatepass")
    row = ArticleRow(
        dump.title,
        dump.site,
        dump.url,
        dump.lang,
        dump.published,
        "Eva Muster" if number % 3 else None,
        len(article.text.split()),
        len(article.text),
        len(dump.text),
        article.ratio_cut,
        article.review,
        article.status,
        article.reason,
    )
    span = article.facts.title_span or (None, None)
    return Entry(
        hashlib.sha256(content + str(number).encode()).hexdigest()[:32],
        f"dumps/{number:03}.txt",
        None,
        dump.url,
        dump.site,
        "2024-12-24T10:00:00Z",
        "text/plain",
        "utf-8",
        len(content),
        *(None,) * 4,
        pack(content),
        None,
        pack_text(dump.text),
        None,
        row,
        TextRow(*span, article.text),
        cut_values(article.cuts, dump.text),
    )


def seeds() -> list[Dump]:
    """Return the five seed dumps, as bare texts."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(SEEDS.glob("*.txt"))]
    return [Dump(text, next(filter(None, text.split("\n"))), None, None, "de") for text in texts]


def make_corpus(path: Path, dumps: Iterable[Dump], *, clusters: bool = True) -> Path:
    """Write a corpus file of these dumps; with ``clusters`` the 2nd to 4th are copies, the 5th a part of the 2nd."""
    connection = connect(path, create=True)
    with transaction(connection):
        settings = '{"threshold": 0.7}'
        run_id = begin_run(connection, Run("add", "0.1.0", settings, "2024-12-24T10:00:00Z"))
        ids = add_entries(connection, [_entry(number, dump) for number, dump in enumerate(dumps)], run_id)
        if clusters and len(ids) > 4:
            add_pairs(connection, [Pair(ids[1], ids[2], 0.91, 0.97, 0.93), Pair(ids[2], ids[3], 0.74, 0.8, 0.9)])
            members = (Duplicate(ids[2], ids[1], 0.91), Duplicate(ids[3], ids[1], 0.74, ids[2]))
            write_contained(connection, [Contained(ids[4], ids[1], 0.96, 0.2)])
            write_clusters(connection, ids[1:4], [Cluster("00ab12", ids[1], members)])
            add_failure(
                connection,
                Failure("dumps/kaputt.jsonl#7", "read", "ReadError", "line 7 is no JSON: expected an object"),
                run_id,
                FailedInput(),
            )
        finish_run(connection, run_id, "2024-12-24T10:00:09Z", json.dumps({"read": len(ids), "added": len(ids)}))
    connection.close()
    return path


def copies() -> list[Dump]:
    """Return three versions of one article, each a little different."""
    base = news(6)
    paragraph = "The mayor said that the bridge will be open in spring, and that the old one stays until then."
    texts = [
        f"{base.text}\n{paragraph}",
        f"{base.text}\n{paragraph.replace('spring', 'autumn')}",
        f"{base.text}\n{paragraph.replace('mayor', 'council')} More is to follow.",
    ]
    return [
        base._replace(text=text, url=f"https://copy{number}.example.net/a/1", site=f"copy{number}.example.net")
        for number, text in enumerate(texts)
    ]


def small() -> list[Dump]:
    """Return 5 seeds, 3 copies and 40 invented articles."""
    made = [news(number) for number in range(40)]
    return [seeds()[0], *copies(), *seeds()[1:], *made]


def asker(datasette: Any) -> Callable[..., Any]:
    """Return a function from an address to what a real Datasette answers; it follows no redirect."""

    def answer(path: str, method: str = "GET", **options: Any) -> Any:
        async def send() -> Any:
            await datasette.invoke_startup()
            return await datasette.client.request(method, path, **options)

        return asyncio.run(send())

    return answer
