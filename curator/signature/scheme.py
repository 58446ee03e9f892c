"""The parameters that signatures and index are made with; stored with the corpus, never mixed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple, dataclass
from typing import Any, Self

from curator.errors import StoreError


@dataclass(frozen=True, slots=True)
class Scheme:
    """How texts become signatures and signatures become band keys.

    ``name`` is datasketch's permutation scheme, ``seed`` its seed. ``version`` counts changes of everything the
    other fields do not say: what a token is, how tokens and shingles are hashed. The store keeps ``to_json()``
    once per corpus file and hands it to ``require`` when it opens the file.

    30 bands of 4 rows find a pair of Jaccard .7 with probability .9997, of .6 with .984, of .5 with .856
    (``recall``), at 8 bytes for each band and article.
    """

    name: str = "affine32"
    version: int = 1
    n_perm: int = 128
    seed: int = 1
    shingle_words: int = 5
    bands: int = 30
    rows: int = 4

    def __post_init__(self) -> None:
        if self.bands < 1 or self.rows < 1 or self.bands * self.rows > self.n_perm:
            raise ValueError(f"{self.bands} bands of {self.rows} rows do not fit {self.n_perm} permutations")

    def recall(self, jaccard: float) -> float:
        """Return the probability that a pair of this Jaccard similarity shares a band.

        >>> round(Scheme().recall(0.7), 4), round(Scheme().recall(0.5), 3)
        (0.9997, 0.856)
        """
        return 1.0 - (1.0 - jaccard**self.rows) ** self.bands

    def to_json(self) -> str:
        """Return the scheme as one line of JSON, keys sorted."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, stored: str) -> Self:
        """Return the scheme that ``to_json`` wrote; raise StoreError where it is none that can be."""
        try:
            made = cls(**_fields(stored))
        except (TypeError, ValueError) as error:
            raise StoreError(f"the signature scheme of the corpus file is not known: {stored!r}") from error
        if list(map(type, astuple(made))) != list(map(type, astuple(cls()))) or not 0 <= made.seed < 1 << 32:
            raise StoreError(f"the signature scheme of the corpus file is not known: {stored!r}")
        return made

    def require(self, stored: str) -> None:
        """Return when ``stored`` is this scheme as ``to_json`` wrote it; raise StoreError when it is another."""
        found, wanted = _fields(stored), asdict(self)
        if found == wanted:
            return
        names = sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
        if found.keys() == wanted.keys() and _SETTABLE.issuperset(names):
            raise StoreError(_of_other_settings(found, wanted, names))
        differs = ", ".join(f"{name} {found.get(name)!r} instead of {wanted.get(name)!r}" for name in names)
        raise StoreError(
            f"the corpus file holds signatures of another scheme ({differs}); signatures of two schemes cannot be "
            "compared: use the version of curator that wrote the file, or sign its articles anew"
        )


#: Fields that are settings of the same names: where only these differ, the person can mend it.
_SETTABLE = frozenset({"n_perm", "bands", "rows", "seed"})


def _of_other_settings(found: Mapping[str, Any], wanted: Mapping[str, Any], names: Sequence[str]) -> str:
    differs = ", ".join(f"{name} is {wanted[name]}, but was {found[name]} when it was made" for name in names)
    back = ", ".join(f"{name} = {found[name]}" for name in names)
    variables = ", ".join(f"CURATOR_{name.upper()}" for name in names)
    return (
        f"the corpus file holds signatures of another scheme than the settings ask for ({differs}): set {back}"
        f" again (in curator.toml, or {variables}), or name another corpus file (--db)"
    )


def _fields(stored: str) -> dict[str, Any]:
    try:
        found = json.loads(stored)
    except json.JSONDecodeError as error:
        raise StoreError(f"the signature scheme of the corpus file is unreadable: {stored!r}") from error
    return found if isinstance(found, dict) else {"scheme": found}
