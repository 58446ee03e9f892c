"""Options that several commands share, each defined once; their help comes from the settings."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import fields
from functools import reduce
from pathlib import Path
from typing import Any

import click

from curator.model import KINDS
from curator.settings import DEFAULT_DB, Settings, help_of, load_settings

Command = Callable[..., Any]

#: What an input can be declared to be; ``curator.readers.FORMATS``, which is not imported to print help.
FORMATS = ("text", "html", "jsonl", "json", "csv", "parquet", "warc", "sqlite", "mhtml", "eml", "mbox")


def stack(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Return one decorator that gives a command all of these options, in this order."""
    return lambda command: reduce(lambda inner, option: option(inner), reversed(options), command)


#: Where a context keeps the flags that become settings: no command has a parameter for them.
_SETTINGS = "curator.settings"


def _as_setting(context: click.Context, option: click.Parameter, value: object) -> None:
    if value not in (None, ()):
        context.meta.setdefault(_SETTINGS, {})[option.name] = value


def setting_option(flag: str, name: str = "", more_help: str = "", **more: Any) -> Callable[[Command], Command]:  # noqa: ANN401 - click's
    """Return an option that becomes the setting ``name``, that of its flag unless said, for ``settings_in_force``."""
    name = name or flag.removeprefix("--").replace("-", "_")
    return click.option(flag, name, expose_value=False, callback=_as_setting, help=help_of(name) + more_help, **more)


#: By flag: the setting that it stands for, and what the tagger then cuts.
_THOROUGHNESS = {"careful": (-1.0, "only what is surely clutter"), "thorough": (1.0, "what is rather clutter")}


def _thoroughness(context: click.Context, option: click.Parameter, value: bool) -> None:
    if value:
        given = context.meta.setdefault(_SETTINGS, {})
        if "thoroughness" in given:
            raise click.UsageError("--careful and --thorough are opposites: give one of them")
        given["thoroughness"] = _THOROUGHNESS[str(option.name)][0]


db_option = setting_option(
    "--db", type=click.Path(path_type=Path), metavar="FILE", more_help=f"  [default: {DEFAULT_DB}]"
)
#: The number of an article; SQLite holds none that is larger.
ARTICLE_ID = click.IntRange(1, 2**63 - 1)
ARTICLE_ID.name = "number of an article"  # as messages have it
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
workers_option = setting_option("--workers", type=int, metavar="N")
yes_option = click.option("-y", "--yes", is_flag=True, help="Do not ask.")
quiet_option = stack(
    click.option("-q", "--quiet", is_flag=True, help="Print errors only."),
    click.option("-v", "--verbose", is_flag=True, help="Also say which settings are in force."),
)
choice_options = stack(
    setting_option("--keep-kind", "keep_kinds", multiple=True, type=click.Choice(list(KINDS)), metavar="KIND"),
    setting_option("--skip-rule", "skip_rules", multiple=True, metavar="RULE"),
    *(
        click.option(
            f"--{flag}", is_flag=True, expose_value=False, callback=_thoroughness, help=f"Let the tagger cut {what}."
        )
        for flag, (_, what) in _THOROUGHNESS.items()
    ),
)
rule_options = stack(
    choice_options,
    setting_option(
        "--phrases", multiple=True, type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="PATH"
    ),
    setting_option("--sites", multiple=True, type=click.Path(path_type=Path, exists=True), metavar="PATH"),
)
learn_option = click.option(
    "--no-learn", "learn", is_flag=True, default=True, flag_value=False, help="Leave templates to later."
)


def _encoding(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    from curator.readers import is_encoding

    if value is not None and not is_encoding(value):
        raise click.BadParameter(f"{value!r} is unknown: expected a name such as utf-8, cp1252 or shift_jis")
    return value


def _paths(context: click.Context, argument: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    if "" in values:  # a variable of the shell that is not set, say
        raise click.BadParameter("a path is empty: expected a file, a folder or -")
    return values


input_options = stack(
    click.argument("paths", nargs=-1, required=True, metavar="PATH...", callback=_paths),
    click.option("--format", type=click.Choice(FORMATS), help="What the input is, where its content misleads."),
    click.option(
        "--encoding", metavar="NAME", callback=_encoding, help="Encoding of the input, where it does not tell or lies."
    ),
    *(setting_option(f"--{name}-field", metavar="NAME") for name in ("text", "html", "id", "url", "date")),
    click.option("--no-clean", "clean", is_flag=True, default=True, flag_value=False, help="Take texts as they are."),
)


def settings_in_force(*, verbose: bool = False) -> Settings:
    """Return the settings, the flags of this command on top of file and environment; ``verbose`` also tells them."""
    settings = load_settings(click.get_current_context().meta.get(_SETTINGS))
    if verbose:
        for each in fields(settings):
            click.echo(f"curator: {each.name} = {_shown(getattr(settings, each.name))}", err=True)
    return settings


def _shown(value: object) -> str:
    return (", ".join(map(str, value)) or "(none)") if isinstance(value, tuple) else str(value)


def example(*lines: str) -> str:
    """Return the epilog of a command's help that shows how to call it."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


def quoted(settings: Settings) -> str:
    """Return ``--db FILE`` as it must be typed to reach the same corpus, empty for the default."""
    return "" if settings.db == DEFAULT_DB else f" --db {shlex.quote(str(settings.db))}"
