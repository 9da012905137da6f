"""Whether the 95% interval of a dev error holds the truth: dev sets drawn from what real nets
answered to many held-out examples.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from benchmarks.doctor.nets import RealNet
from benchmarks.harness import Table
from netwright.metrics.intervals import bootstrap, wilson

DRAWS, DEV = 500, 300


def run(nets: Sequence[RealNet], log: Callable[[str], None]) -> Table:
    """How often the interval of a drawn dev set holds the error of all that is held out."""
    rng = np.random.default_rng(1)
    found = []
    for net in nets:
        truth, held = float(net.held_out.mean()), 0
        for _ in range(DRAWS):
            low, high = wilson(int(rng.choice(net.held_out, DEV).sum()), DEV)
            held += low <= truth <= high
        found.append(held / DRAWS)
    mean = float(np.mean(found))
    low, high = bootstrap(found, np.mean)  # the draws of a net are one cluster
    rows = [
        (net.data, net.name, f"{net.held_out.mean():.1%}", f"{one:.1%}")
        for net, one in zip(nets, found, strict=True)
    ]
    log("doctor: intervals are held against the truth")
    return Table(
        f"The doctor: intervals of {DEV} dev examples, {DRAWS} draws a net",
        ("data", "net", "true error", "held"),
        tuple(rows),
        (f"held: {mean:.1%} ({low:.1%} to {high:.1%}, the nets drawn); goal 93% to 97%",),
        {},
    )
