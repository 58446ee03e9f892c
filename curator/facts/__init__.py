"""Page + cuts -> title, language, day of publication, author, site: right or empty."""
