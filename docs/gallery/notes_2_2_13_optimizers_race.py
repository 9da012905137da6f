"""
The optimizers race (优化算法比较)
==================================

Notes 2.2.5-2.2.7, 2.2.13: a long narrow valley. Plain descent zigzags across it; momentum
(动量梯度下降) averages the zigzag away; RMSprop and Adam divide each direction by its own size.
"""

from functools import partial

import matplotlib.pyplot as plt
import numpy as np

from netwright.principles import optimizers

# %%
# ``J = (x^2 + 100 y^2) / 2``: steep in y, flat in x. Each optimizer gets the rate that serves it
# best of a handful.
steepness = np.array([1.0, 100.0])


def cost(w):
    return (steepness * w**2).sum(axis=-1) / 2


def gradient(w):
    return steepness * w


start, paths = np.array([-9.0, 1.0]), {}
print(f"{'optimizer':<18} {'rate':>5} {'J at 20':>10} {'J at 100':>10} {'steps to J < 0.1':>17}")
for name, update in optimizers.OPTIMIZERS.items():
    races = {
        r: optimizers.descend(gradient, start, update, r, 100)
        for r in (0.006, 0.019, 0.04, 0.1, 0.2, 0.6)
    }
    with np.errstate(over="ignore"):  # too large a rate flies away
        rate = min(races, key=lambda r: cost(races[r])[60:].mean())
    path = paths[name] = races[rate]
    below = np.flatnonzero(cost(path) < 0.1)
    print(
        f"{name:<18} {rate:>5} {cost(path[20]):>10.2g} {cost(path[100]):>10.2g}"
        f" {below[0] if below.size else '-':>17}"
    )

# %%
x, y = np.meshgrid(np.linspace(-10, 4, 120), np.linspace(-1.6, 1.6, 120))
figure, (left, right) = plt.subplots(
    1, 2, figsize=(10.5, 4.2), layout="constrained", width_ratios=(3, 2)
)
left.contour(x, y, cost(np.stack([x, y], axis=-1)), levels=np.geomspace(0.3, 120, 10), colors="0.8")
for name, path in paths.items():
    left.plot(*path.T, ".-", markersize=4, linewidth=1, label=name)
    right.semilogy(np.maximum(cost(path), 1e-12), label=name)
left.plot(0, 0, "k*", markersize=12, label="lowest J")
left.set(
    title="The way down a narrow valley: 100 steps each",
    xlabel="x (flat)",
    ylabel="y (steep)",
    xlim=(-10, 4),
    ylim=(-1.6, 1.6),
)
right.set(title="Cost against steps", xlabel="step", ylabel="J")
right.legend(loc="upper right", fontsize=8)

# %%
# RMSprop divides by the size of g even where that is nearly 0, so at a fixed rate it jumps about
# the bottom: a case for decay (2.2.8).

# %%
# Where epsilon stands (notes: under the root; PyTorch: beside it) matters only when gradients are
# tiny.
for g in (1.0, 1e-3, 1e-4):
    w, state = np.zeros(1), optimizers.start(np.zeros(1))
    inside, beside = (
        partial(optimizers.rmsprop, eps_inside=placed)(w, np.array([g]), state, 0.1)[0][0]
        for placed in (True, False)
    )
    print(
        f"RMSprop's first step at g = {g:g}: {inside:.4f} with epsilon inside the root,"
        f" {beside:.4f} beside it"
    )
