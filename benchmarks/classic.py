"""Images per second of ImageNet's nets: netwright beside timm's ResNet-18 and VGG-16 and
torchvision's GoogLeNet, in training and in answering, one thread, interleaved.

All run in the peers' environment, .bench/timm, whose torch is the one that torchvision is built
for. Ours trains with everything that a person gets: dev after every epoch, averages of gradients,
the record.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from statistics import median

from benchmarks.harness import Ratio, Table, cell, interleave, start_all
from benchmarks.throughput import verdict
from benchmarks.workloads import CLASSIC, Workload, prepare

OURS, OURS_FLOAT = "netwright, its own choice", "netwright, float32"
THEIRS = {
    "peer, float32": (),
    "peer, float32, channels last": ("channels_last",),
    "peer, bfloat16, channels last": ("channels_last", "bfloat16"),
}
LEAST = 0.97
"""Of the fastest of the peer's ways."""


def run(
    rounds: int, log: Callable[[str], None], names: Sequence[str] = tuple(CLASSIC)
) -> list[Table]:
    """Training and answering of each net."""
    return [
        measure(CLASSIC[name], rounds, partial(_named, log, name), answers)
        for name in names
        for answers in ((), ("answers",))
    ]


def _named(log: Callable[[str], None], name: str, line: str) -> None:
    log(f"{name}: {line}")


def measure(
    work: Workload, rounds: int, log: Callable[[str], None], answers: tuple[str, ...]
) -> Table:
    """One net, every way once a round."""
    prepare(work)
    ours = {OURS: ("auto",), OURS_FLOAT: ()}
    commands = {
        **{
            row: ("timm", ("benchmarks.ours", work.name, *how, *answers))
            for row, how in ours.items()
        },
        **{
            row: ("timm", ("benchmarks.peers.timm", work.name, *how, *answers))
            for row, how in THEIRS.items()
        },
    }
    with ExitStack() as stack:
        asks, missing = start_all(stack, commands)
        found, failed = interleave(asks, rounds, log)
    failed = {**failed, **missing}
    speeds = {
        row: [one["examples_per_cpu_second"] for one in rounds_of]
        for row, rounds_of in found.items()
    }
    best = max(
        (row for row in THEIRS if row in speeds), key=lambda row: median(speeds[row]), default=None
    )
    return Table(
        f"{work.name}, {'answering' if answers else 'training'}: batch {work.batch}, one thread",
        ("way", "images / CPU s", "/ the peer's fastest", "/ the peer in float32"),
        tuple(_row(row, speeds, best or "") for row in commands if row in speeds),
        (*_verdicts(speeds, best), *(f"{name}: {why}" for name, why in failed.items())),
        {"workload": work.name, "rounds": found, "failed": failed},
    )


def _row(row: str, speeds: Mapping[str, Sequence[float]], best: str) -> tuple[str, ...]:
    beside = (best, "peer, float32")
    return (
        row,
        f"{median(speeds[row]):.3g}",
        *(cell(Ratio.between(speeds[row], speeds[one])) if one in speeds else "" for one in beside),
    )


def _verdicts(speeds: Mapping[str, Sequence[float]], best: str | None) -> list[str]:
    if best is None or OURS not in speeds:
        return []
    ratio = Ratio.between(speeds[OURS], speeds[best])
    return [f"{verdict(ratio, LEAST)}: {OURS} / {best} {cell(ratio)}, goal {LEAST:g}"]
