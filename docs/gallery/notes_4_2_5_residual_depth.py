"""
Plain against residual nets as they grow deep (残差网络)
========================================================

Notes 4.2.5, 4.2.6: a deeper plain net should do no worse in training, and does; with shortcuts (捷径) it does not,
because a block of zeros is the identity.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

from netwright.principles import optimizers, residual, softmax

rng = np.random.default_rng(0)
zero = residual.Block(np.zeros((4, 4)), np.zeros((4, 1)), np.zeros((4, 4)), np.zeros((4, 1)))
A = rng.random((4, 3))
print("a residual block of zeros is the identity:", bool((residual.forward(A, zero)[0] == A).all()))
print("a plain block of zeros forgets everything:", bool((residual.forward(A, zero, shortcut=False)[0] == 0).all()))

# %%
# 250 digits; blocks of two layers of 32 units between a fixed random first layer and softmax; 100 steps of Adam.
pixels, labels = load_digits(return_X_y=True)
X, Y = pixels[:250].T / 16, softmax.one_hot(labels[:250], 10)


def update(weights, gradients, states):
    """One step of Adam for weights by name."""
    moved = {name: optimizers.adam(w, gradients[name], states[name], 0.002) for name, w in weights.items()}
    return {name: w for name, (w, _) in moved.items()}, {name: state for name, (_, state) in moved.items()}


def train(depth, shortcut):
    rng = np.random.default_rng(1)
    A0 = np.maximum(rng.normal(0, np.sqrt(2 / 64), (32, 64)) @ X, 0)
    weights = [vars(residual.draw(32, rng)) for _ in range(depth)] + [{"out": rng.normal(0, 0.1, (10, 32))}]
    if shortcut:  # blocks begin near the identity
        weights = [{**w, "W2": 0.1 * w["W2"]} if "W2" in w else w for w in weights]
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


depths = (1, 3, 6, 10, 15)
figure, axis = plt.subplots(figsize=(7, 4), layout="constrained")
for name, shortcut in (("plain", False), ("residual", True)):
    costs = [train(depth, shortcut) for depth in depths]
    print(name, {2 * depth: round(cost, 3) for depth, cost in zip(depths, costs, strict=True)})
    axis.plot([2 * depth for depth in depths], costs, "o-", label=name)
axis.set(title="Training cost after 100 steps: deep plain nets get worse", xlabel="layers", ylabel="train cost J")
axis.legend()
