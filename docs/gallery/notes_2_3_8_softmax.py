"""
Softmax and its boundaries (softmax 与 hardmax)
===============================================

Notes 2.3.8, 2.3.9: one probability a class, and straight lines between the classes when no hidden layer stands before.
"""

import matplotlib.pyplot as plt
import numpy as np

from netwright.principles import softmax

# %%
# The notes' numbers: ``z = (5, 2, -1, 3)``. Hardmax takes all, softmax leaves the others a chance.
z = np.array([[5.0], [2.0], [-1.0], [3.0]])
A, _ = softmax.forward(z)
print("e^z    ", np.exp(z).ravel().round(1))
print("softmax", A.ravel().round(3), "sum", A.sum().round(6))
print("hardmax", softmax.hardmax(z).ravel())
loss = softmax.cross_entropy(z, np.array([[0.0], [1.0], [0.0], [0.0]]))
print(f"true class 2: L = -log {A[1, 0]:.3f} = {loss.J:.3f}; dz = y^ - y =", loss.dZ.ravel().round(3))

# %%
# Train ``Z = W X + b`` on 3, 4 and 6 classes of points in the plane, by ``dZ = A - Y``.
rng = np.random.default_rng(0)
figure, axes = plt.subplots(1, 3, figsize=(11, 3.8), layout="constrained")
grid = np.stack(np.meshgrid(np.linspace(-3, 3, 150), np.linspace(-3, 3, 150)))
for axis, C in zip(axes, (3, 4, 6), strict=True):
    angles = 2 * np.pi * np.arange(C) / C
    labels = rng.integers(0, C, 240)
    X = 1.8 * np.stack([np.cos(angles), np.sin(angles)])[:, labels] + rng.normal(0, 0.35, (2, 240))
    Y, W, b = softmax.one_hot(labels, C), np.zeros((C, 2)), np.zeros((C, 1))
    for _ in range(300):
        loss = softmax.cross_entropy(W @ X + b, Y)
        W, b = W - 0.5 * loss.dZ @ X.T / 240, b - 0.5 * loss.dZ.mean(axis=1, keepdims=True)
    right = np.mean(softmax.hardmax(W @ X + b).argmax(axis=0) == labels)
    print(f"{C} classes: J = {loss.J:.3f}, {right:.0%} right")
    zones = (W @ grid.reshape(2, -1) + b).argmax(axis=0).reshape(150, 150)
    axis.imshow(zones, origin="lower", extent=(-3, 3, -3, 3), cmap="tab10", vmin=-0.5, vmax=9.5, alpha=0.35)
    axis.scatter(*X, c=labels, s=10, cmap="tab10", vmin=-0.5, vmax=9.5)
    axis.set(title=f"{C} classes: straight boundaries", xlabel="x1", ylabel="x2", aspect="equal")

# %%
# Larger z, harder choice: softmax of ``c z`` comes to hardmax as c grows.
scales = np.linspace(0, 3, 60)
figure, axis = plt.subplots(figsize=(7, 3.4), layout="constrained")
axis.plot(scales, softmax.forward(z * scales)[0].T, label=[f"z = {value:g}" for value in z.ravel()])
axis.axvline(1, color="0.6", linestyle=":")
axis.set(title="softmax(c z): equal shares at c = 0, hardmax as c grows", xlabel="c", ylabel="probability")
axis.legend(fontsize=8)
