"""Augmented images per second: netwright beside kornia (one thread) and Pillow (two workers)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from statistics import median

from benchmarks.augmenting import BATCHES, OPERATIONS
from benchmarks.harness import Ratio, Table, cell, interleave, start_all
from benchmarks.throughput import verdict

Answers = Mapping[str, Sequence[Mapping[str, float]]]

OURS, KORNIA, OURS_TWO, PILLOW = (
    "netwright",
    "kornia",
    "netwright, two threads",
    "Pillow, two workers",
)
RIVALS = {
    OURS: (None, "benchmarks.augment_ours", 1),
    KORNIA: ("kornia", "benchmarks.peers.kornia", 1),
    OURS_TWO: (None, "benchmarks.augment_ours", 2),
    PILLOW: (None, "benchmarks.peers.pillow", 1),
}
"""Row -> (the peer whose venv it needs, module, threads)."""

GOAL = 2.0
"""Times kornia, for the same operations."""


def run(rounds: int, log: Callable[[str], None]) -> list[Table]:
    """One table a size of image."""
    return [_measure(side, rounds, log) for side in BATCHES]


def _measure(side: int, rounds: int, log: Callable[[str], None]) -> Table:
    commands = {
        name: (peer, (module, str(side), str(threads)))
        for name, (peer, module, threads) in RIVALS.items()
    }
    with ExitStack() as stack:
        asks, missing = start_all(stack, commands)
        answers, failed = interleave(
            asks, rounds, lambda line: log(f"augment {side}x{side}: {line}")
        )
    failed = missing | failed
    return Table(
        title=(
            f"Augmentation: {side}x{side}x3, batches of {BATCHES[side]}, from bytes to standardized"
            " floats"
        ),
        columns=(
            "operation",
            "images / CPU s",
            "/ kornia",
            "images / s, two threads",
            "/ Pillow, two workers",
        ),
        rows=tuple(_row(name, answers) for name in OPERATIONS),
        notes=(*_verdicts(answers), *(f"{name}: {why}" for name, why in failed.items())),
        figures={"side": side, "rounds": answers, "failed": failed},
    )


def _row(operation: str, answers: Answers) -> tuple[str, ...]:
    ours, two = (
        _speeds(answers, name, f"{operation}/{kind}")
        for name, kind in ((OURS, "cpu"), (OURS_TWO, "wall"))
    )
    return (
        operation,
        f"{median(ours):,.0f}" if ours else "failed",
        _against(answers, OURS, KORNIA, f"{operation}/cpu"),
        f"{median(two):,.0f}" if two else "failed",
        _against(answers, OURS_TWO, PILLOW, f"{operation}/wall"),
    )


def _against(answers: Answers, name: str, rival: str, figure: str) -> str:
    ours, theirs = _speeds(answers, name, figure), _speeds(answers, rival, figure)
    return cell(Ratio.between(ours, theirs), digits=1) if ours and theirs else ""


def _speeds(answers: Answers, name: str, figure: str) -> list[float]:
    return [answer[figure] for answer in answers.get(name, ())]


def _verdicts(answers: Answers) -> list[str]:
    """One sentence an operation that both were measured for."""
    if not {OURS, KORNIA} <= answers.keys():
        return []
    found = []
    for name in OPERATIONS:
        ratio = Ratio.between(*(_speeds(answers, who, f"{name}/cpu") for who in (OURS, KORNIA)))
        found.append(
            f"{verdict(ratio, GOAL)}: {name}, {cell(ratio, digits=1)} times kornia, goal {GOAL:g}"
        )
    return found
