"""
A round bowl is walked down faster (归一化)
===========================================

Notes 2.1.6. Two measurements of tumours on very different scales. As they come, the bowl of J is a
long valley: a rate that suits one weight throws the other about. With ``(x - mu) / sigma``,
measured on the training set, it is round.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_breast_cancer

from netwright.principles import logistic, normalize

cancer = load_breast_cancer()
# worst texture; worst concave points; 1: malignant
X, Y = cancer.data[:, [21, 27]].T, (1.0 - cancer.target)[None, :]
X = X - np.array([[25.0], [0.1]])  # both near 0 already: the difference below is the scale alone
X_norm, scale = normalize.forward(X[:, :400], normalize.measure(X[:, :400]))
print("mu", scale.mu[:, 0].round(3), " sigma", scale.sigma[:, 0].round(3))

best = logistic.descend(X_norm, Y[:, :400], np.zeros((2, 1)), 0.0, rate=1.0, steps=4000)

# %%
# 300 steps each. Left, as they come: the lowest J lies 60 up a valley less than 1 wide; the path is
# a dot. The middle shows that dot enlarged: r = 0.7 already throws the weight of texture to and fro
# for ever, while the other has hardly begun. Right, normalized (归一化): r = 5 suits both weights.


def cost(inputs, w1, w2, b):
    """J over the plane of w1 and w2."""
    grid = zip(w1.flat, w2.flat, strict=True)
    J = [
        logistic.backward(Y[:, :400], logistic.forward(inputs, np.array([[u], [v]]), b)[1]).J
        for u, v in grid
    ]
    return np.reshape(J, w1.shape)


figure, axes = plt.subplots(1, 3, figsize=(11, 4.2), layout="constrained")
as_they_come, enlarged, normalized = (
    ((-75, 75), (-75, 75)),
    ((-0.3, 1.3), (-0.4, 3.8)),
    ((-7, 7), (-7, 7)),
)
for axis, title, inputs, rate, window in (
    (axes[0], "As they come", X[:, :400], 0.7, as_they_come),
    (axes[1], "The path, enlarged", X[:, :400], 0.7, enlarged),
    (axes[2], "Normalized", X_norm, 5.0, normalized),
):
    path = logistic.descend(inputs, Y[:, :400], np.zeros((2, 1)), 0.0, rate=rate, steps=300)
    if axis is not axes[1]:
        print(
            f"{title}, r = {rate}: J {path.J[0]:.3f} -> {path.J[30]:.3f} after 30 steps,"
            f" {path.J[-1]:.3f} after 300; best {best.J[-1]:.3f}"
        )
    w1, w2 = np.meshgrid(*(np.linspace(*ends, 70) for ends in window))
    J = cost(inputs, w1, w2, float(path.b[-1]))
    axis.contour(
        w1,
        w2,
        J,
        levels=np.geomspace(J.min(), J.max(), 16),
        cmap="Blues_r",
        linewidths=0.8,
        alpha=0.5,
    )
    axis.plot(path.w[:, 0], path.w[:, 1], ".-", color="#c44e00", markersize=3, linewidth=0.6)
    axis.set(
        title=f"{title}: J = {path.J[-1]:.2f}",
        xlabel="w of texture",
        xlim=window[0],
        ylim=window[1],
    )
# w of x is w of x_norm / sigma
for axis, goal in ((axes[0], best.w[-1] / scale.sigma[:, 0]), (axes[2], best.w[-1])):
    axis.plot(*goal, "x", color="#222", markersize=9)
    axis.annotate("lowest J", goal, xytext=(8, -3), textcoords="offset points")
    axis.set_aspect("equal")
axes[0].set_ylabel("w of concave points")

# %%
# A later input goes through the same mu and sigma, never its own: one example alone has no spread
# to measure.

print("an unseen tumour:", normalize.forward(X[:, 500:501], scale)[0][:, 0].round(3))
