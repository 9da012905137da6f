"""Parquet files that a stranger may have made: what they unfold to is bounded before it is read."""
