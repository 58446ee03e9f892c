"""What is known of single sites: CSS selectors and line patterns, dated, from TOML files that a user can extend.

- ``site_of(url) -> str | None``: "https://www.example.org:80/a" -> "example.org"
- ``address_of(url) -> str``: "HTTPS://Example.org:443/a#top" -> "https://example.org/a", by which versions are told
- ``load_sites(own=()) -> Sites``: ours, with the user's files or folders on top; PhraseError if malformed
- ``Sites.of(site, date=None) -> SiteRules | None``: what holds for a site on a day (ISO date; None: any day)
- ``NO_SITES``: knows nothing
"""

from __future__ import annotations

from curator.sites.rules import NO_SITES, LinePattern, Selector, SiteRules, Sites, load_sites
from curator.sites.url import address_of, site_of

__all__ = ["NO_SITES", "LinePattern", "Selector", "SiteRules", "Sites", "address_of", "load_sites", "site_of"]
