"""A made-up site that grows: its articles, its claims and boxes, recrawls and headlines of its other articles."""

import random
import sqlite3
from dataclasses import replace
from datetime import date, timedelta

from curator.corpus import Corpus
from curator.model import Raw
from curator.settings import Settings

_WHO = "Der Stadtrat|Die Bürgermeisterin|Ein Sprecher der Feuerwehr|Das Amtsgericht|Die Bahn|Der Theaterverein|Die Uni"
_DID = "hat am Dienstag|wird im Frühjahr|hatte vor einem Jahr|will noch vor der Wahl|soll nach langem Streit"
_WHAT = "die neue Brücke|den alten Bahnhof|das Museum am Hafen|einen Vertrag mit der Werft|die Sporthalle|den Radweg"
_WHERE = "am Marktplatz|in der Nordstadt|hinter dem Rathaus|an der Elbe|im Gewerbegebiet|neben der Schule"
_ENDS = "eröffnet|verkauft|geprüft|gelobt|beschlossen|abgelehnt|vergessen|bezahlt|versprochen|vermessen"
_PARTS = [part.split("|") for part in (_WHO, _DID, _WHAT, _WHERE, _ENDS)]

CLAIM = "Elbkurier – die Stimme zwischen Deich und Marsch"
BOX = "Unsere Leserinnen und Leser wählen den Garten des Monats: Schickt uns eure schönsten Beete!"
BOX_AFTER = "Neu im Elbkurier: das große Rätselheft für den Winter, an jedem Kiosk zwischen Deich und Marsch"
HEADING = "Wie es weitergeht"

#: Without the tagger, whose next training may well know these lines; what rules leave is for templates.
ONE = Settings(workers=1, skip_rules=("tagger",))
SITE = "elbkurier.example"


def sentence(chance):
    """Return a sentence that hardly occurs twice."""
    who, did, what, where, end = (chance.choice(part) for part in _PARTS)
    return f"{who} {did} {what} {where} {end}, wie aus Vorlage {chance.randrange(10**6)} hervorgeht."


def headline(chance):
    """Return a headline that hardly occurs twice."""
    who, _, what, where, _ = (chance.choice(part) for part in _PARTS)
    return (
        f"{who} und {what} {where}: Streit um Antrag {chr(97 + chance.randrange(26))}{chr(97 + chance.randrange(26))}"
    )


def body(chance, n=7):
    """Return the paragraphs of an article."""
    return [" ".join(sentence(chance) for _ in range(3)) for _ in range(n)]


def page(title, paragraphs, *, box=BOX, claim=CLAIM, teasers=()):
    """Return the text of a page: headline, paragraphs, then claim, box and headlines of other articles."""
    return "\n\n".join([title, *paragraphs, *teasers, claim, box])


def articles(seed, n=14, site="elbkurier.example"):
    """Return n articles of a site over as many days; the box changes halfway, a sub-heading recurs in some."""
    chance = random.Random(seed)
    titles = [headline(chance) for _ in range(n)]
    raws = []
    for number, title in enumerate(titles):
        paragraphs = body(chance)
        if number % 2:
            paragraphs.insert(4, HEADING)
        teasers = [titles[number - 1]] if number and number % 3 == 0 else []
        text = page(title, paragraphs, box=BOX if number < n // 2 else BOX_AFTER, teasers=teasers)
        url = f"https://{site}/{number}"
        raws.append(Raw(f"dump:{number}", text.encode(), url=url, fetched_at=str(date(2024, 3, 1) + timedelta(number))))
    return raws


def lines_of(path, site=SITE):
    """Return the learned lines of a site."""
    with sqlite3.connect(path) as connection:
        return dict(connection.execute("SELECT text, n_articles FROM site_lines WHERE site = ?", (site,)).fetchall())


def grown(path, raws, *, batch_rows=1000, n_runs=1, settings=ONE):
    """Add documents in so many runs to a corpus and return its path; the file is proved whole."""
    with Corpus(path, replace(settings, batch_rows=batch_rows)) as corpus:
        for run in range(n_runs):
            corpus.add_raws(raws[run::n_runs])
        assert list(corpus.check()) == []
    return path
