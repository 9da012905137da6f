"""
Plain against residual nets as they grow deep (残差网络)
========================================================

Notes 4.2.5, 4.2.6: a deeper plain net should do no worse in training, and does; with shortcuts
(捷径) it does not, since a block of zeros is the identity.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

from netwright.principles import optimizers, residual, softmax

rng = np.random.default_rng(0)
zero = residual.Block(np.zeros((4, 4)), np.zeros((4, 1)), np.zeros((4, 4)), np.zeros((4, 1)))
A = rng.random((4, 3))
print("a residual block of zeros is the identity:", bool((residual.forward(A, zero)[0] == A).all()))
print(
    "a plain block of zeros forgets everything:",
    bool((residual.forward(A, zero, shortcut=False)[0] == 0).all()),
)

# %%
# 250 digits; blocks of two layers of 32 units between a fixed random first layer and softmax; 100
# steps of Adam. Plain and residual begin with the same numbers, and take the same steps: only the
# shortcut is different.
pixels, labels = load_digits(return_X_y=True)
X, Y = pixels[:250].T / 16, softmax.one_hot(labels[:250], 10)


def update(weights, gradients, states):
    """One step of Adam for weights by name."""
    moved = {
        name: optimizers.adam(w, gradients[name], states[name], 0.002)
        for name, w in weights.items()
    }
    return {name: w for name, (w, _) in moved.items()}, {
        name: state for name, (_, state) in moved.items()
    }


def train(depth, shortcut, scale):
    """J after the last step; scale: times its usual size, where every block's W2 begins."""
    rng = np.random.default_rng(1)
    A0 = np.maximum(rng.normal(0, np.sqrt(2 / 64), (32, 64)) @ X, 0)
    weights = [vars(residual.draw(32, rng)) for _ in range(depth)]
    weights = [{**w, "W2": scale * w["W2"]} for w in weights] + [
        {"out": rng.normal(0, 0.1, (10, 32))}
    ]
    states = [{name: optimizers.start(letter) for name, letter in w.items()} for w in weights]
    for _ in range(100):
        blocks, out = [residual.Block(**w) for w in weights[:-1]], weights[-1]["out"]
        A, caches = residual.stack_forward(A0, blocks, shortcut=shortcut)
        loss = softmax.cross_entropy(out @ A, Y)
        _, gradients = residual.stack_backward(out.T @ loss.dZ / 250, caches)
        dw = [*map(vars, gradients), {"out": loss.dZ @ A.T / 250}]
        steps = [update(*layer) for layer in zip(weights, dw, states, strict=True)]
        weights, states = [w for w, _ in steps], [state for _, state in steps]
    return loss.J


# %%
# Left, W by sqrt(2 / n) as always: the shortcut alone already helps, though what it adds up grows
# with depth. Right, all W2 ten times smaller, so that a residual block begins near the identity,
# and more of them cost nothing; a plain block then begins near 0 and passes nothing on.
depths = (1, 3, 6, 10, 15)
figure, axes = plt.subplots(1, 2, figsize=(10, 4), sharey=True, layout="constrained")
for axis, scale, title in (
    (axes[0], 1.0, "W2 as in any relu layer"),
    (axes[1], 0.1, "W2 a tenth of that"),
):
    for name, shortcut in (("plain", False), ("residual", True)):
        costs = [train(depth, shortcut, scale) for depth in depths]
        print(
            f"{title}: {name}",
            {2 * depth: f"{cost:.1e}" for depth, cost in zip(depths, costs, strict=True)},
        )
        axis.plot([2 * depth for depth in depths], costs, "o-", label=name)
    axis.axhline(np.log(10), color="grey", linestyle=":", label="knows nothing: log 10")
    axis.set(title=title, xlabel="layers", yscale="log")
axes[0].set_ylabel("train cost J after 100 steps")
axes[0].legend()
figure.suptitle("The same start, with and without shortcuts: deep plain nets get worse")
