"""Architectures, one a file: plain modules that know nothing of training."""
