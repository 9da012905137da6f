"""
A recurrent net, step by step (循环神经网络)
============================================

Notes 5.1.3-5.1.6. a<t> = tanh(Wa [a<t-1>, x<t>] + ba): one cell, the same weights at every time.
Going back (通过时间的反向传播) each step adds its part to the one dWa.
"""

import matplotlib.pyplot as plt
import numpy as np

from netwright.principles import rnn, vocabulary

rng = np.random.default_rng(1)
known = vocabulary.build("hello", special=())
X = vocabulary.one_hot(vocabulary.indices("hello", known), known)  # (T, n_x, m)
weights = rnn.initialize(3, X.shape[1], rng)
Wa, ba = weights["Wa"], weights["ba"]
print(f"X {X.shape} = (T, n_x, m);  Wa {Wa.shape} = (n_a, n_a + n_x) = [Waa | Wax];  ba {ba.shape}")

# %%
# Forward, one letter after the other.
a = np.zeros((3, 1))
for t, (letter, x) in enumerate(zip("hello", X, strict=True), 1):
    stacked = np.concatenate([a, x])
    a = rnn.step(a, x, weights)
    print(
        f"t = {t} {letter!r}: [a<{t - 1}>, x<{t}>] {stacked.shape} -> a<{t}> {a.shape} ="
        f" {a.ravel().round(2)}"
    )

# %%
# All at once, and back: the loss here is the sum of the last a, so that only a<5> has a gradient
# from above.
A, cache = rnn.forward(X, weights)
from_above = np.zeros_like(A)  # dA
from_above[-1] = 1
found = rnn.backward(from_above, cache)
print(
    f"dX {found.dX.shape}, dWa {found.weights['Wa'].shape}, dba {found.weights['ba'].shape}, da0"
    f" {found.da0.shape}"
)
print(
    "the two l of hello give different a, as the past differs:",
    A[2].ravel().round(2),
    A[3].ravel().round(2),
)

figure, axes = plt.subplots(1, 2, figsize=(10, 3.4), layout="constrained")
ticks = [f"{letter}\nt = {t}" for t, letter in enumerate("hello", 1)]
for axis, values, title, rows in (
    (axes[0], A[:, :, 0].T, "a<t>: the same l, another past, another a", "unit of a"),
    (
        axes[1],
        found.dX[:, :, 0].T,
        "dx<t> of the last a: it fades with the distance",
        "letter of x",
    ),
):
    limit = np.abs(values).max()
    image = axis.imshow(values, cmap="RdBu_r", vmin=-limit, vmax=limit, aspect="auto")
    axis.set_xticks(range(5), ticks)
    axis.set_yticks(
        range(len(values)), known.words if rows.startswith("letter") else range(1, len(values) + 1)
    )
    axis.set(title=title, ylabel=rows)
    figure.colorbar(image, ax=axis)
