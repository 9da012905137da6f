"""Runs on disk: the record, the store, the report."""
