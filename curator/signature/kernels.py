"""Which loops make signatures: compiled ones where numba is installed (the extra ``fast``), or else those of numpy.

Both give the same bits (``tests/test_signature.py``).
"""

from __future__ import annotations

import sys
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from curator.signature import plain

#: For fewer texts, loading compiled loops takes longer than numpy does.
COMPILED_FROM_TEXTS = 256

_COMPILED = "curator.signature.compiled"


def kernels_for(n_texts: int) -> ModuleType:
    """Return the module with the loops for this many texts; once compiled ones are loaded, they are for any number."""
    if n_texts < COMPILED_FROM_TEXTS and _COMPILED not in sys.modules:
        return plain
    return compiled() or plain


@cache
def compiled() -> ModuleType | None:
    """Return the module of compiled loops, or None where numba is missing or cannot work."""
    if find_spec("numba") is None:
        return None
    try:
        return import_module(_COMPILED)
    except (ImportError, RuntimeError):
        # numba refuses a numpy that is newer than itself, and a machine without a folder for what it compiled.
        return None
