"""Laws that hold for every rule and every text."""

import pytest
from case_folders import all_cases
from hypothesis import given, settings
from hypothesis import strategies as st
from patience import within

from curator import clean
from curator.article import kept_text, resolve
from curator.cleaners import RULES, find_cuts, find_cuts_together, lines_for, pages_for
from curator.cleaners.batch import Batch
from curator.cleaners.phrases import load_phrases
from curator.cleaners.rule import BlockRule, LineRule, describe
from curator.model import KINDS
from curator.page.lines import line_spans, split_lines

PHRASES = load_phrases()
CASES = all_cases()
LINE_RULES = [rule for rule in RULES if isinstance(rule, LineRule)]

#: Real lines, shuffled and broken, reach further into the rules than random characters do.
case_lines = st.sampled_from(sorted({line for case in CASES for line in case.raw.splitlines()} | {""}))
odd_text = st.text(st.characters(codec="utf-8"), max_size=30)
dumps = st.lists(st.one_of(case_lines, odd_text), max_size=25).map("\n".join)


def pieces(article):
    """Return the page's text put together again from title, cuts and what lies between."""
    spans = [(cut.start, cut.end) for cut in article.cuts]
    if article.facts.title_span:
        spans.append(article.facts.title_span)
    rebuilt, at = [], 0
    for start, end in sorted(spans):
        assert at <= start < end <= len(article.page.text)
        rebuilt += [article.page.text[at:start], article.page.text[start:end]]
        at = end
    return "".join([*rebuilt, article.page.text[at:]])


@given(dumps)
@settings(deadline=None, max_examples=200)
def test_kept_spans_title_and_cuts_rebuild_the_page(text):
    """Nothing is lost: every visible character is kept, the title's, or a cut's, and cuts never overlap."""
    article = clean(text)
    assert pieces(article) == article.page.text
    removed = sorted([(cut.start, cut.end) for cut in article.cuts] + [s for s in [article.facts.title_span] if s])
    left = [ch for i, ch in enumerate(article.page.text) if not any(a <= i < b for a, b in removed)]
    assert "".join("".join(left).split()) == "".join(article.text.split())


@given(dumps)
@settings(deadline=None, max_examples=200)
def test_cuts_lie_inside_the_text_and_say_why(text):
    """Every cut has a known kind, the rule's id, a reason, and offsets inside the text."""
    kinds = {rule.id: rule.kind for rule in RULES}
    for cut in find_cuts(split_lines(text), PHRASES):
        assert 0 <= cut.start < cut.end <= len(text)
        assert cut.kind == kinds[cut.rule]
        assert cut.why.strip()


@pytest.mark.parametrize("rule", LINE_RULES, ids=lambda rule: rule.id)
@given(text=dumps)
@settings(deadline=None, max_examples=30)
def test_single_line_rule_finds_nothing_more_in_what_it_left(rule, text):
    """A rule of pass 1 judges each line by itself: run over its own result it cuts nothing."""
    cuts = resolve(rule.find(split_lines(text), PHRASES))
    left = kept_text(text, [(cut.start, cut.end) for cut in cuts])
    assert list(rule.find(split_lines(left), PHRASES)) == []


def phrase_lines():
    """Return a line for every phrase there is, alone, with a headline behind it, and with a number in it."""
    phrases = sorted({phrase for name in PHRASES.sets for phrase in PHRASES.of(name)})
    return split_lines("\n".join(f"{phrase}\n{phrase}: Jane Doe\n{phrase} > Home > 12.03.2024" for phrase in phrases))


@pytest.mark.parametrize("rule", [rule for rule in LINE_RULES if rule.opens or rule.also], ids=lambda rule: rule.id)
def test_a_rule_finds_nothing_in_lines_it_need_not_see(rule):
    """A line that begins with no phrase a rule opens with, and is not named beside those, holds nothing for it."""
    lines = phrase_lines() + split_lines("\n".join(case.raw for case in CASES))
    batch = Batch([lines], PHRASES)
    seen = set(lines_for(rule, batch, batch.opened_by(rule.opens)))
    hidden = [line for at, line in enumerate(lines) if at not in seen]
    assert hidden
    assert list(rule.find(hidden, PHRASES)) == []


