"""
Gradient clipping (梯度修剪)
============================

Notes 5.1.9. The net is one unit, a<t> = tanh(w a<t-1> + b), and should be at 0.7 after 50 steps.
Its cost has a wall: near it the gradient explodes (梯度爆炸). One step there throws the weights far
away; clipped by norm it stays near.
"""

import matplotlib.pyplot as plt
import numpy as np

from netwright.principles import clipping, rnn

T, target = 50, 0.7
X, a0 = np.zeros((T, 1, 1)), np.full((1, 1), -0.5)


def cost(w, b):
    """J = (a<T> - target)^2, and its gradient."""
    A, cache = rnn.forward(X, {"Wa": np.array([[w, 0.0]]), "ba": np.array([[b]])}, a0)
    dA = np.zeros_like(A)
    dA[-1] = 2 * (A[-1] - target)
    found = rnn.backward(dA, cache).weights
    return (A[-1].item() - target) ** 2, {"w": found["Wa"][:, :1], "b": found["ba"]}


def descend(limit, steps=60, r=0.05):
    """The path of (w, b), and the norm of the gradient before each step."""
    w, b, path, norms = 1.8, 0.12, [(1.8, 0.12)], []
    for _ in range(steps):
        _, gradients = cost(w, b)
        norms.append(clipping.norm(gradients))
        step = clipping.by_norm(gradients, limit)
        w, b = w - r * step["w"].item(), b - r * step["b"].item()
        path.append((w, b))
    return np.array(path), np.array(norms)


# %%
ws, bs = np.linspace(0.6, 2.6, 41), np.linspace(-0.2, 0.6, 41)
J = np.array([[cost(w, b)[0] for w in ws] for b in bs])
runs = {"not clipped": descend(np.inf), "clipped by norm, limit 1": descend(1.0)}
figure, axes = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
figure.colorbar(axes[0].contourf(ws, bs, J, levels=30, cmap="Greys"), ax=axes[0], label="J")
for (name, (path, norms)), colour in zip(runs.items(), ("C3", "C0"), strict=True):
    print(
        f"{name}: largest |g| {norms.max():.3g}, ends at J = {cost(*path[-1])[0]:.3g}, w ="
        f" {path[-1][0]:.3g}, b = {path[-1][1]:.3g}"
    )
    axes[0].plot(*path.T, ".-", color=colour, label=name)
    axes[1].plot(norms, ".-", color=colour, label=name)
axes[0].set(xlim=(ws[0], ws[-1]), ylim=(bs[0], bs[-1]), xlabel="w", ylabel="b")
axes[0].set_title("At the wall: thrown off, or a short step")
axes[0].legend(loc="lower left", fontsize=8)
axes[1].set(
    yscale="log", xlabel="step", ylabel="|g|", title="The norm of the gradient before clipping"
)
axes[1].legend(fontsize=8)
