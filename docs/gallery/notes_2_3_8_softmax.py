"""
Softmax and its boundaries (softmax 与 hardmax)
===============================================

Notes 2.3.8, 2.3.9: one probability a class, its loss the cross-entropy (交叉熵) with a one-hot
label, and straight lines between the classes as long as no hidden layer stands before.
"""

import matplotlib.pyplot as plt
import numpy as np

from netwright.principles import dense, initialize, softmax

# %%
# The notes' numbers: ``z = (5, 2, -1, 3)``. Hardmax takes all, softmax leaves the others a chance.
z = np.array([[5.0], [2.0], [-1.0], [3.0]])
A, _ = softmax.forward(z)
print("e^z    ", np.exp(z).ravel().round(1))
print("softmax", A.ravel().round(3), "sum", A.sum().round(6))
print("hardmax", softmax.hardmax(z).ravel())
loss = softmax.cross_entropy(z, np.array([[0.0], [1.0], [0.0], [0.0]]))
print(
    f"true class 2: L = -log {A[1, 0]:.3f} = {loss.J:.3f}; dz = y^ - y =", loss.dZ.ravel().round(3)
)

# %%
# One layer, ``Z = W X + b``, on 3, 4 and 6 classes of points in the plane, by ``dZ = A - Y``; then,
# in the last panel, a hidden layer (隐藏层) before it, on three arms of a spiral.
rng = np.random.default_rng(0)
tasks = []
for C in (3, 4, 6):
    angles, labels = 2 * np.pi * np.arange(C) / C, rng.integers(0, C, 240)
    X = 1.8 * np.stack([np.cos(angles), np.sin(angles)])[:, labels] + rng.normal(0, 0.35, (2, 240))
    tasks.append((f"{C} classes: straight boundaries", [2, C], X, labels))
labels, radius = rng.integers(0, 3, 240), rng.uniform(0.3, 2.7, 240)
angles = 2 * np.pi * labels / 3 + 1.3 * radius + rng.normal(0, 0.15, 240)
tasks.append(
    (
        "20 hidden units: bent ones",
        [2, 20, 3],
        radius * np.stack([np.cos(angles), np.sin(angles)]),
        labels,
    )
)

figure, axes = plt.subplots(2, 2, figsize=(8, 8), layout="constrained")
grid = np.stack(np.meshgrid(np.linspace(-3, 3, 150), np.linspace(-3, 3, 150)))
for axis, (title, sizes, X, labels) in zip(axes.flat, tasks, strict=True):
    names = ["tanh"] * (len(sizes) - 2) + ["softmax"]
    start = initialize.draw(sizes, "xavier", rng)
    learned, J = dense.train(
        X, softmax.one_hot(labels, sizes[-1]), start, names, rate=0.5, steps=2000
    )
    right = np.mean(dense.forward(X, learned, names)[0].argmax(axis=0) == labels)
    print(f"{title}: J {J[0]:.3f} -> {J[-1]:.3f}, {right:.0%} right")
    zones = dense.forward(grid.reshape(2, -1), learned, names)[0].argmax(axis=0).reshape(150, 150)
    axis.imshow(
        zones, origin="lower", extent=(-3, 3, -3, 3), cmap="tab10", vmin=-0.5, vmax=9.5, alpha=0.35
    )
    axis.scatter(*X, c=labels, s=10, cmap="tab10", vmin=-0.5, vmax=9.5)
    axis.set(title=title, xlabel="x1", ylabel="x2", aspect="equal")

# %%
# Larger z, harder choice: softmax of ``c z`` comes to hardmax as c grows.
scales = np.linspace(0, 3, 60)
figure, axis = plt.subplots(figsize=(7, 3.4), layout="constrained")
axis.plot(scales, softmax.forward(z * scales)[0].T, label=[f"z = {value:g}" for value in z.ravel()])
axis.axvline(1, color="0.6", linestyle=":")
axis.set(
    title="softmax(c z): all equal at c = 0, hardmax as c grows",
    xlabel="c",
    ylabel="probability",
)
axis.legend(fontsize=8)
