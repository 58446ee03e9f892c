"""HTML becomes every visible line in reading order, each with its hints."""

import pytest
from patience import within

from curator import clean
from curator.article import make_article
from curator.model import Facts, Raw
from curator.page import build_page
from curator.page.alignment import folded, stands_in
from curator.page.html import read_rows
from curator.page.markup import parse
from curator.sites import load_sites

BODY = [
    "Die Stadt hat am Montag beschlossen, dass die alte Brücke über den Fluss saniert wird und nicht abgerissen.",
    "Die Arbeiten sollen im Frühjahr beginnen und zwei Jahre dauern, sagte die Bürgermeisterin vor dem Rathaus.",
    "Anwohner hatten gegen den Abriss geklagt, weil die Brücke als Denkmal gilt und den Ort seit langem prägt.",
    "Die Kosten trägt zur Hälfte das Land, den Rest teilen sich die Gemeinden auf beiden Seiten des Flusses.",
]


def page_of(body, head="", url=None, sites=None):
    """Return the page of a small HTML document."""
    html = f'<!DOCTYPE html><html lang="de"><head>{head}</head><body>{body}</body></html>'
    raw = Raw("a.html", html.encode(), "text/html", url=url)
    return build_page(raw, sites) if sites else build_page(raw)


def texts(body):
    """Return the visible lines of an HTML fragment."""
    parsed = parse(body)
    return [] if parsed is None else [row.text for row in read_rows(parsed.root)]


ARTICLE = (
    '<nav class="menu"><a href="/">Start</a> <a href="/p">Politik</a></nav>'
    "<article><h1>Brücke wird saniert</h1>" + "".join(f"<p>{text}</p>" for text in BODY) + "</article>"
    '<footer id="end"><a href="/impressum">Impressum</a></footer>'
)


@pytest.mark.parametrize(
    ("html", "lines"),
    [
        ("<p>ein <b>Wo</b>rt, <i>zwei</i> <a href=x>Wörter</a></p>", ["ein Wort, zwei Wörter"]),
        ("<p>eins<br>zwei<br/>drei</p>", ["eins", "zwei", "drei"]),
        ("<div>a<p>b</p>c<ul><li>d<li>e</ul>f</div>", ["a", "b", "c", "d", "e", "f"]),
        ("<p>viel   Raum\n\t hier\u2028und\x85da</p>", ["viel Raum hier und da"]),
        ("<p>fest\u00a0bleibt</p>", ["fest\u00a0bleibt"]),
        ("<pre>def f():\n    return 1\n</pre>", ["def f():", "    return 1"]),
        ("<p>Silben\u00adtren\u200bnung</p>", ["Silbentrennung"]),
        ("<a href=a>Politik</a><a href=b>Sport</a>", ["Politik Sport"]),
        ("<p>Bild<img src=x>daneben</p>", ["Bild daneben"]),
        (
            "<table><tr><th>Ort</th><td>Köln</td></tr><tr><td>1</td><td></td><td>2</td></tr></table>",
            ["Ort\tKöln", "1\t2"],
        ),
        ("<table><tr><td>Menü<br>Mehr</td><td><p>Text</p></td></tr></table>", ["Menü", "Mehr", "Text"]),
        ("<p>a&amp;b &lt;c&gt; &euro; &#8222;</p>", ["a&b <c> € „"]),
        ("kein Element", ["kein Element"]),
        ("<title>T</title><nav>Menü</nav><header>Kopf</header><p>Text</p>", ["Menü", "Kopf", "Text"]),
    ],
)
def test_lines_read_as_a_browser_shows_them(html, lines):
    """No words are glued across blocks, none are split by inline elements."""
    assert texts(html) == lines


@pytest.mark.parametrize(
    "hidden",
    [
        "<script>no()</script>",
        "<style>p {}</style>",
        "<template><p>no</p></template>",
        "<noscript>no</noscript>",
        "<p hidden>no</p>",
        '<p style="color: red; display : none">no</p>',
        '<p aria-hidden="true">no</p>',
        '<span class="a sr-only b">no</span>',
        "<!-- no -->",
        "<select><option>no</option></select>",
        "<dialog>no</dialog>",
        "<svg><title>no</title></svg>",
    ],
)
def test_what_a_browser_does_not_show_is_no_line(hidden):
    """The text around it is complete."""
    assert " ".join(texts(f"<p>davor {hidden} danach</p><p>mehr Text, der zu sehen ist</p>")).startswith("davor danach")


def test_a_hidden_part_with_most_of_the_text_is_shown_after_all():
    """A script would have shown it: a page behind a consent layer, a forum in noscript."""
    body = "".join(f"<p>{text}</p>" for text in BODY)
    assert texts(f"<p>Bitte warten</p><div style='display:none'>{body}</div>") == ["Bitte warten", *BODY]
    assert texts(f"<p>Bitte warten</p><noscript>{body}</noscript>") == ["Bitte warten", *BODY]


