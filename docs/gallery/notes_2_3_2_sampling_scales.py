"""
The right scale to search on (超参数取样)
=========================================

Notes 2.3.1, 2.3.2: at random (随机取样) rather than on a grid (网格), on the scale on which the
hyperparameter works (对数尺度, the logarithm, for a learning rate), and from coarse to fine
(由粗到精).
"""

import matplotlib.pyplot as plt
import numpy as np

from netwright.principles import sampling

# %%
# Twenty-five trials of a made cost in which the learning rate matters and epsilon hardly does.
rng = np.random.default_rng(3)


def cost(u):
    return (u[:, 0] - 0.62) ** 2 + 0.02 * (u[:, 1] - 0.3) ** 2


grid, drawn = sampling.grid((5, 5)), sampling.random(25, 2, rng)
figure, axes = plt.subplots(1, 2, figsize=(9.5, 3.8), sharey=True, layout="constrained")
for axis, u, name in zip(axes, (grid, drawn), ("grid", "random"), strict=True):
    values = len(np.unique(u[:, 0]))
    print(f"{name}: {values} values of the learning rate tried, best cost {cost(u).min():.4f}")
    shown = axis.scatter(*u.T, c=cost(u), cmap="viridis_r", vmin=0, vmax=0.4)
    axis.axvline(0.62, color="tab:red", linestyle=":")
    axis.set(
        title=f"{name}: {values} learning rates in 25 trials",
        xlabel="u of the learning rate, 0 to 1",
    )
axes[0].set_ylabel("u of epsilon, 0 to 1")
figure.colorbar(shown, ax=axes, label="cost (dotted: where it is lowest)")

# %%
# Search again inside the region of the best eight.
low, high = sampling.zoom(drawn, cost(drawn), best=8)
finer = sampling.linear(sampling.random(25, 2, rng), low, high)
print(f"coarse to fine: best cost {cost(drawn).min():.4f}, then {cost(finer).min():.4f}")
figure, axis = plt.subplots(figsize=(6.5, 4), layout="constrained")
axis.scatter(*drawn.T, color="0.75", label="coarse: 25 trials")
axis.scatter(*finer.T, color="tab:blue", marker="x", label="fine: 25 more")
axis.add_patch(
    plt.Rectangle(low, *(high - low), fill=False, linestyle="--", label="around the best 8")
)
axis.axvline(0.62, color="tab:red", linestyle=":", label="lowest cost")
axis.set(title="Coarse to fine", xlabel="u of the learning rate", ylabel="u of epsilon")
figure.legend(fontsize=8, loc="outside right upper")

# %%
# The same 400 u on three scales.
u = sampling.random(400, 1, rng)[:, 0]
units, r, beta = (
    sampling.linear(u, 50, 100),
    sampling.log(u, 1e-4, 1),
    sampling.one_minus(u, 0.9, 0.999),
)
on_line = sampling.linear(u, 1e-4, 1)
print(
    f"learning rates below 0.1: {np.mean(r < 0.1):.0%} on the log scale,"
    f" {np.mean(on_line < 0.1):.0%} on the linear one"
)
print(f"betas above 0.99: {np.mean(beta > 0.99):.0%} on the log scale of 1 - beta")
figure, axes = plt.subplots(1, 3, figsize=(11, 3.4), layout="constrained")
axes[0].hist(units, bins=25)
axes[0].set(title="Hidden units: linear", xlabel="units", ylabel="draws")
axes[1].hist(r, bins=np.geomspace(1e-4, 1, 25))
axes[1].set(title="Learning rate: log", xlabel="r, as many in each decade", xscale="log")
axes[2].hist(1 - beta, bins=np.geomspace(1e-3, 0.1, 25))
axes[2].set(title="Momentum: log in 1 - beta", xlabel="1 - beta (0.1 is beta = 0.9)", xscale="log")
