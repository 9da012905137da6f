"""
Gradients that vanish and explode (梯度消失和梯度爆炸)
======================================================

Notes 2.1.7 and 2.1.9. Every layer multiplies the signal, and on the way back the derivative. A
factor of 0.5 over 20 layers is a millionth, a factor of 2 a million. The scale of the first weights
sets that factor (参数初始化): ``sqrt(2/n[l-1])`` keeps it near 1 for ReLU, ``sqrt(1/n[l-1])`` for
tanh.
"""

import matplotlib.pyplot as plt
import numpy as np

from netwright.principles import check, dense, initialize

rng = np.random.default_rng(0)
width, X, Y = 64, rng.normal(size=(64, 100)), rng.integers(0, 2, (1, 100)).astype(float)
depths = (2, 4, 8, 16, 32)
scales = {
    "small": "randn * 0.01",
    "xavier": "sqrt(1/n[l-1])",
    "he": "sqrt(2/n[l-1])",
    "glorot": "sqrt(2/(n[l-1]+n[l]))",
    "plain": "randn",
}
colours = dict(zip(scales, ("#656d76", "#0072b2", "#c44e00", "#00805e", "#b3261e"), strict=True))


def sizes(activation, scheme, depth):
    """The size of dW[l] for l = 1..depth, before the first step."""
    parameters = initialize.draw([width] * depth + [1], scheme, np.random.default_rng(1))
    A, cache = dense.forward(X, parameters, [activation] * (depth - 1) + ["sigmoid"])
    return check.sizes_by_depth(dense.backward(A - Y, cache)[0])


# %%
# Left: the first layer's gradient as networks grow. Right: layer by layer in one network of 16.
# (What is off the frame is below 1e-15 or above 1e12: with randn * 0.01 the whole right side.)

figure, axes = plt.subplots(2, 2, figsize=(10.5, 7), sharey=True, layout="constrained")
for (against, within), activation in zip(axes, ("relu", "tanh"), strict=True):
    for scheme, formula in scales.items():
        first = [sizes(activation, scheme, depth)[0] for depth in depths]
        marker = "--" if scheme == "glorot" else "-"
        against.loglog(
            depths, first, "o" + marker, color=colours[scheme], markersize=4, label=formula
        )
        within.semilogy(
            np.arange(1, 17),
            sizes(activation, scheme, 16),
            "o" + marker,
            color=colours[scheme],
            markersize=4,
        )
        print(
            f"{activation}, {formula:>22}: size of dW[1] with 2 layers {first[0]:.0e}, with 32"
            f" layers {first[-1]:.0e}"
        )
    against.set(
        title=f"{activation}: dW[1] of networks of 2 to 32 layers",
        xlabel="layers L",
        ylabel="root mean square",
        xticks=depths,
        xticklabels=depths,
        ylim=(1e-15, 1e12),
    )
    against.minorticks_off()
    within.set(title=f"{activation}: dW[l] in one network of 16", xlabel="layer l")
axes[0, 0].legend(frameon=False, fontsize=8, loc="lower left")
