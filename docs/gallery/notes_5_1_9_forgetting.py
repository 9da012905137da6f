"""
How fast the three cells forget (梯度消失)
==========================================

Notes 5.1.9-5.1.11. What does the last output still learn from an input k steps back? The size of
dx<T-k> against that of dx<T>, for a plain RNN, a GRU (门控循环单元) and an LSTM (长短期记忆),
untrained, with gates from shut to open.
"""

import matplotlib.pyplot as plt
import numpy as np

from netwright.principles import sequence

T, n_a, n_x, m = 100, 64, 8, 16
X = np.random.default_rng(0).normal(size=(T, n_x, m))


def fading(name, gate="", shift=0.0, scale=1.0):
    """The curve of one cell, its gate's bias moved and its past weights scaled."""
    rng = np.random.default_rng(1)
    cell = sequence.CELLS[name]
    weights = cell.initialize(n_a, n_x, rng)
    if gate:
        weights[gate] = weights[gate] + shift
    for letter in [w for w in weights if w.startswith("W")]:
        weights[letter][:, :n_a] *= scale
    return sequence.gradient_by_distance(X, weights, cell, rng)


# %%
# bf = 1 is where the LSTM begins. In the GRU 1 - Gu keeps, so its update gate must be shut: bu
# below 0. Along c alone no gradient grows, since gates are below 1; but the past also moves the
# gates, and by that way it may (LSTM, bf = 3).
curves = {
    "RNN": ("C0", "-", fading("RNN")),
    "RNN, Waa x 2.5": ("C0", ":", fading("RNN", scale=2.5)),
    "GRU, bu = 0": ("C1", ":", fading("GRU")),
    "GRU, bu = -4": ("C1", "-", fading("GRU", "bu", -4)),
    "LSTM, bf = 1": ("C2", ":", fading("LSTM")),
    "LSTM, bf = 3": ("C2", "-", fading("LSTM", "bf", 2)),
}
print(f"{'':16} 10 steps   50 steps   99 steps")
figure, axis = plt.subplots(figsize=(7.5, 4.5), layout="constrained")
for name, (colour, line, sizes) in curves.items():
    print(f"{name:16} {sizes[10]:8.1e}   {sizes[50]:8.1e}   {sizes[99]:8.1e}")
    axis.plot(sizes, line, color=colour, label=name)
axis.set(yscale="log", ylim=(1e-12, 1e12), xlabel="distance k, steps", ylabel="|dx<T-k>| / |dx<T>|")
axis.set_title("A plain net forgets or explodes; a memory left open holds on")
axis.legend(ncols=3, fontsize=8)
