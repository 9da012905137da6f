"""Arrays of numbers that lie along one axis (signals) or three (volumes)."""
