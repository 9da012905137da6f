"""Tables of series: a row a step (long), or a row a series (wide)."""
