"""
Exponentially weighted averages (指数加权平均)
==============================================

Notes 2.2.3, 2.2.4: ``v_t = k v_(t-1) + (1 - k) x_t`` is an average over about ``1 / (1 - k)`` days, and remembers one
number.
"""

import matplotlib.pyplot as plt
import numpy as np

from netwright.principles import averages

# %%
# A year of daily temperatures, made: a wave of summer and winter, and weather that lasts a few days.
rng, days = np.random.default_rng(1), np.arange(1, 366)
weather = averages.weighted(rng.normal(0, 9, 365), 0.6)
temperature = 10 - 11 * np.cos(2 * np.pi * (days - 20) / 365) + weather

figure, axis = plt.subplots(figsize=(9, 3.8), layout="constrained")
axis.plot(days, temperature, ".", color="0.7", markersize=4, label="each day")
for k, color in ((0.5, "tab:orange"), (0.9, "tab:red"), (0.98, "tab:green")):
    print(f"k = {k}: about {averages.length(k):.0f} days; {k}^{averages.length(k):.0f} = {k ** averages.length(k):.2f}")
    axis.plot(days, averages.weighted(temperature, k), color=color, label=f"k = {k}, {averages.length(k):.0f} days")
axis.set(title="Larger k: smoother, and later", xlabel="day of the year", ylabel="temperature, °C")
axis.legend(fontsize=8)

# %%
# Written out, v is a weighted sum in which the past fades; beyond ``1 / (1 - k)`` days little is left.
figure, axis = plt.subplots(figsize=(9, 3), layout="constrained")
for k, color in ((0.9, "tab:red"), (0.98, "tab:green")):
    w = averages.weights(k, 100)[::-1]
    axis.plot(w, color=color, label=f"k = {k}")
    axis.axvline(averages.length(k), color=color, linestyle=":")
axis.set(title="What each day counts in v; dotted: 1 / (1 - k) days", xlabel="days ago", ylabel="weight (1 - k) k^days")
axis.legend(fontsize=8)

# %%
# Bias correction (偏差修正): starting from v = 0, the first averages are far too small; dividing by ``1 - k^t`` heals it.
first = slice(0, 60)
figure, axis = plt.subplots(figsize=(9, 3.4), layout="constrained")
axis.plot(days[first], temperature[first] + 20, ".", color="0.7", label="each day")
axis.plot(days[first], averages.weighted(temperature + 20, 0.98, corrected=False)[first], "m", label="v")
axis.plot(days[first], averages.weighted(temperature + 20, 0.98)[first], "tab:green", label="v / (1 - k^t)")
axis.set(
    title="k = 0.98: v begins at 0, the corrected average does not",
    xlabel="day of the year",
    ylabel="temperature + 20, °C",
)
axis.legend(fontsize=8)
