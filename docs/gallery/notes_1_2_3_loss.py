"""
What a mistake costs (损失函数)
===============================

Notes 1.2.2 and 1.2.3. The answer of logistic regression (逻辑回归), ``a = sigmoid(z)``, is the
probability of ``y = 1``. Cross-entropy (交叉熵) charges a sure mistake without limit; squared error
charges at most a half, and its curve is flat where the mistake is largest.
"""

import matplotlib.pyplot as plt
import numpy as np

from netwright.principles import activations, losses

Z = np.linspace(-8, 8, 401)[None, :]
Y = np.ones_like(Z)  # the truth is 1 everywhere
A, _ = activations.forward(Z, "sigmoid")
entropy, kept = losses.binary_forward(Z, Y)
squared, _ = losses.squared_forward(A, Y)
print(
    "L at z = -1000:",
    losses.binary_forward(np.array([[-1000.0]]), np.ones((1, 1)))[0].item(),
    "(no overflow)",
)

# %%
# Why squared error is not used after a sigmoid: its second derivative falls below zero, so J is not
# convex in w, and the slope dies out where z is far on the wrong side. Cross-entropy has the slope
# ``a - y``, which is -1 there.

curvature = losses.squared_curvature(Z, Y)
print("squared error, smallest second derivative:", round(float(curvature.min()), 4))
slope = losses.binary_backward(1.0, kept)
slope_squared = (A - Y) * A * (1 - A)
print(
    "slopes at z = -8:",
    round(float(slope[0, 0]), 4),
    "against",
    round(float(slope_squared[0, 0]), 6),
)

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
for axis, curves, title in (
    (left, (entropy, squared), "Loss when y = 1"),
    (right, (slope, slope_squared), "Its slope dL/dz: what descent follows"),
):
    axis.plot(Z[0], curves[0][0], color="#0072b2", label="cross-entropy")
    axis.plot(Z[0], curves[1][0], color="#c44e00", label="squared error / 2")
    axis.set(title=title, xlabel="z = w.T x + b")
    axis.legend(frameon=False)
left.set_ylabel("L")
right.set_ylabel("dL/dz")
hollow = Z[0][curvature[0] < 0]
left.axvspan(hollow.min(), hollow.max(), color="#f6e3d8", zorder=0)
left.text(hollow.min() + 0.2, 0.75, "squared error\nnot convex here", color="#8a3600", fontsize=9)
