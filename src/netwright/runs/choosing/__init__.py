"""Which of several results wins, within which bounds, and by how much."""
