"""Candidate pairs -> verified pairs -> clusters, each with one keeper chosen by a written rule."""
