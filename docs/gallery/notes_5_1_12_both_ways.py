"""
Reading both ways, and deep (双向循环神经网络, 深度循环神经网络)
================================================================

Notes 5.1.12, 5.1.13. "He said, Teddy bears are on sale", "He said, Teddy Roosevelt ...": what Teddy
is, only the future tells. Which inputs x<s> reach which output a<t>? The size of da<t>/dx<s>, of
nets as they begin.
"""

import matplotlib.pyplot as plt
import numpy as np

from netwright.principles import sequence

rng = np.random.default_rng(0)
T, n_a, n_x, cell = 12, 16, 4, sequence.CELLS["GRU"]
X = rng.normal(size=(T, n_x, 1))


def reach(**form):
    """(T, T): row t, column s is the size of the gradient of a<t> for x<s>."""
    weights = sequence.initialize(cell, n_a, n_x, rng, **form)
    A, cache = sequence.forward(X, weights, cell, **form)
    rows = []
    for t in range(T):
        dA = np.zeros_like(A)
        dA[t] = 1
        dX, _ = sequence.backward(dA, cache)
        rows.append(np.linalg.norm(dX, axis=(1, 2)))
    print(f"{form or 'one way'}: A {A.shape}, {sum(w.size for w in weights.values())} weights")
    return np.array(rows)


# %%
forms = {
    "one way": {},
    "both ways": {"both_ways": True},
    "both ways, 3 layers": {"both_ways": True, "layers": 3},
}
figure, axes = plt.subplots(1, 3, figsize=(11, 4.4), layout="constrained")
for axis, (name, form) in zip(axes, forms.items(), strict=True):
    sizes = reach(**form)
    future = np.triu(sizes, 1).sum() / sizes.sum()
    image = axis.imshow(
        sizes / sizes.max(), cmap="Blues", vmin=0, vmax=1, extent=(0.5, T + 0.5, T + 0.5, 0.5)
    )
    axis.set(
        title=f"{name}\n{future:.0%} comes from the future",
        xlabel="input x<s>",
        ylabel="output a<t>",
    )
figure.colorbar(image, ax=axes, label="|da<t>/dx<s>|, largest = 1")
