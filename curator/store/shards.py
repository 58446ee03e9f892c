"""Which shard a document belongs to: a function of its key alone, so every machine and every run agrees.

A key is a hash, so equal stretches of the key space hold about equally many documents. A shard is such a stretch:
``key_range`` names it for a query, ``shard_of`` for a single document.
"""

from __future__ import annotations

#: Leading hex digits of a key that decide; more shards than 16**8 there are not.
_DIGITS = 8
_SPACE = int(16**_DIGITS)


def shard_of(key: str, n_shards: int) -> int:
    """Return the number of a document's shard, from 0, by its key; ValueError for fewer than 1 shard.

    >>> [shard_of(key, 4) for key in ("00", "3fffffff", "40000000", "ffffffff")]
    [0, 0, 1, 3]
    """
    if n_shards < 1:
        raise ValueError(f"{n_shards} shards: expected 1 or more")
    return int(key[:_DIGITS].ljust(_DIGITS, "0"), 16) * n_shards // _SPACE


def key_range(shard: int, n_shards: int) -> tuple[str, str]:
    """Return the first key of a shard and the first one behind it, as ``first <= key < behind``.

    >>> key_range(0, 4), key_range(3, 4)
    (('00000000', '40000000'), ('c0000000', 'g'))
    """
    first, behind = (-(-_SPACE * edge // n_shards) for edge in (shard, shard + 1))
    # "g" stands behind every hex digit.
    return f"{first:08x}", "g" if behind == _SPACE else f"{behind:08x}"
