"""Nets over sequences of words."""
