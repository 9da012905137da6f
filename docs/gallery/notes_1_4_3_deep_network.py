"""
L layers are one loop (深度神经网络)
====================================

Notes 1.4.1 to 1.4.4 and 1.4.8. The same four lines for each layer, forward and backward, and a
shape for every letter: ``W[l] (n[l], n[l-1])``, ``b[l] (n[l], 1)``, ``Z[l]`` and ``A[l] (n[l],
m)``. The task: is a handwritten digit an eight?
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

from netwright.principles import dense, initialize, normalize

digits = load_digits()
# (64, 1797): a column per image of 8 x 8 pixels
X, Y = digits.data.T, (digits.target == 8).astype(float)[None, :]
train, dev = slice(0, 1300), slice(1300, None)
scale = normalize.measure(X[:, train])  # mu and sigma of the training set only
X, _ = normalize.forward(X, scale)

sizes, names = [64, 32, 16, 1], ["relu", "relu", "sigmoid"]
start = initialize.draw(sizes, "he", np.random.default_rng(0))
_, cache = dense.forward(X[:, train], start, names)
for layer, kept in enumerate(cache.layers, start=1):
    print(
        f"layer {layer}: W {kept.W.shape} A_prev {kept.A_prev.shape} -> Z"
        f" {kept.activation.Z.shape}, {names[layer - 1]}"
    )

# %%
# A shape that does not fit is said before anything is computed (核对矩阵的维度).

try:
    dense.forward(X, {**start, "W[2]": start["W[2]"].T}, names)
except ValueError as error:
    print(error)

# %%
# One, two and three layers. Of 497 dev images, 23 wrong against 14 is a hint, 16 against 14 is
# chance.

figure, axis = plt.subplots(figsize=(7, 3.6), layout="constrained")
for depth, colour in ((1, "#656d76"), (2, "#c44e00"), (3, "#0072b2")):
    inner = sizes[1:depth]
    names = ["relu"] * (depth - 1) + ["sigmoid"]
    start = initialize.draw([64, *inner, 1], "he", np.random.default_rng(0))
    learned, J = dense.train(X[:, train], Y[:, train], start, names, rate=0.3, steps=500)
    A, _ = dense.forward(X[:, dev], learned, names)
    wrong = int(((A > 0.5) != Y[:, dev]).sum())
    print(f"{depth} layer(s): J {J[-1]:.4f}, {wrong} of {A.size} dev images wrong")
    axis.semilogy(
        J, color=colour, label=f"{depth} layer{'s' * (depth > 1)}: {wrong} of {A.size} wrong on dev"
    )
axis.set(title="Is it an eight? Cost on the training set", xlabel="step", ylabel="J")
axis.legend(frameon=False)
