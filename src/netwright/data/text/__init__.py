"""Texts: their words, the vocabulary, and the prose in a table."""
