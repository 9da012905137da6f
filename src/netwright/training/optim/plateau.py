"""A learning rate that falls when dev stops getting better."""

from __future__ import annotations

from collections.abc import Sequence

from netwright.recipe import Schedule


def lr_scale(ranks: Sequence[tuple[float, ...]], schedule: Schedule) -> float:
    """What is left of the rate after these epochs: times ``factor`` whenever ``wait`` epochs in a
    row brought nothing better.

    It follows from the history alone, so that a resumed training goes on with the rate it had.
    Equal to ``torch.optim.lr_scheduler.ReduceLROnPlateau(factor=factor, patience=wait - 1,
    threshold=0)``.

    Args:
        ranks: of each epoch so far, the smaller the better (``runs/choose.rank``).
    """
    left, best, waited = 1.0, None, 0
    for rank in ranks:
        if best is None or rank < best:
            best, waited = rank, 0
        else:
            waited += 1
        if waited == schedule.wait:
            left, waited = left * schedule.factor, 0
    return left
