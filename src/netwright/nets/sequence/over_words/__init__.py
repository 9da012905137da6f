"""Layers from a state to the probability of each word of a vocabulary."""
