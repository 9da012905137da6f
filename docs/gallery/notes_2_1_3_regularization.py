"""
Against learning by heart: L2, L1 and dropout (正则化)
======================================================

Notes 2.1.3 and 2.1.4. A small noisy set and a network that is too large for it (过拟合). L2 (weight
decay, 权重衰减) makes all weights smaller; L1 brings most of them to zero (稀疏); dropout (失活)
removes units at random at every step, so that none relies on another.
"""

import matplotlib.pyplot as plt
import numpy as np

from netwright.principles import dense, initialize

rng = np.random.default_rng(4)
X = rng.uniform(-1, 1, (2, 2060))
truth = (X[1:] > 0.6 * np.sin(3 * X[:1])).astype(float)
noisy = np.where(rng.random((1, 2060)) < 0.15, 1 - truth, truth)  # every seventh label is wrong
train, dev = slice(0, 60), slice(60, None)  # dev: 2,000 examples with clean labels

sizes, names = [2, 40, 40, 1], ["tanh", "tanh", "sigmoid"]
start = initialize.draw(sizes, "xavier", np.random.default_rng(0))
settings = {
    "no regularization": {},
    "L2, lambda = 0.6": {"lam": 0.6},
    "L1, lambda = 0.6": {"lam": 0.6, "penalty": "L1"},
    "dropout, keep_prob = 0.6": {"keep_prob": [0.6, 0.6]},
}
grid = np.stack(np.meshgrid(np.linspace(-1, 1, 120), np.linspace(-1, 1, 120)))
figure, axes = plt.subplots(2, 2, figsize=(8, 8), layout="constrained")
costs = {}
for axis, (title, setting) in zip(axes.flat, settings.items(), strict=True):
    learned, costs[title] = dense.train(
        X[:, train], noisy[:, train], start, names, rate=0.4, steps=2000, rng=rng, **setting
    )
    seen = ((dense.forward(X[:, train], learned, names)[0] > 0.5) == noisy[:, train]).mean()
    held = ((dense.forward(X[:, dev], learned, names)[0] > 0.5) == truth[:, dev]).mean()
    W = np.concatenate([value.ravel() for name, value in learned.items() if name.startswith("W")])
    print(
        f"{title:>24}: train {seen:.0%} right, dev {held:.1%} right, ||W|| ="
        f" {np.linalg.norm(W):.1f}, {np.mean(np.abs(W) < 0.01):.0%} of W below 0.01"
    )
    A, _ = dense.forward(grid.reshape(2, -1), learned, names)
    axis.contourf(*grid, A.reshape(120, 120), levels=[0, 0.5, 1], colors=["#dbe9f5", "#f8e3d6"])
    axis.plot(grid[0, 0], 0.6 * np.sin(3 * grid[0, 0]), color="#222", linestyle=":", linewidth=1)
    for label, colour in ((0, "#0072b2"), (1, "#c44e00")):
        axis.plot(*X[:, train][:, noisy[0, train] == label], "o", color=colour, markersize=4)
    axis.set(title=f"{title}\ndev {held:.0%} right", xticks=[], yticks=[])

# %%
# Above, the dotted line is the truth, and shading is the answer. Below, J with dropout switched
# off, as the notes advise: only so can it be watched.

figure, axis = plt.subplots(figsize=(7, 3.2), layout="constrained")
for (title, J), colour in zip(
    costs.items(), ("#656d76", "#0072b2", "#00805e", "#c44e00"), strict=True
):
    axis.plot(J, color=colour, label=title, linewidth=1)
axis.set(
    title="J on the training set, with its penalty, dropout off",
    xlabel="step",
    ylabel="J",
    ylim=(0, 0.8),
)
axis.legend(frameon=False)
