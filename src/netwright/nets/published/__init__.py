"""Weights that others published, read from a file into a net of ours."""