def test_page_text_is_its_lines_and_line_numbers_count_them():
    """Offsets, numbers and hints belong together."""
    page = page_of(ARTICLE)
    assert page.text.split("\n") == ["Start Politik", "Brücke wird saniert", *BODY, "Impressum"]
    assert [line.number for line in page.lines] == list(range(1, 8))
    assert [page.text[line.start : line.end] for line in page.lines] == page.text.split("\n")


def test_hints_tell_tag_classes_headings_and_links():
    """Near class words stand before far ones."""
    menu, headline, first, *_, end = page_of(ARTICLE).lines
    assert (menu.hints.tag, menu.hints.classes, menu.hints.link_density) == ("nav", "menu", 1.0)
    assert (headline.hints.tag, headline.hints.heading, headline.hints.link_density) == ("h1", 1, 0.0)
    assert (first.hints.tag, first.hints.heading, end.hints.classes) == ("p", 0, "end")
    assert headline.hints.depth == menu.hints.depth + 1


def test_the_extractor_votes_on_every_line():
    """What trafilatura keeps is marked, menus and footers are not."""
    page = page_of(ARTICLE)
    assert [line.text for line in page.lines if line.hints.extracted] == ["Brücke wird saniert", *BODY]


def test_a_page_gives_the_same_hints_however_often_it_is_read():
    """Nothing that was read before changes what comes out."""
    assert len({page_of(ARTICLE) for _ in range(6)}) == 1


def test_json_ld_and_descriptions_are_evidence():
    """The body of JSON-LD and the page's own description mark the lines that stand in them."""
    head = (
        f'<meta property="og:description" content="{BODY[0]}">'
        '<script type="application/ld+json">{"@graph": [{"@type": ["NewsArticle"], "headline": "Brücke",'
        f'"articleBody": "{BODY[1]} {BODY[2]}", "author": [{{"name": "Anna Muster"}}, "dpa"], "inLanguage": "de-DE",'
        '"datePublished": "2024-03-03T10:31:00+0100"}]}</script>'
    )
    page = page_of(ARTICLE, head)
    assert [line.text for line in page.lines if line.hints.in_article_body] == BODY[1:3]
    assert [line.text for line in page.lines if line.hints.in_description] == BODY[:1]
    assert (page.meta.author, page.meta.published) == ("Anna Muster; dpa", "2024-03-03T10:31:00+01:00")
    assert (page.meta.lang, page.meta.description) == ("de", BODY[0])


@pytest.mark.parametrize(
    "script",
    [
        '[{"@type": 5, "headline": {"a": 1}, "author": [1, null], "datePublished": [], "articleBody": 7}, null, [[]]]',
        '{"@type": "NewsArticle", "headline": ["", 3], "author": {"name": {"x": 1}}}',
        "{broken",
        '{"a":' * 50_000,
        "[]",
    ],
)
def test_wrong_types_in_json_ld_are_passed_over(script):
    """The page is read as if the script were not there."""
    page = page_of(ARTICLE, f'<script type="application/ld+json">{script}</script>')
    assert (page.meta.author, page.meta.published, page.meta.title) == (None, None, None)
    assert len(page.lines) == 7


def test_the_title_is_the_heading_that_the_markup_names():
    """The name of the site behind it is left out, and a heading of another article is none."""
    head = "<title>Brücke wird saniert - Beispielblatt</title>"
    assert page_of(ARTICLE, head).meta.title == "Brücke wird saniert"
    whole = "Brücke – so geht es weiter"
    assert page_of(f"<p>Brücke</p><h2>{whole}</h2>", f"<title>{whole}</title>").meta.title == whole
    assert (
        page_of("<h1>Ganz anderes Thema</h1>", '<meta property="og:title" content="Ort im Bild">').meta.title
        == "Ort im Bild"
    )


@pytest.mark.parametrize(
    ("head", "date"),
    [
        ('<meta property="article:published_time" content="2024-03-03">', "2024-03-03"),
        ('<meta name="date" content="3 March 2024">', "2024-03-03"),
        ('<meta property="article:modified_time" content="2024-03-03">', None),
        ('<meta name="date" content="1970-01-01T00:00:00Z">', None),
        ('<meta name="date" content="2024-13-45">', None),
        ("", None),
    ],
)
def test_the_day_of_publication_is_what_the_markup_states(head, date):
    """A day in the text is an event, and the day of a change is not that of publication."""
    assert page_of(f"<p>Am 4. Mai 2020 geschah es.</p>{ARTICLE}", head).meta.published == date


