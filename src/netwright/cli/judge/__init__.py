"""Verbs that judge: where the error comes from, what is better, what is next."""
