"""``curator explain``, ``search`` and ``stats``: what looks at a corpus and changes nothing."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import click

from curator.cli import options as opt
from curator.cli.show import beside_text, coloured, margin_notes, plain, shortened, table, utf8
from curator.errors import StoreError
from curator.model import STATUSES

if TYPE_CHECKING:
    from curator.corpus import Corpus, Explanation
    from curator.store.articles import StoredArticle

#: Of tables with a row for each site or language, a person is shown so many.
_SHOWN_ROWS = 20
_LONG = ("languages", "sites", "templates")
_SHOWN_BY = "`curator search` and `curator browse` show the ids"


@click.command(epilog=opt.example("curator explain 3", "curator explain dumps/a.txt", "curator explain 3 --json"))
@click.argument("which", metavar="ID|NAME")
@opt.db_option
@opt.json_option
def explain(which: str, as_json: bool) -> None:
    """Say why an article looks as it does: its cuts, its cluster and the survivor.

    It is called by its number, by what it was read from (a.txt, dump.jsonl:17), by its own id or its address.
    """
    settings = opt.settings_in_force()
    from curator.corpus import Corpus

    with Corpus(settings=settings) as corpus:
        found = _explained(corpus, which)
    out = utf8(sys.stdout)
    if as_json:
        out.write(_explanation_json(found))
    else:
        out.writelines(f"{line}\n" for line in _explanation(found, colour=coloured(out)))


def _explained(corpus: Corpus, which: str) -> Explanation:
    found = corpus.explain(_id_of(corpus, which))
    if found is None:
        raise StoreError(f"{corpus.path}: there is no article {which}; {_SHOWN_BY}")
    return found


def article_called(corpus: Corpus, which: str) -> int:
    """Return the number of the one article that is meant; raise StoreError where there is none, or several."""
    return _explained(corpus, which).article.id


def _read_within(corpus: Corpus, path: str) -> list[int]:
    """Return the numbers of the articles that were read from records (dump.jsonl:17) or members of a file."""
    from curator.store.rows import shown

    quoted = shown(path).replace("'", "''")
    return corpus.ids_where(f"substr(source, 1, {len(path) + 1}) in ('{quoted}:', '{quoted}!')")


def _id_of(corpus: Corpus, which: str) -> int:
    """Return the number of the one article that is meant; a number is that of an article, else it is a name."""
    if which.isdecimal():
        return int(opt.ARTICLE_ID.convert(int(which), None, None))
    ids, how = corpus.ids_called(which), "are called"
    if not ids:
        ids, how = _read_within(corpus, which), "were read from"
    if not ids:
        raise StoreError(f"{corpus.path}: nothing was read from {which}, or is called so; {_SHOWN_BY}")
    if len(ids) > 1:
        raise StoreError(f"{corpus.path}: {len(ids):,} articles {how} {which}: {_few(ids)}; name one of them")
    return ids[0]


def _few(ids: Sequence[int]) -> str:
    return ", ".join(map(str, ids[:10])) + (", ..." if len(ids) > 10 else "")


def _explanation_json(found: Explanation) -> str:
    from curator.export.jsonl import stored_record, to_line

    record = stored_record(found.article, found.cuts, None)
    del record["meta"]
    more = {"cluster": found.cluster, "current": found.current, "paths": found.paths, "page": found.page}
    return to_line(record | more)


def _left_out(article: StoredArticle, n_cut: int) -> str:
    start, end = article.title_span or (0, 0)
    cut = f"{n_cut:,} cut ({article.ratio_cut:.0%})" if n_cut else ""
    return ", ".join(filter(None, (cut, beside_text(article.raw_chars, article.chars, n_cut, end - start))))


def _explanation(found: Explanation, *, colour: bool) -> Iterator[str]:
    article = found.article
    yield f"article {article.id}: {plain(article.title or '(no title)')}"
    facts = {
        "source": article.source, "seen again at": ", ".join(found.paths), "url": article.url, "site": article.site,
        "language": article.lang, "published": article.published, "author": article.author,
        "text": f"{article.chars:,} of {article.raw_chars:,} characters",
        "left out": _left_out(article, sum(row.cut.end - row.cut.start for row in found.cuts)),
        "review": article.review, "status": article.status + f" by article {found.current}" * bool(found.current),
        "reason": article.reason,
    }  # fmt: skip
    yield from (f"  {name}: {plain(str(value))}" for name, value in facts.items() if value)
    if found.cluster:
        yield f"  cluster {article.cluster_id}: {len(found.cluster)} articles"
        for member in found.cluster:
            yield "    " + _member(member, article.id)
    yield ""
    yield from margin_notes(found.page, [row.cut for row in found.cuts], article.title_span, colour=colour)


def _member(member: Mapping[str, object], shown: int) -> str:
    similarity = member["similarity"]
    via = f" by way of article {member['via']}" if member["via"] is not None else ""
    how = "survives" if similarity is None else f"{float(str(similarity)):.0%} of the same word sequences{via}"
    here = "  (this one)" if member["id"] == shown else ""
    about = " ".join(plain(str(told)) for told in (member["site"], str(member["published"] or "")[:10]) if told)
    name = shortened(str(member["title"] or member["source"]), 70)
    return "  ".join(filter(None, (str(member["id"]), about, name, how))) + here


@click.command(epilog=opt.example('curator search "terror koalition"', "curator search maro* --status duplicate"))
@click.argument("query", nargs=-1, required=True)
@click.option(
    "--status", type=click.Choice([*STATUSES, "all"]), default="kept", show_default=True, help="Search these."
)
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="Show so many at most.")
@opt.db_option
@opt.json_option
def search(query: tuple[str, ...], status: str, limit: int, as_json: bool) -> None:
    """Find articles that hold all the words; case and accents do not count.

    "Words in quotes" are a phrase, word* stands for all words that begin so.
    """
    settings = opt.settings_in_force()
    from curator.corpus import Corpus
    from curator.store.search import match_of

    with Corpus(settings=settings) as corpus:
        hits = corpus.search(" ".join(query), status=None if status == "all" else status, limit=limit)
    out = utf8(sys.stdout)
    colour = coloured(out)
    for hit in hits:
        if as_json:
            out.write(_hit_json(hit._asdict()))
            continue
        about = "  ".join(filter(None, (hit.site, hit.published, hit.lang, hit.status)))
        out.write(f"{hit.id}  {shortened(hit.title or '(no title)', 100)}  {plain(about)}\n")
        out.write(f"    {_highlighted(hit.snippet, colour=colour)}\n")
    if not hits and not as_json:
        wordless = not match_of(" ".join(query))
        why = "the query holds no word" if wordless else "try fewer words, a beginning such as maro*, or --status all"
        click.echo(f"curator: nothing found; {why}", err=True)


def _hit_json(hit: dict[str, object]) -> str:
    from curator.export.jsonl import to_line
    from curator.store.search import END, FOUND

    return to_line(hit | {"snippet": str(hit["snippet"]).replace(FOUND, "").replace(END, "")})


def _highlighted(snippet: str, *, colour: bool) -> str:
    from curator.store.search import END, FOUND

    before, *rest = snippet.split(FOUND)
    parts = [plain(before)]
    for piece in rest:
        found, _, after = piece.partition(END)
        shown = plain(found)
        parts += [click.style(shown, bold=True, fg="yellow") if colour else f"[{shown}]", plain(after)]
    return "".join(parts)


@click.command(epilog=opt.example("curator stats", "curator stats --json", "curator stats --lines 50 --weakest 20"))
@click.option("--lines", "n_lines", type=click.IntRange(1), metavar="N", help="The N lines that most articles share.")
@click.option("--weakest", "n_weakest", type=click.IntRange(1), metavar="N", help="The N duplicates least like theirs.")
@opt.db_option
@opt.json_option
def stats(n_lines: int | None, n_weakest: int | None, as_json: bool) -> None:
    """Say what the corpus holds and what was cut, or what to review: shared lines, weak links of clusters."""
    settings = opt.settings_in_force()
    from curator.corpus import Corpus

    out = utf8(sys.stdout)
    with Corpus(settings=settings) as corpus:
        if n_lines or n_weakest:
            out.writelines(_to_review(corpus, n_lines, n_weakest, as_json=as_json))
            return
        found = corpus.stats()
    if as_json:
        out.write(json.dumps(found, ensure_ascii=False) + "\n")
        return
    tables = {name: values for name, values in found.items() if isinstance(values, dict)}
    numbers = [(name, value) for name, value in found.items() if name not in tables]
    out.writelines(f"{line}\n" for line in table(numbers, ("in " + str(settings.db), "")))
    heads = {"kinds": "characters cut", "rules": "cuts", "templates": "lines"}
    for name, values in tables.items():
        rows = [(plain(str(key)) or "(none)", number) for key, number in values.items()]
        n_shown = _SHOWN_ROWS if name in _LONG else len(rows)
        if rows:
            out.write("\n")
            out.writelines(f"{line}\n" for line in table(rows[:n_shown], (name, heads.get(name, "articles"))))
        if len(rows) > n_shown:
            out.write(f"and {len(rows) - n_shown:,} more {name}; --json gives all\n")


def _to_review(corpus: Corpus, n_lines: int | None, n_weakest: int | None, *, as_json: bool) -> Iterator[str]:
    shared = corpus.shared_lines(n_lines) if n_lines else []
    links = corpus.weakest(n_weakest) if n_weakest else []
    if as_json:
        rows = {"lines": [row._asdict() for row in shared], "weakest": [link._asdict() for link in links]}
        yield json.dumps(rows, ensure_ascii=False) + "\n"
        return
    if n_lines:
        lines = [(row.articles, row.first_id, shortened(row.text, 100)) for row in shared]
        none = "no line of three words and more stands in two kept articles"
        yield from _rows_or(none, lines, ("articles", "first", "line"))
    if n_weakest:
        pairs = [(link.id, link.other, f"{link.similarity:.3f}", shortened(link.title or "", 60)) for link in links]
        yield from _rows_or("there are no duplicates", pairs, ("article", "like", "similarity", "title"))


def _rows_or(none: str, rows: Sequence[Sequence[object]], head: Sequence[str]) -> Iterator[str]:
    """Yield the lines of a table, or one that says that there is nothing to show."""
    yield from (f"{line}\n" for line in (table(rows, head) if rows else [none]))
