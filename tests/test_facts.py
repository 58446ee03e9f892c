"""Facts are right or None: title, language, day of publication, author, site."""

from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from curator.cleaners.extract import cut_left_out
from curator.cleaners.phrases import build
from curator.facts import find_facts
from curator.facts.byte_ngrams import SAME, load_model
from curator.facts.headline import Head
from curator.facts.outline import outline
from curator.model import Cut, Page, PageMeta, Raw
from curator.page import build_page
from curator.page.dates import find_date, iso_date
from curator.page.lines import split_lines
from curator.tagger import RULE as TAGGER

SEEDS = Path(__file__).parent.parent / "seeds"
PROSE = (
    "Die Stadt hat am Montag beschlossen, dass die alte Brücke über den Fluss saniert wird und nicht abgerissen. "
    "Die Arbeiten sollen im Frühjahr beginnen."
)
MORE = "Anwohner hatten gegen den Abriss geklagt, weil die Brücke als Denkmal gilt und den Ort seit langem prägt."


def facts_of(*lines, cuts=(), meta=None, url=None):
    """Return the facts of a text; ``cuts`` are the numbers of lines that are cut, from 1."""
    text = "\n".join(lines)
    page = Page(text, split_lines(text), meta=meta or PageMeta(), url=url)
    made = [Cut(line.start, line.end, "navigation", "r", "") for line in page.lines if line.number in cuts]
    return page, find_facts(page, made)


def title_of(*lines, **given):
    """Return the title of a text, which must stand where its span says."""
    page, facts = facts_of(*lines, **given)
    if facts.title_span is not None:
        assert page.text[slice(*facts.title_span)] == facts.title
    return facts.title


@pytest.mark.parametrize(
    ("number", "cut", "title"),
    [
        ("000", {1}, "Marokko – Anti-Daech (ISIS) Koalition kommt zu Abstimmungen in Marokko zusammen."),
        ("001", {5, 6, 7}, "Marokko – Königreich und USA stimmen sich in Sicherheitsfragen ab."),
        ("002", set(range(1, 11)), "Marokko und Pakistan vertiefen Sicherheitsbeziehungen zur Bekämpfung von"),
        ("003", {2, 3}, None),
        ("004", {3, 4}, "La coalition internationale anti-Etat islamique se réunit au Maroc – Détails"),
    ],
)
def test_the_seeds_have_their_titles_and_the_one_without_stays_without(number, cut, title):
    """A headline may end with a full stop; a standfirst is none."""
    (path,) = SEEDS.glob(f"{number}_*.txt")
    found = title_of(*path.read_text(encoding="utf-8").split("\n"), cuts=cut)
    assert (found and found[: len(title or "")]) == title


@pytest.mark.parametrize(
    "title",
    [
        "Alte Brücke wird doch saniert",
        "„Wir haben gewonnen“: Anwohner retten ihre Brücke",
        "Von Köln bis Bonn: Wo Brücken saniert werden",
        "Why is the bridge closed?",
        "IRCC gave up office space in January. Now, it can't move",
        "部长会议讨论贸易问题和安全问题",
    ],
)
def test_the_first_line_above_prose_is_a_title_by_its_shape(title):
    """Also with a byline or a standfirst between them."""
    assert title_of(title, PROSE, MORE) == title
    assert title_of(title, "Von Anna Muster", "12.03.2022", PROSE) == title
    assert title_of("Startseite", title, PROSE, cuts={1}) == title


@pytest.mark.parametrize(
    "lines",
    [
        (PROSE, MORE),
        (PROSE,),
        ("Alte Brücke wird doch saniert",),
        ("Die alte Brücke wird saniert und nicht abgerissen.", PROSE),
        ("Hallo zusammen, ich habe da eine Frage", PROSE),
        ("Zutaten für vier Personen:", PROSE),
        ("Von Anna Muster und Jan Beispiel", PROSE),
        ("12. März 2022, 10.31 Uhr", PROSE),
        ("12.31 Uhr: Die Brücke ist wieder frei", PROSE),
        ("… und was danach geschah in der Stadt", PROSE),
        ("Mehr auf www.example.org zu lesen", PROSE),
        ("Originally posted February 2017", PROSE),
        ("Wetter", PROSE),
        ("Über allen Gipfeln", "Ist Ruh,", "In allen Wipfeln", "Spürest du", "Kaum einen Hauch;"),
        ("Start", "Politik", "Sport", "Kultur", "Zum Inhalt springen", PROSE),
        ("- Alte Brücke wird doch saniert", PROSE),
    ],
)
def test_what_is_no_headline_for_certain_is_none(lines):
    """A wrong title is worse than a missing one."""
    assert title_of(*lines) is None


