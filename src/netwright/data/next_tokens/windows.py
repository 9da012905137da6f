"""Rows of tokens as windows that go on from one another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from netwright.base.seeds import seed_of
from netwright.contract import Batch, Cut, Examples, Ragged

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PAD = 0
"""No token, behind a row's end."""

STREAM = "writer lanes"
"""Of the random numbers of ``plan``: it stays, or runs that were left could not go on."""


class Window(NamedTuple):
    """Some tokens of a row.

    Args:
        begins: whether the row begins with it.
        tokens: what stands before the next ones, and these: one more than there are to predict.
        beside: sums over the next ones of what else is counted of them.
    """

    begins: bool
    tokens: tuple[int, ...]
    beside: tuple[float, ...]


def windows_of(
    first: int, nexts: Sequence[int], beside: Sequence[Sequence[float]], size: int
) -> list[Window]:
    """A row as windows of at most ``size`` tokens to predict, one at least.

    Args:
        first: what stands before the first token.
        nexts: the tokens.
        beside: columns of what else is counted of each of them; shorter ones go on with 0.
    """
    row = [first, *nexts]
    return [
        Window(
            start == 0,
            tuple(row[start : start + size + 1]),
            tuple(sum(column[start : start + size]) for column in beside),
        )
        for start in range(0, max(1, len(nexts)), size)
    ]


def cut(examples: Examples, windows: Callable[[Any], list[Window]]) -> Cut:
    """The windows of each input, side by side: each goes on from the last token before it."""
    import numpy as np

    units, owner, place = list[Window](), list[int](), list[int]()
    for at, one in enumerate(examples.inputs):
        some = windows(one)
        units += some
        owner += [at] * len(some)
        place += range(len(some))
    ids = [f"{examples.ids[at]}/{number}" for at, number in zip(owner, place, strict=True)]
    targets = [examples.targets[at] for at in owner]
    return Cut(Examples(units, targets, ids, ids), np.array(owner), np.array(place))


def encode(examples: Examples) -> Batch:
    """Of windows: the tokens (N, T) and the next ones, ragged, and where rows begin; count is how
    many next tokens are to be predicted. Beside them how many there are, and ``Window.beside``.
    """
    import torch

    windows: Sequence[Window] = examples.inputs
    before = Ragged.of([one.tokens[:-1] for one in windows], pad=PAD, dtype=torch.int64)
    after = Ragged.of([one.tokens[1:] for one in windows], pad=PAD, dtype=torch.int64)
    begins = torch.tensor([one.begins for one in windows])
    known = [target is not None for target in examples.targets]
    counts = after.lengths.float() * torch.tensor(known)
    beside = torch.tensor([one.beside for one in windows], dtype=torch.float64)
    return Batch((before, after, begins), (), counts, meta=(after.lengths, beside))


def plan(units: Examples, recipe: Any, seed: int, epoch: int) -> list[NDArray[np.int64]]:
    """All rows in a drawn order, one behind the other, cut into lanes of the same length; of the
    last row fewer windows than there are lanes wait for another epoch. A lane that begins within a
    row begins from nothing there: so each window comes, wherever in a long row it lies.
    """
    import numpy as np

    begins = np.flatnonzero([window.begins for window in units.inputs])
    rows = np.split(np.arange(len(units)), begins[1:])
    rng = np.random.default_rng(seed_of(seed, STREAM, epoch))
    count = min(recipe.training.batch_size, len(rows))
    stream = np.concatenate([rows[at] for at in rng.permutation(len(rows))])
    steps = len(stream) // count
    return list(stream[: steps * count].reshape(count, steps).T)
