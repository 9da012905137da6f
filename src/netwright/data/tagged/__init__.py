"""Sentences with names: their words, spans and tags, and the files that hold them."""
