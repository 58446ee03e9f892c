"""Every case folder: the kept text, the cut lines with their rules, the title."""

import pytest
from case_folders import SORTS, all_cases, cut_lines

from curator import clean
from curator.cleaners import RULES
from curator.settings import Settings

CASES = all_cases()

#: What each rule does is held apart from the learned tagger, which ``test_floors.py`` holds.
RULES_ONLY = Settings(skip_rules=("tagger",))


def marked(case):
    """Return the case as a pytest parameter; a known failure must fail until it is mended."""
    marks = [pytest.mark.xfail(strict=True, reason=case.shows)] if case.sort == "known-failure" else []
    return pytest.param(case, id=case.name, marks=marks)


@pytest.mark.parametrize("case", [marked(case) for case in CASES])
def test_case_is_cleaned_as_its_folder_says(case):
    """The same lines are cut by the same rules, and the same text and title are kept."""
    article = clean(case.raw, url=case.url, settings=RULES_ONLY)
    assert cut_lines(article) == case.cuts
    assert article.text == case.article
    assert (article.title or "") == case.title


@pytest.mark.parametrize("case", [marked(case) for case in CASES if case.sort == "negative"])
def test_negative_comes_through_untouched(case):
    """What only looks like clutter loses no line."""
    assert cut_lines(clean(case.raw, url=case.url, settings=RULES_ONLY)) == ()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case_is_described(case):
    """A case says of which sort it is and what it shows, and names only rules that exist."""
    assert case.sort in SORTS
    assert case.shows
    ids = {rule.id for rule in RULES}
    assert set(case.near_misses) <= ids
    assert not set(case.near_misses) & {rule for _, _, rule in case.cuts}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_rule_has_a_hit_and_a_near_miss(rule):
    """A rule that no case fires, or that no case tempts in vain, is not tested."""
    hits = [case.name for case in CASES if any(fired == rule.id for _, _, fired in case.cuts)]
    misses = [case.name for case in CASES if rule.id in case.near_misses]
    assert hits, f"no case is hit by {rule.id}"
    assert misses, f"no case names {rule.id} among its near_misses"


def test_the_project_has_many_cases():
    """At least thirty cases of other sites, languages and shapes than the seeds."""
    assert len(CASES) >= 30
    assert len({case.lang for case in CASES}) >= 10
