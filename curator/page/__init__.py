"""Raw -> page: bytes are decoded, text and HTML become visible lines.

- ``build_page(raw, sites) -> Page``: never raises because of what raw holds
- ``build_pages(raws, sites) -> list[Page]``: the same for many documents at once
"""

from __future__ import annotations

from curator.page.build import build_page, build_pages

__all__ = ["build_page", "build_pages"]
