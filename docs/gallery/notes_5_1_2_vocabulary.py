"""
Words become numbers (词汇表, 独热编码)
=======================================

Notes 5.1.2. A vocabulary gives every frequent word a place; a sentence becomes a sequence of
one-hot columns. A word from outside becomes ``<unk>`` (未知词). The text here is the 949 colour
names that matplotlib ships (xkcd survey, CC0).
"""

import matplotlib.pyplot as plt
from matplotlib.colors import XKCD_COLORS

from netwright.principles import vocabulary

names = [name.removeprefix("xkcd:") for name in XKCD_COLORS]
words = [word for name in names for word in name.split()]

# %%
# Few words do most of the work: the most frequent 14 are kept.
known = vocabulary.build(words, most=15)
sentence = ["dark", "green", "with", "a", "very", "bright", "salmon", "pink"]
places = vocabulary.indices(sentence, known)
print(f"{len(words)} words, {len(set(words))} different; kept: {', '.join(known.words)}")
print("places:", places.tolist(), "->", " ".join(vocabulary.words_at(places, known)))
for most in (15, 50, 100, 200):
    inside = vocabulary.indices(words, vocabulary.build(words, most=most)) > 0
    print(f"a vocabulary of {most}: {1 - inside.mean():.0%} of all words are <unk>")

# %%
X = vocabulary.one_hot(places, known)  # (T, n_x, 1)
print("X", X.shape, "- one 1 in each column:", X.sum(axis=1).ravel().tolist())
figure, axis = plt.subplots(figsize=(7, 4.5), layout="constrained")
axis.imshow(X[:, :, 0].T, cmap="Greys", aspect="auto")
axis.set_xticks(range(len(sentence)), [f"{word}\nx<{t}>" for t, word in enumerate(sentence, 1)])
axis.set_yticks(range(len(known.words)), [f"{word}  {i}" for i, word in enumerate(known.words)])
axis.set(title="A sentence as one-hot columns: four are unknown", ylabel="word and its place")
