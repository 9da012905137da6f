"""Pieces as tokens, and tokens as pieces: by bars and positions (remi), or by events in time."""
