"""
Batch norm keeps every layer's input in range (批量归一化)
==========================================================

Notes 2.3.5-2.3.7. Twelve tanh layers whose weights were drawn somewhat too large. Without batch
norm tanh saturates at -1 and 1 and the gradient grows on its way back; with it each z has the mean
beta and the spread gamma.
"""

import matplotlib.pyplot as plt
import numpy as np

from netwright.principles import batchnorm

rng, n, layers = np.random.default_rng(0), 100, 12
X = rng.normal(size=(n, 256))
weights = [rng.normal(0, 2.5 / np.sqrt(n), size=(n, n)) for _ in range(layers)]
gamma, beta = np.ones((n, 1)), np.zeros((n, 1))


def spread(normalized):
    """A of each layer, and |dA| of each when the gradient at the end is noise."""
    A, kept = X, []
    for W in weights:
        Z = W @ A
        Z, cache = batchnorm.forward(Z, gamma, beta) if normalized else (Z, None)
        A = np.tanh(Z)
        kept.append((A, cache))
    dA, sizes = rng.normal(size=X.shape), []
    for (A, cache), W in zip(reversed(kept), reversed(weights), strict=True):
        sizes.append(np.abs(dA).mean())
        dZ = dA * (1 - A**2)
        dA = W.T @ (batchnorm.backward(dZ, cache).dZ if cache else dZ)
    return [A for A, _ in kept], sizes[::-1]


# %%
# What comes out of layers 1, 6 and 12, and how large the gradient still is when it arrives at each.
figure, axes = plt.subplots(1, 3, figsize=(11, 3.5), layout="constrained")
for axis, normalized in zip(axes[:2], (False, True), strict=True):
    activations, gradients = spread(normalized)
    name = "with batch norm" if normalized else "without"
    saturated = np.mean(np.abs(activations[-1]) > 0.95)
    print(f"{name}: {saturated:.0%} of layer 12 beyond 0.95, mean size of dA[1] {gradients[0]:.3g}")
    for layer in (1, 6, 12):
        axis.hist(
            activations[layer - 1].ravel(),
            bins=50,
            histtype="step",
            density=True,
            label=f"layer {layer}",
        )
    axis.set(title=f"{name}: {saturated:.0%} saturated", xlabel="a = tanh(z)", ylabel="density")
    axis.legend(fontsize=8)
    axes[2].plot(range(1, layers + 1), gradients, ".-", label=name)
axes[2].set(title="Gradient on its way back", xlabel="layer", ylabel="mean |dA[l]|", yscale="log")
axes[2].legend(fontsize=8)

# %%
# Running averages (指数加权平均) for use: they come to the mean and spread of the training data,
# here 5 and 2.
running, course = batchnorm.start(1), []
for _ in range(60):
    _, cache = batchnorm.forward(rng.normal(5, 2, size=(1, 64)), np.ones((1, 1)), np.zeros((1, 1)))
    running = batchnorm.update(running, cache, k=0.9)
    course.append((cache.mu.item(), running.mu.item(), np.sqrt(running.sigma2).item()))
of_batch, mu, sigma = np.array(course).T
print(f"running mu {mu[-1]:.2f} (5), running sigma {sigma[-1]:.2f} (2)")
figure, axis = plt.subplots(figsize=(8, 3.2), layout="constrained")
axis.plot(of_batch, ".", color="0.7", label="mu of each mini-batch")
axis.plot(mu, label="running mu")
axis.plot(sigma, label="running sigma")
axis.set(title="Running averages, k = 0.9", xlabel="mini-batch", ylabel="mu, sigma of z")
axis.legend(fontsize=8)
