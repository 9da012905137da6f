"""Which words of a text spoke for its answer: what the answer loses where one is left out."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from netwright.contract import JudgedRun, View
from netwright.data import labels
from netwright.data.text.vocabulary import PAD, UNKNOWN
from netwright.data.text.words import words_of
from netwright.plots.coloured_text import ColouredText, picture
from netwright.systems.text.codec import texts_of

if TYPE_CHECKING:
    from torch import Tensor

WRONG, RIGHT, MOST_WORDS = 4, 4, 120
"""Texts that are shown of each kind, and words of each that are left out in turn."""

LEGEND = "Blue: without this word the answer loses so many points. Orange: it gains. Grey: unknown."


def views(run: JudgedRun) -> Sequence[View]:
    """The words of some examples of dev, coloured: the worst mistakes, and some of the others.

    Zeiler and Fergus 2014 leave out parts of pictures; Li, Monroe, Jurafsky 2016 words.
    """
    shown = [_coloured(run, at) for at in _chosen(run)]
    if not shown:
        return ()
    return (View("Which words spoke", svg=picture(shown, LEGEND)),)


def _chosen(run: JudgedRun) -> Iterator[int]:
    """The mistakes of the largest loss; of what is right some, from the largest to the least."""
    known = [at for at, loss in enumerate(run.losses) if not math.isnan(loss)]
    known.sort(key=lambda at: -run.losses[at])
    wrong = [at for at in known if run.answers[at].label != run.examples.targets[at]]
    right = [at for at in known if run.answers[at].label == run.examples.targets[at]]
    yield from wrong[:WRONG]
    step = max(1, (len(right) - 1) // (RIGHT - 1))
    yield from right[::step][:RIGHT]


def _coloured(run: JudgedRun, at: int) -> ColouredText:
    """What the answer to one example loses by each word."""
    import torch

    one = run.examples.take([at])
    batch = run.codec.encode(one)
    ragged, *columns = batch.inputs
    indices: Tensor = ragged.values
    words = words_of(texts_of(one, run.codec.column)[0])[:MOST_WORDS]
    variants = without_each(indices, len(words))
    beside = (column.expand(len(variants), *column.shape[1:]) for column in columns)
    with torch.inference_mode():
        rows = labels.softmax(run.net(variants, *beside), run.chosen)
    answer = int(rows[0].argmax())
    label, truth = run.codec.classes[answer], run.examples.targets[at]
    return ColouredText(
        f"{run.examples.sources[at]}: {truth}, answered {label} ({float(rows[0, answer]):.0%})",
        words,
        (rows[0, answer] - rows[1:, answer]).tolist(),
        frozenset(place for place in range(len(words)) if indices[place] == UNKNOWN),
    )


def without_each(indices: Tensor, count: int) -> Tensor:
    """(1 + count, T): the text (T,), and the text without each of its first ``count`` words."""
    import torch

    rows = indices.new_full((1 + count, max(1, len(indices))), PAD)
    rows[0, : len(indices)] = indices
    for at in range(count):
        rows[1 + at, : len(indices) - 1] = torch.cat([indices[:at], indices[at + 1 :]])
    return rows
