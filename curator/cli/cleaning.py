"""``curator clean``: no database."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, TextIO

import click

from curator.cli import options as opt
from curator.cli.reports import tell_notes
from curator.cli.show import coloured, margin_notes, plain, utf8

if TYPE_CHECKING:
    from curator.model import Article, Failure, Raw
    from curator.pipeline.cleaning import Tools


class _Cleaned(NamedTuple):
    """What is printed of a document, made in the process that cleaned it; a failed one has no output."""

    source: str
    output: str
    status: str
    reason: str | None


@click.command(
    epilog=opt.example(
        "curator clean page.html",
        "curator clean --explain dump.txt",
        "curator clean --json - < dumps.jsonl > clean.jsonl",
        "zcat dump.jsonl.gz | curator clean --filter - | other-tool",
    )
)
@opt.input_options
@click.option(
    "--explain", "explained", is_flag=True, help="Print the raw text, each cut line with kind, rule and reason."
)
@click.option(
    "--filter",
    "as_filter",
    is_flag=True,
    help='Print each JSON record as it came, its text cleaned, with "curator" added.',
)
@click.option("--with-page", is_flag=True, help="With --json: add the page text that offsets point into.")
@opt.rule_options
@opt.workers_option
@opt.json_option
@opt.quiet_option
def clean(
    paths: tuple[str, ...],
    format: str | None,
    encoding: str | None,
    clean: bool,
    explained: bool,
    as_filter: bool,
    with_page: bool,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> None:
    """Print the clean text of files, folders, or - for standard input; nothing is stored."""
    _require_one_form(explained=explained, as_filter=as_filter, as_json=as_json, with_page=with_page)
    settings = opt.settings_in_force(verbose=verbose)
    from curator.pipeline.workers import work_on
    from curator.readers import present_paths, read_paths

    present_paths(paths)  # raises where none of them exists
    out = utf8(sys.stdout)
    live = "-" in paths
    stdin = _own_stdin() if live else None
    items = read_paths(paths, format=format, encoding=encoding, settings=settings, stdin=stdin)
    make = _filtered if as_filter else _maker(as_json=as_json, with_page=with_page, explained=explained, out=out)
    each, together = partial(_work, make=make), partial(_work_together, make=make)
    some = (item for item in items if not _is_nothing(item))
    cleaned = work_on(some, each, settings, cuts=clean, live=live, together=together)
    failed = _failed_filtered if as_filter else _failed_line if as_json else None
    results = map(partial(_told, failed=failed), cleaned)
    n_failed = _print_lines(results, out, live=live) if failed else _print_texts(results, out, quiet=quiet)
    tell_notes(() if quiet else items.notes)
    if n_failed:
        sys.exit(3)


def _require_one_form(*, explained: bool, as_filter: bool, as_json: bool, with_page: bool) -> None:
    if with_page and not as_json:
        raise click.UsageError("--with-page adds to what --json prints: give both")
    if explained and (as_json or as_filter):
        raise click.UsageError("--explain prints text: --json holds the same cuts already")
    if as_filter and as_json:
        raise click.UsageError("--filter prints records as they came, --json all that is known: give one of them")


def _is_nothing(item: Raw | Failure) -> bool:
    """Return whether nothing came in on standard input: a filter then gives nothing, as ``cat`` does."""
    return item.source == "-" and getattr(item, "error", None) == "empty"


def _own_stdin() -> BinaryIO | None:
    """Return standard input with a buffer of its own, which a thread can wait on.

    Python's own is closed in every process that is forked, for which the thread would have to be done.
    """
    try:
        return open(sys.stdin.fileno(), "rb", closefd=False)
    except (OSError, ValueError, AttributeError):
        return None


Make = Callable[["Raw", "Article"], str]


def _maker(*, as_json: bool, with_page: bool, explained: bool, out: TextIO) -> Make:
    if as_json:
        return partial(_json_line, with_page=with_page)
    return partial(_notes, colour=coloured(out)) if explained else _text


def _work(raw: Raw, tools: Tools, make: Make) -> _Cleaned | Failure:
    from curator.pipeline.cleaning import clean_raw
    from curator.pipeline.entries import broken

    try:
        return _cleaned(raw, clean_raw(raw, tools), make)
    except Exception as error:  # the edge catches per item
        return broken(raw, error)


def _work_together(raws: Sequence[Raw], tools: Tools, make: Make) -> list[_Cleaned | Failure]:
    from curator.pipeline.cleaning import clean_together

    return [_cleaned(raw, article, make) for raw, article in zip(raws, clean_together(raws, tools), strict=True)]


def _cleaned(raw: Raw, article: Article, make: Make) -> _Cleaned:
    return _Cleaned(raw.source, make(raw, article), article.status, article.reason)


def _json_line(raw: Raw, article: Article, *, with_page: bool) -> str:
    from curator.export.jsonl import clean_record, to_line

    return to_line(clean_record(raw, article, with_page=with_page))


def _filtered(raw: Raw, article: Article) -> str:
    from curator.export.jsonl import filtered_record, to_line

    return to_line(filtered_record(raw, article))


def _failed_line(failure: Failure) -> str:
    from curator.export.jsonl import failed_record, to_line

    return to_line(failed_record(failure))


def _failed_filtered(failure: Failure) -> str:
    from curator.export.jsonl import failed_filtered, to_line

    return to_line(failed_filtered(failure))


def _text(raw: Raw, article: Article) -> str:
    stands = article.facts.title_span is None and article.title in article.text.split("\n")
    return "\n\n".join(filter(None, (None if stands else article.title, article.text))) + "\n" if article.text else ""


def _notes(raw: Raw, article: Article, *, colour: bool) -> str:
    lines = margin_notes(article.page.text, article.cuts, article.facts.title_span, colour=colour)
    return "".join(f"{line}\n" for line in lines)


def _told(result: _Cleaned | Failure, *, failed: Callable[[Failure], str] | None) -> _Cleaned:
    if isinstance(result, _Cleaned):
        return result
    return _Cleaned(result.source, failed(result) if failed else "", "failed", result.message)


def _print_lines(results: Iterator[_Cleaned], out: TextIO, *, live: bool) -> int:
    n_failed = 0
    for result in results:
        out.write(result.output)
        if live:
            out.flush()
        if result.status == "failed":
            n_failed += 1
            click.echo(f"curator: {plain(result.source)}: {plain(result.reason or '')}", err=True)
    return n_failed


def _print_texts(results: Iterator[_Cleaned], out: TextIO, *, quiet: bool) -> int:
    """Print texts with a headline before each where there are several; return the number of failed ones."""
    n_failed = n_printed = 0
    head = list(islice(results, 2))
    for result in chain(head, results):
        n_failed += result.status == "failed"
        if result.status == "failed" or (result.status == "rejected" and not quiet):
            click.echo(f"curator: {plain(result.source)}: {plain(result.reason or '')}", err=True)
        if result.output:
            if len(head) > 1:
                out.write("\n" * bool(n_printed) + f"==> {plain(result.source)} <==\n")
            out.write(result.output)
            n_printed += 1
    return n_failed
