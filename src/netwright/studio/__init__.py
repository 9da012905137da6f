"""Pages on this machine alone, on which a person looks and answers."""
