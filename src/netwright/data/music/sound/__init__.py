"""What pieces sound like: a small synthesizer, NumPy alone."""