def test_behind_menu_entries_the_line_of_a_headline_above_the_text_is_the_title():
    """Of two that could be it, the one with the words of the text."""
    menu = ("Home", "News", "Contact")
    headline = "Alte Brücke über den Fluss wird doch saniert"
    assert title_of(*menu, headline, PROSE, MORE) == headline
    assert title_of(*menu, "Neue Schule für den Ort wird gebaut", headline, PROSE, MORE) == headline


def test_a_line_that_the_tagger_doubts_may_be_the_headline_one_that_a_rule_cuts_may_not():
    """The tagger takes a headline among menus for one of them; a rule knows what it cuts."""
    lines = split_lines("\n".join(("Start", "Alte Brücke wird doch saniert", PROSE, MORE)))
    for rule, asked in ((TAGGER, [1, 0]), ("related-list", [])):
        cuts = [Cut(line.start, line.end, "related", rule, "") for line in lines[:2]]
        assert Head(lines, outline(lines, cuts).cuts).asked == asked


def test_the_name_of_the_site_above_its_menu_is_no_headline():
    """It stands in the line of its copyright again."""
    headline = "Alte Brücke über den Fluss wird doch saniert"
    lines = ("Bote am Fluss", "Aktuelles", "Über uns", "Kontakt", headline, PROSE, MORE, "© 2024 Bote am Fluss")
    assert title_of(*lines, cuts={1, 2, 3, 7}) == headline


def test_a_title_that_is_given_stands_where_its_words_stand():
    """It is the title, on the page or not."""
    meta = PageMeta(title="Brücke:  wird saniert!")
    assert title_of("Start", "- Brücke wird saniert", PROSE, meta=meta) == "Brücke wird saniert"
    facts = facts_of(PROSE, meta=meta)[1]
    assert (facts.title, facts.title_span) == ("Brücke:  wird saniert!", None)


def test_in_html_the_heading_is_the_title_not_the_menu_entry():
    """The span is that of the heading."""
    html = f"<title>Alte Brücke</title><nav><a href=x>Alte Brücke</a></nav><h1>Alte Brücke</h1><p>{PROSE}</p>"
    page = build_page(Raw("a.html", html.encode(), "text/html"))
    assert find_facts(page, ()).title_span == (12, 23)
    untitled = build_page(Raw("a.html", f"<p>Alte Brücke wird saniert</p><p>{PROSE}</p>".encode(), "text/html"))
    assert find_facts(untitled, ()).title is None


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        (PROSE, "de"),
        ("L’agence a ajouté que cette réunion sera l’occasion de mettre en lumière les défis de sécurité.", "fr"),
        ("The council decided on Monday that the old bridge across the river will be restored.", "en"),
        ("اجتمع الوزراء أمس في القاهرة لبحث قضايا التجارة والأمن في المنطقة ومناقشة التعاون.", "ar"),
        (
            "Kommunen har bestemt at den gamle broen over elven skal settes i stand. Kostnadene deles av alle.",
            "no",
        ),
        ("12 345 67 890 123 456 789 000 111 222 333 444 555 666 777", None),
        ("Das ist gut so.", None),
        ("", None),
    ],
)
def test_the_language_is_that_of_the_text_or_none(text, lang):
    """Too little text is no ground to say."""
    assert facts_of(text)[1].lang == lang


@cache
def library():
    """Return the library's own identifier."""
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


@settings(deadline=None)
@given(st.text(min_size=1, max_size=300) | st.sampled_from([PROSE, MORE, "ÅNGSTRÖM", "e\u0301te\u0301 \ud800"]))
def test_the_language_model_says_what_the_library_says(text):
    """The n-grams are found in another way, the scores are the same; forms of one language count together."""
    shares = {}
    for label, share in library().rank(text):
        shares[SAME.get(label, label)] = shares.get(SAME.get(label, label), 0) + share
    [found] = load_model().most_likely([text])
    if found is None:
        assert max(shares.values()) < 0.05
    else:
        assert found[1] == pytest.approx(shares[found[0]], abs=1e-3)
        assert shares[found[0]] == pytest.approx(max(shares.values()), abs=1e-3)


