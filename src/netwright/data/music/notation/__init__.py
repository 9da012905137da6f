"""Music as it is notated: bars with repeats, endings and ties, and what it sounds like."""
