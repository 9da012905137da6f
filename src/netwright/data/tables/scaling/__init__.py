"""Numbers and dates of a table as numbers that a net reads."""
