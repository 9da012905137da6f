"""Runs side by side, on the same dev examples."""

from netwright.api.comparing.side_by_side import compare

__all__ = ["compare"]
