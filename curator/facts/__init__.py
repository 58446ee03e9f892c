"""Page and cuts -> facts: title, language, day of publication, author, site; right or None, never guessed.

- ``find_facts(page, cuts) -> Facts``
"""

from __future__ import annotations

from curator.facts.find import find_facts, find_facts_together

__all__ = ["find_facts", "find_facts_together"]
