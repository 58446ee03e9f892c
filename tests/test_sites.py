"""Site rules are read from TOML, hold for their days, and are wrong only with a message."""

import pytest

from curator.cleaners.site import find_site_cuts
from curator.errors import PhraseError
from curator.model import Raw
from curator.page import build_page
from curator.page.lines import split_lines
from curator.sites import load_sites, site_of


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://www.Example.org:8080/a?b#c", "example.org"),
        ("http://user:secret@news.example.co.uk", "news.example.co.uk"),
        ("https://xn--mnchen-3ya.de/", "xn--mnchen-3ya.de"),
        ("https://wwwexample.org", "wwwexample.org"),
        ("//cdn.example.org/x", "cdn.example.org"),
        ("https://example.org./", "example.org"),
        ("example.org/a", None),
        ("mailto:a@example.org", None),
        ("https://[::1", None),
        ("https://localhost/", None),
        ("", None),
        (None, None),
    ],
)
def test_the_site_is_the_host_without_www_and_port(url, site):
    """An address that names no host has no site."""
    assert site_of(url) == site


def test_rules_hold_for_subdomains_and_their_days(tmp_path):
    """Where the day is not known, all templates hold."""
    (tmp_path / "a.toml").write_text(
        'domains = ["www.Example.org"]\n[[template]]\nuntil = 2020-12-31\nkeep = ["#old"]\n'
        '[[template]]\nfrom = 2021-01-01\n[template.lines]\nshare = ["Teilen!"]\n'
    )
    sites = load_sites([tmp_path])
    old, new = sites.of("example.org", "2020-12-31T23:59"), sites.of("blog.example.org", "2021-01-01")
    assert ([rule.css for rule in old.selectors], old.patterns) == (["#old"], ())
    assert (new.selectors, [rule.pattern.pattern for rule in new.patterns]) == ((), ["Teilen!"])
    either = sites.of("example.org")
    assert (len(either.selectors), len(either.patterns)) == (1, 1)
    assert (sites.of("notexample.org"), sites.of(None), sites.of("org")) == (None, None, None)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("domains = [", "cannot be read as TOML"),
        ("domains = []", "at least one [[template]]"),
        ('domains = ["a.org"]', "at least one [[template]]"),
        ('domains = "a.org"\n[[template]]', "domains must be a list of strings"),
        ('domains = ["a.org"]\nname = 1', "unknown key 'name', expected one of domains, template"),
        ('domains = ["a.org"]\n[[template]]\nfrom = "2020"', "from must be a date without quotes"),
        ('domains = ["a.org"]\n[[template]]\nkeep = ["p >> a"]', "'p >> a' is no CSS selector"),
        (
            'domains = ["a.org"]\n[[template]]\n[template.cut]\nmenu = ["a"]',
            "'menu' in [template.cut] is no kind of cut",
        ),
        ('domains = ["a.org"]\n[[template]]\n[template.lines]\nshare = ["("]', "'(' is no regular expression"),
        ('domains = ["a.org"]\n[[template]]\ncut = ["a"]', "[template.cut] must be a table of lists by kind"),
    ],
)
def test_a_malformed_file_is_named_with_what_is_wrong(tmp_path, text, words):
    """The message says what was expected."""
    path = tmp_path / "a.toml"
    path.write_text(text)
    with pytest.raises(PhraseError) as caught:
        load_sites([path])
    assert str(caught.value).startswith(f"{path}: ")
    assert words in str(caught.value)


def test_a_missing_file_is_an_error(tmp_path):
    """Rules that are asked for and not found are no silent nothing."""
    with pytest.raises(PhraseError, match="cannot be read"):
        load_sites([tmp_path / "no.toml"])


WIKIPEDIA = """<!DOCTYPE html><html lang="de"><head><title>Brücke – Wikipedia</title></head><body>
<div id="siteSub">aus Wikipedia, der freien Enzyklopädie</div><h1>Brücke</h1>
<p>Eine Brücke ist ein Bauwerk, das einen Weg über ein Hindernis führt, etwa einen Fluss oder ein Tal.</p>
<h2>Geschichte<span class="mw-editsection">[Bearbeiten | Quelltext bearbeiten]</span></h2>
<p>Die ältesten Brücken waren Baumstämme, die über einen Bach gelegt wurden, wie man aus Funden schließt.</p>
<div class="navbox"><ul><li>Balkenbrücke</li><li>Bogenbrücke</li></ul></div></body></html>"""


def test_selectors_of_our_own_files_cut_lines_of_a_page():
    """On another site the same page has no site rules."""
    sites = load_sites()
    raw = Raw("a.html", WIKIPEDIA.encode(), "text/html", url="https://de.wikipedia.org/wiki/Brücke")
    page = build_page(raw, sites)
    cuts = list(find_site_cuts(page.lines, sites.of("de.wikipedia.org")))
    assert [(page.text[cut.start : cut.end], cut.kind, cut.rule) for cut in cuts] == [
        ("aus Wikipedia, der freien Enzyklopädie", "navigation", "site-selector"),
        ("Balkenbrücke", "navigation", "site-selector"),
        ("Bogenbrücke", "navigation", "site-selector"),
    ]
    assert cuts[0].why == "stands in #siteSub, which the rules of its site cut"
    other = build_page(Raw("a.html", WIKIPEDIA.encode(), "text/html", url="https://example.org/"), sites)
    assert list(find_site_cuts(other.lines, sites.of("example.org"))) == []


def test_line_patterns_hold_for_text_dumps_too():
    """A pattern must match the whole line, with or without its bullet."""
    lines = split_lines("Geschichte\n- [Bearbeiten]\nDie Taste [Bearbeiten] steht daneben.")
    cuts = list(find_site_cuts(lines, load_sites().of("de.wikipedia.org")))
    assert [(cut.start, cut.end, cut.kind, cut.rule) for cut in cuts] == [(11, 25, "navigation", "site-pattern")]
    assert list(find_site_cuts(lines, None)) == []
