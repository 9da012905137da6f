"""Runs kept in order: their names and notes, what they weigh, what may go."""
