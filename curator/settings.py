"""Defaults < ``curator.toml`` < ``CURATOR_*`` variables < flags, in one frozen record.

Each field carries its help, so the command line's option help and the documents come from here.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, get_type_hints

from curator.errors import SettingsError
from curator.model import KINDS

FILE_NAME = "curator.toml"
DEFAULT_DB = Path("db/curator.db")
_PREFIX = "CURATOR_"


def _setting(default: Any, text: str, **limits: float) -> Any:  # noqa: ANN401 - a field is of its default's type
    return field(default=default, metadata={"help": text, **limits})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a user can set, with defaults; ValueError for a number outside its bounds or an unknown kind."""

    db: Path = _setting(DEFAULT_DB, "The corpus file.")  # noqa: RUF009 - a field, not a value
    keep_kinds: tuple[str, ...] = _setting((), "Kinds of clutter that stay in the text, such as caption.")
    skip_rules: tuple[str, ...] = _setting((), "Rules that are not applied, such as related-echo.")
    phrases: tuple[Path, ...] = _setting((), "Your own TOML files of phrases, on top of ours.")
    sites: tuple[Path, ...] = _setting((), "Your own TOML files or folders of site rules, on top of ours.")
    thoroughness: float = _setting(
        0.0, "How readily the tagger cuts: from -1 (careful) over 0 to 1 (thorough).", least=-1, most=1
    )
    template_articles: int = _setting(
        6, "Distinct articles of a site from which a line that recurs is its template.", least=2, most=1_000_000
    )
    template_share: float = _setting(
        0.3, "Share of a site's articles, of the line's time, from which it is a template.", least=0.01, most=1
    )
    contact: str = _setting("", "Whom sites may ask about a crawl: an address of the web or of a mailbox.")
    workers: int = _setting(0, "Processes that clean; 0 takes one per processor.", least=0, most=1024)
    batch_rows: int = _setting(1000, "Documents written in one transaction.", least=1, most=100_000)
    threshold: float = _setting(0.7, "Jaccard similarity from which texts are near-duplicates.", least=0.5, most=1.0)
    n_perm: int = _setting(128, "Permutations of a MinHash signature.", least=8, most=1024)
    bands: int = _setting(30, "Bands of the index: more find more candidate pairs.", least=1, most=1024)
    rows: int = _setting(4, "Rows of a band: more find fewer candidate pairs.", least=1, most=64)
    seed: int = _setting(1, "Seed of the permutations.", least=0, most=2**32 - 1)
    max_seconds: float = _setting(60.0, "A document that takes longer to clean is a failure.", least=0.1, most=86_400)
    max_failed_share: float = _setting(
        0.2, "From this share of failed and rejected documents on, `add` asks whether to go on.", least=0.0, most=1
    )
    text_field: str = _setting("", "Key or column that holds the text, where it is not called text.")
    html_field: str = _setting("", "Key or column that holds HTML, where it is not called html.")
    id_field: str = _setting("", "Key or column that holds a document's own id, where it is not called id.")
    url_field: str = _setting("", "Key or column that holds the address, where it is not called url.")
    date_field: str = _setting("", "Key or column that says when a document was fetched, if not fetched_at.")
    max_document_bytes: int = _setting(50_000_000, "Longer documents are failures.", least=1, most=2**31 - 1)
    max_unpacked_bytes: int = _setting(10**12, "Bytes that one file may unpack to.", least=1, most=2**60)
    max_unpacked_ratio: int = _setting(
        500, "Times its own size that a file may unpack to, from 64 MB on.", least=2, most=2**31 - 1
    )
    max_window_bytes: int = _setting(
        2**28, "Memory that unpacking zst or xz may take; zstd --long=31 needs 2147483648.", least=2**16, most=2**31
    )
    max_spool_bytes: int = _setting(
        2**32, "Bytes of a pipe or member kept on disk where a format must be read from its end.", least=1, most=2**60
    )
    max_containers: int = _setting(6, "Containers inside each other: a .jsonl.gz in a .tar.gz is 3.", least=1, most=16)
    max_members: int = _setting(500_000, "Members of an archive that are read.", least=1, most=2**31 - 1)
    max_header_bytes: int = _setting(
        1_000_000, "Bytes of headers of a WARC record, of its response, or of a message.", least=1000, most=2**30
    )
    max_json_depth: int = _setting(100, "Lists and objects inside each other in a JSON record.", least=1, most=400)
    max_html_depth: int = _setting(
        500, "HTML elements inside each other; a deeper page is read as plain text.", least=50, most=2000
    )

    def __post_init__(self) -> None:
        for each in fields(self):
            _check(each, getattr(self, each.name))
        if self.bands * self.rows > self.n_perm:
            raise ValueError(f"bands x rows is {self.bands * self.rows}, expected at most n_perm, {self.n_perm}")


