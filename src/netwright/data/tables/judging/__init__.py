"""What the columns of a table hold: each is judged as a whole, on all its values."""

from netwright.data.tables.judging.judging import Judging, Understood

__all__ = ["Judging", "Understood"]
