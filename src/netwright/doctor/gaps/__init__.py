"""The ladder of errors, its gaps with their intervals, and the verdict."""
