"""Boxes (边框, notes 4.3.7-4.3.9): how well two agree, and which of many for one object stays.

    IoU (交并比) = area of the overlap / area of the union  0 apart, 1 the same; 0.5 counts as found

Non-max suppression (非极大值抑制), class by class: drop every box with pc below 0.6; take the best
that is left; drop the others that overlap it by an IoU of 0.5 or more; again, until none is left. A
box is a row x1, y1, x2, y2: left, top, right, bottom. The functions named ``..._loop`` are the
definitions.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from netwright.principles import require

Array = np.ndarray[Any, Any]


def corners(centred: Array) -> Array:
    """The notes' rows bx, by, bh, bw (centre, height, width) as x1, y1, x2, y2.

    Args:
        centred: (n, 4), heights and widths from 0.

    Raises:
        ValueError: the rows have not four numbers, or a size is negative.
    """
    require.shape("b", centred, (None, 4), "b = (bx, by, bh, bw)")
    bx, by, bh, bw = np.asarray(centred, dtype=float).T
    require.between("bh", bh, 0, np.inf)
    require.between("bw", bw, 0, np.inf)
    return np.stack([bx - bw / 2, by - bh / 2, bx + bw / 2, by + bh / 2], axis=1)


def _check(name: str, boxes: Array) -> None:
    require.shape(name, boxes, (None, 4), f"{name} = rows of (x1, y1, x2, y2)")
    wrong = ~((boxes[:, 2] >= boxes[:, 0]) & (boxes[:, 3] >= boxes[:, 1]))
    if wrong.any():
        found = ", ".join(f"{value:g}" for value in boxes[wrong][0])
        raise ValueError(f"{name} holds the box ({found}): expected x1 <= x2 and y1 <= y2.")


def iou_loop(a: Array, b: Array) -> float:
    """IoU of two boxes, step by step.

    Args:
        a, b: (4,).

    Raises:
        ValueError: a box has not four numbers, or its corners are the wrong way round.
    """
    _check("a", np.atleast_2d(a))
    _check("b", np.atleast_2d(b))
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    # a negative width means that they lie side by side
    overlap = max(width, 0.0) * max(height, 0.0)
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - overlap
    return float(overlap / union) if union > 0 else 0.0


def iou(A: Array, B: Array) -> Array:
    """IoU of every box of A with every box of B; two boxes without area have 0.

    Args:
        A: (n, 4). B: (k, 4).

    Returns:
        (n, k), in [0, 1].

    Raises:
        ValueError: the rows have not four numbers, or a box's corners are the wrong way round.
    """
    _check("A", A)
    _check("B", B)
    # (n, k, 2)
    sides = np.minimum(A[:, None, 2:], B[None, :, 2:]) - np.maximum(A[:, None, :2], B[None, :, :2])
    overlap = np.maximum(sides, 0).prod(axis=2)
    areas = [(boxes[:, 2:] - boxes[:, :2]).prod(axis=1) for boxes in (A, B)]
    union = areas[0][:, None] + areas[1][None, :] - overlap
    found: Array = np.divide(overlap, union, out=np.zeros(union.shape), where=union > 0)
    return found


def _check_answers(boxes: Array, pc: Array, classes: Array, least: float, overlap: float) -> None:
    _check("boxes", boxes)
    require.shape("pc", pc, (len(boxes),), f"one pc a box with boxes {boxes.shape}")
    require.shape("classes", classes, (len(boxes),), f"one class a box with boxes {boxes.shape}")
    require.between("pc", pc, 0, 1)
    require.between("least", least, 0, 1)
    require.between("overlap", overlap, 0, 1)


def suppress_loop(
    boxes: Array, pc: Array, classes: Array, least: float = 0.6, overlap: float = 0.5
) -> list[int]:
    """The rule as the notes give it. Arguments, answer and errors: as ``suppress``."""
    _check_answers(boxes, pc, classes, least, overlap)
    kept = []
    for kind in sorted(set(classes.tolist())):
        left = [i for i in range(len(boxes)) if classes[i] == kind and pc[i] >= least]
        while left:
            best = max(left, key=lambda i: (pc[i], -i))
            kept.append(best)
            left = [i for i in left if i != best and iou_loop(boxes[i], boxes[best]) < overlap]
    return sorted(kept, key=lambda i: (-pc[i], i))


def suppress(
    boxes: Array, pc: Array, classes: Array, least: float = 0.6, overlap: float = 0.5
) -> list[int]:
    """The numbers of the boxes that stay, best first (the earlier of equals).

    All pairs at once: a box drops a worse one of its class when their IoU reaches ``overlap``, if
    it was itself kept.

    Args:
        boxes: (n, 4). pc: (n,), in [0, 1]. classes: (n,), whole numbers. least: the smallest pc.
            overlap: the IoU.

    Raises:
        ValueError: a shape does not fit, a number is outside [0, 1], or a box's corners are the
            wrong way round.
    """
    _check_answers(boxes, pc, classes, least, overlap)
    order = np.argsort(-pc, kind="stable")
    order = order[pc[order] >= least]
    ranked, kinds = boxes[order], classes[order]
    # (n, n), best first
    rivals = (iou(ranked, ranked) >= overlap) & (kinds[:, None] == kinds[None, :])
    stays = np.ones(len(order), dtype=bool)
    for i in range(len(order)):
        if stays[i]:
            stays[i + 1 :] &= ~rivals[i, i + 1 :]
    return [int(i) for i in order[stays]]
