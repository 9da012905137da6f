"""What a run answered, kept with it: every answer, and the worst mistakes."""
