"""What is wrong with parts of a source, and whether to go on without them."""
