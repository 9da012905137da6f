"""
Edges of a real photograph (边缘检测)
=====================================

Notes 4.1.2-4.1.4, 4.1.7: a 3 x 3 filter (过滤器) slides over the image and answers where brightness
changes.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_sample_image

from netwright.principles import convolution, edges, optimizers

# %%
# The notes' small example: bright to dark gives 30, dark to bright -30.
step = np.hstack([np.full((6, 3), 10.0), np.zeros((6, 3))])
print("bright to dark\n", edges.detect(step, edges.vertical()))
print("dark to bright\n", edges.detect(step[:, ::-1], edges.vertical()))

# %%
# A photograph (scikit-learn's china.jpg), grey, brightness 0 to 1. Red: bright to dark; blue: dark
# to bright.
photo = load_sample_image("china.jpg")[60:330, 100:500].mean(axis=2) / 255
filters = {
    "vertical, bright left": edges.vertical(),
    "horizontal, bright above": edges.horizontal(),
    "Sobel at 55°": edges.at_angle(55),
    "Scharr at 70°": edges.at_angle(70, "scharr"),
}
figure, axes = plt.subplots(2, 3, figsize=(10.5, 5.6), layout="constrained")
axes[0, 0].imshow(photo, cmap="gray")
axes[0, 0].set_title("the photograph")
for axis, (name, w) in zip(axes.flat[1:], filters.items(), strict=False):
    found = edges.detect(photo, w)
    top = np.quantile(np.abs(found), 0.995)
    axis.imshow(found, cmap="RdBu_r", vmin=-top, vmax=top)
    axis.set_title(name)
axes[1, 2].imshow(
    edges.strength(photo), cmap="gray_r", vmax=np.quantile(edges.strength(photo), 0.995)
)
axes[1, 2].set_title("Sobel, any direction: sqrt(v² + h²)")
for axis in axes.flat:
    axis.set_axis_off()
figure.suptitle("Edges by filter; red: bright to dark, blue: dark to bright")

# %%
# A colour image needs a filter as deep as itself; zeros for green and blue leave the edges of the
# red layer alone.
colour = load_sample_image("china.jpg")[60:330, 100:500] / 255
red = np.stack([edges.vertical(), np.zeros((3, 3)), np.zeros((3, 3))], axis=2)  # 3 x 3 x 3
Z, _ = convolution.forward(colour[None], red[..., None], np.zeros(1))
print("red edges alone:", np.allclose(Z[0, ..., 0], edges.detect(colour[..., 0], edges.vertical())))

# %%
# A filter can be learned: shown only the photograph and Sobel's answer, descent finds Sobel's nine
# numbers.
small = photo[::2, ::2] - photo.mean()
wanted = edges.detect(small, edges.vertical("sobel"))
W = np.zeros((3, 3, 1, 1))
state = optimizers.start(W)
for _ in range(600):
    Z, cache = convolution.forward(small[None, ..., None], W, np.zeros(1))
    error = Z - wanted[None, ..., None]
    gradient = convolution.backward(error / error.size, cache, input_too=False).dW
    W, state = optimizers.adam(W, gradient, state, r=0.03)
print(f"learned, mean square error {np.mean(error**2):.1e}:\n{W[..., 0, 0].round(2)}")