def test_site_rules_mark_lines_by_css_and_day(tmp_path):
    """A selector that cuts wins over one that keeps; a template ends with its last day."""
    path = tmp_path / "site.toml"
    path.write_text(
        'domains = ["example.org"]\n[[template]]\nuntil = 2023-12-31\nkeep = ["article", "article h1"]\n'
        '[template.cut]\nrelated = ["article h1"]\nnavigation = ["nav a"]\n'
    )
    sites = load_sites([path])
    page = page_of(ARTICLE, url="https://www.example.org/a", sites=sites)
    rules = ["navigation nav a", "related article h1", *["keep"] * 4, None]
    assert [line.hints.site_rule for line in page.lines] == rules
    late = page_of(ARTICLE, '<meta name="date" content="2024-01-01">', "https://example.org/a", sites)
    assert {line.hints.site_rule for line in late.lines} == {None}


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 50_000 + "mitten" + "</div>" * 50_000,
        "<b>" * 50_000 + "mitten",
        "<p><a>" * 50_000 + "mitten",
        "<table><tr><td>" * 20_000 + "mitten",
        "<p>mit\x00ten</p>",
        "mitten" + "<" * 3_000_000,
        f'<p class="{"x " * 1_000_000}">mitten',
        f"<p {' '.join(f'a{i}=1' for i in range(120_000))}>mitten",
        "mitten" + "<br>" * 100_000,
        '<!DOCTYPE html [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><p>&b;&b; mitten',
    ],
    ids=["divs", "unclosed", "links", "tables", "nul", "lt", "class", "attributes", "breaks", "entities"],
)
def test_hostile_html_ends_in_bounded_time_with_its_text(html):
    """Deep nesting, huge attributes and endless repetition are no reason to lose the page."""
    page = within(10, lambda: build_page(Raw("a.html", html.encode(), "text/html")))
    assert "mitten" in page.text[:100].replace("�", "") + page.text[-100:]


def test_a_page_nested_too_deep_is_read_as_text_and_keeps_all_it_says():
    """Title, date and what stands in noscript come through, the review says what was done; the setting moves it."""
    about = (
        "<title>Brücke eröffnet</title><meta property='article:published_time' content='2024-03-01'>"
        '<script type="application/ld+json">{"@type": "NewsArticle", "author": {"name": "Anna Berg"}}</script>'
    )
    deep = "<span>" * 600 + f"<p>{BODY[0]}</p><script>x()</script>" + "</span>" * 600
    body = f"{deep}<noscript>{BODY[1]}</noscript><ul><li>{BODY[2]}</ul>"
    page = page_of(body, about)
    assert [line.text for line in page.lines] == BODY[:3]
    assert (page.meta.title, page.meta.published, page.meta.author) == ("Brücke eröffnet", "2024-03-01", "Anna Berg")
    assert page.meta.lang == "de"
    assert page.review == "nested more than 500 elements deep (max_html_depth), so read as plain text"
    raw = Raw("a.html", f"<html><head>{about}</head><body>{body}".encode(), "text/html")
    as_it_is = build_page(raw, max_html_depth=2_000)
    assert as_it_is.review is None
    assert {line.hints.tag for line in as_it_is.lines} == {"p", "li"}
    assert make_article(page, (), Facts()).review == page.review


@pytest.mark.parametrize("html", ["", "  \n", "<!-- only -->", "<html></html>", "<frameset><frame src=x></frameset>"])
def test_a_page_without_text_is_an_empty_page(html):
    """It is for a later stage to reject it."""
    page = build_page(Raw("a.html", html.encode(), "text/html"))
    assert (page.text, page.lines) == ("", ())


def test_a_repair_never_splits_a_line():
    """A line separator that was decoded wrongly stays as it is; the rest is repaired."""
    page = build_page(Raw("a.html", "<p>fÃ¼r alleâ€¨zusammen</p><p>KÃ¶ln</p>".encode(), "text/html"))
    assert [line.text for line in page.lines] == ["für alleâ€¨zusammen", "Köln"]


def test_short_lines_are_told_by_their_place():
    """A menu entry does not stand in the text because the word occurs in it."""
    first, second = BODY[:2]
    lines = [folded(text) for text in ("Sport", first, "Sport", second, "Sport")]
    assert stands_in(lines, folded(f"{first}\nSport\n{second}")) == [False, True, True, True, False]


def test_of_equal_lines_the_one_among_the_others_is_meant():
    """A teaser that repeats a paragraph far below is not the paragraph."""
    lines = [folded(text) for text in (BODY[1], "Meistgelesen", BODY[0], BODY[1], BODY[2])]
    assert stands_in(lines, folded("\n".join(BODY[:3]))) == [False, False, True, True, True]


@pytest.mark.parametrize(
    "note",
    [
        "<!-- saved from url=(0035)https://elzbote.example/2024/bruecke -->",
        "<!--\n Page saved with SingleFile \n url: https://elzbote.example/2024/bruecke \n saved date: Mon -->",
        "<!-- Mirrored from https://elzbote.example/2024/bruecke by HTTrack Website Copier/3.x -->",
    ],
)
def test_a_saved_page_has_the_address_that_the_program_noted(note):
    """A browser, SingleFile and HTTrack say in a comment where a page is from; an address of its record is surer."""
    html = f"<!DOCTYPE html>\n{note}\n<html><body><p>Die Brücke ist fertig.</p></body></html>"
    article = clean(html)
    assert (article.page.url, article.facts.site) == ("https://elzbote.example/2024/bruecke", "elzbote.example")
    assert clean(html, url="https://a.example/1").facts.site == "a.example"
