"""
A computation graph, forward and backward (计算图)
==================================================

Notes 1.2.5. ``J = 3(a + bc)`` is taken apart into steps: ``U = bc, V = a + U, J = 3V``. Forward
propagation (前向传播) computes the values from left to right, backward propagation (反向传播) the
derivatives of J from right to left. On the command line: ``netwright explain 'J = 3*(a + b*c)' a=5
b=3 c=2``.
"""

from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np

from netwright.principles import graph, graph_picture

here = {"a": 5, "b": 3, "c": 2}
walk = graph.walk("U = b*c; V = a + U; J = 3*V", here)
for name in ("a", "b", "c", "U", "V", "J"):
    print(f"{name} = {walk.value(name):>4}    dJ/d{name} = {walk.derivative(name)}")

# %%
# The graph draws itself: values in blue above the edges, derivatives in red below them.

SimpleNamespace(_repr_html_=lambda: graph_picture.svg(walk))

# %%
# What the three derivatives mean: move one input a little, leave the others, and J moves by that
# much.

figure, axes = plt.subplots(1, 3, figsize=(10, 3.3), sharey=True, layout="constrained")
for axis, name in zip(axes, here, strict=True):
    slope, at = float(walk.derivative(name)), here[name]
    moved = np.linspace(at - 2, at + 2, 9)
    J = [graph.walk("J = 3*(a + b*c)", {**here, name: value}).result for value in moved]
    axis.plot(moved, J, color="#0072b2")
    axis.plot(at, walk.result, "o", color="#222")
    axis.plot([at, at + 1, at + 1], [33, 33, 33 + slope], color="#b3261e", linewidth=1)
    axis.annotate(
        f"+{slope:.0f}",
        (at + 1, 33 + slope / 2),
        xytext=(4, -4),
        textcoords="offset points",
        color="#b3261e",
    )
    axis.set(title=f"dJ/d{name} = {slope:.0f}", xlabel=name)
axes[0].set_ylabel("J = 3(a + bc)")
