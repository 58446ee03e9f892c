"""Raw -> page: bytes are decoded, text and HTML become visible lines.

    build_page(raw, sites) -> Page           in ``curator.page.build``: never raises because of what raw holds
"""
