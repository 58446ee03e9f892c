"""Candidate pairs -> verified pairs -> clusters, each with one keeper chosen by a written rule."""

from curator.cluster.components import make_clusters, reach
from curator.cluster.grow import Change, add_documents, make_batch, remove_documents
from curator.cluster.records import (
    STORED_JACCARD,
    Batch,
    Cluster,
    Documents,
    Duplicate,
    KeepRule,
    Member,
    Pair,
    Signed,
)

__all__ = [
    "STORED_JACCARD",
    "Batch",
    "Change",
    "Cluster",
    "Documents",
    "Duplicate",
    "KeepRule",
    "Member",
    "Pair",
    "Signed",
    "add_documents",
    "make_batch",
    "make_clusters",
    "reach",
    "remove_documents",
]
