"""What is in a source before training: as a training would read, split and see it."""