@settings(deadline=None)
@given(st.lists(st.text(max_size=40) | st.sampled_from([PROSE, MORE, "e\u0301te\u0301 \ud800"]), max_size=5))
def test_texts_are_in_the_same_languages_together_as_alone(texts):
    """No n-gram begins in one text and ends in the next."""
    model = load_model()
    assert model.most_likely(texts) == [model.most_likely([text])[0] for text in texts]


def test_the_language_that_a_page_names_counts_where_the_text_agrees():
    """The words speak against a wrong attribute."""
    assert facts_of(PROSE, meta=PageMeta(lang="en"))[1].lang == "de"


@pytest.mark.parametrize(
    ("line", "date"),
    [
        ("Veröffentlicht am 12.03.2022", "2022-03-12"),
        ("Stand: 12. März 2022, 10:31 Uhr", "2022-03-12T10:31"),
        ("Published: March 3, 2024 10:31", "2024-03-03T10:31"),
        ("Publié le 3 mars 2024 à 10h31", "2024-03-03T10:31"),
        ("Publicado el 3 de marzo de 2024", "2024-03-03"),
        ("Opublikowano: 3 marca 2024", "2024-03-03"),
        ("Aktualisiert: 12.03.2022", None),
        ("Veröffentlicht am Montag nach dem 12.03.2022 in der Stadt", None),
        ("Die Koalition traf sich (08. März. 2022) in Rabat.", None),
        ("03/04/2024", None),
    ],
)
def test_the_day_of_publication_is_stated_by_a_line_of_its_own(line, date):
    """A date in a sentence is an event."""
    assert facts_of("Alte Brücke wird doch saniert", PROSE, line, MORE)[1].published == date


def test_a_bare_date_counts_only_above_the_prose_and_alone():
    """Below it may be the date of a comment or of another article."""
    title = "Alte Brücke wird doch saniert"
    assert facts_of(title, "Freitag, 12. März 2022", PROSE)[1].published == "2022-03-12"
    assert facts_of(title, PROSE, "12.03.2022")[1].published is None
    assert facts_of(title, "12.03.2022", "14.03.2022", PROSE)[1].published is None
    assert facts_of(title, "12.03.2022", PROSE, cuts={2})[1].published is None
    assert facts_of(title, "Aktualisiert 12.03.2022", PROSE)[1].published is None


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("Von Tom Okafor, 04.01.2025", ("Tom Okafor", "2025-01-04")),
        (
            "Von Anna Muster und Tom Okafor | Berlin, 04.01.2025, 10:31 Uhr",
            ("Anna Muster; Tom Okafor", "2025-01-04T10:31"),
        ),
        ("By Ann Lee, 4 January 2025", ("Ann Lee", "2025-01-04")),
        ("By Ann Lee on January 4, 2025", ("Ann Lee", "2025-01-04")),
        ("Par Chloé Dupont, le 4 janvier 2025", ("Chloé Dupont", "2025-01-04")),
        ("Von Tom Okafor | Aktualisiert 04.01.2025", ("Tom Okafor", None)),
        ("Von Tom Okafor, 04/01/2025", (None, None)),
        ("Von der Eröffnung am 04.01.2025", (None, None)),
        ("By Ann Lee, 4 January 2025 was the day that changed it all", ("Ann Lee", None)),
    ],
)
def test_a_byline_states_author_and_day(line, found):
    """What stands behind the names is the day where it is hardly more than a date, and no change."""
    facts = facts_of("Alte Brücke wird doch saniert", line, PROSE)[1]
    assert (facts.author, facts.published) == found


def test_the_day_of_a_byline_counts_where_nothing_better_states_one():
    """A line of its own, a word for publication and the record go before; bylines of teasers contradict each other."""
    title, byline = "Alte Brücke wird doch saniert", "Von Tom Okafor, 04.01.2025"
    assert facts_of(title, byline, "05.01.2025", PROSE)[1].published == "2025-01-05"
    assert facts_of(title, byline, PROSE, "Veröffentlicht am 06.01.2025")[1].published == "2025-01-06"
    assert facts_of(title, byline, PROSE, meta=PageMeta(published="2025-01-07"))[1].published == "2025-01-07"
    assert facts_of(title, byline, "Von Ann Lee, 08.01.2025", PROSE)[1].published is None
    assert facts_of(title, PROSE, byline)[1].published is None


