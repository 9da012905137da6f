"""Figures of sequences: what their tokens cost."""
