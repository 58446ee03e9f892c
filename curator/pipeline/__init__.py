"""The stages joined: documents become articles, and batches of them become rows, each batch in one transaction.

Nothing is imported here: the process that runs spiders must not wait for cleaners and tagger, which it has no use for.
"""
