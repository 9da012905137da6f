"""Runs on disk: the record of one training, the folder they lie in, and which one is best."""
