"""
Mini-batches: noisy steps, many of them (小批量梯度下降)
========================================================

Notes 2.2.1, 2.2.2, 2.2.10. One epoch (一代) is one pass over the m examples. With all of them in
one batch (批量梯度下降) the cost falls smoothly, once an epoch; with mini-batches of 64 it shakes,
but has taken many steps by then; with single examples (随机梯度下降) it shakes most, and the loop
does nothing in parallel.
"""

import time

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

from netwright.principles import minibatch, softmax

# %%
# Real data: 1,797 handwritten digits of 8 x 8, a column each, and softmax regression on them: ``Z =
# W X + b``.
pixels, labels = load_digits(return_X_y=True)
X, Y = pixels.T / 16, softmax.one_hot(labels, 10)
m = X.shape[1]


def train(size, r, epochs):
    """Costs, one an iteration, as the mini-batch of that iteration sees it."""
    W, b, costs, rng = np.zeros((10, 64)), np.zeros((10, 1)), [], np.random.default_rng(0)
    for _ in range(epochs):
        for X_t, Y_t in minibatch.batches(X, Y, size, rng):
            loss = softmax.cross_entropy(W @ X_t + b, Y_t)
            W, b = (
                W - r * loss.dZ @ X_t.T / X_t.shape[1],
                b - r * loss.dZ.mean(axis=1, keepdims=True),
            )
            costs.append(loss.J)
    return costs, softmax.cross_entropy(W @ X + b, Y).J


# %%
# Each way gets six epochs and a rate that suits it.
figure, axes = plt.subplots(1, 3, figsize=(11, 3.4), sharey=True, layout="constrained")
print(f"{'size':>6} {'iterations':>11} {'cost on all':>12} {'seconds':>8}")
for axis, (name, size, r) in zip(
    axes, [("batch", m, 0.5), ("mini-batch", 64, 0.5), ("stochastic", 1, 0.05)], strict=True
):
    began = time.perf_counter()
    costs, cost = train(size, r, epochs=6)
    print(f"{size:>6} {len(costs):>11} {cost:>12.3f} {time.perf_counter() - began:>8.2f}")
    style = {m: "o-", 64: "-", 1: ","}[size]
    axis.plot(np.arange(1, len(costs) + 1) * 6 / len(costs), costs, style, linewidth=0.8)
    axis.set(
        title=(
            f"{name}: {size:,} example{'s' * (size > 1)} a step\n{len(costs):,} steps, cost"
            f" {cost:.2f} in the end"
        ),
        xlabel="epochs",
    )
axes[0].set(ylabel="cost J of the step's batch", ylim=(0, 2.6))
figure.suptitle("Smaller batches: noisier, and further after the same six epochs")

# %%
# The rule of thumb: all at once below 2,000 examples, else a power of two from 64 to 512.
print({m: minibatch.default_size(m) for m in (1797, 5000, 1_000_000)})
