"""
A net that writes names (语言模型, 新序列采样)
==============================================

Notes 5.1.8, 5.1.10. An LSTM reads the 949 colour names that matplotlib ships (xkcd survey, CC0),
letter by letter, and learns to guess the next. Then it writes its own: at a low temperature (温度)
the safe ones, at a high one wild ones.
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import XKCD_COLORS

from netwright.principles import name_writer
from netwright.principles.sequence import CELLS

names = [name.removeprefix("xkcd:") for name in XKCD_COLORS]
rng, cell = np.random.default_rng(0), CELLS["LSTM"]
known = name_writer.letters(names)
weights = name_writer.initialize(cell, 64, known, rng)

# %%
# Every tenth name is kept back, to see that it learns how names are made and not only these names.
# Any list will do: from 7,944 first names (NLTK's names corpus) the same 64 units learn a
# perplexity of 8.4 of 30, for names kept back, in 1,500 steps (4 s), and write jinni, marie,
# elvina, talligerta.
seen, kept_back = [n for i, n in enumerate(names) if i % 10], names[::10]
parts, costs = 8, []
for part in range(parts):
    weights, J = name_writer.train(seen, weights, cell, known, rng, r=2.0, steps=60, m=32)
    costs.append(J)
    other, _ = name_writer.cost(name_writer.batch(kept_back, known), weights, cell)
    print(
        f"step {60 * (part + 1)}: perplexity {np.exp(J[-10:].mean()):.1f}, of names kept back"
        f" {np.exp(other):.1f}"
    )
print(f"knowing nothing: {len(known.words)}")

# %%
written = {}
for temperature in (0.3, 1.0, 2.0):
    drawn = [
        name_writer.sample(weights, cell, known, rng, temperature=temperature) for _ in range(40)
    ]
    written[temperature] = drawn
    print(
        f"temperature {temperature}: {len(set(drawn))} different of 40,"
        f" {np.mean([n in seen for n in drawn]):.0%} known"
    )
print(
    "beginning with 'purpl':",
    name_writer.sample(weights, cell, known, rng, temperature=0.3, beginning="purpl"),
)

# %%
figure, axes = plt.subplots(1, 2, figsize=(11, 4.8), layout="constrained", width_ratios=(2, 3))
axes[0].plot(np.exp(np.concatenate(costs)), lw=0.8)
axes[0].set(
    title="Among how many letters it hesitates",
    xlabel="step",
    ylabel="perplexity exp(J) of the mini-batch",
)
real = {word for name in names for word in name.split()}
fractions, below = [], []
for temperature, drawn in written.items():
    fractions.append(np.mean([word in real for name in drawn for word in name.split()]))
    below.append("\n".join([f"temperature {temperature}", "", *(name[:22] for name in drawn[:10])]))
axes[1].bar(below, fractions, color="C1", width=0.5)
axes[1].set(
    title="Written: safe, as learned, wild", ylabel="fraction of words that are real", ylim=(0, 1)
)
axes[1].tick_params(axis="x", labelsize=8)
