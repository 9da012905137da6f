"""Music as notes: pieces, the files that they lie in, their sound and their picture."""
