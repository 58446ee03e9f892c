"""Save screenshots of our pages, to be looked at.

python tests/browser_screenshots.py                  the three of the README, to docs/screenshots/
python tests/browser_screenshots.py CORPUS FOLDER    every sort of page of a corpus, wide and narrow, light and dark
"""

import sys
import tempfile
from pathlib import Path

from browser import chromium, running

from curator import Corpus
from curator.browse.guard import allow_hosts
from curator.browse.server import open_datasette
from curator.model import Raw
from curator.settings import Settings

ROOT = Path(__file__).parent.parent
README_SHOTS = {
    "overview": "-/home",
    "article": "-/article/2",
    "duplicates": "-/cluster/{cluster}?with={copy}",
}
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

#: What other sites made of the last seed: the words that they changed.
EDITS = {
    "agence.example": {"Aujourd’hui": "Lundi", "80 États": "quatre-vingts États", "– Détails": ""},
    "journal.example": {
        "a accueilli": "accueille",
        "« étudierait les moyens de": "« chercherait comment",
        "exceptionnelle": "remarquable",
        "Septembre 2014": "2014",
    },
}


def seeds_with_copies(path: Path) -> None:
    """Write a corpus of the five seeds and two edited copies of the last one."""
    seeds = sorted((ROOT / "seeds").glob("*.txt"))
    raws = [Raw(seed.name, seed.read_bytes(), fetched_at="2024-05-02") for seed in seeds]
    text = seeds[-1].read_text(encoding="utf-8")
    raws[-1] = Raw(seeds[-1].name, text.encode(), url="https://actualite.example/maroc", fetched_at="2024-05-01")
    for site, words in EDITS.items():
        edited = text
        for old, new in words.items():
            edited = edited.replace(old, new)
        raws.append(Raw(f"{site}.txt", edited.encode(), url=f"https://{site}/maroc", fetched_at="2024-05-03"))
    with Corpus(path, Settings(workers=1)) as corpus:
        corpus.add_raws(raws)


def save_for_readme(folder: Path) -> None:
    """Save the three pages that the README shows."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "corpus.db"
        seeds_with_copies(path)
        with Corpus(path) as corpus:
            copy = max((article for article in corpus.articles() if article.cluster_id), key=lambda found: found.id)
        app = allow_hosts(open_datasette(path).app(), {"127.0.0.1"})
        with running(app) as url, chromium() as browser:
            page = browser.new_page(viewport={"width": 1280, "height": 760})
            for name, address in README_SHOTS.items():
                page.goto(f"{url}/corpus/{address.format(cluster=copy.cluster_id, copy=copy.id)}")
                page.screenshot(path=folder / f"{name}.png")


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
    if len(sys.argv) > 1:
        save(Path(sys.argv[1]), Path(sys.argv[2]))
    else:
        save_for_readme(ROOT / "docs" / "screenshots")
