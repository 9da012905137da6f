"""From texts, and the columns beside them, to tensors, and from outputs to labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from netwright.base.errors import DataError, NoColumnError, nearest
from netwright.contract import AnswerColumns, Batch, Chosen, Draws, Examples, Ragged
from netwright.data import labels
from netwright.data.tables.encoder import RowEncoder
from netwright.data.tables.rows import Rows
from netwright.data.text import augment
from netwright.data.text.tokenizer import BY_WORDS, Tokenizer
from netwright.data.text.vocabulary import PAD, UNKNOWN, Vocabulary
from netwright.data.vectors.source import WordVectorsOf

if TYPE_CHECKING:
    from torch import Tensor, nn

    from netwright.systems.text.recipe import TextRecipe


@dataclass(frozen=True)
class TextCodec:
    """The known words, the names of the classes in natural order, and the columns beside a text.

    Args:
        column: that holds the texts, where a table is read.
        beside: the columns that are learned from beside it; None: there are none.
        tokenizer: what a text is cut into.
        vectors: given ones; None: none.
    """

    vocabulary: Vocabulary
    classes: tuple[str, ...]
    column: str
    beside: RowEncoder | None = None
    tokenizer: Tokenizer = BY_WORDS
    vectors: WordVectorsOf | None = None

    def __post_init__(self) -> None:
        labels.expect_two(self.classes)

    def encode(self, examples: Examples) -> Batch:
        """Ragged, the indices of the words and what stands for given vectors; and what
        ``RowEncoder`` makes of the columns beside them; targets (N,) int64, count 1 where there is
        a label.

        Raises:
            DataError: a label that training never saw, or a table without the column of texts or
                one beside it.
        """
        import torch

        texts = list(map(self.tokenizer.of, texts_of(examples, self.column)))
        targets, known = labels.encoded(examples, self.classes)
        columns = [list(map(self.vocabulary.indices, texts))]
        if self.vectors is not None:
            columns.append(self.vectors.rows_of_texts(texts))
        words = [Ragged.of(column, pad=PAD, dtype=torch.int64) for column in columns]
        return Batch((*words, *self._beside(examples)), (targets,), known)

    def prepare(self, batch: Batch, recipe: TextRecipe, draws: Draws | None) -> Batch:
        """The given vectors (B, T, G) in place of what stands for them; in training the words as
        ``augment`` changes them, and some read as unknown.
        """
        words, *others = batch.inputs
        rows = others.pop(0) if self.vectors else None
        if draws is not None:
            words, rows = augment.changed(words, rows, recipe.augment, lambda: self._near, draws)
            if rate := recipe.model.word_dropout:
                dropped = (draws.uniform(words.shape[1]) < rate) & (words != PAD)
                words = words.masked_fill(dropped, UNKNOWN)
        given = [self.vectors.of_batch(rows)] if self.vectors and rows is not None else []
        return replace(batch, inputs=(words, *given, *others))

    def decode(
        self, net: nn.Module, outputs: Tensor, batch: Batch, recipe: TextRecipe, chosen: Chosen
    ) -> AnswerColumns:
        """The softmax of the net's outputs, in float32."""
        return labels.answers(outputs, self.classes, chosen)

    @cached_property
    def _near(self) -> augment.Near:
        """The known words that may stand for each other."""
        assert self.vectors is not None
        import numpy as np

        rows = [0, 0, *self.vectors.rows_of(self.vocabulary.words)]
        return augment.near_of(self.vectors.at(np.array(rows)), rows)

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
