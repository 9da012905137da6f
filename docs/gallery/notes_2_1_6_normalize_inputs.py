"""
A round bowl is walked down faster (归一化)
===========================================

Notes 2.1.6. Two measurements of tumours on very different scales. As they come, the bowl of J is a long valley: a
rate that suits one weight throws the other about. With ``(x - mu) / sigma``, measured on the training set, it is round.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_breast_cancer

from netwright.principles import logistic, normalize

cancer = load_breast_cancer()
X, Y = cancer.data[:, [21, 27]].T, (1.0 - cancer.target)[None, :]  # worst texture; worst concave points; 1: malignant
X = X - np.array([[25.0], [0.1]])  # both near 0 already: the difference below is the scale alone
X_norm, scale = normalize.forward(X[:, :400], normalize.measure(X[:, :400]))
print("mu", scale.mu[:, 0].round(3), " sigma", scale.sigma[:, 0].round(3))

best = logistic.descend(X_norm, Y[:, :400], np.zeros((2, 1)), 0.0, rate=1.0, steps=4000)
goals = {"As they come": best.w[-1] / scale.sigma[:, 0], "Normalized": best.w[-1]}  # w of x is w of x_norm / sigma
rows = {"As they come": (X[:, :400], 0.1, 90), "Normalized": (X_norm, 1.0, 7)}

# %%
# Both with a rate near the largest that does not throw the path out, and both weights drawn on one scale.

figure, axes = plt.subplots(1, 2, figsize=(10, 4.6), layout="constrained")
for axis, (title, (inputs, rate, reach)) in zip(axes, rows.items(), strict=True):
    path = logistic.descend(inputs, Y[:, :400], np.zeros((2, 1)), 0.0, rate=rate, steps=300)
    print(
        f"{title}: J {path.J[0]:.3f} -> {path.J[30]:.3f} after 30 steps, {path.J[-1]:.3f} after 300; best {best.J[-1]:.3f}"
    )
    w1, w2 = np.meshgrid(np.linspace(-reach, reach, 80), np.linspace(-reach, reach, 80))
    b = float(path.b[-1])
    J = [logistic.backward(Y[:, :400], logistic.forward(inputs, np.array([[u], [v]]), b)[1]).J for u, v in zip(w1.flat, w2.flat, strict=True)]  # fmt: skip
    levels = np.geomspace(min(J), max(J), 16)
    axis.contour(w1, w2, np.reshape(J, w1.shape), levels=levels, cmap="Blues_r", linewidths=0.8, alpha=0.5)
    axis.plot(path.w[:, 0], path.w[:, 1], "o-", color="#c44e00", markersize=3, linewidth=1.5)
    axis.annotate("300 steps", path.w[-1], xytext=(-62, -3), textcoords="offset points", color="#c44e00")
    axis.plot(*goals[title], "x", color="#222", markersize=9)
    axis.annotate("lowest J", goals[title], xytext=(8, -3), textcoords="offset points")
    axis.set(title=f"{title}: J = {path.J[-1]:.2f} after 300 steps", xlabel="w of texture", ylabel="w of concave points", aspect="equal")  # fmt: skip

# %%
# A later input goes through the same mu and sigma, never its own: one example alone has no spread to measure.

print("an unseen tumour:", normalize.forward(X[:, 500:501], scale)[0][:, 0].round(3))
