"""Every picture, from plain arrays. matplotlib is imported in this room alone."""