@pytest.mark.parametrize(
    "rule",
    [rule for rule in RULES if isinstance(rule, BlockRule) and (rule.needs or rule.also)],
    ids=lambda rule: rule.id,
)
def test_a_rule_finds_nothing_on_pages_it_need_not_be_asked_of(rule):
    """Without the phrases that a rule of pass 2 needs, and the lines it may start from, it cuts nothing of a page."""
    lines = phrase_lines() + split_lines("\n".join(case.raw for case in CASES))
    batch = Batch([lines], PHRASES)
    telling = batch.opened_by(rule.needs).union(rule.also(batch) if rule.also else ())
    left = [line for at, line in enumerate(lines) if at not in telling]
    index = {(line.start, line.end): at for at, line in enumerate(left)}
    marks = {index[cut[:2]]: cut for other in LINE_RULES for cut in other.find(left, PHRASES) if cut[:2] in index}
    assert left
    batch = Batch([left], PHRASES)
    assert list(pages_for(rule, batch, batch.opened_by(rule.needs))) == []
    assert list(rule.find(left, PHRASES, marks)) == []


@given(st.lists(dumps, max_size=5))
@settings(deadline=None, max_examples=100)
def test_pages_are_cut_together_as_alone(texts):
    """What is read together with a page changes none of its cuts, nor their order."""
    pages = [split_lines(text) for text in texts]
    assert find_cuts_together(pages, PHRASES) == [find_cuts(lines, PHRASES) for lines in pages]


@given(dumps)
@settings(deadline=None, max_examples=100)
def test_rule_order_changes_nothing(text):
    """Overlaps are settled by kind, so cuts may arrive in any order."""
    cuts = find_cuts(split_lines(text), PHRASES)
    assert resolve(cuts) == resolve(reversed(cuts))


@pytest.mark.parametrize("case", [case for case in CASES if not case.is_html], ids=lambda case: case.name)
def test_a_second_cleaning_cuts_nothing_more(case):
    """The kept lines, with the title in place, are clean."""
    article = clean(case.raw, url=case.url)
    removed = [(cut.start, cut.end) for cut in article.cuts]
    again = clean(kept_text(article.page.text, removed), url=case.url)
    assert again.cuts == ()
    assert again.text == article.text


@given(dumps)
@settings(deadline=None, max_examples=100)
def test_lines_cover_all_that_is_visible(text):
    """Lines and the blanks between them are the whole text."""
    assert sum(1 for _ in line_spans(text)) == len(text.splitlines())
    for line in split_lines(text):
        assert text[line.start : line.end] == line.text


HOSTILE = {
    "spaces": " " * 400_000,
    "spaces in a line": "a" + " " * 400_000 + "b",
    "digits": "1" * 400_000,
    "times": "10:10 " * 70_000,
    "dashes": "- " * 200_000,
    "letters": "a" * 400_000,
    "capitals": "A " * 200_000,
    "colons": ":" * 400_000,
    "bars": "| " * 200_000,
    "dots": ". " * 200_000,
    "degrees": "1° " * 130_000,
    "commas": "a, " * 130_000,
    "brackets": "(" * 400_000,
    "short lines": "a\n" * 40_000,
    "blank lines": "\n" * 400_000,
    "same headline": "Ein Mann geht in die Stadt\n" * 10_000,
    "times on lines": "10:10\n" * 30_000,
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_hostile_text_costs_linear_time(rule):
    """400,000 characters of one shape take each rule under two seconds; a backtracking pattern takes hours."""
    for name, text in HOSTILE.items():
        lines = split_lines(text)
        more = () if isinstance(rule, LineRule) else ({},)
        within(2, lambda lines=lines, more=more: list(rule.find(lines, PHRASES, *more)), name)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_rule_is_described(rule):
    """A rule says what it cuts and what it spares, has a kind that exists and an id of its own."""
    assert describe(rule).startswith("Cut ")
    assert rule.spares.strip()
    assert rule.kind in KINDS
    assert [other.id for other in RULES].count(rule.id) == 1
