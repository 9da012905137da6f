"""Descriptions, runs and diagnoses as text."""
