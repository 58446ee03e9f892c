"""Headers of a mail -> the site that it is of: its list, or the host that it was sent from."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Set
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from curator.sites import site_of

#: Behind the name of a host with branches in many countries stands a country, with one of these before it or not.
_BEFORE_COUNTRY = ("co", "com")
#: What of a header is looked at: the reader of messages holds no more.
_MOST_CHARS = 4_000
#: Neither can match in two ways, so a line of brackets or signs takes linear time.
_ENCLOSED = re.compile(r"<([^<>]*)>")
_ADDRESS = re.compile(r"[^\s@<>]@([^\s@<>,;()\"]+)")


class _Hosts(NamedTuple):
    """Hosts whose mails are of no one site, see ``mail.toml``."""

    people: Set[str]
    of_countries: Set[str]
    services: Set[str]

    def are_of_people(self, host: str) -> bool:
        names = host.split(".")[:-1]
        if len(names) > 1 and names[-1] in _BEFORE_COUNTRY:
            names.pop()
        return names[-1] in self.of_countries or _stands_under(host, self.people)


@cache
def _hosts() -> _Hosts:
    told = tomllib.loads((files("curator.page") / "mail.toml").read_text(encoding="utf-8"))
    return _Hosts(frozenset(told["people"]), frozenset(told["people_of_countries"]), frozenset(told["services"]))


def _stands_under(host: str, hosts: Set[str]) -> bool:
    parts = host.split(".")
    return any(".".join(parts[at:]) in hosts for at in range(len(parts)))


def site_of_mail(headers: Mapping[str, object]) -> str | None:
    """Return the site that a mail is of, by its headers (names in lower case); None where they name none.

    That is the name of its mailing list (List-Id, RFC 2919), else the host of its sender, unless many people have
    their mail there. The name that a sending service gives a list counts only where the sender tells no site.

    >>> site_of_mail({"list-id": "Der Morgen <morgen.kurier.example>", "from": "Ann Lee <ann@post.example>"})
    'morgen.kurier.example'
    >>> site_of_mail({"from": "Kurier <brief@kurier.example>"}), site_of_mail({"from": "Ann Lee <ann@gmail.com>"})
    ('kurier.example', None)
    """
    hosts = _hosts()
    listed, sender = _list_of(headers.get("list-id")), _sender_of(headers.get("from"))
    if sender is not None and (hosts.are_of_people(sender) or _stands_under(sender, hosts.services)):
        sender = None
    if listed is not None and _stands_under(listed, hosts.services):
        return sender or listed
    return listed or sender


def _list_of(value: object) -> str | None:
    """Return the name of a list, which stands in brackets behind what people call it."""
    text = value[:_MOST_CHARS] if isinstance(value, str) else ""
    enclosed = _ENCLOSED.findall(text)
    return site_of("//" + (enclosed[-1] if enclosed else text).strip())


def _sender_of(value: object) -> str | None:
    """Return the host of the address that a mail is from: the one in brackets, as a name may hold one too."""
    text = value[:_MOST_CHARS] if isinstance(value, str) else ""
    found = _ADDRESS.search(" ".join(_ENCLOSED.findall(text)[-1:])) or _ADDRESS.search(text)
    return site_of("//" + found[1]) if found else None
