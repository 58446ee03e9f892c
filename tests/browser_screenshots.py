"""Save screenshots of the pages of a corpus, to be looked at: python tests/browser_screenshots.py CORPUS FOLDER."""

import sys
from pathlib import Path

from browser import chromium, running

from curator.browse.guard import allow_hosts
from curator.browse.server import open_datasette

SHOTS = {
    "overview": "-/home",
    "articles": "-/articles",
    "article": "-/article/1",
    "duplicates": "-/clusters",
    "sites": "-/sites",
    "rules": "-/rules",
    "tables": "",
    "table": "articles",
}
SIZES = {"wide": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}


def save(corpus: Path, folder: Path) -> None:
    """Save each page in two widths, and in dark colours."""
    folder.mkdir(parents=True, exist_ok=True)
    app = allow_hosts(open_datasette(corpus).app(), {"127.0.0.1"})
    with running(app) as url, chromium() as browser:
        for size, viewport in SIZES.items():
            for scheme in ("light", "dark"):
                page = browser.new_page(viewport=viewport, color_scheme=scheme)
                for name, path in SHOTS.items():
                    page.goto(f"{url}/{corpus.stem}/{path}".rstrip("/"))
                    page.screenshot(path=folder / f"{name}-{size}-{scheme}.png")
                page.close()


if __name__ == "__main__":
    save(Path(sys.argv[1]), Path(sys.argv[2]))
