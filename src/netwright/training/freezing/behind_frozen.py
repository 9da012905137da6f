"""A training of the stages behind frozen ones, on what these make of each example, once."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from netwright.base.figures import counted, duration, size_in_words
from netwright.contract import Batch, Examples
from netwright.training.batching.loader import MIB
from netwright.training.freezing import feature_codec, features, stages
from netwright.training.freezing.features import Front
from netwright.training.freezing.passed import PassedStages, pass_by
from netwright.training.freezing.phases import evaluating
from netwright.training.freezing.stages import Stage
from netwright.training.setup import TrainingSetup

CLOSE = 1e-3
"""Between outputs of the whole net and of its end: rounding, as maps lie otherwise in memory."""


def begun(
    setup: TrainingSetup, head: str, parts: Sequence[Examples]
) -> tuple[TrainingSetup, str | None]:
    """The setup whose frozen stages are run once, and what was computed, in a line; the same setup
    where examples are augmented, nothing is frozen, or the net's end cannot be run alone.

    Args:
        parts: the examples of train and dev.
    """
    count = setup.recipe.training.frozen
    if not count or setup.system.augments(setup.recipe):
        return setup, None
    frozen = stages.stages_of(setup.system, setup.net)[:count]
    front = replace(features.front_of(setup, head, {count: frozen[-1]}), pooled=False)
    few = setup.codec.encode(setup.train.take(range(min(2, len(setup.train)))))
    found = _runs_alone(setup, front, frozen, few)
    if found is None:
        return setup, None
    size = found[0].numel() * 4 * sum(map(len, parts))
    what = f"what the {counted(count, 'frozen stage')} make of each example ({size_in_words(size)})"
    if size > setup.recipe.training.memory * MIB:
        return setup, f"{what} is more than training.memory: it is computed at every step"
    kept = features.kept(front, parts)
    values = [one.values[str(count)] for one in kept]
    codec = feature_codec.of_parts(front, parts, values, str(count))
    seconds = [one.computed for one in kept if one.computed is not None]
    how = f"computed once, in {duration(sum(seconds))}" if seconds else "read from the cache folder"
    return feature_codec.behind(setup, codec, frozen), (
        f"{what} is {how}, as nothing is augmented: only what lies behind is run"
    )


def _runs_alone(
    setup: TrainingSetup, front: Front, frozen: Sequence[Stage], few: Batch
) -> Tensor | None:
    """What the frozen stages make of a few examples, where the rest of the net makes of it what the
    whole net makes of the examples.
    """
    if few.lengths:
        return None
    system, few = setup.system, few.padded().to(setup.device.torch_device)
    found = front.of(few)[str(len(frozen))]
    net = copy.deepcopy(setup.net)
    with evaluating(net), torch.no_grad():
        batch = setup.codec.prepare(few, setup.recipe, None)
        whole = system.forward(net, batch, setup.recipe)
        pass_by(net, frozen, PassedStages(len(frozen)))
        read = replace(batch, inputs=(found,))
        try:
            alone = system.forward(net, read, setup.recipe)
            learning = system.forward(net.train(), read, setup.recipe)
        except (RuntimeError, TypeError, ValueError, AttributeError):
            return None  # it reads more than comes out of these stages
    same = isinstance(learning, Tensor) and torch.allclose(
        whole.float(), alone.float(), rtol=CLOSE, atol=CLOSE
    )
    return found if same else None
