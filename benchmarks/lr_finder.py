"""How far the learning-rate finder's proposals lie from the best of 15 whole, short trainings.

A rate counts as best when its dev figure lies within the 95% interval of the best one's: on a small
dev set nobody can tell them apart. A proposal passes when it is within a factor 3 of such a rate.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from statistics import mean, median
from typing import Any

from benchmarks.harness import Table

RATES = tuple(10 ** (-5 + 5 * k / 14) for k in range(15))
SEEDS = (0, 1)
FACTOR = 3.0
PINNED = {
    "training.threads": 1,
    "training.step": "eager",
    "training.precision": "float32",
    "training.layout": "contiguous",
}

CASES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "digits, lenet5": ("digits", "lenet5", {"training.epochs": 3}),
    "digits, lenet5, momentum": (
        "digits",
        "lenet5",
        {"training.epochs": 3, "optimizer.name": "momentum"},
    ),
    "digits8, mlp": ("digits8", "mlp", {"training.epochs": 10}),
    "wine, linear": ("wine", "linear", {"training.epochs": 20}),
    "breast-cancer, mlp": ("breast-cancer", "mlp", {"training.epochs": 20}),
    "diabetes, mlp": ("diabetes", "mlp", {"training.epochs": 20}),
}


@dataclass(frozen=True)
class Trial:
    """A rate and its dev figure, lower is better.

    Args:
        value: the mean of the seeds.
        high: the upper end of its 95% interval.
    """

    rate: float
    value: float
    high: float


def run(rounds: int, log: Callable[[str], None]) -> list[Table]:
    """One row a data set; ``rounds`` is not used."""
    rows, figures = [], {}
    for name, (source, model, settings) in CASES.items():
        log(f"lr_finder: {name}")
        trials = [_trial(source, model, settings, rate) for rate in RATES]
        proposals = [_proposal(source, model, settings, seed) for seed in SEEDS]
        rows.append(_row(name, trials, proposals))
        figures[name] = {"trials": [asdict(trial) for trial in trials], "proposals": proposals}
    met = sum(row[-1] == "yes" for row in rows)
    verdict = "met" if met == len(rows) else "NOT met"
    return [
        Table(
            title="The learning-rate finder beside a 15-point sweep of whole trainings",
            columns=("data, net", "best rate", "as good as it", "proposed", "factor", "within 3"),
            rows=tuple(rows),
            notes=(
                (
                    f"{verdict}: {met} of {len(rows)} proposals within a factor {FACTOR:g} of a"
                    " rate that is as good as the best"
                ),
            ),
            figures=figures,
        )
    ]


def _trial(source: str, model: str, settings: dict[str, Any], rate: float) -> Trial:
    import netwright as nw
    from netwright.base.errors import NetwrightError

    found = []
    for seed in SEEDS:
        changes = {**PINNED, **settings, "optimizer.lr": rate, "training.seed": seed}
        with tempfile.TemporaryDirectory() as store:
            try:
                run = nw.train(source, model=model, set=changes, store=store)
            except NetwrightError:  # diverged
                return Trial(rate, math.inf, math.inf)
            found.append(next(iter(run.measures["dev"].values())))
    return Trial(rate, mean(one["value"] for one in found), mean(one["high"] for one in found))


def _proposal(source: str, model: str, settings: dict[str, Any], seed: int) -> float:
    import netwright as nw

    return nw.find_lr(source, model=model, set={**PINNED, **settings, "training.seed": seed}).rate


def _row(name: str, trials: list[Trial], proposals: list[float]) -> tuple[str, ...]:
    best = min(trials, key=lambda trial: trial.value)
    good = [trial.rate for trial in trials if trial.value <= best.high]
    proposed = median(proposals)
    factor = min(max(proposed / rate, rate / proposed) for rate in good)
    reached = max(min(max(one / rate, rate / one) for rate in good) for one in proposals)
    return (
        name,
        f"{best.rate:.2g}",
        f"{min(good):.2g}-{max(good):.2g}",
        f"{proposed:.2g}",
        f"{factor:.1f}",
        "yes" if reached <= FACTOR else "no",
    )
