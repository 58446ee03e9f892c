r"""TOML files -> what holds for a site on a day.

A file names its sites (subdomains included) and holds one or more templates, each for the days its pages looked so::

    domains = ["example.org"]

    [[template]]
    from = 2015-01-01                        # first day (optional)
    until = 2023-06-30                       # last day (optional)
    keep = [".story__aside"]                 # CSS: this is article text, whatever the extractor says

    [template.cut]                           # CSS by kind of cut
    related = [".story__more"]

    [template.lines]                         # regular expressions by kind, for a whole line, also in text dumps
    navigation = ['\[edit\]']

Templates without days always hold; where the day of a page is unknown, all do: an old selector finds nothing in a
new page.
"""

from __future__ import annotations

import datetime
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import soupsieve

from curator.errors import PhraseError
from curator.model import KINDS

_OURS = Path(__file__).parent
_FILE_KEYS = frozenset({"domains", "template"})
_TEMPLATE_KEYS = frozenset({"from", "until", "keep", "cut", "lines"})


class Selector(NamedTuple):
    """A CSS selector; ``kind`` is the kind of cut, or None where it marks article text."""

    kind: str | None
    css: str


class LinePattern(NamedTuple):
    """A pattern for a whole line (its text without bullets) and the kind of cut it makes."""

    kind: str
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class SiteRules:
    """What holds for a site on a day, templates merged in file order."""

    site: str
    selectors: tuple[Selector, ...] = ()
    patterns: tuple[LinePattern, ...] = ()


@dataclass(frozen=True, slots=True)
class _Template:
    since: datetime.date
    until: datetime.date
    selectors: tuple[Selector, ...]
    patterns: tuple[LinePattern, ...]


@dataclass(frozen=True, slots=True)
class Sites:
    """Templates by domain."""

    templates: Mapping[str, tuple[_Template, ...]] = field(default_factory=dict)

    def of(self, site: str | None, date: str | None = None) -> SiteRules | None:
        """Return what holds for a site (as ``site_of`` gives it) on a day (ISO, time ignored), or None."""
        day = _day_of(date)
        holding = [
            template
            for domain in _domains_of(site or "")
            for template in self.templates.get(domain, ())
            if day is None or template.since <= day <= template.until
        ]
        if not site or not holding:
            return None
        return SiteRules(
            site,
            tuple(selector for template in holding for selector in template.selectors),
            tuple(pattern for template in holding for pattern in template.patterns),
        )


NO_SITES = Sites()


def _domains_of(site: str) -> Iterator[str]:
    """Yield a host and the domains above it, the widest last."""
    while site:
        yield site
        site = site.partition(".")[2]


def _day_of(date: str | None) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat((date or "")[:10])
    except ValueError:
        return None


def load_sites(own: Iterable[str | Path] = ()) -> Sites:
    """Return the site files that ship with curator, with the user's files, or folders of ``*.toml``, on top.

    Raises PhraseError where a file cannot be read or names an unknown key, kind, selector or pattern.
    """
    templates: dict[str, tuple[_Template, ...]] = {}
    for path in _files([_OURS, *map(Path, own)]):
        domains, found = _read_file(path)
        for domain in domains:
            templates[domain] = templates.get(domain, ()) + found
    return Sites(templates)


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            found = sorted(path.glob("*.toml"))
            if not found and path != _OURS:
                raise PhraseError(f"{path}: holds no site rules; expected files that end in .toml")
            yield from found
        else:
            yield path


def _read_file(path: Path) -> tuple[list[str], tuple[_Template, ...]]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PhraseError(f"{path}: the site rules cannot be read: {error.strerror}; check the path") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise PhraseError(f"{path}: cannot be read as TOML site rules: {error}") from error
    _check_keys(path, table, _FILE_KEYS)
    domains = _strings(path, "domains", table.get("domains", []))
    templates = table.get("template", [])
    if not domains or not isinstance(templates, list) or not templates:
        raise PhraseError(f'{path}: expected domains = ["example.org"] and at least one [[template]]')
    folded = [domain.lower().removeprefix("www.") for domain in domains]
    return folded, tuple(_read_template(path, template) for template in templates)


def _read_template(path: Path, table: object) -> _Template:
    if not isinstance(table, dict):
        raise PhraseError(f"{path}: [[template]] must be a table, found {table!r}")
    _check_keys(path, table, _TEMPLATE_KEYS)
    kept = [Selector(None, css) for css in _strings(path, "keep", table.get("keep", []))]
    cut = [Selector(kind, css) for kind, css in _by_kind(path, "cut", table)]
    patterns = [LinePattern(kind, _pattern(path, text)) for kind, text in _by_kind(path, "lines", table)]
    for selector in (*kept, *cut):
        _check_selector(path, selector.css)
    return _Template(
        _date(path, "from", table, datetime.date.min),
        _date(path, "until", table, datetime.date.max),
        (*kept, *cut),
        tuple(patterns),
    )


def _check_keys(path: Path, table: Mapping[str, object], known: frozenset[str]) -> None:
    unknown = sorted(set(table) - known)
    if unknown:
        raise PhraseError(f"{path}: unknown key {unknown[0]!r}, expected one of {', '.join(sorted(known))}")


def _strings(path: Path, name: str, value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise PhraseError(f'{path}: {name} must be a list of strings, such as ["..."], found {value!r}')
    return value


def _by_kind(path: Path, name: str, table: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    lists = table.get(name, {})
    if not isinstance(lists, dict):
        raise PhraseError(f"{path}: [template.{name}] must be a table of lists by kind, found {lists!r}")
    for kind, items in lists.items():
        if kind not in KINDS:
            raise PhraseError(
                f"{path}: {kind!r} in [template.{name}] is no kind of cut, expected one of {', '.join(KINDS)}"
            )
        for item in _strings(path, f"[template.{name}] {kind}", items):
            yield kind, item


def _date(path: Path, name: str, table: Mapping[str, object], default: datetime.date) -> datetime.date:
    value = table.get(name, default)
    if isinstance(value, datetime.datetime) or not isinstance(value, datetime.date):
        raise PhraseError(f"{path}: {name} must be a date without quotes, such as {name} = 2015-01-31, found {value!r}")
    return value


def _pattern(path: Path, text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise PhraseError(f"{path}: {text!r} is no regular expression: {error}") from error


def _check_selector(path: Path, css: str) -> None:
    try:
        soupsieve.compile(css)
    except soupsieve.SelectorSyntaxError as error:
        reason = str(error).partition("\n")[0]
        raise PhraseError(f"{path}: {css!r} is no CSS selector: {reason}") from error
