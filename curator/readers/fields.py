"""Names of keys and columns -> what they stand for: as the user says, by the names that dumps agree on, or guessed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from curator.readers.inputs import InputError
from curator.settings import Settings

#: What a key or column can stand for; also the names that a record of JSON has for it, unless told otherwise.
ROLES = ("text", "html", "id", "url", "fetched_at")

#: Names of columns by what they stand for, folded, the likelier first. JSON records are not guessed at: a dump's
#: maker chose its keys, and an object has many. A table has few columns, and one of these names among them tells.
GUESSES: Mapping[str, tuple[str, ...]] = {
    "text": (
        "text", "full_text", "fulltext", "article_text", "main_text", "maintext", "plain_text", "plaintext",
        "body_text", "raw_text", "content", "article_content", "body", "article_body", "articlebody", "article",
        "story", "document", "volltext", "inhalt", "texte", "contenu", "texto", "contenido", "testo",
    ),
    "html": ("html", "raw_html", "page_html", "html_content", "content_html", "body_html", "article_html"),
    "id": ("id", "uid", "uuid", "guid", "_id", "doc_id", "docid", "document_id", "article_id"),
    "url": ("url", "link", "uri", "page_url", "article_url", "source_url", "canonical_url", "target_uri"),
    "fetched_at": ("fetched_at", "crawled_at", "scraped_at", "retrieved_at", "download_date", "date_download"),
}  # fmt: skip
_NOT_NAME = re.compile(r"[\W_]+")


def fold_name(name: str) -> str:
    """Return a column's name as guesses are written.

    >>> fold_name(" Article-Text "), fold_name("_id")
    ('article_text', '_id')
    """
    folded = _NOT_NAME.sub("_", name.strip().casefold())
    return folded if folded == "_id" else folded.strip("_")


def asked_fields(settings: Settings) -> dict[str, str]:
    """Return the keys that the user named, by what they stand for.

    >>> asked_fields(Settings(text_field="body"))
    {'text': 'body'}
    """
    names = (settings.text_field, settings.html_field, settings.id_field, settings.url_field, settings.date_field)
    return {role: name for role, name in zip(ROLES, names, strict=True) if name}


def guess_fields(columns: Sequence[str]) -> dict[str, str]:
    """Return the columns of a table by what they stand for, as their names tell.

    >>> guess_fields(["ID", "Title", "Body"])
    {'text': 'Body', 'id': 'ID'}
    """
    folded = {fold_name(column): column for column in reversed(columns)}
    found = ((role, next((folded[name] for name in names if name in folded), None)) for role, names in GUESSES.items())
    return {role: column for role, column in found if column is not None}


def table_fields(columns: Sequence[str], settings: Settings) -> dict[str, str]:
    """Return the columns of a table by what they stand for: as the user says, else guessed.

    Raises InputError ("no-text-column") where none holds the text, or one that the user names is not there and no
    other holds it.
    """
    asked = asked_fields(settings)
    found = guess_fields(columns) | {role: name for role, name in asked.items() if name in columns}
    for role in ("text", "html"):
        if role in asked and asked[role] not in columns:
            found.pop(role, None)
    if asked.keys() & {"text", "html"}:
        found = {role: name for role, name in found.items() if role in asked or role not in ("text", "html")}
    if found.keys() & {"text", "html"}:
        return found
    raise InputError("no-text-column", _without_text(columns, asked))


def _without_text(columns: Sequence[str], asked: Mapping[str, str]) -> str:
    sought = [f'"{asked[role]}"' for role in ("text", "html") if role in asked] or ["text, content, body, html"]
    names = ", ".join(map(repr, columns[:12])) or "none"
    more = f" and {len(columns) - 12} more" if len(columns) > 12 else ""
    found = f"sought: {' or '.join(sought)}; found: {names}{more}"
    return f"no column holds a text ({found}): name it with --text-field or --html-field"


def guessed_note(source: str, found: Mapping[str, str], settings: Settings) -> str | None:
    """Return the note that says which column was taken for the text by its name, or None where nothing was guessed."""
    asked = asked_fields(settings)
    guessed = [
        f'"{found[role]}" as the {role.replace("_at", " date")}'
        for role in ROLES
        if role in found and role not in asked and fold_name(found[role]) != role
    ]
    if not guessed:
        return None
    return f"{source}: columns read by their names: {', '.join(guessed)}; --text-field and the like say otherwise"
