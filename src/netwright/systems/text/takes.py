"""What this system takes: texts, or rows with a column of words, whose targets are labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from netwright.base.errors import DataError
from netwright.base.figures import counted
from netwright.base.files import digest
from netwright.contract import Claim, Contents, Examples, Takes
from netwright.contract.takes import itself
from netwright.data import splits
from netwright.data.tables.rows import Rows
from netwright.data.text.lengths import contents_of
from netwright.data.text.prose import prose_left_out, text_columns
from netwright.data.text.show import show
from netwright.data.text.tokenizer import STATED
from netwright.data.text.words import words_of

LEAST_KNOWN = 0.9
"""The fraction of rows that have a text from which a table is one of texts without being asked for:
the others would be left out, and a system of rows learns from them by their other columns.
"""


def accepts(examples: Examples) -> Claim | None:
    """Texts, or rows with a column of words, whose targets are labels; surest where it is prose
    that hardly a row lacks.
    """
    first = next((t for t in examples.targets if t is not None), None)
    if not isinstance(first, str) or not len(examples):
        return None
    if not isinstance(examples.inputs, Rows):
        texts = isinstance(examples.inputs, list) and isinstance(examples.inputs[0], str)
        return Claim("the inputs are texts and the targets are labels", 3) if texts else None
    columns = text_columns(examples.inputs)
    if not columns:
        return None
    for column in columns:
        if column.is_prose and (
            not _has_others(examples.inputs, column.name)
            or _fraction_known(examples, column.name) >= LEAST_KNOWN
        ):
            return Claim(f"{column} and the targets are labels", 3)
    return Claim(f"the column '{columns[0].name}' holds words, the targets are labels", 1)


def _fraction_known(examples: Examples, column: str) -> float:
    """Of all rows, as texts often stand in the first ones alone."""
    return sum(map(bool, _texts(examples, column) or ())) / len(examples)


def _has_others(rows: Rows, text: str = "") -> bool:
    """Whether columns are there that are neither prose nor the text."""
    return not set(rows.columns) <= {*rows.prose, text}


def to_keep_all(examples: Examples) -> tuple[str, ...]:
    """The system that learns from rows without a text, too, by the columns beside it."""
    if not isinstance(examples.inputs, Rows) or not _has_others(examples.inputs):
        return ()
    return ("to learn from all rows, by the columns that are no prose: --system classifier",)


def with_text(
    examples: Examples, column: str = "auto", beside: str | Sequence[str] = "auto"
) -> Examples:
    """The examples that have a text: without one there is nothing that the system could tell a
    label from. Rows of a table are known by their text alone: the same text with other columns
    beside it never lies in two splits, or what was learned by heart would be measured.

    Args:
        column: that holds the texts; ``auto``: the one that is most like prose.
        beside: columns learned from beside it; ``auto``: all but others of prose; these are
            dropped.

    Raises:
        DataError: none has a text.
    """
    examples = _without_other_prose(examples, column, beside)
    texts = _texts(examples, column)
    if texts is None:
        return examples
    if isinstance(examples.inputs, Rows):
        ids = [digest(text.encode("utf-8", "surrogatepass")) for text in texts]
        examples = replace(examples, ids=ids, known_by="text")
    kept = [at for at, text in enumerate(texts) if text]
    if not kept:
        raise DataError(
            f"each of the {counted(len(texts), 'text')} is empty: expected words in some."
        )
    return examples if len(kept) == len(texts) else examples.take(kept)


def contents(parts: Mapping[str, Examples]) -> Contents:
    """How long the texts are, by words of Unicode rules, and how many of these train knows."""
    words = {
        split: [words_of(text) for text in _texts(examples, "auto") or ()]
        for split, examples in parts.items()
    }
    sources = {split: examples.sources for split, examples in parts.items()}
    return contents_of(words, sources, f"Words a text, by Unicode rules, {STATED}")


def _without_other_prose(examples: Examples, column: str, beside: str | Sequence[str]) -> Examples:
    """Without the columns of prose that are not learned from; where several may be the text, they
    stay, and the person is asked.
    """
    rows = examples.inputs
    if not isinstance(rows, Rows) or len(rows.prose) < 2:
        return examples
    found = text_columns(rows)
    surely = {one.name for one in found if one.is_prose}
    kept = {*surely, found[0].name} if column == "auto" and found else {column}
    others = [name for name in rows.prose if name not in {*kept, *beside}]
    return replace(examples, inputs=rows.drop(others)) if others else examples


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
    accepts,
    itself,
    show,
    splits.by_label,
    with_text,
    leaves_out="as their texts are empty",
    to_keep_all=to_keep_all,
    left_of_each=prose_left_out,
    contents=contents,
)
