"""Everything that turns a setup into weights: setup, trainer, loop, checkpoints, recorder. Knows no
system.
"""
