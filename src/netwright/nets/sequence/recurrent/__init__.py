"""Recurrent nets: cells, and layers of them one way or both."""
