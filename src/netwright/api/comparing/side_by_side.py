"""Compare runs: by one figure, within bounds, on the same dev examples."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from netwright.api.comparing.measured import UNITS, costs
from netwright.api.kept.store import open_several
from netwright.api.run import Run
from netwright.base.errors import RecipeError, RunError
from netwright.base.measure import Measure
from netwright.contract import Answer, Examples, Metric
from netwright.metrics.measure import Lead, lead, measure
from netwright.runs.choosing import bounds
from netwright.runs.choosing.choice import Bound
from netwright.runs.choosing.comparison import Comparison, Contestant
from netwright.runs.choosing.comparison import compare as ranked

SPLIT = "dev"


def compare(
    runs: Sequence[Run | str],
    *,
    optimize: str | None = None,
    satisfy: Sequence[str] = (),
    store: str | Path | None = None,
    system: str | Path | None = None,
) -> Comparison:
    """The best of several runs by one figure, among those that keep to every bound.

    Args:
        runs: two or more of one system with the same dev examples, or their names.
        optimize: the figure that decides: a metric (``error``, ``accuracy``, ``recall[cat]``), or
            one of the costs ``latency``, ``memory``, ``size``, ``parameters``, ``seconds``; None:
            the system's single number.
        satisfy: bounds on any of these: ``latency<=100ms``, ``recall[cat]>=0.9``, ``size<=2MB``.
        store: where runs are kept (default: ``runs``).
        system: the folder of their system, where that is one of your own.

    Raises:
        RunError: there are fewer than two, one is named twice, has no answers on dev or another
            system; or their dev examples differ.
        RecipeError: a figure is not measured, or a bound does not read.
    """
    opened = open_several(runs, "compare", store=store, system=system)
    first = opened[0]
    limits = [bounds.parse(text, ()) for text in satisfy]
    optimized = optimize or first.system.metrics[0].name
    examples, answers = _on_dev(opened)
    metrics = _metrics(first, examples, optimize, optimized, limits)
    wanted = {name for name in (optimized, *(bound.figure for bound in limits)) if name in UNITS}
    contestants = []
    for run, given, cost in zip(opened, answers, costs(opened, wanted), strict=True):
        measured = {**_measured(metrics, examples, given), **cost}
        contestants.append(Contestant(run.name or run.id, measured))
    metric = metrics.get(optimized)

    def lead_of(winner: int, other: int) -> Lead | None:
        if metric is None:  # a cost, measured once
            won, lost = (contestants[at].figures[optimized].value for at in (winner, other))
            return Lead(lost - won, None, None)
        return lead(metric, examples, answers[winner], answers[other])

    return ranked(contestants, lead_of, optimized=optimized, bounds=limits)


def _metrics(
    run: Run,
    examples: Examples,
    optimize: str | None,
    optimized: str,
    limits: Sequence[Bound],
) -> dict[str, Metric]:
    """Name -> metric, of what decides and of what is limited.

    Raises:
        RecipeError: nothing is called so.
    """
    from netwright.metrics import named

    wanted = [(optimized, f"--optimize {optimize}")]
    wanted += [(bound.figure, f"--satisfy {bound.text}") for bound in limits]
    found: dict[str, Metric] = {}
    classes = {label for label in run.system.labels(examples.targets) if label is not None}
    for name, typed in wanted:
        if name not in UNITS:
            try:
                found[name] = named.find(run.system, run.codec, name, classes, UNITS)
            except RecipeError as error:
                raise RecipeError(f"{typed}: {error}") from None
    return found


def _measured(
    metrics: dict[str, Metric], examples: Examples, answers: Sequence[Answer]
) -> dict[str, Measure]:
    """Name -> figure.

    Raises:
        RecipeError: no example of dev counts for one of them.
    """
    found = {}
    for name, metric in metrics.items():
        measured = measure((metric,), examples, answers)
        if metric.name not in measured:
            raise RecipeError(f"{name}: no example of dev counts for it, so that it has no figure.")
        found[name] = measured[metric.name]
    return found


def _on_dev(runs: Sequence[Run]) -> tuple[Examples, list[list[Answer]]]:
    """The dev examples of all, without inputs, and each run's answers in their order.

    Raises:
        RunError: they are not the same examples with the same targets.
    """
    first = runs[0]
    examples = first.record.examples(SPLIT, first.system)
    order = _order(examples)
    keys = [_key(examples, row) for row in order]
    answers = []
    for run in runs:
        own = run.record.examples(SPLIT, run.system)
        rows = _order(own)
        if [_key(own, row) for row in rows] != keys:
            raise RunError(_apart(first, run, examples, own))
        given = run.record.answers(SPLIT, run.system)
        answers.append([given[row] for row in rows])
    return examples.take(order), answers


def _order(examples: Examples) -> list[int]:
    """The rows by id; equal content has one id, so that its target decides."""
    return sorted(range(len(examples)), key=lambda at: _key(examples, at))


def _key(examples: Examples, row: int) -> tuple[str, str]:
    return examples.ids[row], repr(examples.targets[row])


def _apart(first: Run, other: Run, examples: Examples, own: Examples) -> str:
    """Why two runs cannot be compared, and what to do."""
    common = len(set(examples.ids) & set(own.ids))
    if set(examples.ids) == set(own.ids):
        what = "the same dev examples with other targets"
    else:
        what = f"other dev examples ({common:,} in common of {len(examples):,} and {len(own):,})"
    return (
        f"{first.id} and {other.id} were judged on {what}: compare runs that split the same data"
        " alike (split.seed), or measure each on one source: netwright evaluate RUN SOURCE."
    )
