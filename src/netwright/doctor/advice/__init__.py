"""What to do next: knobs by the gap they serve, and findings."""
