"""What this system takes: texts, or rows with a column of words, whose targets are labels."""

from __future__ import annotations

from dataclasses import replace

from netwright.base.errors import DataError
from netwright.base.figures import counted
from netwright.base.files import digest
from netwright.contract import Claim, Examples, Takes
from netwright.contract.takes import itself
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


def with_text(examples: Examples, column: str = "auto") -> Examples:
    """The examples that have a text: without one there is nothing that the system could tell a
    label from. Rows of a table are known by their text alone: the same text with other columns
    beside it never lies in two splits, or what was learned by heart would be measured.

    Args:
        column: that holds the texts; ``auto``: the one that is most like prose.

    Raises:
        DataError: none has a text.
    """
    texts = _texts(examples, column)
    if texts is None:
        return examples
    if isinstance(examples.inputs, Rows):
        ids = [digest(text.encode("utf-8", "surrogatepass")) for text in texts]
        examples = replace(examples, ids=ids)
    kept = [at for at, text in enumerate(texts) if text]
    if not kept:
        raise DataError(
            f"each of the {counted(len(texts), 'text')} is empty: expected words in some."
        )
    return examples if len(kept) == len(texts) else examples.take(kept)


def _texts(examples: Examples, column: str) -> list[str] | None:
    """The texts without blanks around them; None: the table has no column of words."""
    rows = examples.inputs
    if not isinstance(rows, Rows):
        return [text.strip() for text in rows]
    if column == "auto":
        column = next((found.name for found in text_columns(rows)), "")
    if column not in rows.columns:
        return None
    return ["" if text is None else str(text).strip() for text in rows.column(column)]


TAKES = Takes(
    accepts, itself, show, splits.by_label, with_text, leaves_out="as their texts are empty"
)
