"""
Four activations and their derivatives (激活函数)
=================================================

Notes 1.3.5 and 1.4.2. sigmoid ``a(1 - a)``, tanh ``1 - a^2``, ReLU 0 or 1, leaky ReLU 0.01 or 1.
The largest slope of sigmoid is a quarter: ten such layers shrink a gradient a million times. tanh
reaches 1 at ``z = 0``, ReLU keeps 1 for every ``z > 0``.
"""

import matplotlib.pyplot as plt
import numpy as np

from netwright.principles import activations

names = ("sigmoid", "tanh", "relu", "leaky_relu")
Z = np.linspace(-5, 5, 501)
figure, axes = plt.subplots(
    2, 2, figsize=(8.4, 5.6), sharex=True, sharey=True, layout="constrained"
)
for axis, name in zip(axes.flat, names, strict=True):
    A, cache = activations.forward(Z, name)
    slope = activations.backward(np.ones_like(Z), cache)
    print(
        f"{name:>10}: a from {A.min():.3f} to {A.max():.3f}, largest slope {slope.max():.2f}, slope"
        f" at z = -5 {slope[0]:.4f}"
    )
    axis.axhline(0, color="#d5d8dc", linewidth=0.8, zorder=0)
    axis.axvline(0, color="#d5d8dc", linewidth=0.8, zorder=0)
    axis.plot(Z, A, color="#0072b2", label="a = g(z)")
    axis.plot(Z, slope, color="#c44e00", linestyle="--", label="g'(z)")
    axis.set(title=name.replace("_", " "), ylim=(-1.15, 1.6))
    axis.tick_params(labelbottom=True)
axes[0, 0].legend(frameon=False, loc="upper left")
for axis in axes[1]:
    axis.set_xlabel("z")

# %%
# What ten layers leave of a derivative of 1 (梯度消失) when every z is 0.5: the product of ten
# slopes.

for name in names:
    left = np.ones(1)
    for _ in range(10):
        left = activations.backward(left, activations.forward(np.array([0.5]), name)[1])
    print(f"{name:>10}: {left.item():.1e}")
