"""How a net of texts answers outside: the places of the words in, probabilities out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netwright.contract import Examples, Export
from netwright.contract.takes import itself
from netwright.data import labels
from netwright.data.exported import labels as exported
from netwright.data.exported import rows
from netwright.data.exported.combined import means
from netwright.data.text.vocabulary import PAD, Vocabulary
from netwright.data.text.words import words_of
from netwright.systems.text.codec import expect_columns, texts_of

if TYPE_CHECKING:
    from torch import Tensor

    from netwright.contract import Arrays, Chosen, Plain, Tensors
    from netwright.systems.text.codec import TextCodec


def about(codec: TextCodec, chosen: Chosen) -> dict[str, Any]:
    """The column of the texts; the known words, of which the first has the place 2 (1: unknown, 0:
    behind the end); the columns beside a text; the classes.
    """
    beside = None if codec.beside is None else rows.about(codec.beside)
    words = {"kind": "words", "column": codec.column, "vocabulary": codec.vocabulary.words}
    return {"inputs": {**words, "beside": beside}, "classes": codec.classes}


def arrays(about: Plain, examples: Examples) -> Arrays:
    """``words``: (N, T) int64, the texts padded to the longest; and the columns beside them."""
    import numpy as np

    inputs = about["inputs"]
    vocabulary = Vocabulary(tuple(inputs["vocabulary"]))
    texts = [vocabulary.indices(words_of(text)) for text in texts_of(examples, inputs["column"])]
    words = np.full((len(texts), max(1, *map(len, texts), 1)), PAD, np.int64)
    for row, text in zip(words, texts, strict=True):
        row[: len(text)] = text
    if inputs["beside"] is None:
        return {"words": words}
    expect_columns(examples, rows.of_about(inputs["beside"]).names)
    return {"words": words, **rows.arrays(inputs["beside"], examples)}


def prepared(codec: TextCodec, tensors: Tensors) -> tuple[Tensor, ...]:
    """The words as they are, and what ``RowEncoder`` makes of the columns beside them."""
    beside = () if codec.beside is None else rows.prepared(codec.beside, tensors)
    return (tensors["words"], *beside)


EXPORT = Export(
    name="text",
    about=about,
    arrays=arrays,
    prepared=prepared,
    outputs=exported.outputs,
    answers=exported.answers,
    answer=labels.Label,
    label=itself,
    probabilities=labels.probabilities,
    free={"words": (1,)},
    combined=means,
)