def _check(each: Field[Any], value: Any) -> None:  # noqa: ANN401
    least, most = each.metadata.get("least"), each.metadata.get("most")
    if least is not None and most is not None and not least <= value <= most:
        raise ValueError(f"{each.name} is {value}, expected {least} to {most}")
    if each.name == "keep_kinds":
        for kind in value:
            if kind not in KINDS:
                raise ValueError(f"keep_kinds holds {kind!r}, {expected(kind, KINDS)}")


def expected(found: str, names: Mapping[str, object] | list[str]) -> str:
    """Return how to put it that a name is not one of these: with the nearest of them, or all.

    >>> expected("captions", ["advert", "caption"])
    'did you mean caption?'
    >>> expected("x", ["advert", "caption"])
    'expected one of advert, caption'
    """
    near = difflib.get_close_matches(found, list(names), n=1)
    return f"did you mean {near[0]}?" if near else f"expected one of {', '.join(names)}"


def help_of(name: str) -> str:
    """Return the help text of a setting."""
    return str(next(each for each in fields(Settings) if each.name == name).metadata["help"])


def load_settings(
    flags: Mapping[str, Any] | None = None,
    file: Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> Settings:
    """Return the settings from a TOML file, ``CURATOR_*`` variables and flags, the later winning.

    ``file`` None takes ``curator.toml`` in the working directory, if there is one. A flag that is None was not
    given. Raises SettingsError that names the file, variable or flag, what was found and what was expected.
    """
    path = file or Path(FILE_NAME)
    given = {name: value for name, value in (flags or {}).items() if value is not None}
    layers = (
        (str(path), _from_file(path) if file is not None or path.is_file() else {}),
        (f"{_PREFIX}* variables", _from_environment(os.environ if environ is None else environ)),
        ("flags", given),
    )
    settings = Settings()
    for origin, values in layers:
        try:
            settings = replace(settings, **values)
        except ValueError as error:
            raise SettingsError(f"{origin}: {error}") from error
    return settings


def _from_file(path: Path) -> dict[str, Any]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read as TOML settings: {error}") from error
    hints = get_type_hints(Settings)
    values = {}
    for name, found in table.items():
        if name not in hints:
            raise SettingsError(f"{path}: unknown setting {name!r}; {expected(name, hints)}")
        values[name] = _of_toml(found, hints[name], path, name)
    return values


def _of_toml(found: object, kind: object, path: Path, name: str) -> object:
    """Return a TOML value as a setting's type; paths count from the file's folder."""
    if kind is Path and isinstance(found, str):
        return path.parent / found
    if kind is str and isinstance(found, str):
        return found
    if kind is int and isinstance(found, int) and not isinstance(found, bool):
        return found
    if kind is float and isinstance(found, int | float) and not isinstance(found, bool):
        return float(found)
    if kind in (tuple[str, ...], tuple[Path, ...]) and isinstance(found, list) and _all_text(found):
        return tuple(found) if kind == tuple[str, ...] else tuple(path.parent / item for item in found)
    raise SettingsError(f"{path}: {name} is {found!r}, expected {_NAMES[kind]}")


def _all_text(items: list[object]) -> bool:
    return all(isinstance(item, str) for item in items)


_NAMES: Mapping[object, str] = {
    Path: "a path in quotes",
    str: "a name in quotes",
    int: "a whole number",
    float: "a number",
    tuple[str, ...]: 'a list of names, such as ["caption"]',
    tuple[Path, ...]: 'a list of paths, such as ["own.toml"]',
}


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    hints = get_type_hints(Settings)
    values = {}
    for variable, text in environ.items():
        if not variable.startswith(_PREFIX):
            continue
        name = variable.removeprefix(_PREFIX).lower()
        if name not in hints:
            raise SettingsError(f"{variable}: unknown setting; {expected(name, hints)}")
        values[name] = _of_text(text, hints[name], variable)
    return values


def _of_text(text: str, kind: object, variable: str) -> object:
    """Return a variable's text as a setting's type: names stand between commas, paths between ``os.pathsep``."""
    if kind in (Path, str):
        return Path(text) if kind is Path else text
    if kind == tuple[str, ...]:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if kind == tuple[Path, ...]:
        return tuple(Path(part) for part in text.split(os.pathsep) if part)
    try:
        return int(text) if kind is int else float(text)
    except ValueError as error:
        raise SettingsError(f"{variable}: is {text!r}, expected {_NAMES[kind]}") from error
