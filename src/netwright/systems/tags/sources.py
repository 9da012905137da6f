"""What this system reads: images named by a table, and rows of a table; other images to answer."""

from __future__ import annotations

from netwright.data.several_targets.readers import READERS

__all__ = ["READERS"]
