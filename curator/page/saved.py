"""The address that a program noted in a page when it saved it to a file."""

from __future__ import annotations

import re

#: Where such a comment stands: before the root element, or right behind its tag.
_HEAD_CHARS = 4096
#: Chrome, Edge and Internet Explorer; SingleFile and with it Zotero; HTTrack, which leaves "http://" out.
_NOTED = re.compile(
    r"<!--\s*(?:saved from url=\(\d+\)|Page saved with SingleFile\s+url:\s*|Mirrored from )([^\s<>\"']{4,2000})\s",
    re.IGNORECASE,
)
_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_HOST_AND_PATH = re.compile(r"[\w-]+(?:\.[\w-]+)+(?::\d+)?(?:/|\Z)")


def saved_from(html: str) -> str | None:
    r"""Return the address of the web that a page was saved from, or None where none is noted.

    >>> saved_from("<!-- saved from url=(0021)https://a.example/b/1 -->\n<html>")
    'https://a.example/b/1'
    >>> saved_from("<html><!-- Mirrored from a.example/b/1 by HTTrack Website Copier -->")
    'http://a.example/b/1'
    >>> saved_from("<!-- saved from url=(0014)about:internet -->")
    """
    found = _NOTED.search(html, 0, _HEAD_CHARS)
    address = found[1] if found else ""
    if _SCHEME.match(address):
        return address
    return f"http://{address}" if _HOST_AND_PATH.match(address) else None
