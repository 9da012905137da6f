"""Examples per second on one CUDA device: netwright and the bare loop, interleaved.

By the wall clock, since the processor only hands out work; evaluation and record are included on
our side, and at the end of the timed epochs the bare loop waits for the device.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from statistics import median

from benchmarks.harness import BenchmarkError, Ratio, Table, cell, interleave, start_all
from benchmarks.workloads import ON_GPU, Workload, prepare

BARE, HALF, COMPILED = (
    "bare loop, float32",
    "bare loop, bfloat16",
    "bare loop, bfloat16, torch.compile",
)
OURS, OURS_AUTO, OURS_COMPILED = (
    "netwright, float32",
    "netwright, its own choice",
    "netwright, compiled",
)

ROWS: dict[str, tuple[str, ...]] = {
    OURS: ("benchmarks.ours",),
    OURS_AUTO: ("benchmarks.ours", "auto", "steps"),
    OURS_COMPILED: ("benchmarks.ours", "auto", "compiled"),
    BARE: ("benchmarks.bare", "fused", "cuda"),
    HALF: ("benchmarks.bare", "fused", "cuda", "bfloat16"),
    COMPILED: ("benchmarks.bare", "fused", "cuda", "bfloat16", "compiled"),
}
PAIRS = ((OURS, BARE), (OURS_AUTO, HALF), (OURS_COMPILED, COMPILED))
"""Each of ours beside the loop that does the same."""


def run(
    rounds: int, log: Callable[[str], None], names: Sequence[str] = tuple(ON_GPU)
) -> list[Table]:
    """One table a workload.

    Raises:
        BenchmarkError: this machine has no CUDA device.
    """
    import torch

    if not torch.cuda.is_available():
        raise BenchmarkError("this machine has no CUDA device")
    device = torch.cuda.get_device_name()
    return [_measure(work, device, rounds, log) for work in map(ON_GPU.__getitem__, names)]


def _measure(work: Workload, device: str, rounds: int, log: Callable[[str], None]) -> Table:
    prepare(work)
    commands = {
        row: (None, (module, work.name, *options)) for row, (module, *options) in ROWS.items()
    }
    with ExitStack() as stack:
        asks, missing = start_all(stack, commands)
        answers, failed = interleave(asks, rounds, lambda line: log(f"{work.name}: {line}"))
    failed |= missing
    speeds = {
        row: [answer["examples_per_second"] for answer in found] for row, found in answers.items()
    }
    losses = {row: median(answer["final_loss"] for answer in answers[row]) for row in answers}
    return Table(
        title=f"{work.name} on one {device}: batch {work.batch}, {work.epochs} epochs a round",
        columns=("trainer", "examples / s", f"/ {BARE}", "final loss"),
        rows=tuple(
            (
                row,
                f"{median(found):,.0f}",
                cell(Ratio.between(found, speeds[BARE])) if BARE in speeds else "",
                f"{losses[row]:.3f}",
            )
            for row, found in speeds.items()
        ),
        notes=(*_beside(speeds), *(f"{name}: {why}" for name, why in failed.items())),
        figures={"workload": work.name, "rounds": answers, "failed": failed},
    )


def _beside(speeds: Mapping[str, Sequence[float]]) -> list[str]:
    return [
        f"{ours} / {theirs}: {cell(Ratio.between(speeds[ours], speeds[theirs]))}"
        for ours, theirs in PAIRS
        if {ours, theirs} <= speeds.keys()
    ]
