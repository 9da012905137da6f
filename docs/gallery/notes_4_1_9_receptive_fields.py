"""
What one unit can see: the receptive field (感受野)
===================================================

Notes 4.1.6, 4.1.9: ``field += (f - 1) jump``, ``jump *= s``. Two 3 x 3 layers see 5 x 5; a stride
doubles what comes after.
"""

import matplotlib.pyplot as plt
import numpy as np

from netwright.principles import convolution, sizes

nets = {
    "four 3x3": [(3, 1)] * 4,
    "LeNet-5: 5, pool 2, 5, pool 2": [(5, 1), (2, 2), (5, 1), (2, 2)],
    "39x39 net: 3, 5/2, 5/2": [(3, 1), (5, 2), (5, 2)],
}


def sensitivity(layers, n=39):
    """|d(middle unit) / d(pixel)| of a net of random filters, seen through backward passes."""
    rng, A, caches = np.random.default_rng(0), np.zeros((1, n, n, 1)), []
    for f, s in layers:
        A, cache = convolution.forward(A, rng.random((f, f, 1, 1)), np.zeros(1), s)
        caches.append(cache)
    dA = np.zeros_like(A)
    dA[0, A.shape[1] // 2, A.shape[2] // 2, 0] = 1
    for cache in reversed(caches):
        dA = convolution.backward(dA, cache).dA_prev
    return np.abs(dA[0, ..., 0])


# %%
# In the names, 5/2 is a 5 x 5 filter with stride 2. Bright: pixels that the middle unit of the last
# layer reacts to. Most weight lies in the middle of its field.
figure, axes = plt.subplots(2, 2, figsize=(9.5, 8), layout="constrained")
axes = axes.ravel()
for axis, (name, layers) in zip(axes[1:], nets.items(), strict=True):
    reaches = sizes.receptive_fields(layers)
    print(
        f"{name}: fields {[reach.field for reach in reaches]}, jumps"
        f" {[reach.jump for reach in reaches]}"
    )
    axes[0].plot([1, *(reach.field for reach in reaches)], "o-", label=name)
    seen = sensitivity(layers)
    side = int((seen.sum(axis=0) > 0).sum())
    axis.imshow(seen, cmap="magma")
    axis.set(title=f"{name}\nlast unit sees {side} x {side} pixels", xlabel="pixel", ylabel="pixel")
axes[0].set(
    title="The field grows with depth", xlabel="layer", ylabel="field, pixels", xticks=range(5)
)
axes[0].legend(fontsize=9)
