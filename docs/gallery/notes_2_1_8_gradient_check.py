"""
Is the backward pass right? (梯度检验)
======================================

Notes 2.1.8 and 2.1.11. Compare each derivative with ``(J(theta + eps) - J(theta - eps)) / (2
eps)``. The relative difference says: 1e-7 is good, 1e-3 is a mistake, and the parameter that is
furthest off is named.
"""

import matplotlib.pyplot as plt
import numpy as np

from netwright.principles import check, dense, initialize

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(4, 20)), rng.integers(0, 2, (1, 20)).astype(float)
names = ["tanh", "tanh", "sigmoid"]
parameters = initialize.draw([4, 6, 5, 1], "xavier", rng)
A, cache = dense.forward(X, parameters, names)
right, _ = dense.backward(A - Y, cache)


def cost(theta):
    """J of parameters by name."""
    _, cache = dense.forward(X, theta, names)
    return dense.cost(cache.Z, Y, "sigmoid")[0]


# %%
# The backward pass as it is, and with a planted bug: one forgets that tanh bends on the way through
# layer 2.

planted = dict(right)
# dA[2] where dZ[2] belongs
planted["W[2]"] = parameters["W[3]"].T @ (A - Y) @ cache.layers[1].A_prev.T / 20
reports = {
    "right": check.check(cost, parameters, right),
    "planted bug in W[2]": check.check(cost, parameters, planted),
}
for title, report in reports.items():
    print(f"{title}: {report}")

# %%
# How large should eps be? Too large, and the formula itself is off (its error grows with eps^2);
# too small, and rounding eats the difference of two nearly equal numbers (its error grows with
# 1/eps).

steps = 10.0 ** np.arange(-12, 0)
errors = [check.check(cost, parameters, right, eps=eps).difference for eps in steps]
figure, (left, right_side) = plt.subplots(1, 2, figsize=(10.5, 3.8), layout="constrained")
for shift, (title, report), colour in zip(
    (-0.2, 0.2), reports.items(), ("#0072b2", "#b3261e"), strict=True
):
    left.bar(
        np.arange(6) + shift, list(report.by_name.values()), width=0.4, color=colour, label=title
    )
left.axhline(check.GOOD, color="#00805e", linestyle=":", label="good, 1e-7")
left.axhline(check.BAD, color="#444", linestyle=":", label="bad, 1e-3")
left.set(
    title="The parameter with the bug stands out",
    xticks=range(6),
    xticklabels=list(parameters),
    yscale="log",
    ylim=(1e-12, 1e3),
    ylabel="relative difference",
)
left.legend(frameon=False, fontsize=8, ncols=2, loc="upper left")
right_side.loglog(steps, errors, "o-", color="#0072b2", markersize=4)
right_side.set(
    title="A right gradient, checked with different eps", xlabel="eps", ylabel="relative difference"
)
