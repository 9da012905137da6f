"""Examples per CPU second of one thread: netwright, the bare loop and the peers, interleaved."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median

from benchmarks.harness import Ratio, Table, cell, interleave, start_all
from benchmarks.workloads import WORKLOADS, Workload, prepare

Answers = Mapping[str, Sequence[Mapping[str, float]]]

BARE, FUSED, AGAIN = "bare loop", "bare loop, fused Adam", "the same again (A/A)"
OURS, OURS_AUTO, OURS_SPLITS = "netwright", "netwright, own precision", "netwright, default splits"

TRAINERS: dict[str, tuple[str | None, tuple[str, ...]]] = {
    OURS: (None, ("benchmarks.ours",)),
    OURS_AUTO: (None, ("benchmarks.ours", "auto")),
    OURS_SPLITS: (None, ("benchmarks.ours", "splits")),
    FUSED: (None, ("benchmarks.bare", "fused")),
    AGAIN: (None, ("benchmarks.bare", "fused")),
    BARE: (None, ("benchmarks.bare",)),
    "Lightning, lean": ("lightning", ("benchmarks.peers.lightning", "lean")),
    "Lightning, lean, in-memory batches": ("lightning", ("benchmarks.peers.lightning", "memory")),
    "Lightning, defaults": ("lightning", ("benchmarks.peers.lightning", "default")),
    "fastai": ("fastai", ("benchmarks.peers.fastai",)),
    "fastai, in-memory batches": ("fastai", ("benchmarks.peers.fastai", "memory")),
    "Keras on torch": ("keras", ("benchmarks.peers.keras",)),
    "skorch": ("skorch", ("benchmarks.peers.skorch",)),
    "scikit-learn MLPClassifier": ("sklearn", ("benchmarks.peers.sklearn",)),
}
"""Row -> (the peer whose venv it needs, (module, options))."""


# netwright's own choice for a net without convolutions is float32: the same row twice
MLP_SKIPS = (OURS_AUTO,)
LENET_SKIPS = ("scikit-learn MLPClassifier",)


@dataclass(frozen=True)
class Goal:
    """``row`` is to reach ``ratio`` times ``rival`` on the workloads named."""

    row: str
    rival: str
    ratio: float
    workloads: tuple[str, ...]


GOALS = (
    Goal(OURS, FUSED, 0.98, ("lenet5-64",)),
    Goal(OURS, "Lightning, lean", 1.1, ("lenet5-64",)),
    Goal(OURS, "Lightning, defaults", 1.2, ("lenet5-64",)),
    Goal(OURS, "fastai", 1.1, ("lenet5-64",)),
    Goal(OURS, "Keras on torch", 1.5, ("lenet5-64",)),
    Goal(OURS_AUTO, BARE, 1.4, ("lenet5-256",)),
    Goal(OURS, FUSED, 0.95, ("mlp",)),
    Goal(OURS, "Lightning, lean", 2.2, ("mlp",)),
    Goal(OURS, "fastai", 2.2, ("mlp",)),
    Goal(OURS, "scikit-learn MLPClassifier", 1.0, ("mlp",)),
    Goal(OURS, BARE, 2.0, ("mlp",)),
)


def measure(work: Workload, rounds: int, log: Callable[[str], None]) -> Table:
    """Train everyone's net once a round, beside each other, and compare inside each round."""
    prepare(work)
    commands = {
        row: (peer, (module, work.name, *options))
        for row, (peer, (module, *options)) in TRAINERS.items()
        if row not in (MLP_SKIPS if work.net == "mlp" else LENET_SKIPS)
    }
    with ExitStack() as stack:
        asks, missing = start_all(stack, commands)
        answers, failed = interleave(asks, rounds, lambda line: log(f"{work.name}: {line}"))
    return _table(work, answers, missing | failed, tuple(commands))


def _table(
    work: Workload, answers: Answers, failed: Mapping[str, str], order: Sequence[str]
) -> Table:
    columns = (
        "trainer",
        "examples / CPU s",
        "/ bare fused",
        "/ bare",
        "wall: / bare fused",
        "final loss",
    )
    rows = tuple(
        _row(name, answers) if name in answers else _no_row(failed[name], name) for name in order
    )
    return Table(
        title=f"{work.name}: {_words(work)}",
        columns=columns,
        rows=rows,
        notes=(
            *_verdicts(work, answers),
            *_suspects(answers),
            *(f"{name}: {why}" for name, why in failed.items()),
        ),
        figures={"workload": work.name, "rounds": answers, "failed": dict(failed)},
    )


def _words(work: Workload) -> str:
    net = "MLP 64-128-10" if work.net == "mlp" else "LeNet-5 on 28x28x1"
    return f"{net}, batch {work.batch}, Adam {work.lr:g}, float32, {work.epochs} epochs a round"


def _row(name: str, answers: Answers) -> tuple[str, ...]:
    speeds = _speeds(answers, name)
    return (
        name,
        f"{median(speeds):,.0f}",
        _against(answers, name, FUSED, "examples_per_cpu_second"),
        _against(answers, name, BARE, "examples_per_cpu_second"),
        _against(answers, name, FUSED, "examples_per_second"),
        f"{median(_speeds(answers, name, 'final_loss')):.3f}",
    )


def _no_row(why: str, name: str) -> tuple[str, ...]:
    return (name, "not installed" if why.startswith("not installed") else "failed", "", "", "", "")


def _against(answers: Answers, name: str, rival: str, figure: str) -> str:
    if rival not in answers:
        return ""
    return cell(Ratio.between(_speeds(answers, name, figure), _speeds(answers, rival, figure)))


def _speeds(answers: Answers, name: str, figure: str = "examples_per_cpu_second") -> list[float]:
    return [answer[figure] for answer in answers[name]]


def _verdicts(work: Workload, answers: Answers) -> list[str]:
    """One sentence a goal that both sides were measured for."""
    found = []
    for goal in GOALS:
        if work.name in goal.workloads and {goal.row, goal.rival} <= answers.keys():
            ratio = Ratio.between(_speeds(answers, goal.row), _speeds(answers, goal.rival))
            found.append(
                f"{verdict(ratio, goal.ratio)}: {goal.row} / {goal.rival} {cell(ratio)}, goal"
                f" {goal.ratio:g}"
            )
    return found


def verdict(ratio: Ratio, least: float) -> str:
    """Whether the median reaches ``least``, and whether every round agrees."""
    met = "met" if ratio.median >= least else "NOT met"
    return (
        met if (ratio.low >= least) == (ratio.high >= least) else f"{met}, but the rounds disagree"
    )


def _suspects(answers: Answers) -> list[str]:
    """Who learned much worse than the bare loop, so that its speed is void.

    The default splits are left out: they leave fewer examples to learn from.
    """
    if FUSED not in answers:
        return []
    bare = median(_speeds(answers, FUSED, "final_loss"))
    losses = {
        name: median(_speeds(answers, name, "final_loss"))
        for name in answers
        if name != OURS_SPLITS
    }
    return [
        f"void: {name} ended at a loss of {loss:.3f}, the bare loop at {bare:.3f}"
        for name, loss in losses.items()
        if not loss <= 1.25 * bare
    ]


def run(
    rounds: int, log: Callable[[str], None], names: Sequence[str] = tuple(WORKLOADS)
) -> list[Table]:
    """One table a workload."""
    return [measure(WORKLOADS[name], rounds, log) for name in names]
