"""Mutated inputs, thrown at the command line in process: one sentence, no traceback, no hang.

``edits`` changes bytes, ``sources`` writes one small valid source for every reader, ``lines`` makes
command lines, ``judge`` calls them and says what is wrong with what came. tests/test_fuzz.py gives
it Hypothesis' choices; a long run a seeded ``random.Random``.
"""
