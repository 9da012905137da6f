"""
Leaving a saddle point (鞍点)
=============================

Notes 2.2.9: in many dimensions a place with gradient 0 is hardly ever a bad minimum; it is a
saddle, up one way and down another, with flat ground (平稳段) all around it. Who gets away first?
"""

import matplotlib.pyplot as plt
import numpy as np

from netwright.principles import optimizers

# %%
# ``J = 40 x^2 - y^2 + y^4 / 2``: a saddle at (0, 0), minima at (0, -1) and (0, 1); the start is a
# hair off the ridge. The steep walls bound the rate: plain descent shakes itself to pieces from ``2
# / 80`` on, momentum (k = 0.9) from 0.47 on.


def cost(w):
    return 40 * w[..., 0] ** 2 - w[..., 1] ** 2 + w[..., 1] ** 4 / 2


def gradient(w):
    return np.array([80 * w[0], -2 * w[1] + 2 * w[1] ** 3])


steps, rates = 450, {"gradient descent": 0.02, "momentum": 0.2, "RMSprop": 0.02, "Adam": 0.02}
start = np.array([0.15, 1e-5])
paths = {
    name: optimizers.descend(gradient, start, update, rates[name], steps)
    for name, update in optimizers.OPTIMIZERS.items()
}
print(f"{'optimizer':<18} {'steps to y > 0.5':>17}")
for name, path in paths.items():
    away = np.flatnonzero(path[:, 1] > 0.5)
    print(f"{name:<18} {away[0] if away.size else f'not in {steps}':>17}")

# %%
figure, (ground, curve) = plt.subplots(1, 2, figsize=(10.5, 4.4), layout="constrained")
x, y = np.meshgrid(np.linspace(-0.2, 0.2, 120), np.linspace(-0.4, 1.3, 120))
heights = ground.contourf(x, y, cost(np.stack([x, y], axis=-1)), levels=20, cmap="Greys")
figure.colorbar(heights, ax=ground, label="J")
for name, path in paths.items():
    ground.plot(path[:, 0], path[:, 1], ".-", markersize=3, linewidth=1, label=name)
    curve.plot(cost(path), label=name)
ground.plot(0, 0, "kx", markersize=10)
ground.set(title="The saddle (x) and the minimum, from above", xlabel="x (steep)", ylabel="y")
curve.set(
    title="J: plain descent stays longest on the plateau", xlabel="step", ylabel="J", ylim=(-0.6, 1)
)
curve.legend()

# %%
# Close to the ridge the gradient along y is ``-2y``: plain steps multiply y by ``1 + 2r``, so 1.04,
# beginning at nothing. Momentum (动量) bears ten times the rate, because steps that change sides
# cancel in the average. RMSprop and Adam divide by the size of the gradient itself: along y, too,
# their steps are about r long from the start.
