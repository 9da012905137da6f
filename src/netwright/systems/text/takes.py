"""What this system takes: texts, or rows with a column of words, whose targets are labels."""

from __future__ import annotations

from netwright.contract import Claim, Examples, Takes
from netwright.data import splits
from netwright.data.tables.rows import Rows
from netwright.data.text.prose import text_columns
from netwright.data.text.show import show


def accepts(examples: Examples) -> Claim | None:
    """Texts, or rows with a column of words, whose targets are labels; surest where it is prose."""
    first = next((t for t in examples.targets if t is not None), None)
    if not isinstance(first, str) or not len(examples):
        return None
    if not isinstance(examples.inputs, Rows):
        texts = isinstance(examples.inputs, list) and isinstance(examples.inputs[0], str)
        return Claim("the inputs are texts and the targets are labels", 3) if texts else None
    columns = text_columns(examples.inputs)
    if not columns:
        return None
    if not columns[0].is_prose:
        return Claim(f"the column '{columns[0].name}' holds words, the targets are labels", 1)
    return Claim(f"{columns[0]} and the targets are labels", 3)


def label(target: str | None) -> str | None:
    """The target itself."""
    return target


TAKES = Takes(accepts, label, show, splits.by_label)
