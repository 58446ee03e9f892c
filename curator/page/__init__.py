"""Raw -> page: bytes are decoded, text and HTML become visible lines.

- ``build_page(raw, sites) -> Page``: never raises because of what raw holds
"""

from __future__ import annotations

from curator.page.build import build_page

__all__ = ["build_page"]
