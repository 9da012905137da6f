"""Sections of systems that read words.

vectors     vectors of words that others learned
augment     how the words of a text are changed while training
"""
