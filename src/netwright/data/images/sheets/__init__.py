"""Sheets: examples of a source as one picture, class by class or each with what is known of it."""
