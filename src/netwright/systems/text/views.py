"""Which words of a text spoke for its answer: what the answer loses where one is left out."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from netwright.contract import Batch, JudgedRun, Ragged, View
from netwright.data import labels
from netwright.data.text.vocabulary import PAD, UNKNOWN
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
    words = run.codec.tokenizer.of(texts_of(one, run.codec.column)[0])[:MOST_WORDS]
    whole = run.codec.encode(one)
    indices = whole.inputs[0].values
    with torch.inference_mode():
        batch = run.codec.prepare(without_each(whole, len(words)), run.recipe, None)
        rows = labels.softmax(run.net(*batch.inputs), run.chosen)
    answer = int(rows[0].argmax())
    label, truth = run.codec.classes[answer], run.examples.targets[at]
    return ColouredText(
        f"{run.examples.sources[at]}: {truth}, answered {label} ({float(rows[0, answer]):.0%})",
        words,
        (rows[0, answer] - rows[1:, answer]).tolist(),
        frozenset(place for place in range(len(words)) if indices[place] == UNKNOWN),
    )


def without_each(whole: Batch, count: int) -> Batch:
    """A text, and the text without each of its first ``count`` words.

    Args:
        whole: of one row, encoded.
    """
    columns = [
        _without_each(column, count)
        if isinstance(column, Ragged)
        else column.expand(1 + count, *column.shape[1:])
        for column in whole.inputs
    ]
    return Batch(tuple(columns), (), whole.count.expand(1 + count))


def _without_each(row: Ragged, count: int) -> Tensor:
    """(1 + count, T) of a row of T."""
    import torch

    values = row.padded()[0, : int(row.lengths)]
    rows = values.new_full((1 + count, max(1, len(values))), PAD)
    rows[0, : len(values)] = values
    for at in range(count):
        rows[1 + at, : len(values) - 1] = torch.cat([values[:at], values[at + 1 :]])
    return rows
