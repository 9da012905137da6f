"""Runs that a stranger changed: every file of a run in every wrong way, and what each verb says."""
