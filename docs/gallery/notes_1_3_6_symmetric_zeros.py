"""
Zeros stay equal for ever (随机初始化参数)
==========================================

Notes 1.3.6. Hidden units that begin with equal weights compute the same, get the same derivative,
and take the same step: four units remain one. Small random values (``randn * 0.01``) break the tie.
The bias may begin at zero.
"""

import matplotlib.pyplot as plt
import numpy as np

from netwright.principles import initialize, shallow

rng = np.random.default_rng(0)
X = rng.uniform(-1, 1, (2, 200))
Y = (X[:1] * X[1:] > 0).astype(float)

figure, axes = plt.subplots(1, 2, figsize=(9, 3.6), sharey=True, layout="constrained")
for axis, scheme in zip(axes, ("zeros", "small"), strict=True):
    now, track, costs = initialize.draw([2, 4, 1], scheme, np.random.default_rng(1)), [], []
    for _ in range(60):
        track.append(now["W[1]"][:, 0])
        now, J = shallow.train(X, Y, now, rate=2.0, steps=100, activation="sigmoid")
        costs += J
    track, spread = np.array(track), np.ptp(now["W[1]"], axis=0).max()
    right = ((shallow.forward(X, now, "sigmoid")[0] > 0.5) == Y).mean()
    print(
        f"{scheme}: units differ by {spread:.2g} after 6,000 steps; J {costs[0]:.3f} ->"
        f" {costs[-1]:.3f}; {right:.0%} right"
    )
    axis.plot(np.arange(60) * 100, track, linewidth=1.5)
    axis.set(
        title={
            "zeros": "From zeros: 4 units, one line",
            "small": "From randn * 0.01: 4 units part",
        }[scheme],
        xlabel="step",
    )
axes[0].set_ylabel("W[1][unit, x1]")

# %%
# With tanh or ReLU, zeros are even worse than equal: ``W[2] = 0`` hands no derivative back, and
# ``A[1] = 0`` hands no value on, so no weight ever moves.

stuck, _ = shallow.train(X, Y, initialize.draw([2, 4, 1], "zeros", rng), rate=2.0, steps=500)
print(
    "tanh from zeros, largest weight after 500 steps:",
    max(np.abs(stuck["W[1]"]).max(), np.abs(stuck["W[2]"]).max()),
)
