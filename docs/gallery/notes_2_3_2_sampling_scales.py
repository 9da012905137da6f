"""
The right scale to search on (超参数取样)
=========================================

Notes 2.3.1, 2.3.2: random rather than on a grid (随机取样), on the scale on which the hyperparameter works, and from
coarse to fine (由粗到精).
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
figure, axes = plt.subplots(2, 3, figsize=(12, 6.4), layout="constrained")
for axis, u, name in ((axes[0, 0], grid, "grid"), (axes[0, 1], drawn, "random")):
    values = len(np.unique(u[:, 0]))
    print(f"{name}: {values} values of the learning rate tried, best cost {cost(u).min():.4f}")
    axis.scatter(*u.T, c=cost(u), cmap="viridis_r")
    axis.axvline(0.62, color="tab:red", linestyle=":")
    axis.set(
        title=f"{name}: {values} learning rates in 25 trials", xlabel="u of the learning rate", ylabel="u of epsilon"
    )

# %%
# Search again inside the region of the best eight.
low, high = sampling.zoom(drawn, cost(drawn), best=8)
finer = sampling.linear(sampling.random(25, 2, rng), low, high)
print(f"coarse to fine: best cost {cost(drawn).min():.4f}, then {cost(finer).min():.4f}")
axes[0, 2].scatter(*drawn.T, color="0.8", label="coarse")
axes[0, 2].scatter(*finer.T, c=cost(finer), cmap="viridis_r", label="fine")
axes[0, 2].axvline(0.62, color="tab:red", linestyle=":", label="best learning rate")
axes[0, 2].set(title="Coarse to fine", xlabel="u of the learning rate", ylabel="u of epsilon")
axes[0, 2].legend(fontsize=8)

# %%
# The same 400 u on three scales.
u = sampling.random(400, 1, rng)[:, 0]
units, r, beta = sampling.linear(u, 50, 100), sampling.log(u, 1e-4, 1), sampling.one_minus(u, 0.9, 0.999)
print(
    f"learning rates below 0.1: {np.mean(r < 0.1):.0%} on the log scale, {np.mean(sampling.linear(u, 1e-4, 1) < 0.1):.0%} on the linear one"
)
print(f"betas above 0.99: {np.mean(beta > 0.99):.0%} on the log scale of 1 - beta")
axes[1, 0].hist(units, bins=25)
axes[1, 0].set(title="Hidden units: linear", xlabel="units", ylabel="draws")
axes[1, 1].hist(r, bins=np.geomspace(1e-4, 1, 25))
axes[1, 1].set(title="Learning rate: log, each decade its share", xlabel="r", xscale="log")
axes[1, 2].hist(1 - beta, bins=np.geomspace(1e-3, 0.1, 25))
axes[1, 2].set(title="Momentum: log in 1 - beta", xlabel="1 - beta (0.1 is 0.9, 0.001 is 0.999)", xscale="log")
