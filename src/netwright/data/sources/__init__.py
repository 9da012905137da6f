"""Where examples come from: what a person points at, recognized, and one reader a format."""
