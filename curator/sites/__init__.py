"""Facts about single sites, as dated TOML: CSS selectors and line patterns."""
