"""From texts, and the columns beside them, to tensors, and from outputs to labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from netwright.base.errors import DataError, NoColumnError, nearest
from netwright.contract import AnswerColumns, Batch, Chosen, Draws, Examples, Ragged
from netwright.data import labels
from netwright.data.tables.encoder import RowEncoder
from netwright.data.tables.rows import Rows
from netwright.data.text.vocabulary import PAD, UNKNOWN, Vocabulary
from netwright.data.text.words import words_of

if TYPE_CHECKING:
    from torch import Tensor, nn

    from netwright.systems.text.recipe import TextRecipe


@dataclass(frozen=True)
class TextCodec:
    """The known words, the names of the classes in natural order, and the columns beside a text.

    Args:
        column: that holds the texts, where a table is read.
        beside: the columns that are learned from beside it; None: there are none.
    """

    vocabulary: Vocabulary
    classes: tuple[str, ...]
    column: str
    beside: RowEncoder | None = None

    def __post_init__(self) -> None:
        labels.expect_two(self.classes)

    def encode(self, examples: Examples) -> Batch:
        """Indices of the words, ragged, and what ``RowEncoder`` makes of the columns beside them;
        targets (N,) int64, count 1 where there is a label.

        Raises:
            DataError: a label that training never saw, or a table without the column of texts or
                one beside it.
        """
        import torch

        texts = texts_of(examples, self.column)
        words = [self.vocabulary.indices(words_of(text)) for text in texts]
        targets, known = labels.encoded(examples, self.classes)
        inputs = (Ragged.of(words, pad=PAD, dtype=torch.int64), *self._beside(examples))
        return Batch(inputs, (targets,), known)

    def prepare(self, batch: Batch, recipe: TextRecipe, draws: Draws | None) -> Batch:
        """In training some words are read as unknown."""
        if draws is None or not recipe.model.word_dropout:
            return batch
        words, *columns = batch.inputs
        dropped = (draws.uniform(words.shape[1]) < recipe.model.word_dropout) & (words != PAD)
        return replace(batch, inputs=(words.masked_fill(dropped, UNKNOWN), *columns))

    def decode(
        self, net: nn.Module, outputs: Tensor, batch: Batch, recipe: TextRecipe, chosen: Chosen
    ) -> AnswerColumns:
        """The softmax of the net's outputs, in float32."""
        return labels.answers(outputs, self.classes, chosen)

    def _beside(self, examples: Examples) -> tuple[Tensor, ...]:
        if self.beside is None:
            return ()
        expect_columns(examples, self.beside.names)
        return self.beside.encode(examples)


def expect_columns(examples: Examples, names: Sequence[str]) -> None:
    """See that columns beside the texts are there, if not which.

    Raises:
        DataError: these are texts alone.
    """
    if not isinstance(examples.inputs, Rows):
        listed = ", ".join(f"'{name}'" for name in names)
        raise DataError(
            f"texts alone lack {listed}, which the model was trained with: give a table or lines of"
            " JSON that hold them; --set data.beside=[] trains on the texts alone."
        )


def texts_of(examples: Examples, column: str) -> Sequence[str]:
    """The texts: those of a column where a table was read; a missing one is empty.

    Raises:
        DataError: the table has no such column of words.
    """
    if not isinstance(examples.inputs, Rows):
        return examples.inputs  # type: ignore[no-any-return]
    rows = examples.inputs
    if column not in rows.columns:
        raise NoColumnError(
            column, f"the table has no column '{column}' of texts{nearest(column, rows.columns)}"
        )
    return ["" if text is None else str(text) for text in rows.column(column)]
