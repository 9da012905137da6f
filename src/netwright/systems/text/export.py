"""How a net of texts answers outside: the places of the words, and the vectors that they are given,
in; probabilities out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from netwright.contract import Examples, Export
from netwright.contract.takes import itself
from netwright.data import labels
from netwright.data.exported import labels as exported
from netwright.data.exported import rows
from netwright.data.exported.combined import means
from netwright.data.text.tokenizer import Tokenizer
from netwright.data.text.vocabulary import PAD, Vocabulary
from netwright.data.vectors.source import WordVectorsOf
from netwright.systems.text.codec import expect_columns, texts_of

if TYPE_CHECKING:
    from torch import Tensor

    from netwright.contract import Arrays, Chosen, Plain, Tensors
    from netwright.systems.text.codec import TextCodec


def about(codec: TextCodec, chosen: Chosen) -> dict[str, Any]:
    """The column of the texts; how they are cut; the known words, of which the first has the place
    2 (1: unknown, 0: behind the end); the vectors that words are given, by name and digest; the
    columns beside a text; the classes.
    """
    beside = None if codec.beside is None else rows.about(codec.beside)
    words = {
        "kind": "words",
        "column": codec.column,
        "tokenizer": asdict(codec.tokenizer),
        "vocabulary": codec.vocabulary.words,
        "vectors": None if codec.vectors is None else asdict(codec.vectors),
    }
    return {"inputs": {**words, "beside": beside}, "classes": codec.classes}


def arrays(about: Plain, examples: Examples) -> Arrays:
    """``words``: (N, T) int64, the texts padded to the longest; ``given``: (N, T, G) the vectors
    that they are given, if any; and the columns beside them.

    Raises:
        DataError: the given vectors are not there.
    """
    inputs = about["inputs"]
    vocabulary = Vocabulary(tuple(inputs["vocabulary"]))
    cut = _tokenizer(inputs.get("tokenizer") or {"kind": "words"})
    texts = list(map(cut.of, texts_of(examples, inputs["column"])))
    found = {"words": _padded(list(map(vocabulary.indices, texts)))}
    if inputs.get("vectors"):
        vectors = WordVectorsOf(**inputs["vectors"])
        found["given"] = vectors.at(_padded(vectors.rows_of_texts(texts)))
    if inputs["beside"] is None:
        return found
    expect_columns(examples, rows.of_about(inputs["beside"]).names)
    return {**found, **rows.arrays(inputs["beside"], examples)}


def _tokenizer(about: Plain) -> Tokenizer:
    pairs = ((str(left), str(right)) for left, right in about.get("merges", ()))
    return Tokenizer(about["kind"], tuple(pairs))


def _padded(texts: Sequence[Sequence[int]]) -> Any:
    """(N, T) int64."""
    import numpy as np

    words = np.full((len(texts), max(1, *map(len, texts), 1)), PAD, np.int64)
    for row, text in zip(words, texts, strict=True):
        row[: len(text)] = text
    return words


def prepared(codec: TextCodec, tensors: Tensors) -> tuple[Tensor, ...]:
    """The words and their given vectors as they are, and what ``RowEncoder`` makes of the columns
    beside them.
    """
    given = () if codec.vectors is None else (tensors["given"],)
    beside = () if codec.beside is None else rows.prepared(codec.beside, tensors)
    return (tensors["words"], *given, *beside)


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
    free={"words": (1,), "given": (1,)},
    combined=means,
)
