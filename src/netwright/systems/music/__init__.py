"""Learn to compose as some pieces are composed: a language model of notes (notes 5.1.16).

Several voices and instruments, by bars or by events; it continues pieces and says how probable any
piece is, too.
"""
