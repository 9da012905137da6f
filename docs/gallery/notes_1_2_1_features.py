"""
An image becomes a column of numbers (特征向量)
===============================================

Notes 1.2.1. A colour photograph is three matrices of integers: red, green and blue. Laid out one
after the other and divided by 255 they are the feature vector x; m of them side by side are the
matrix X.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_sample_image

from netwright.principles import features

photograph = load_sample_image("china.jpg")[60:380:5, 150:470:5]  # 64 x 64 pixels of a temple
x = features.image_to_column(photograph)
print(
    "the image",
    photograph.shape,
    photograph.dtype,
    "becomes x",
    x.shape,
    "from",
    x.min(),
    "to",
    x.max(),
)

# %%
# 64 x 64 x 3 = 12,288 features. The way back gives the same pixels.

back = features.column_to_image(x, photograph.shape)
print("the same pixels come back:", np.array_equal(back, photograph))
X = features.images_to_matrix([photograph, photograph[:, ::-1]])
print("X of two images:", X.shape)

# %%
# The three matrices, and the column that they make.

figure, axes = plt.subplots(
    1, 5, figsize=(11, 3.1), width_ratios=(1, 1, 1, 1, 1.5), layout="constrained"
)
axes[0].imshow(photograph)
axes[0].set_title("image, 64 x 64 x 3")
for axis, channel, name in zip(axes[1:], range(3), ("Reds", "Greens", "Blues"), strict=False):
    axis.imshow(photograph[:, :, channel], cmap=f"{name}_r", vmin=0, vmax=255)
    axis.set_title(f"{name[:-1].lower()}, 64 x 64")
for axis in axes[:4]:
    axis.set_xticks([])
    axis.set_yticks([])
for channel, colour in enumerate(("#b3261e", "#00805e", "#0072b2")):
    rows = np.arange(channel * 4096, (channel + 1) * 4096)
    axes[4].plot(rows, x[rows, 0], ",", color=colour)
axes[4].set(title="x, 12,288 x 1", xlabel="row of x", ylabel="value", ylim=(0, 1))
