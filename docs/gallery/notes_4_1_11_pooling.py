"""
Pooling: the largest or the mean of each window (池化)
======================================================

Notes 4.1.11, 4.1.12: a quarter of the numbers stays; where exactly a feature stood matters less.
Nothing is learned.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_sample_image

from netwright.principles import pooling

# %%
# The notes' 4 x 4 example, f = s = 2, and where each gradient of 1 goes back to.
A = np.array([[1, 3, 2, 1], [2, 9, 1, 1], [1, 3, 2, 3], [5, 6, 1, 2]], dtype=float)[None, ..., None]
tables = {"A": A}
for name, average in (("max", False), ("mean", True)):
    Z, cache = pooling.forward(A, 2, average=average)
    tables |= {f"{name} pooling": Z, f"{name}: gradient": pooling.backward(np.ones_like(Z), cache)}
    print(f"{name}:\n{Z[0, ..., 0]}\ngradient:\n{tables[f'{name}: gradient'][0, ..., 0]}")
wide = np.array(
    [[1, 3, 2, 1, 3], [2, 9, 1, 1, 5], [1, 3, 2, 3, 2], [8, 3, 5, 1, 0], [5, 6, 1, 2, 9]],
    dtype=float,
)
print(
    f"f = 3, s = 1, windows overlap:\n{pooling.forward(wide[None, ..., None], 3, 1)[0][0, ..., 0]}"
)

figure, axes = plt.subplots(1, 5, figsize=(11, 2.9), layout="constrained")
for axis, (name, values) in zip(axes, tables.items(), strict=True):
    axis.imshow(values[0, ..., 0], cmap="Blues", alpha=0.5)
    for (row, column), value in np.ndenumerate(values[0, ..., 0]):
        axis.text(column, row, f"{value:g}", ha="center", va="center")
    axis.set(title=name, xticks=[], yticks=[])
figure.suptitle("The notes' example, forward and backward")

# %%
# A photograph pooled again and again; every colour is pooled by itself.
photo = load_sample_image("flower.jpg")[60:380, 60:380][None] / 255
figure, axes = plt.subplots(1, 5, figsize=(11, 2.9), layout="constrained")
for number, axis in enumerate(axes):
    size = photo.shape[1]
    print(f"{size} x {size}: {photo.size:,} numbers")
    axis.imshow(np.clip(photo[0], 0, 1))
    axis.set(title=f"{size} x {size}", xticks=[], yticks=[])
    photo, _ = pooling.forward(photo, 2, average=number % 2 == 1)
figure.suptitle("Pooled by 2 each time, max and mean in turn: the flower is still there")
