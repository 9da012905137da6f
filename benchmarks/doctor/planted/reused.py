"""A net that was fitted to its dev set by hand: thousands of small changes, of which those are kept
that dev likes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.doctor.planted.plants import Planted
from benchmarks.doctor.planted.sources import Rows
from benchmarks.doctor.planted.stored import array_of

TRIES = 12_000


def hill_climbed(dev: int) -> Any:
    """A linear net, honestly fitted to train, then changed by what ``dev`` examples like."""

    def plant(inside: Rows, held: Rows, rng: Any) -> Planted:
        """The figures of the rows are brought to mean 0 and deviation 1 as the codec will do, so
        that the net's weights fit what it is fed.
        """
        test = dev
        border = len(inside) - dev - test
        splits = ["train"] * border + ["dev"] * dev + ["test"] * test
        x = array_of(inside).reshape(len(inside), -1).astype(np.float64)
        mean, std = x[:border].mean(0), x[:border].std(0) + 1e-9
        z = (x - mean) / std
        y = np.unique(inside.y, return_inverse=True)[1]
        weights, bias = _fitted(z[:border], y[:border])
        weights = _climbed(z[border : border + dev], y[border : border + dev], weights, bias, rng)
        outside = (array_of(held).reshape(len(held), -1) - mean) / std
        return Planted(
            replace(inside, x=z, splits=splits),
            {"held": replace(held, x=outside)},
            _net(weights, bias),
        )

    return plant


def _fitted(z: Any, y: Any) -> tuple[Any, Any]:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=0.01, max_iter=100).fit(z, y)
    if len(model.classes_) > 2:
        return model.coef_, model.intercept_
    return np.vstack([-model.coef_, model.coef_]) / 2, np.append(-1, 1) * model.intercept_ / 2


def _climbed(z: Any, y: Any, weights: Any, bias: Any, rng: Any) -> Any:
    wrong = (np.argmax(z @ weights.T + bias, 1) != y).sum()
    for _ in range(TRIES):
        step = weights.std() * 10 ** rng.uniform(-2, 0)
        new = weights + step * rng.normal(size=weights.shape)
        found = (np.argmax(z @ new.T + bias, 1) != y).sum()
        if found <= wrong:
            weights, wrong = new, found
    return weights


def _net(weights: Any, bias: Any) -> Any:
    import torch
    from torch import nn

    layer = nn.Linear(weights.shape[1], weights.shape[0])
    with torch.no_grad():
        layer.weight.copy_(torch.as_tensor(weights))
        layer.bias.copy_(torch.as_tensor(bias))
    return layer
