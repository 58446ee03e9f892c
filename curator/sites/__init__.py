"""What is known of single sites: CSS selectors and line patterns, dated, from TOML files that a user can extend.

    site_of(url) -> str | None               "https://www.example.org:80/a" -> "example.org"
    load_sites(own=()) -> Sites              ours, with the user's files or folders on top; PhraseError if malformed
    Sites.of(site, date=None) -> SiteRules | None    what holds for a site on a day (ISO date; None: any day)
    NO_SITES                                 knows nothing
"""
