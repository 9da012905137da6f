"""
Gradient descent on the cost surface (梯度下降)
===============================================

Notes 1.2.4. The cost ``J(w, b)`` of logistic regression is a bowl: it is convex, with one lowest
place. Each step goes against the derivative, ``w := w - r dw``. The learning rate r (学习率) says
how far.
"""

import matplotlib.pyplot as plt
import numpy as np

from netwright.principles import logistic

rng = np.random.default_rng(3)
X = rng.normal(size=(1, 60)) * 2
Y = (X + rng.normal(size=(1, 60)) * 1.5 > 0.8).astype(float)

paths = {}
for rate, note in ((0.05, "too small: creeps"), (0.8, "good"), (30.0, "too large: jumps")):
    paths[rate, note] = logistic.descend(X, Y, np.array([[-2.2]]), 2.5, rate=rate, steps=25)
    J = paths[rate, note].J
    print(
        f"r = {rate:<5} J from {J[0]:.3f} to {J[-1]:.3f}, highest on the way {J.max():.3f}   {note}"
    )

# %%
# The bowl, from the same function at every place of a grid.

w, b = np.meshgrid(np.linspace(-3, 5, 50), np.linspace(-5, 4, 50))
J = np.array(
    [
        logistic.descend(X, Y, np.array([[u]]), v, rate=1.0, steps=0).J[0]
        for u, v in zip(w.flat, b.flat, strict=True)
    ]
)
J = J.reshape(w.shape)

figure = plt.figure(figsize=(11, 6.4), layout="constrained")
bowl = figure.add_subplot(2, 2, 1, projection="3d")
bowl.plot_surface(w, b, J, cmap="Blues", alpha=0.7)
good = paths[0.8, "good"]
bowl.plot(good.w[:, 0], good.b, good.J + 0.03, "o-", color="#c44e00", markersize=3, zorder=9)
bowl.set(title="J(w, b) is a bowl; r = 0.8 rolls down", xlabel="w", ylabel="b", zlabel="J")
for place, ((rate, note), path) in enumerate(paths.items(), start=2):
    axis = figure.add_subplot(2, 2, place)
    axis.contour(w, b, J, levels=18, cmap="Blues_r", linewidths=0.8)
    axis.plot(path.w[:, 0], path.b, "o-", color="#c44e00", markersize=3, linewidth=1)
    axis.plot(path.w[0, 0], path.b[0], "o", color="#222")
    axis.annotate("start", (path.w[0, 0], path.b[0]), xytext=(6, 4), textcoords="offset points")
    axis.set(
        title=f"r = {rate}, {note}: J = {path.J[-1]:.2f} after 25 steps",
        xlabel="w",
        ylabel="b",
        xlim=(-3, 5),
        ylim=(-5, 4),
    )
