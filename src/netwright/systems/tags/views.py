"""What a person sees of a tagger: its tags with their thresholds, below each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from netwright.contract import JudgedRun, View
from netwright.data.several_targets.columns import as_array

MOST = 500
"""Tags that are listed."""


def views(run: JudgedRun) -> Sequence[View]:
    """A table: of each tag how often it is known and true on dev, and its threshold."""
    truth = as_array(run.examples.targets, run.codec.tags)
    thresholds = run.chosen.get("thresholds", {})
    known, true = (~np.isnan(truth)).sum(axis=0), (truth == 1).sum(axis=0)
    rows = [
        [tag, int(known[at]), int(true[at]), thresholds.get(tag)]
        for at, tag in enumerate(run.codec.tags[:MOST])
    ]
    return (
        View(
            "The tags on dev",
            columns=("tag", "known", "true", "threshold"),
            rows=rows,
            of_examples=False,
        ),
    )
