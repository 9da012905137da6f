"""Verbs that look, before anything is trained."""
