"""Ways in which the rows of a table tell more of each other than new rows will: a column that gives
the target away, entities that repeat, an order of time, rows nearly equal across splits.
"""

from netwright.data.leaks.leaks import check

__all__ = ["check"]
