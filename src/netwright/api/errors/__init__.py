"""Error analysis of a run: the mistakes that a person looks at, tags and corrected labels."""
