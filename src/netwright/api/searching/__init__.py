"""Searches in Python.

verbs    search, join a running one, repeat one on other data
rounds   where its trials are kept, and one round of them after another
"""

from netwright.api.searching.verbs import again, join, search

__all__ = ["again", "join", "search"]
