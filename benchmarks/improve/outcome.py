"""What the methods came to: errors on the examples that judge, and how many trainings it took."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean, median
from typing import Any

from benchmarks.harness import Table
from benchmarks.improve.data import DATA
from benchmarks.improve.methods import METHODS

Result = Mapping[str, Any]
OURS, *OTHERS = METHODS


def tables(results: Sequence[Result]) -> list[Table]:
    """Errors a data set, and the trainings that it took."""
    by = {(one["data"], one["seed"], one["method"]): one for one in results}
    keys = sorted({key[:2] for key in by}, key=lambda key: (list(DATA).index(key[0]), key[1]))
    whole = [key for key in keys if all((*key, method) in by for method in METHODS)]
    cases = {key: {method: by[*key, method] for method in METHODS} for key in whole}
    if not cases:
        return []
    return [_errors(cases), _trainings(cases)]


Cases = Mapping[tuple[str, int], Mapping[str, Result]]


def _errors(cases: Cases) -> Table:
    rows = []
    for name in dict.fromkeys(name for name, _ in cases):
        own = [case for key, case in cases.items() if key[0] == name]
        baseline = fmean(case[OURS]["baseline"]["value"] for case in own)
        errors = [fmean(case[method]["test"]["value"] for case in own) for method in METHODS]
        alone = fmean(_alone(case)[OURS]["test"]["value"] for case in own)
        verdicts = [", ".join(_verdict(case, other) for case in own) for other in OTHERS]
        tuned = " (tuned on)" if DATA[name].tuned_on else ""
        metric = own[0][OURS]["metric"]
        rows.append(
            (
                f"{name}{tuned}",
                metric,
                *(f"{value:.4g}" for value in (baseline, alone, *errors)),
                *verdicts,
            )
        )
    notes = [_against(cases, other, "all of them") for other in OTHERS]
    of_one = {key: _alone(case) for key, case in cases.items()}
    notes += [_against(of_one, other, "all of them, by one net") for other in OTHERS]
    fresh = {key: case for key, case in cases.items() if not DATA[key[0]].tuned_on}
    if fresh:
        notes += [_against(fresh, other, "those not tuned on") for other in OTHERS]
    seconds = next(iter(cases.values()))[OURS]["seconds"]
    return Table(
        f"Improve beside Optuna, {seconds:.0f} CPU seconds each: error on held-out examples, means",
        (
            "data", "metric", "the recipe as it is", f"{OURS}, one net", *METHODS,
            *(f"beside {other}, a seed" for other in OTHERS),
        ),
        tuple(rows),
        (*notes, "beyond noise: by both intervals, as if they were of other examples"),
        {"results": [dict(one) for case in cases.values() for one in case.values()]},
    )  # fmt: skip


def _alone(case: Mapping[str, Result]) -> Mapping[str, Result]:
    """The same, as if improve had kept one net."""
    ours = case[OURS]
    return {**case, OURS: {**ours, "test": ours.get("one", ours["test"])}}


def _against(cases: Cases, other: str, which: str) -> str:
    ratios = [case[OURS]["test"]["value"] / case[other]["test"]["value"] for case in cases.values()]
    verdicts = [_verdict(case, other) for case in cases.values()]
    counts = ", ".join(f"{verdicts.count(word)} {word}" for word in ("won", "lost", "noise"))
    lower = sum(ratio < 1 for ratio in ratios)
    medians = [
        median(case[method]["test"]["value"] / case[OURS]["baseline"]["value"]
               for case in cases.values())
        for method in (OURS, other)
    ]  # fmt: skip
    met = "met" if medians[0] < medians[1] else "NOT met"
    return (
        f"{met}: over {which}, {len(ratios)} comparisons, the median error is"
        f" {medians[0]:.3f} of the recipe's as it is, {other}'s {medians[1]:.3f}; improve's over"
        f" {other}'s {median(ratios):.3f} on the median, lower in {lower}; beyond noise {counts}"
    )


def _verdict(case: Mapping[str, Result], other: str) -> str:
    ours, theirs = case[OURS]["test"], case[other]["test"]
    errors = [(one["high"] - one["low"]) / 3.92 for one in (ours, theirs)]
    ahead = theirs["value"] - ours["value"]
    if abs(ahead) <= 1.96 * math.hypot(*errors):
        return "noise"
    return "won" if ahead > 0 else "lost"


def _trainings(cases: Cases) -> Table:
    rows, notes = [], []
    for name in dict.fromkeys(name for name, _ in cases):
        own = [case for key, case in cases.items() if key[0] == name]
        rows.append(
            (
                name,
                *(f"{fmean(len(case[m]['trainings']) for case in own):.0f}" for m in METHODS),
                *(", ".join(_fraction(_needed(case, other)) for case in own) for other in OTHERS),
            )
        )
    for other in OTHERS:
        needed = [_needed(case, other) for case in cases.values()]
        half = sum(one <= 0.5 for one in needed)
        notes.append(
            f"{'met' if median(needed) <= 0.5 else 'NOT met'}: to reach the dev error at which"
            f" {other} ended, improve learns from {_fraction(median(needed))} of its examples, the"
            f" median; half suffices in {half} of {len(needed)}"
        )
    return Table(
        "Trainings, and what improve needs to reach the dev error at which another ended",
        ("data", *(f"trainings, {method}" for method in METHODS),
         *(f"examples learned from over {other}'s, a seed" for other in OTHERS)),
        tuple(rows),
        tuple(notes),
        {},
    )  # fmt: skip


def _needed(case: Mapping[str, Result], other: str) -> float:
    """The examples that improve learned from, epoch by epoch, until dev was as good as the other's
    in the end, over all that the other learned from; infinite: never.
    """
    aim = list(_curve(case[other]))[-1]
    for examples, value in _curve(case[OURS]):
        if value <= aim[1]:
            return examples / aim[0]
    return math.inf


def _curve(result: Result) -> Iterator[tuple[float, float]]:
    """(examples learned from so far, the best dev error so far), a training each."""
    examples, best = 0.0, math.inf
    sign = 1.0 if result["better"] == "lower" else -1.0
    for one in result["trainings"]:
        examples += one["examples"]
        if one["dev"] is not None:
            best = min(best, sign * one["dev"])
        yield examples, best


def _fraction(value: float) -> str:
    return "never" if math.isinf(value) else f"{value:.2f}"
