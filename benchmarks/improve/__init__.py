"""``netwright improve`` beside Optuna's samplers: the same recipe, knobs, data and time.

data      the data sets, written down before anything was run on them
methods   improve, TPE and random, each on a clock of CPU seconds
one       one method on one data set under one seed, in a process of its own
outcome   what all of them came to
"""
