"""Which run of a store is the best on the same dev examples, before and after corrections."""

from __future__ import annotations

from netwright.base.errors import NetwrightError
from netwright.contract import AnySystem
from netwright.metrics.measure import value_of
from netwright.runs import store as stores
from netwright.runs.annotations import overlay
from netwright.runs.choosing.choice import Better, rank
from netwright.runs.record import Record

SPLIT = "dev"

MOST_RUNS = 50
"""The newest ones are looked at."""


def winners(record: Record, system: AnySystem) -> tuple[str, str]:
    """The best run by the labels of the source, and by the corrected ones; empty where no other run
    was judged on the same examples.

    Runs whose records cannot be read, or that are of another system, are passed over.
    """
    ids = set(record.predictions(SPLIT)["id"])
    before, after = dict[str, float](), dict[str, float]()
    metric = system.metrics[0]
    for one in [*stores.every(record.path.parent)[-MOST_RUNS:], record]:
        try:
            if one.info()["system"] != system.name or set(one.predictions(SPLIT)["id"]) != ids:
                continue
            kept = one.examples_as_kept(SPLIT, system)
            source = overlay.as_in_the_source(one.path, system, kept)
            now, _ = overlay.as_of_now(one.path, system, kept)
            answers = one.answers(SPLIT, system)
            values = value_of(metric, source, answers), value_of(metric, now, answers)
        except NetwrightError:
            continue
        before[one.id], after[one.id] = values
    if len(before) < 2:
        return "", ""
    return _best(before, metric.better), _best(after, metric.better)


def _best(figures: dict[str, float], better: Better) -> str:
    """The first of the best ones."""
    return min(figures, key=lambda name: rank(figures[name], (), better))
