"""The command line: options in, one public call, result out.

Heavy modules are imported by the commands that need them: `curator --help` must not wait for lxml and numpy.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import NoReturn

import click

from curator import __version__
from curator.cli.adding import add
from curator.cli.browsing import browse
from curator.cli.changing import check, reclean, remove
from curator.cli.cleaning import clean
from curator.cli.clustering import dedup
from curator.cli.crawling import crawl
from curator.cli.exporting import export
from curator.cli.judging import feedback
from curator.cli.learning import learn
from curator.cli.merging import backup, merge
from curator.cli.options import example
from curator.cli.reading import explain, search, stats
from curator.cli.retrying import retry
from curator.cli.rules import rules
from curator.cli.scaling import load, scale
from curator.errors import CuratorError, MissingError, PhraseError, SettingsError

_USAGE = 2
_INTERRUPTED = 130
#: Commands that write batch by batch, so that an interrupted one has something to take up.
_RESUMABLE = ("add", "crawl", "learn", "load", "merge", "reclean")


class _Commands(click.Group):
    """The commands in the order of their use, ending on errors with one line and the documented exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order in which they were added."""
        return list(self.commands)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what each command does, its whole first sentence over as many lines as it takes."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, each.get_short_help_str(limit=200)) for name, each in self.commands.items()])

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; errors that are meant for the user go to stderr without a traceback."""
        try:
            if sys.stdout is None:  # closed by the shell: >&-
                sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 - the process ends with it
            result = super().invoke(ctx)
            sys.stdout.flush()
            return result
        except (SettingsError, PhraseError, MissingError) as error:
            _fail(str(error), _USAGE)
        except CuratorError as error:
            _fail(str(error), 1)
        except BrokenPipeError:
            _close_stdout(0)  # whoever read our output has enough of it
        except KeyboardInterrupt:
            stored = "; what was finished is stored, and the same command takes up the rest"
            _fail("interrupted" + stored * (ctx.invoked_subcommand in _RESUMABLE), _INTERRUPTED)
        except OSError as error:
            _fail(f"{error.filename or 'output'}: {error.strerror or error}", 1)


def _fail(message: str, code: int) -> NoReturn:
    with contextlib.suppress(OSError):
        click.echo(f"curator: {message}", err=True)
    _close_stdout(code)


def _close_stdout(code: int) -> NoReturn:
    # What is still buffered can be written no more, and Python would say so a second time as it exits.
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=example("curator add dumps/", "curator clean page.html", "curator browse"),
)
@click.version_option(__version__, prog_name="curator")
def main() -> None:
    """Clean raw text dumps, find near-duplicates, and keep every decision in one SQLite file."""


for _command in (
    *(add, clean, crawl, browse, explain, search, stats, export, backup),
    *(merge, check, dedup, learn, feedback, reclean, remove, retry, rules, scale, load),
):
    main.add_command(_command)
