"""Phrases per language, read from TOML, that rules look lines up in.

A file ``phrases/<language>.toml`` holds tables named after what uses them, each with lists of phrases::

    [account]
    line = ["Mein Konto", "Anmelden"]      # the whole line, case, bullets, punctuation and numbers apart
    start = ["Melden Sie sich an"]         # the line begins so

The languages are merged: a dump's clutter is often in another language than its text. A phrase is folded as
lines are (``curator.page.fold.fold``), so ``"Kommentare (0)"`` stands for any number.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from curator.errors import PhraseError
from curator.page.fold import fold

_OURS = Path(__file__).parent / "phrases"
_HAS_LETTER = re.compile(r"[^\W\d_]")
_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Phrases:
    """Folded phrases by name, such as ``account.line``; an unknown name is an empty set."""

    sets: Mapping[str, frozenset[str]]
    _by_first_word: Mapping[str, Mapping[str, tuple[str, ...]]]
    _names_by_front: Mapping[str, tuple[str, ...]]

    def of(self, name: str) -> frozenset[str]:
        """Return the folded phrases under a name."""
        return self.sets.get(name, _NONE)

    def has(self, name: str, key: str) -> bool:
        """Return whether the folded line ``key`` is one of the phrases under a name."""
        return key in self.sets.get(name, _NONE)

    def opening(self, key: str) -> Set[str]:
        """Return the names under which some phrase is what ``key`` begins with, at a word's end.

        One walk over the front of the key answers for all names: ``has`` and ``starting`` hold under no other.
        """
        end = key.find(" ")
        names = self._names_by_front.get(key if end < 0 else key[:end])
        if names is None:
            return _NONE
        found = set(names)
        while end >= 0:
            end = key.find(" ", end + 1)
            names = self._names_by_front.get(key if end < 0 else key[:end])
            if names is None:
                break
            found.update(names)
        return found

    def opened(self, keys: Iterable[str]) -> dict[str, list[int]]:
        """Return for each name the places of the keys that begin with a phrase under it: ``opening``, for many keys."""
        fronts = self._names_by_front
        # By the names of a front, which is less to note than each name.
        by_front: dict[tuple[str, ...], list[int]] = {}
        for at, key in enumerate(keys):
            end = key.find(" ")
            names = fronts.get(key if end < 0 else key[:end])
            while names is not None:
                if names:
                    by_front.setdefault(names, []).append(at)
                if end < 0:
                    break
                end = key.find(" ", end + 1)
                names = fronts.get(key if end < 0 else key[:end])
        found: dict[str, set[int]] = {}
        for some, places in by_front.items():
            for name in some:
                found.setdefault(name, set()).update(places)
        return {name: sorted(all_places) for name, all_places in found.items()}

    def first_words(self, name: str) -> Set[str]:
        """Return the words that the phrases under a name begin with."""
        return self._by_first_word.get(name, {}).keys()

    def starting(self, name: str, key: str) -> str | None:
        """Return the longest phrase under a name that ``key`` begins with, at a word's end, or None."""
        index = self._by_first_word.get(name)
        if index is None:
            return None
        for phrase in index.get(key.partition(" ")[0], ()):
            if key.startswith(phrase) and (len(key) == len(phrase) or key[len(phrase)] == " "):
                return phrase
        return None


@cache
def stems(phrases: frozenset[str]) -> tuple[str, ...]:
    """Return the phrases that hold no other one: what holds none of them holds no phrase.

    >>> stems(frozenset({"newsletter", "newsletters", "rundbrief"}))
    ('newsletter', 'rundbrief')
    """
    return tuple(sorted(one for one in phrases if not any(other in one for other in phrases if other != one)))


def build(sets: Mapping[str, Iterable[str]]) -> Phrases:
    """Return phrases folded and indexed by their first word.

    >>> phrases = build({"related.start": ["À lire", "À lire aussi"]})
    >>> phrases.starting("related.start", fold("À lire aussi : Le Maroc")), phrases.has("related.start", "à")
    ('à lire aussi', False)
    >>> phrases.opening("à lire demain"), phrases.opening("à")
    ({'related.start'}, set())
    """
    # "112", a section on emergencies, would stand for any number: a phrase has a letter.
    folded = {name: frozenset(filter(_HAS_LETTER.search, map(fold, phrases))) for name, phrases in sets.items()}
    index: dict[str, dict[str, tuple[str, ...]]] = {}
    for name, phrases in folded.items():
        words: dict[str, list[str]] = {}
        for phrase in sorted(phrases, key=lambda phrase: (-len(phrase), phrase)):
            words.setdefault(phrase.partition(" ")[0], []).append(phrase)
        index[name] = {word: tuple(found) for word, found in words.items()}
    return Phrases(folded, index, _by_front(folded))


def _by_front(sets: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    """Return for the first words of every phrase, and for the whole of it, the names it stands under as a whole."""
    names: dict[str, set[str]] = {}
    for name, phrases in sets.items():
        for phrase in phrases:
            words = phrase.split(" ")
            for n in range(1, len(words)):
                names.setdefault(" ".join(words[:n]), set())
            names.setdefault(phrase, set()).add(name)
    return {front: tuple(sorted(found)) for front, found in names.items()}


def read_phrases(paths: Iterable[Path]) -> dict[str, list[str]]:
    """Return the phrases of TOML files by name, in file order.

    Raises PhraseError where a file is no TOML or a value is not a list of strings.
    """
    sets: dict[str, list[str]] = {}
    for path in paths:
        try:
            tables = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise PhraseError(f"{path}: cannot be read as TOML phrases: {error}") from error
        for table, lists in tables.items():
            for name, phrases in _lists(path, table, lists):
                sets.setdefault(f"{table}.{name}", []).extend(phrases)
    return sets


def _lists(path: Path, table: str, lists: object) -> Iterable[tuple[str, list[str]]]:
    if not isinstance(lists, dict):
        raise PhraseError(f'{path}: expected a table, such as [{table}] with line = ["..."], found {lists!r}')
    for name, phrases in lists.items():
        if not isinstance(phrases, list) or not all(isinstance(phrase, str) for phrase in phrases):
            raise PhraseError(f'{path}: [{table}] {name} must be a list of strings, such as ["..."]')
        yield name, phrases


@cache
def _ours() -> Phrases:
    return _built(())


def _built(own: Iterable[Path]) -> Phrases:
    sets = read_phrases(sorted(_OURS.glob("*.toml")))
    for path in own:
        for name, phrases in read_phrases([path]).items():
            if name not in sets:
                near = ", ".join(get_close_matches(name, sets, n=3)) or ", ".join(sorted(sets))
                raise PhraseError(f"{path}: no rule reads {name}; expected a name such as {near}")
            sets[name].extend(phrases)
    return build(sets)


def load_phrases(own: Iterable[Path] = ()) -> Phrases:
    """Return the phrases that ship with curator, with the user's own files, as they are now, on top.

    Raises PhraseError also where a file names a list that no rule reads: a misspelt name would do nothing.
    """
    files = tuple(own)
    return _built(files) if files else _ours()
