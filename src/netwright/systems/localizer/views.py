"""How well the boxes of dev fit, as tables of a run."""

from __future__ import annotations

from collections import Counter

from netwright.contract import JudgedRun, View
from netwright.metrics.boxes import overlap

LEVELS = (0.5, 0.75, 0.9)


def views(run: JudgedRun) -> list[View]:
    """How many boxes reach an IoU, and what was said of images with a box and of those without."""
    pairs = list(zip(run.examples.without_inputs(), run.answers, strict=True))
    known = [(example, answer) for example, answer in pairs if example.target is not None]
    found = [value for pair in known if (value := overlap(*pair)) is not None]
    reached = [(f"{level:g}", sum(value >= level for value in found)) for level in LEVELS]
    counts = Counter((bool(example.target), answer.box is not None) for example, answer in known)
    there = [
        (name, counts[truth, True], counts[truth, False])
        for name, truth in (("with a box", True), ("without", False))
    ]
    return [
        View(
            f"How well {len(found):,} boxes fit",
            columns=("IoU at least", "boxes"),
            rows=reached,
            of_examples=False,
        ),
        View(
            "Found or not",
            columns=("images", "box answered", "none answered"),
            rows=there,
            of_examples=False,
        ),
    ]
