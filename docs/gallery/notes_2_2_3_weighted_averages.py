"""
Exponentially weighted averages (指数加权平均)
==============================================

Notes 2.2.3, 2.2.4: ``v_t = k v_(t-1) + (1 - k) x_t`` is an average over about ``1 / (1 - k)``
steps, and remembers one number. The series here is real: the cost of each mini-batch while a
softmax regression learns handwritten digits.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

from netwright.principles import averages, minibatch, softmax

pixels, labels = load_digits(return_X_y=True)
X, Y = pixels.T / 16, softmax.one_hot(labels, 10)
W, b, rng, costs = np.zeros((10, 64)), np.zeros((10, 1)), np.random.default_rng(0), []
for _ in range(6):
    for X_t, Y_t in minibatch.batches(X, Y, 32, rng):
        loss = softmax.cross_entropy(W @ X_t + b, Y_t)
        W, b = (
            W - 0.3 * loss.dZ @ X_t.T / X_t.shape[1],
            b - 0.3 * loss.dZ.mean(axis=1, keepdims=True),
        )
        costs.append(loss.J)
x, steps = np.array(costs), np.arange(1, len(costs) + 1)

# %%
# A small k follows every shake, a large one is smooth and late: it still remembers the costs of 50
# steps ago.

figure, axis = plt.subplots(figsize=(9, 3.8), layout="constrained")
axis.plot(steps, x, ".", color="0.7", markersize=4, label="each mini-batch")
for k, color in ((0.5, "tab:orange"), (0.9, "tab:red"), (0.98, "tab:green")):
    print(
        f"k = {k}: about {averages.length(k):.0f} steps; {k}^{averages.length(k):.0f} ="
        f" {k ** averages.length(k):.2f}"
    )
    axis.plot(
        steps,
        averages.weighted(x, k),
        color=color,
        label=f"k = {k}, {averages.length(k):.0f} steps",
    )
axis.set(title="Larger k: smoother, and later", xlabel="step", ylabel="cost J of the step's batch")
axis.legend(fontsize=8)

# %%
# Written out, v is a weighted sum in which the past fades; beyond ``1 / (1 - k)`` steps little is
# left.

figure, axis = plt.subplots(figsize=(9, 3), layout="constrained")
for k, color in ((0.9, "tab:red"), (0.98, "tab:green")):
    axis.plot(averages.weights(k, 100)[::-1], color=color, label=f"k = {k}")
    axis.axvline(averages.length(k), color=color, linestyle=":")
axis.set(
    title="What each step counts in v; dotted: 1 / (1 - k)",
    xlabel="steps ago",
    ylabel="weight (1 - k) k^ago",
)
axis.legend(fontsize=8)

# %%
# Bias correction (偏差修正): starting from v = 0, the first averages are far too small; dividing by
# ``1 - k^t`` heals it.

begin = averages.weighted(x, 0.98, corrected=False)
mended = averages.weighted(x, 0.98)
print(f"after step 1: x = {x[0]:.2f}, v = {begin[0]:.2f}, v / (1 - k^t) = {mended[0]:.2f}")
figure, axis = plt.subplots(figsize=(9, 3.4), layout="constrained")
axis.plot(steps, x, ".", color="0.7", markersize=4, label="each mini-batch")
axis.plot(steps, begin, "m", label="v")
axis.plot(steps, mended, "tab:green", label="v / (1 - k^t)")
axis.set(
    title="k = 0.98: v begins at 0, the corrected average does not",
    xlabel="step",
    ylabel="cost J",
    xlim=(0, 150),
)
axis.legend(fontsize=8)
