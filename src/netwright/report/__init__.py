"""The report of a run: its folder to one HTML page."""
