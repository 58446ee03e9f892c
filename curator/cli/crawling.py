"""``curator crawl``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from curator.cli import options as opt
from curator.cli.progress import progress
from curator.cli.reports import tell_failures
from curator.cli.show import counts_of, plural, program, utf8
from curator.model import STATUSES
from curator.settings import Settings

if TYPE_CHECKING:
    from curator.pipeline.crawling import CrawlCounts, CrawlReport

#: The spiders with what they fetch; they live outside this package, in ``curator_spiders``.
SPIDERS = {
    "news": "articles of a site, by sitemaps and feeds, or by its sections",
    "sitemap": "every page that sitemaps announce",
    "feed": "what RSS and Atom feeds announce",
    "list": "the addresses themselves",
}
_DAY = click.DateTime(["%Y-%m-%d"])


def _day(context: click.Context, option: click.Parameter, value: datetime | None) -> date | None:
    return value.date() if value else None


def _urls(context: click.Context, argument: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        if "://" not in value and Path(value).exists():  # else it would be looked up as the name of a host
            if Path(value).is_dir():
                raise click.BadParameter(f"{value} is a folder: `curator add {value}` reads it")
            raise click.BadParameter(f"{value} is a file: for a list of addresses give --spider list --file {value}")
    return tuple(value if "://" in value else f"https://{value}" for value in values)


def _warc(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    if value is not None and not Path(value).absolute().parent.is_dir():
        raise click.BadParameter(f"{value}: there is no folder {Path(value).parent}; make it, or give another name")
    return value


_filters = opt.stack(
    click.option("--since", type=_DAY, callback=_day, metavar="DATE", help="Leave out articles of earlier days."),
    click.option("--until", type=_DAY, callback=_day, metavar="DATE", help="Leave out articles of later days."),
    click.option(
        "--path", "paths", multiple=True, metavar="PREFIX", help="Pages below this path only, such as /news/."
    ),
    click.option("--lang", "langs", multiple=True, metavar="CODE", help="Articles in this language only, such as de."),
    click.option("--follow", is_flag=True, help="Follow links also where sitemaps name the pages."),
)
_limits = opt.stack(
    click.option("--max-pages", type=click.IntRange(1), metavar="N", help="Pages of this run; the next goes on."),
    click.option("--max-per-site", type=click.IntRange(1), metavar="N", help="Articles of a site."),
    click.option("--max-depth", type=click.IntRange(0), default=4, show_default=True, metavar="N",
        help="Links from the start page."),
    click.option("--delay", "delay_s", type=click.FloatRange(0, 3600), default=1.0, show_default=True,
        metavar="SECONDS", help="Least time between two requests to a host; slow hosts get more."),
    click.option("--timeout", "timeout_s", type=click.FloatRange(0.1, 3600), default=60.0, show_default=True,
        metavar="SECONDS", help="For a whole answer, however slowly it comes."),
)  # fmt: skip
_manners = opt.stack(
    opt.setting_option("--contact", metavar="TEXT"),
    click.option("--respect-optout", is_flag=True, help="Leave out pages that say no to machine learning."),
    click.option("--allow-host", "allow_hosts", multiple=True, metavar="HOST[:PORT]",
        help="Fetch from this host although its address is private."),
)  # fmt: skip


@click.command(
    epilog=opt.example(
        "curator crawl https://example.org --contact https://example.com/me --since 2026-01-01",
        "curator crawl --spider list --file urls.txt --warc pages.warc.gz",
    )
)
@click.argument("urls", nargs=-1, metavar="[URL]...", callback=_urls)
@click.option(
    "--spider", type=click.Choice(list(SPIDERS)), default="news", show_default=True,
    help="What to fetch: " + "; ".join(f"{name}: {what}" for name, what in SPIDERS.items()) + ".",
)  # fmt: skip
@click.option(
    "--file", type=click.Path(exists=True, dir_okay=False), metavar="FILE", help="Addresses for list, one on each line."
)
@_filters
@_limits
@_manners
@click.option(
    "--warc",
    type=click.Path(dir_okay=False),
    callback=_warc,
    metavar="FILE",
    help="Write a WARC file instead (.warc.gz); add reads it.",
)
@click.option("--fresh", is_flag=True, help="Forget where an interrupted crawl stopped.")
@opt.learn_option
@opt.db_option
@opt.workers_option
@opt.json_option
@opt.quiet_option
def crawl(
    learn: bool,
    as_json: bool,
    quiet: bool,
    verbose: bool,
    **asked: Any,  # noqa: ANN401 - the fields of a spec
) -> None:
    """Fetch the articles of a site into the corpus, politely; the same again fetches what is new or changed.

    robots.txt is obeyed. An interrupted crawl is taken up where it stopped.
    """
    settings = opt.settings_in_force(verbose=verbose)
    if not settings.contact:
        click.echo("curator: tell sites whom to ask about this crawl: --contact https://... or an address", err=True)
    from curator.corpus import Corpus
    from curator.pipeline.fetching import CrawlSpec

    days = {name: each.isoformat() for name in ("since", "until") if (each := asked.pop(name))}
    try:
        spec = CrawlSpec(contact=settings.contact or None, **days, **asked)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    with progress("crawling", quiet=quiet) as tell, Corpus(settings=settings) as corpus:
        log_level = "INFO" if verbose else "ERROR"
        report = corpus.crawl(spec, learn=learn, log_level=log_level, progress=lambda now: tell(now.pages, told(now)))
    _print(report, settings, as_json=as_json, quiet=quiet)


def _print(report: CrawlReport, settings: Settings, *, as_json: bool, quiet: bool) -> None:
    out = utf8(sys.stdout)
    if as_json:
        out.write(json.dumps(report.as_json()) + "\n")
    elif not quiet:
        out.writelines(f"{line}\n" for line in report_lines(report, settings))
    tell_failures(report.documents.failures, report.documents.failed)
    if not (report.counts.pages or report.counts.maps or report.counts.waiting or report.skipped):
        click.echo("curator: there was no address to fetch; a list has one on each line, with its https://", err=True)
    if report.is_interrupted:
        sys.exit(130)
    if report.counts.failed:
        sys.exit(3)


def told(now: CrawlCounts) -> str:
    """Return how a crawl fares, in one line."""
    fared = counts_of(now, ("kept", "duplicate", "unchanged", "failed", "waiting"))
    return plural(now.pages, "page") + (f": {fared}" if fared else "")


def report_lines(report: CrawlReport, settings: Settings) -> Iterator[str]:
    """Yield what a person is told of a crawl that ended."""
    now = report.counts
    fared = counts_of(now, ("fetched", "unchanged", "skipped", "failed"))
    rate = now.pages / max(report.seconds, 1e-3)
    yield plural(now.pages, "page") + (f": {fared}" if fared else "") + f" ({rate:,.1f} a second)"
    if report.documents.added:
        yield f"{report.documents.added:,} added: {counts_of(now, STATUSES)}"
    else:
        yield "nothing new"
    for reason, number in report.skipped.items():
        yield f"  left out: {number:,} {reason}"
    if not report.is_complete:
        what = "1 address waits" if now.waiting == 1 else f"{now.waiting:,} addresses wait"
        yield f"{what}: the same command goes on with {'it' if now.waiting == 1 else 'them'}"
    yield f"next: {program()} browse{opt.quoted(settings)}"
