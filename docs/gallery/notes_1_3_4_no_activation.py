"""
Without activation, depth is worth nothing (激活函数)
=====================================================

Notes 1.3.4. Three layers without a bend between them are one linear map: ``W = W3 W2 W1``.
Multiplied out, they give the same answers; trained, they draw the same line as a single neuron.
"""

import matplotlib.pyplot as plt
import numpy as np

from netwright.principles import dense, initialize

rng = np.random.default_rng(0)
X = rng.uniform(-1, 1, (2, 300))
Y = (X[:1] * X[1:] > 0).astype(float)  # two opposite quarters: no line separates them
start = initialize.draw([2, 16, 16, 1], "xavier", rng)

results = {}
for name in ("linear", "tanh"):
    names = [name, name, "sigmoid"]
    results[name], J = dense.train(X, Y, start, names, rate=0.8, steps=2500)
    right = ((dense.forward(X, results[name], names)[0] > 0.5) == Y).mean()
    print(f"{name:>6}: J {J[0]:.3f} -> {J[-1]:.3f}, {right:.0%} right")

# %%
# The 337 parameters of the linear network are three numbers.

W, b = dense.collapse(results["linear"])
_, cache = dense.forward(X, results["linear"], ["linear", "linear", "sigmoid"])
print(
    "W =",
    W.round(4),
    " b =",
    b.round(4),
    " largest difference in Z:",
    f"{np.abs(W @ X + b - cache.Z).max():.0e}",
)

# %%
grid = np.stack(np.meshgrid(np.linspace(-1, 1, 150), np.linspace(-1, 1, 150)))
figure, axes = plt.subplots(1, 2, figsize=(8.4, 4), layout="constrained")
for axis, (name, title) in zip(
    axes,
    {"linear": "3 layers, no activation: still one line", "tanh": "3 layers, tanh: bends"}.items(),
    strict=True,
):
    A, _ = dense.forward(grid.reshape(2, -1), results[name], [name, name, "sigmoid"])
    axis.contourf(
        *grid, A.reshape(150, 150), levels=np.linspace(0, 1, 11), cmap="RdBu_r", alpha=0.55
    )
    axis.contour(*grid, A.reshape(150, 150), levels=[0.5], colors="#222")
    for label, colour in ((0, "#0072b2"), (1, "#c44e00")):
        axis.plot(*X[:, Y[0] == label], ".", color=colour)
    axis.set(title=title, xlabel="x1", ylabel="x2")
