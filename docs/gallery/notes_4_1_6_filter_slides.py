"""
A filter slides: padding, stride, and what a layer costs (卷积、填补、步长)
===========================================================================

Notes 4.1.2, 4.1.5-4.1.9: multiply, add up, move on. Padding keeps the size, stride shrinks it.
"""

import matplotlib.pyplot as plt
import numpy as np

from netwright.principles import convolution, sizes

image = np.random.default_rng(0).integers(0, 10, (6, 6)).astype(float)
w = np.array([[1.0, 0, -1], [1, 0, -1], [1, 0, -1]])


def show(axis, numbers, title, window=None):
    """Numbers as a table, with a red frame of f by f from (row, column) on."""
    axis.imshow(np.ma.masked_invalid(numbers), cmap="Greys", alpha=0.35)
    for (row, column), value in np.ndenumerate(numbers):
        axis.text(
            column,
            row,
            "" if np.isnan(value) else f"{value:g}",
            ha="center",
            va="center",
            fontsize=9,
        )
    if window:
        row, column, f = window
        axis.add_patch(
            plt.Rectangle(
                (column - 0.5, row - 0.5), f, f, fill=False, color="tab:red", linewidth=2.5
            )
        )
    axis.set(title=title, xticks=[], yticks=[])


# %%
# Three places of the slide: the numbers in the red window, each times the filter's, add up to the
# number in the red cell.
figure, axes = plt.subplots(2, 4, figsize=(11, 5.8), layout="constrained")
valid = convolution.cross_correlate(image, w)
show(axes[0, 0], w, "filter 3 x 3")
show(axes[1, 0], w[::-1, ::-1], "turned around")
for (above, below), (row, column) in zip(axes[:, 1:].T, [(0, 0), (0, 1), (3, 3)], strict=True):
    show(above, image, f"window at ({row}, {column})", (row, column, 3))
    done = np.where(np.arange(16).reshape(4, 4) <= 4 * row + column, valid, np.nan)
    show(below, done, f"sum = {valid[row, column]:g}", (row, column, 1))
figure.suptitle("A 3 x 3 filter slides over a 6 x 6 image: 4 x 4 places")

# %%
# Valid, same, stride 2; and the filter turned around, which mathematics calls the convolution.
figure, axes = plt.subplots(1, 4, figsize=(11, 3.2), layout="constrained")
ways = {"valid": (1, "valid"), "same": (1, "same"), "stride 2, p = 1": (2, 1)}
for axis, (name, (stride, padding)) in zip(axes[:3], ways.items(), strict=True):
    Z = convolution.cross_correlate(image, w, stride, padding)
    p = sizes.same(3) if padding == "same" else 0 if padding == "valid" else padding
    print(f"{name}: floor((6 + 2*{p} - 3) / {stride}) + 1 = {sizes.output(6, 3, p=p, s=stride)}")
    show(axis, Z, f"{name}: {Z.shape[0]} x {Z.shape[1]}")
show(axes[3], convolution.convolve(image, w), "turned around, valid")
figure.suptitle("The same image and filter, four ways")

# %%
# Why to pad: without it a corner stands in one window and a middle pixel in nine. The gradient of a
# filter of ones counts.
for padding in ("valid", "same"):
    Z, cache = convolution.forward(
        np.ones((1, 6, 6, 1)), np.ones((3, 3, 1, 1)), np.zeros(1), 1, padding
    )
    print(
        f"{padding}: windows in which each pixel"
        f" stands\n{convolution.backward(np.ones_like(Z), cache).dA_prev[0, ..., 0]}"
    )

# %%
# Volumes: 6 x 6 x 3 and two filters 3 x 3 x 3 give 4 x 4 x 2. Parameters do not grow with the
# image: all places use one filter (参数共享), and an output number hangs on one window alone, not
# on the whole image (稀疏连接).
Z, _ = convolution.forward(np.ones((1, 6, 6, 3)), np.ones((3, 3, 3, 2)), np.zeros(2))
print("6x6x3 * 2 filters of 3x3x3 ->", "x".join(map(str, Z.shape[1:])))
print(
    "ten 3x3x3 filters:",
    sizes.convolution_parameters((3, 3), 3, 10),
    "parameters, for an image of any size",
)
print(
    f"32x32x3 -> 28x28x6: {sizes.convolution_parameters((5, 5), 3, 6):,} by convolution,"
    f" {sizes.dense_parameters(3072, 4704):,} dense"
)
