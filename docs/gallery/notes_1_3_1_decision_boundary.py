"""
One hidden layer bends the boundary (浅层神经网络)
==================================================

Notes 1.3.1 to 1.3.3 and 1.3.7. Two classes that no line separates. With one hidden unit (隐藏单元)
the network can only draw a line; each further unit adds a bend; with twenty or fifty it also bows
around single points, which are noise. (With 100 dev points, a difference of five points of a
percentage is within chance.)
"""

import matplotlib.pyplot as plt
import numpy as np

from netwright.principles import initialize, shallow

rng = np.random.default_rng(1)
Y = np.arange(300)[None, :] % 2.0
radius = rng.uniform(0.2, 1, 300)
angle = radius * 7 + np.pi * Y[0] + rng.normal(size=300) * 0.8  # two arms of a spiral
X = 2 * np.stack([radius * np.cos(angle), radius * np.sin(angle)])
train, dev = slice(0, 200), slice(200, 300)

# %%
# The same data, the same number of steps, 1 to 50 hidden units (tanh). Each class is an arm of a
# spiral, blue or orange; the line is the decision boundary (决策边界), where the network says 0.5.

grid = np.stack(np.meshgrid(np.linspace(-2.6, 2.6, 120), np.linspace(-2.6, 2.6, 120)))
figure, axes = plt.subplots(2, 3, figsize=(9.5, 6.6), layout="constrained")
for axis, hidden in zip(axes.flat, (1, 2, 3, 5, 20, 50), strict=True):
    start = initialize.draw([2, hidden, 1], "xavier", np.random.default_rng(2))
    learned, J = shallow.train(X[:, train], Y[:, train], start, rate=1.5, steps=4000)
    right = [
        float(((shallow.forward(X[:, part], learned)[0] > 0.5) == Y[:, part]).mean())
        for part in (train, dev)
    ]
    print(
        f"hidden units {hidden:>2}: J {J[0]:.3f} -> {J[-1]:.3f}, right on train {right[0]:.0%}, on"
        f" dev {right[1]:.0%}"
    )
    A2, _ = shallow.forward(grid.reshape(2, -1), learned)
    axis.contourf(*grid, A2.reshape(120, 120), levels=[0, 0.5, 1], colors=["#dbe9f5", "#f8e3d6"])
    axis.contour(*grid, A2.reshape(120, 120), levels=[0.5], colors="#444", linewidths=1)
    for label, colour in ((0, "#0072b2"), (1, "#c44e00")):
        axis.plot(*X[:, Y[0] == label], ".", color=colour, markersize=4)
    axis.set(
        title=f"{hidden} hidden unit{'s' * (hidden > 1)}: dev {right[1]:.0%} right",
        xticks=[],
        yticks=[],
    )
