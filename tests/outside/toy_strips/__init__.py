"""Read the sign on a strip in two steps, for tests: where it stands, and which it is."""
