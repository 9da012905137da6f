"""
How well boxes agree, and which stay: IoU and non-max suppression (交并比, 非极大值抑制)
========================================================================================

Notes 4.3.7-4.3.9. IoU is overlap over union; of many answers for one object only the best stays,
class by class.
"""

import matplotlib.pyplot as plt
import numpy as np

from netwright.principles import boxes

paper = {"facecolor": "white", "alpha": 0.85, "edgecolor": "none", "pad": 0.5}


def draw(axis, rows, styles, title):
    for (x1, y1, x2, y2), (color, label, corner) in zip(rows, styles, strict=True):
        axis.add_patch(
            plt.Rectangle((x1, y1), x2 - x1, y2 - y1, fill=False, color=color, linewidth=2)
        )
        x, y = (x1 if "left" in corner else x2), (y1 - 0.15 if "top" in corner else y2 + 0.45)
        axis.text(
            x,
            y,
            label,
            color=color,
            fontsize=9,
            ha="left" if "left" in corner else "right",
            bbox=paper,
        )
    axis.set(title=title, xlim=(0, 10), ylim=(8, 0), aspect="equal", xlabel="x")


# %%
# Truth in black, three answers, given as the notes do: centre bx, by, height bh, width bw.
truth = boxes.corners(np.array([[5.0, 4, 4, 4]]))
answers = boxes.corners(np.array([[5.3, 4.2, 4, 4.2], [6, 5, 4, 4], [7.8, 5.5, 3, 3]]))
figure, axes = plt.subplots(1, 3, figsize=(11, 3.6), sharey=True, layout="constrained")
for axis, answer, value in zip(axes, answers, boxes.iou(answers, truth)[:, 0], strict=True):
    print(f"IoU {value:.2f}: {'found' if value >= 0.5 else 'not found'} at 0.5")
    draw(
        axis,
        [truth[0], answer],
        [("black", "truth", "top left"), ("tab:red", "answer", "bottom right")],
        f"IoU = {value:.2f}",
    )
axes[0].set_ylabel("y")
figure.suptitle("IoU of an answer with the truth")

# %%
# Seven answers for two cars and a person who stands before one of them.
cars, person = 0, 1
found = np.array(
    [
        [1, 2, 4, 5],
        [1.3, 2.2, 4.3, 5],
        [0.8, 1.7, 4, 5.2],
        [6, 3, 9, 6],
        [6.2, 3.2, 9.3, 6],
        [2, 1.8, 3.8, 5.4],
        [5, 1, 6, 2.0],
    ]
)
pc, classes = (
    np.array([0.9, 0.7, 0.8, 0.75, 0.85, 0.7, 0.4]),
    np.array([cars, cars, cars, cars, cars, person, cars]),
)
sure = pc >= 0.6
kept = boxes.suppress(found, pc, classes, least=0.6, overlap=0.5)
print(
    "kept, best first:",
    kept,
    "; the definition with loops says",
    boxes.suppress_loop(found, pc, classes),
)
corners = [
    "top left",
    "bottom right",
    "bottom left",
    "top left",
    "bottom right",
    "top right",
    "top left",
]
colors = np.where(classes == person, "tab:purple", "tab:blue")
steps = [
    ("every answer", np.arange(7)),
    ("1: pc below 0.6 dropped", np.flatnonzero(sure)),
    ("2: per class, the best of each pile stays", kept),
]
figure, axes = plt.subplots(1, 3, figsize=(11, 3.6), sharey=True, layout="constrained")
for axis, (title, shown) in zip(axes, steps, strict=True):
    draw(axis, found[shown], [(colors[i], f"{pc[i]:g}", corners[i]) for i in shown], title)
axes[0].set_ylabel("y")
figure.suptitle("Non-max suppression (blue: cars, purple: a person; numbers: pc)")
