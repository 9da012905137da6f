"""Whole trainings with one planted disease each: is the first verdict, or the finding, the one that
it should be?
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.doctor.confusion import HEALTHY, Judgement, table
from benchmarks.doctor.nets import sources
from benchmarks.harness import Table

QUICK = {
    "model.name": "mlp",
    "model.hidden": [64],
    "training.reference_seconds": 0,
    "training.threads": 1,
    "training.precision": "float32",
    "split.dev": 0.3,
    "split.test": 0.05,
}

BEST = {"hi": 0.19, "mlbench-satellite": 0.07, "mlbench-letterrecognition": 0.03, "digits": 0.02}
"""The error that nobody can avoid, about: what the best methods reach with all of the data."""

Arrays = tuple[NDArray[Any], NDArray[Any]]


@dataclass(frozen=True)
class Disease:
    """What is planted.

    Args:
        expected: the gap that is to come first; or a finding's code.
        settings: over a sound recipe.
        examples: how many are learned from and measured.
        change: what is done to the data.
    """

    name: str
    expected: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    examples: int = 2500
    change: Callable[[Arrays, Any], Arrays] = lambda data, rng: data


def _leaking(data: Arrays, rng: Any) -> Arrays:
    """A column that is the class itself."""
    x, y = data
    codes = np.unique(y, return_inverse=True)[1]
    return np.column_stack([x, codes + rng.normal(0, 0.01, len(y))]), y


DISEASES = (
    Disease("too small", "avoidable bias", {"model.hidden": [2]}),
    Disease("too short", "avoidable bias", {"training.epochs": 1, "optimizer.lr": 1e-4}),
    Disease("rate too small", "avoidable bias", {"optimizer.lr": 1e-6}),
    Disease(
        "too much regularization",
        "avoidable bias",
        {"model.dropout": 0.95},
    ),
    Disease("too little data", "variance", {"split.dev": 0.9, "model.dropout": 0.0}, 900),
    Disease(
        "no regularization",
        "variance",
        {"split.dev": 0.8, "model.dropout": 0.0, "optimizer.weight_decay": 0.0},
        1200,
    ),
    Disease("a leak", "NW234", {}, change=_leaking),
)
"""Of each as many cases as there are data."""


def run(log: Callable[[str], None]) -> Table:
    """Every disease on every data set."""
    cases = []
    with tempfile.TemporaryDirectory() as store:
        for data, arrays in sources().items():
            for disease in DISEASES:
                found = _found(disease, arrays, BEST.get(data, 0.005), Path(store))
                log(f"doctor: {disease.name} on {data}: {found}")
                right = disease.expected in found
                verdict = disease.expected if right else found[0]
                cases.append(Judgement(disease.name, verdict, right))
    return table("whole trainings, by the hand that made the rules", cases)


def _found(disease: Disease, arrays: Arrays, human: float, store: Path) -> list[str]:
    """The first gap, then the codes of the findings."""
    import netwright as nw
    from netwright.base.errors import DivergenceError

    rng = np.random.default_rng(0)
    x, y = arrays
    rows = rng.permutation(len(y))[: disease.examples]
    x, y = disease.change((x[rows], y[rows]), rng)
    settings = {"training.epochs": 25, **QUICK, **disease.settings}
    try:
        run = nw.train((x, y), set=settings, human_error=human, store=store)
    except DivergenceError:
        return ["diverged"]
    found = run.diagnose()
    first = next((gap.name for gap in found.gaps if gap.verdict == "first"), HEALTHY)
    of_data = run.record.mapping("data.json").get("findings", [])
    return [first, *(one.code for one in found.findings), *(one["code"] for one in of_data)]
