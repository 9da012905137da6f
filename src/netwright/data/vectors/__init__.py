"""Vectors of words that others learned: their files, and the table in which they are kept."""
