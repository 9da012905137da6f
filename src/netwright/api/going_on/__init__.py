"""Trainings that are not begun and ended by a number of epochs alone.

completing   what a run lacks after its last step is made again
earlier   an earlier run is gone on with, or repeated
timing    a training ends when its time is over
"""
