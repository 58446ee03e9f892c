"""What a corpus goes by: its signature scheme, its rule of clusters, its rule of templates.

They are kept in the file, so that every command follows them; a new corpus gets those of the settings.
"""

from __future__ import annotations

import json
from dataclasses import asdict, replace

from curator.cluster.records import KeepRule
from curator.errors import StoreError
from curator.settings import Settings
from curator.signature import Scheme
from curator.store import read, write
from curator.store import templates as store
from curator.store.connection import Connection, transaction
from curator.templates import TEMPLATE_RULES, LearnRule

_KEEP_RULE = "keep_rule"
_LEARN_RULE = "learn_rule"


def asked_scheme(settings: Settings) -> Scheme:
    """Return the signature scheme that settings ask for."""
    return Scheme(n_perm=settings.n_perm, bands=settings.bands, rows=settings.rows, seed=settings.seed)


def scheme_of(connection: Connection, settings: Settings) -> Scheme:
    """Return the signature scheme of a corpus; StoreError where it is not the one of the settings."""
    scheme = asked_scheme(settings)
    stored = read.property_of(connection, "scheme")
    if stored is None:
        write.set_property(connection, "scheme", scheme.to_json())
    else:
        scheme.require(stored)
    return scheme


def keep_rule_of(connection: Connection, settings: Settings) -> KeepRule:
    """Return the rule of clusters and keepers of a corpus; a new one gets the settings' threshold."""
    stored = read.property_of(connection, _KEEP_RULE)
    if stored is not None:
        return KeepRule.from_json(stored)
    rule = KeepRule(threshold=settings.threshold)
    store_keep_rule(connection, rule)
    return rule


def store_keep_rule(connection: Connection, rule: KeepRule) -> None:
    """Make a rule of clusters and keepers that of the corpus."""
    write.set_property(connection, _KEEP_RULE, rule.to_json())


def learn_rule_of(connection: Connection, settings: Settings) -> LearnRule:
    """Return the corpus's rule of templates; a new corpus gets that of the settings. StoreError where it is damaged."""
    rule = stored_learn_rule(connection)
    if rule is None:
        rule = asked_learn_rule(settings)
        _store_learn_rule(connection, rule)
    return rule


def stored_learn_rule(connection: Connection) -> LearnRule | None:
    """Return the corpus's rule of templates, None where it has none yet; StoreError where it is damaged."""
    stored = read.property_of(connection, _LEARN_RULE)
    if stored is None:
        return None
    try:
        found = json.loads(stored)
        return LearnRule(found["articles"], found["share"], tuple(found["rules"]))
    except (KeyError, TypeError, ValueError) as error:
        usual = LearnRule()
        anew = f"`curator learn --articles {usual.articles} --share {usual.share}` sets it anew, to what is usual"
        raise StoreError(f"the rule of templates in the corpus file is damaged: {stored!r}; {anew}") from error


def asked_learn_rule(settings: Settings) -> LearnRule:
    """Return the rule of templates that settings ask for."""
    rules = tuple(
        name
        for name, rule in TEMPLATE_RULES.items()
        if name not in settings.skip_rules and rule.kind not in settings.keep_kinds
    )
    return LearnRule(settings.template_articles, settings.template_share, rules)


def _store_learn_rule(connection: Connection, rule: LearnRule) -> None:
    write.set_property(connection, _LEARN_RULE, json.dumps(asdict(rule), sort_keys=True))


def change_learn_rule(connection: Connection, settings: Settings, articles: int | None, share: float | None) -> None:
    """Make what is given the corpus's rule of templates, with the rules and kinds that settings leave out.

    Every site waits to be learned again where the rule has changed. A damaged rule is told, unless both numbers are
    given, which then take its place.
    """
    with transaction(connection):
        stored = _rule_to_change(connection, settings, told=articles is None or share is None)
        kept = stored or LearnRule()
        wanted = replace(asked_learn_rule(settings), articles=articles or kept.articles, share=share or kept.share)
        if wanted != stored:
            _store_learn_rule(connection, wanted)
            store.unlearn_all(connection)


def _rule_to_change(connection: Connection, settings: Settings, *, told: bool) -> LearnRule | None:
    """Return the corpus's rule of templates; of a damaged one raise StoreError where that is ``told``, else None."""
    try:
        return learn_rule_of(connection, settings)
    except StoreError:
        if told:
            raise
    return None
