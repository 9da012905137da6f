"""
The same sum without a loop (向量化)
====================================

Notes 1.2.6, 1.2.7 and 1.2.9. The derivatives of logistic regression, once with two loops (over
examples and over features) and once as matrix products: ``dZ = A - Y``, ``dw = X dZ.T / m``, ``db =
sum(dZ) / m``. The numbers are the same.
"""

from time import perf_counter

import matplotlib.pyplot as plt
import numpy as np

from netwright.principles import logistic

rng = np.random.default_rng(0)
features, m, ratios = (12, 120, 1200, 12288), 200, []
for n_x in features:
    X, Y = rng.random((n_x, m)), rng.integers(0, 2, (1, m)).astype(float)
    w = rng.normal(size=(n_x, 1)) * 0.01
    began = perf_counter()
    slow = logistic.loop(X, Y, w, 0.0)
    loop = perf_counter() - began
    times = []
    for _ in range(15):
        began = perf_counter()
        fast = logistic.backward(Y, logistic.forward(X, w, 0.0)[1])
        times.append(perf_counter() - began)
    ratios.append(loop / float(np.median(times)))
    gap = float(np.abs(slow.dw - fast.dw).max())
    print(
        f"n = {n_x:>6,}, m = {m}: the loop takes {ratios[-1]:>4.0f} times as long; dw differs by at"
        f" most {gap:.0e}"
    )

# %%
# The last row is the notes' photograph: ``64 x 64 x 3 = 12,288`` features. The vector form gains
# less there: its X of 20 MB no longer fits the processor's nearest cache, so it waits for memory.
# (The ratios are of the machine that built this.)

figure, axis = plt.subplots(figsize=(6.5, 3.4), layout="constrained")
bars = axis.bar([f"{n_x:,}" for n_x in features], ratios, color="#0072b2", width=0.6)
axis.bar_label(bars, labels=[f"{ratio:.0f}x" for ratio in ratios])
axis.set(
    title="How many times longer the loop takes, 200 examples",
    xlabel="features n_x",
    ylabel="time of loop / time of vector form",
)
axis.margins(y=0.15)
