"""Texts to learn to write from: documents, their passages, and the tokens that they are read in."""