def test_lines_that_contradict_each_other_state_no_day():
    """Teasers have days of their own."""
    lines = (PROSE, "Veröffentlicht am 12.03.2022", MORE, "Veröffentlicht am 14.03.2022")
    assert facts_of(*lines)[1].published is None


def test_a_cut_byline_still_tells_who_wrote_when():
    """Cuts of other kinds do not: they are about other articles."""
    text = f"Alte Brücke wird doch saniert\nVon Anna Muster, 12.03.2022\n12.03.2022\n{PROSE}"
    page = Page(text, split_lines(text))
    for kind, found in (("byline", ("Anna Muster", "2022-03-12")), ("related", (None, None))):
        facts = find_facts(page, [Cut(line.start, line.end, kind, "r", "") for line in page.lines[1:3]])
        assert (facts.author, facts.published) == found


@pytest.mark.parametrize(
    ("line", "author"),
    [
        ("By John Doe and Mary-Jane O'Neil", "John Doe; Mary-Jane O'Neil"),
        ("Par Chloé Dupont", "Chloé Dupont"),
        ("Autorin: Ursula von der Aue | 12.03.2022", "Ursula von der Aue"),
        ("Von der Küste bis ins Gebirge", None),
        ("By the river", None),
        ("Von Köln", None),
    ],
)
def test_the_author_is_the_name_of_a_byline_near_the_title(line, author):
    """What is no name is no author."""
    assert facts_of("Alte Brücke wird doch saniert", line, PROSE)[1].author == author


def test_the_site_comes_from_the_address():
    """Without one, from the markup, or not at all."""
    assert facts_of(PROSE, url="https://www.example.org/a")[1].site == "example.org"
    assert facts_of(PROSE, meta=PageMeta(site="example.net"))[1].site == "example.net"
    assert facts_of(PROSE)[1].site is None


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2024-03-03T10:31:00.000Z", "2024-03-03T10:31:00Z"),
        ("2024-03-03 10:31", "2024-03-03T10:31:00"),
        ("20240303", "2024-03-03"),
        ("Sat, 03 Mar 2024 10:31:00 GMT", "2024-03-03T10:31"),
        ("2024-02-30", None),
        ("0001-01-01T00:00:00", None),
        ("gestern", None),
        (None, None),
    ],
)
def test_dates_of_markup_become_iso(text, date):
    """What is no day of the calendar is none."""
    assert iso_date(text) == date


def test_hostile_text_costs_linear_time_in_the_search_for_dates():
    """400,000 digits, spaces or words hold no date."""
    for piece in ("1", " ", "a ", "12. ", "1.1.", "de "):
        assert find_date(piece * (400_000 // len(piece))) is None


STANDFIRST = "Nach langem Streit beginnt im Frühjahr die Sanierung, die Kosten trägt zur Hälfte das Land."


def test_the_extractor_s_omissions_are_cut_less_headline_and_standfirst():
    """The standfirst is told by the page's description."""
    html = (
        f'<html><head><title>Alte Brücke</title><meta name="description" content="{STANDFIRST}"></head><body>'
        f'<div class="menu"><a href="/">Start</a></div><h1>Alte Brücke</h1><div class="teaser">{STANDFIRST}</div>'
        f"<div class=sidebar><a href=x>Andere Meldung</a></div><article><p>{PROSE}</p><p>{MORE}</p><p>{PROSE[::-1]}</p>"
        "</article><footer><a href=/impressum>Impressum</a></footer></body></html>"
    )
    page = build_page(Raw("a.html", html.encode(), "text/html"))
    cuts = list(cut_left_out(page.lines, build({}), {}))
    assert [page.text[cut.start : cut.end] for cut in cuts] == ["Start", "Andere Meldung", "Impressum"]
    assert {cut[2:4] for cut in cuts} == {("extract", "extract-left-out")}


def test_where_the_extractor_finds_nothing_nothing_is_cut():
    """The same holds for text dumps, which have no hints."""
    lines = build_page(Raw("a.html", b"<a href=x>Start</a>", "text/html")).lines
    bare = tuple(line._replace(hints=line.hints._replace(extracted=None)) for line in lines)
    assert list(cut_left_out(bare, build({}), {})) == []
    assert list(cut_left_out(split_lines("Start\nEnde"), build({}), {})) == []
