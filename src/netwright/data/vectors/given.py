"""The word vectors that a net is given: which ones, as large as learned ones, and how many words
have one.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from netwright.base.errors import DataError, RecipeError
from netwright.base.figures import percent
from netwright.contract import EarlierRun
from netwright.data.text.vocabulary import UNKNOWN, Vocabulary
from netwright.data.vectors import source
from netwright.data.vectors.source import WordVectorsOf
from netwright.recipe import GivenVectors, resolved

NONE = "none"
"""Of a net that is given no vectors."""

KNOWS_MOST = 0.7
"""The fraction of the words of training that vectors must know to be taken without being named:
those of another language know the numbers and the signs alone.
"""


def chosen(wanted: str, counts: Mapping[str, int]) -> str:
    """Which vectors a recipe means: ``auto`` are those of the installed package, where they know
    most words, or none.

    Args:
        counts: how often each word stands in training.

    Raises:
        DataError: the package's own files cannot be read.
    """
    if wanted != "auto":
        return wanted
    if not source.is_installed():
        return NONE
    words = list(counts)
    rows = source.read(source.GLOVE).rows_of(words)
    seen = sum(counts[word] for word, row in zip(words, rows, strict=True) if row)
    return source.GLOVE if seen >= KNOWS_MOST * max(1, sum(counts.values())) else NONE


def given(name: str, words: Collection[str], deviation: float = 1.0) -> WordVectorsOf | None:
    """The vectors of that name; None: there are to be none.

    Args:
        words: of training.
        deviation: of the numbers of their vectors, to which all are multiplied.

    Raises:
        DataError: they cannot be read, or know none of the words.
    """
    if name == NONE:
        return None
    found, ordered = source.read(name), sorted(set(words))
    table = found.table()
    rows = table.rows_of(ordered)
    if not rows.any():
        raise DataError(
            f"{name} knows none of the words of training: expected vectors of their language, or"
            " --set vectors.source=none."
        )
    return replace(found, scale=float(deviation / max(1e-6, table.at(rows[rows > 0]).std())))


def check_same(vectors: GivenVectors, before: EarlierRun) -> None:
    """See that a net has the vectors of the earlier run that it starts from, which its weights fit.

    Raises:
        RecipeError: it has not.
    """
    was = {"source": NONE if before.codec.vectors is None else before.codec.vectors.name}
    if was["source"] != NONE:
        was["use"] = before.recipe.vectors.use
    for name, value in was.items():
        if getattr(vectors, name) != value:
            raise RecipeError(
                f"vectors.{name} is {getattr(vectors, name)}, and {before.name} has {value}: --set"
                f" {shlex.quote(f'vectors.{name}={value}')}, or start from no run."
            )


def unread(vectors: GivenVectors) -> tuple[str, ...]:
    """What a completed recipe leaves unread: how to use vectors that there are none of; how many
    numbers are learned beside thawed ones.
    """
    if vectors.source == NONE:
        return ("vectors.use",)
    return ("model.vector",) if vectors.use == "thawed" else ()


def noted(vectors: GivenVectors) -> str:
    """What a person is told of a completed recipe's vectors."""
    if vectors.source == NONE:
        hint = "" if source.is_installed() else f", and {source.GLOVE} is not installed"
        return f"words have learned vectors alone{hint}"
    how = {
        "frozen": "frozen, with learned ones beside them",
        "thawed": "thawed: those of known words move",
    }
    return f"words have the vectors of {vectors.source}, {how[resolved(vectors.use)]}"


def coverage(
    words: Sequence[str], known: Vocabulary, vectors: WordVectorsOf | None, spelled: Sequence[str]
) -> str:
    """How many of some words training knows, and how many have given vectors.

    Args:
        words: as the vocabulary has them.
        spelled: as they are written, by which vectors are found.
    """
    unknown = known.indices(words).count(UNKNOWN)
    line = f"{percent(1 - unknown / len(words))} of the words are known by training"
    if vectors is None:
        return line
    rows = vectors.rows_of(spelled)
    having = sum(map(bool, rows)) / len(rows)
    return f"{line}, {percent(having)} have vectors of {vectors.name}"
