"""Page and cuts -> facts: title, language, day of publication, author, site; right or None, never guessed.

    find_facts(page, cuts) -> Facts
"""
