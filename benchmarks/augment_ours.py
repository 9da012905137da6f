"""netwright's augmentation as training runs it.

``python -m benchmarks.augment_ours SIDE THREADS``
"""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.augmenting import MEAN, OPERATIONS, SIGMA, pixels, serve


def prepared(side: int) -> dict[str, Callable[[], object]]:
    """Each operation, everything else off, a new step at every call."""
    from itertools import count

    import torch

    from netwright.contract import Draws
    from netwright.data.images.augment.policy import AMOUNTS
    from netwright.data.images.encoder import ImageEncoder
    from netwright.recipe import ImageOrRowRecipe

    encoder, x, steps = ImageEncoder(side, side, 3, MEAN, SIGMA), pixels(side), count()
    off = dict.fromkeys((f"augment.{name}" for name in AMOUNTS), 0.0)

    def call_of(recipe: ImageOrRowRecipe) -> Callable[[], object]:
        def call() -> object:
            draws = Draws(0, next(steps), torch.device("cpu"), len(x), slice(None))
            return encoder.prepare((x,), recipe, draws)

        return call

    return {
        name: call_of(
            ImageOrRowRecipe().changed(
                {**off, **{f"augment.{knob}": value for knob, value in amounts.items()}}
            )
        )
        for name, amounts in OPERATIONS.items()
    }


if __name__ == "__main__":
    serve(prepared)
