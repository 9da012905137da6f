"""What a person sees of several numbers: the answers of each against its truths."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from netwright.contract import JudgedRun, View
from netwright.data.several_targets.columns import as_array

MOST = 6
"""Targets that are drawn."""


def views(run: JudgedRun) -> Sequence[View]:
    """A picture of each of the first targets."""
    from netwright.plots.residuals import answers_against_truths

    truths = as_array(run.examples.targets, run.codec.names)
    found = []
    for at, name in enumerate(run.codec.names[:MOST]):
        known = np.flatnonzero(~np.isnan(truths[:, at]))
        given = [run.answers[row].values[name] for row in known.tolist()]
        picture = answers_against_truths(truths[known, at].tolist(), given)
        found.append(View(f"Answers against truths: {name}", svg=picture))
    return found
