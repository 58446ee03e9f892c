"""Raw -> page: bytes are decoded, text and HTML become visible lines."""
