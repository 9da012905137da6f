"""One project from its rows to what the doctor says first, and to the true figures."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.doctor.planted import diseases
from benchmarks.doctor.planted.cases import PEOPLE, SOUND, TEXT, TEXTS, Case
from benchmarks.doctor.planted.diseases import DISEASES, ERRORS, GAPS, HEALTHY, STRAY
from benchmarks.doctor.planted.plants import Planted
from benchmarks.doctor.planted.sources import Rows, rows_of
from benchmarks.doctor.planted.stored import Stored, settings_of, store

HELD = 4000
"""Rows held out at most: the true figures are of these."""

LOOKED_AT = 100
"""Mistakes that a person looks at, where some labels are wrong."""

QUICK = {
    "training.reference_seconds": 0,
    "training.threads": 1,
    "training.precision": "float32",
    "training.step": "eager",
}

LEAKS = {"NW203", "NW204", "NW234", "NW237"}
LAYERS = {"NW112", "NW114", "NW115"}


@dataclass(frozen=True)
class Trial:
    """What came of a case.

    Args:
        verdict: the first one.
        effect: of what was planted, in standard errors of dev, by the true figures; of a healthy
            net the larger of its two gaps.
        counts: whether the effect is what the case promises; else why not, in ``why``.
        figures: by name, what the net does.
        statements: all that the doctor reports.
    """

    disease: str
    data: str
    verdict: str
    right: bool
    effect: float
    counts: bool
    why: str
    figures: dict[str, float] = field(default_factory=dict)
    statements: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


@dataclass(frozen=True)
class Trained:
    """A run beside what it is measured on."""

    case: Case
    planted: Planted
    stored: Stored
    run: Any
    seconds: float


def trained(case: Case, place: Path) -> Trained | None:
    """Train it; None: the loss became infinite, and the training stopped."""
    import netwright as nw
    from netwright.base.errors import DivergenceError

    began = time.process_time()
    planted = project(case)
    stored = store(planted.inside, place / "data")
    recipe = TEXT if case.data in TEXTS else SOUND
    settings = {**recipe, **QUICK, **settings_of(planted.inside), **case.settings}
    if planted.model is not None:
        settings = {k: v for k, v in settings.items() if not k.startswith("model.")}
    try:
        run = nw.train(
            stored.path,
            target=stored.target,
            set=settings,
            model=planted.model,
            store=place / "runs",
            system="text" if case.data in TEXTS else None,
        )
    except DivergenceError:
        return None
    return Trained(case, planted, stored, run, time.process_time() - began)


def project(case: Case) -> Planted:
    """Its rows, with what is planted."""
    rng = np.random.default_rng([case.seed, *map(ord, case.disease + case.data)])
    rows = rows_of(case.data)
    order = rng.permutation(len(rows))
    inside, held = order[: case.rows], order[case.rows :][:HELD]
    return case.plant(rows.take(inside), rows.take(held), rng)


def judged(found: Trained) -> Trial:
    """Measure it, ask the doctor, and compare."""
    case = found.case
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        figures, error = _figures(found)
        statements = _statements(found, _people(case, figures))
    figures["people"] = _people(case, figures)
    effect, why = effect_of(case.disease, figures, error)
    verdict = statements.first
    right = verdict in DISEASES[case.disease].right
    own = (figures, asdict(statements), found.seconds)
    return Trial(case.disease, case.data, verdict, right, effect, not why, why, *own)


def diverged(case: Case) -> Trial:
    """The trial of a training that stopped by itself, as its loss was infinite."""
    right = diseases.DIVERGING in DISEASES[case.disease].right
    return Trial(case.disease, case.data, diseases.DIVERGING, right, math.inf, True, "")


def _people(case: Case, figures: Mapping[str, float]) -> float:
    return PEOPLE[case.data] if case.people is None else figures[case.people]


def _figures(found: Trained) -> tuple[dict[str, float], float]:
    """Name -> the single number, and the standard error of dev."""
    run = found.run
    name = next(iter(run.measures["dev"]))
    figures = {split: one[name]["value"] for split, one in run.measures.items()}
    for key, rows in found.planted.outside.items():
        figures[key] = measured(found, rows)[name]["value"]
    rows = found.planted.outside["held"]
    if rows.clean is not None:
        figures["flipped"] = float((rows.y != rows.clean).mean())
    held = measured(found, rows)[name]
    spread = (held["high"] - held["low"]) / 3.92
    return figures, spread * math.sqrt(held["n"] / run.measures["dev"][name]["n"])


def measured(found: Trained, rows: Rows) -> Mapping[str, Any]:
    """The metrics on other rows."""
    source, target = found.stored.given(rows)
    figures: Mapping[str, Any] = found.run.evaluate(source, target=target)
    return figures


def effect_of(disease: str, figures: Mapping[str, float], error: float) -> tuple[float, str]:
    """How large the effect is, in standard errors of dev, and why the case does not count."""
    if disease == HEALTHY:
        bias, variance = figures["train"] - figures["people"], figures["held"] - figures["train"]
        effect = max(bias, variance, abs(variance)) / error
        return effect, "" if effect <= STRAY else f"a gap of {effect:.1f} standard errors"
    one = DISEASES[disease]
    effect = (figures[one.worse] - figures.get(one.better, 0.0)) / error
    if effect < ERRORS:
        return effect, f"an effect of {effect:.1f} standard errors"
    gaps = true_gaps(figures)
    larger = [name for name, size in gaps.items() if one.gap and size > gaps[one.gap]]
    return effect, f"{larger[0]} is larger" if larger else ""


def true_gaps(figures: Mapping[str, float]) -> dict[str, float]:
    """The gaps of the ladder, by what is true of the net."""
    own = figures.get("general", figures["held"])
    sizes = (
        figures["train"] - figures["people"],
        own - figures["train"],
        figures["held"] - own,
        figures.get("other", figures["held"]) - figures["dev"],
    )
    return dict(zip(GAPS, sizes, strict=True))


@dataclass(frozen=True)
class Statements:
    """All that the doctor says of a run.

    Args:
        gap: the first one, or that nothing is wrong.
        drift: whether dev and test are told apart; looked at where dev and test differ in error.
        codes: of all findings.
        patterns: about classes whose labels are systematically doubtful.
        fix: whether labels are worth fixing, once a person has looked.
    """

    gap: str
    drift: bool
    codes: tuple[str, ...]
    patterns: tuple[str, ...]
    fix: bool

    @property
    def first(self) -> str:
        """What makes the figures void comes first, what is broken next, then labels and classes,
        then the largest gap.
        """
        known = set(self.codes)
        if known & LEAKS:
            return diseases.LEAK
        if "NW113" in known:
            return diseases.DIVERGING
        if known & LAYERS:
            return diseases.DEAD
        if self.patterns:
            return diseases.SYSTEMATIC
        if self.fix:
            return diseases.RANDOM
        if "NW205" in known:
            return diseases.IMBALANCE
        return diseases.ELSEWHERE if self.drift else self.gap


def _statements(found: Trained, people: float) -> Statements:
    """Ask all that there is to ask."""
    import netwright as nw

    run = found.run
    if "test" in (found.planted.inside.splits or ()):
        run.evaluate(split="test")
    diagnosis = run.diagnose(human_error=people)
    of_data = run.record.mapping("data.json").get("findings", [])
    codes = [*(one.code for one in diagnosis.findings), *(one["code"] for one in of_data)]
    gap = next((gap.name for gap in diagnosis.gaps if gap.verdict == "first"), HEALTHY)
    return Statements(
        gap,
        gap == diseases.OVERFIT and nw.drift(run).differ,
        tuple(dict.fromkeys(codes)),
        run.labels().patterns,
        found.planted.inside.clean is not None and _worth_fixing(found),
    )


def _worth_fixing(found: Trained) -> bool:
    """A person looks at a sample of the mistakes and says which labels are wrong."""
    clean = found.planted.inside.clean
    assert clean is not None
    sample = found.run.errors(LOOKED_AT)
    for one in sample.mistakes:
        right = str(clean[_row(one.source)])
        if right == one.truth:
            sample.see(one.id)
        else:
            sample.correct(one.id, right)
    worth: str = found.run.labels().verdict.worth
    return worth == "fix"


def _row(source: str) -> int:
    """``rows.npz[12]`` and ``rows.csv:14`` (its header is line 1) are of row 12."""
    if source.endswith("]"):
        return int(source.rpartition("[")[2][:-1])
    return int(source.rpartition(":")[2]) - 2
