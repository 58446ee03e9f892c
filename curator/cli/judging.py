"""``curator feedback``: what a person says of lines, as with the buttons of ``curator browse --edit``."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from curator.cli import options as opt
from curator.cli.reading import article_called
from curator.cli.show import plain, plural, shortened, utf8
from curator.errors import StoreError
from curator.model import KINDS

if TYPE_CHECKING:
    from curator.corpus import Corpus
    from curator.store.feedback import Said


@click.command(
    epilog=opt.example(
        'curator feedback 3 --wrong "Mein Konto"', 'curator feedback 3 --clutter "Share this" --kind share',
        "curator feedback 3 --undo \"Mein Konto\"", "curator feedback",
    )
)  # fmt: skip
@click.argument("which", metavar="[ID|NAME]", required=False)
@click.option(
    "--wrong", multiple=True, metavar="LINE", help="This line of the article was cut and must stay. Repeatable."
)
@click.option(
    "--clutter", multiple=True, metavar="LINE", help="This line of the article was kept and must go. Repeatable."
)
@click.option("--undo", multiple=True, metavar="LINE", help="Take back what was said of this line. Repeatable.")
@click.option("--kind", type=click.Choice(list(KINDS)), metavar="KIND", help="What kind of clutter it is.")
@click.option("--note", metavar="TEXT", help="A remark that is kept with it.")
@opt.db_option
@opt.json_option
def feedback(
    which: str | None, wrong: Sequence[str], clutter: Sequence[str], undo: Sequence[str], kind: str | None,
    note: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Say that a line was wrongly cut or is clutter, for the next `curator reclean`; or show what was said.

    An article is called as `curator explain` calls it, a line as it stands there.
    """
    said = [
        *((line, "wrong cut", None) for line in wrong),
        *((line, "clutter", kind) for line in clutter),
        *((line, "undo", None) for line in undo),
    ]
    if said and which is None:
        raise click.UsageError("of which article? give its number or name")
    settings = opt.settings_in_force()
    from curator.corpus import Corpus

    with Corpus(settings=settings) as corpus:
        number = None if which is None else article_called(corpus, which)
        if number is None or not said:
            _show(corpus.judged(number), as_json=as_json)
            return
        n_noted = sum(_judged(corpus, number, *one, note) for one in said)
    if as_json:
        sys.stdout.write(json.dumps({"article": number, "lines": n_noted}) + "\n")
    else:
        sys.stdout.write(f"{plural(n_noted, 'line')} noted; `curator reclean{opt.quoted(settings)}` heeds it\n")


_UNFOUND = {
    "wrong cut": "nothing was cut that reads",
    "clutter": "no line was kept that reads",
    "undo": "nothing was said of a line that reads",
}


def _judged(corpus: Corpus, number: int, line: str, verdict: str, kind: str | None, note: str | None) -> int:
    n_noted = corpus.judge(number, line, verdict, kind=kind, note=note)
    if not n_noted:
        raise StoreError(
            f"article {number}: {_UNFOUND[verdict]} {shortened(line, 60)!r}; `curator explain {number}` shows its lines"
        )
    return n_noted


def _show(said: Sequence[Said], *, as_json: bool) -> None:
    out = utf8(sys.stdout)
    for one in said:
        told = one.verdict
        if as_json:
            record = {"article": one.article_id} | told._asdict() | {"created": one.created, "note": one.note}
            out.write(json.dumps(record) + "\n")
        else:
            kind = f" ({told.kind})" if told.kind else ""
            note = f"  [{one.note}]" if one.note else ""
            out.write(
                plain(f"article {one.article_id}: {told.verdict}{kind}: {shortened(told.text, 100)}{note}") + "\n"
            )
    if not said and not as_json:
        click.echo("curator: nothing was said of any line yet", err=True)
