"""Encoded examples in batches: from memory or disk, in which order, weighted and mixed."""
