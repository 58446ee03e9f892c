"""Signatures -> candidate pairs: a banded index that persists, grows and forgets."""
