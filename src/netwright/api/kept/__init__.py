"""What is done with runs that are kept: found, opened as their system, judged."""
