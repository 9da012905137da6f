"""Compare runs: by one figure, within bounds, on the same dev examples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from netwright.api.comparing import yardstick
from netwright.api.comparing.measured import costs
from netwright.api.kept.store import open_several
from netwright.api.run import Run
from netwright.base.errors import RecipeError, RunError
from netwright.base.measure import Measure
from netwright.contract import Answer, Examples, Metric
from netwright.metrics import named
from netwright.metrics.measure import Lead, lead, measure
from netwright.runs.choosing import bounds
from netwright.runs.choosing.comparison import Comparison, Contestant, weighed_against
from netwright.runs.choosing.comparison import compare as ranked
from netwright.runs.choosing.costs import COSTS
from netwright.runs.keeping import stages

SPLIT = "dev"


def compare(
    runs: Sequence[Run | str],
    *,
    optimize: str | None = None,
    satisfy: Sequence[str] = (),
    weigh: Mapping[str, float] | None = None,
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
        weigh: class -> how much its examples count, where that is another yardstick than the one
            trained by: ``{"cat": 10}``; others count 1. What turns by it is said.
        store: where runs are kept (default: ``runs``).
        system: the folder of their system, where that is one of your own.

    Raises:
        RunError: there are fewer than two, one is named twice, has no answers on dev or another
            system; or their dev examples differ.
        RecipeError: a figure is not measured or cannot be weighed, a bound does not read, or there
            is no such class.
    """
    several = [runs] if isinstance(runs, str) else runs
    opened = open_several(several, "compare", store=store, system=system)
    for run in opened:
        _expect_complete(run)
    first = opened[0]
    texts = [satisfy] if isinstance(satisfy, str) else satisfy
    optimized = optimize or first.system.metrics[0].name
    plain, answers = _on_dev(opened)
    examples = yardstick.weighed(plain, weigh or {}, first.system)
    metrics = _metrics(first, examples, optimized, texts)
    _expect_weighted(metrics, weigh or {})
    units = {name: metric.unit for name, metric in metrics.items()}
    units |= {name: cost.unit for name, cost in COSTS.items()}
    limits = [bounds.parse(text, units) for text in texts]
    wanted = {name for name in (optimized, *(bound.figure for bound in limits)) if name in COSTS}
    known = costs(opened, wanted)
    metric = metrics.get(optimized)

    def by(some: Examples) -> Comparison:
        contestants = [
            Contestant(run.name or run.id, {**_measured(metrics, some, given), **cost})
            for run, given, cost in zip(opened, answers, known, strict=True)
        ]

        def lead_of(winner: int, other: int) -> Lead | None:
            if metric is None:  # a cost, measured once
                won, lost = (contestants[at].figures[optimized].value for at in (winner, other))
                return Lead(lost - won, None, None)
            return lead(metric, some, answers[winner], answers[other])

        return ranked(contestants, lead_of, optimized=optimized, bounds=limits)

    found = by(examples)
    if weigh:
        found = weighed_against(found, by(plain), weigh)
    names = [run.id for run in opened]
    yardstick.note(first.record.path.parent, names, optimized, weigh or {}, found.winner or "")
    return found


def _expect_weighted(metrics: dict[str, Metric], weights: Mapping[str, float]) -> None:
    """Refuse weights of a figure that has none.

    Raises:
        RecipeError: so it is.
    """
    for name, metric in metrics.items():
        if weights and metric.weighted is None:
            raise RecipeError(f"--weigh: {name} cannot be weighed: --optimize another figure.")


def _expect_complete(run: Run) -> None:
    info = run.info
    if info["status"] == "running" and run.record.trained_now:
        raise RunError(f"{run.id} is being trained now: compare it when it has ended.")
    if info["status"] != "complete":
        on = stages.way_on(run.record.path, info)
        raise RunError(f"{run.id} is {run.record.status}, and has no answers to compare: {on}.")


def _metrics(
    run: Run, examples: Examples, optimized: str, satisfy: Sequence[str]
) -> dict[str, Metric]:
    """Name -> metric, of what decides and of what is limited; costs are none.

    Raises:
        RecipeError: nothing is called so.
    """
    wanted = [(optimized, f"--optimize {optimized}")]
    wanted += [(bounds.figure_of(text), f"--satisfy {text}") for text in satisfy]
    found: dict[str, Metric] = {}
    classes = {label for label in run.system.labels(examples.targets) if label is not None}
    for name, typed in wanted:
        if name not in COSTS:
            try:
                found[name] = named.find(run.system, run.codec, name, classes, COSTS)
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
    """The dev examples of all, without inputs, as the first run has them, and each run's answers in
    that order.

    Raises:
        RunError: they are not the same examples with the same targets.
    """
    first = runs[0]
    examples = first.record.examples(SPLIT, first.system)
    answers = []
    for run in runs:
        own = run.record.examples(SPLIT, run.system)
        rows = _aligned(examples, own)
        if rows is None:
            raise RunError(_apart(first, run, examples, own))
        given = run.record.answers(SPLIT, run.system)
        answers.append([given[row] for row in rows])
    return examples, answers


def _aligned(examples: Examples, others: Examples) -> list[int] | None:
    """Where each of the examples stands among the others; None: they are not the same."""
    places: dict[tuple[str, str], list[int]] = {}
    for row in reversed(range(len(others))):
        places.setdefault(_key(others, row), []).append(row)
    if len(examples) != len(others):
        return None
    found = []
    for row in range(len(examples)):
        if not (same := places.get(_key(examples, row))):
            return None
        found.append(same.pop())
    return found


def _key(examples: Examples, row: int) -> tuple[str, str]:
    """Equal content has one id, so that its target counts, too."""
    return examples.ids[row], repr(examples.targets[row])


def _apart(first: Run, other: Run, examples: Examples, own: Examples) -> str:
    """Why two runs cannot be compared, and what to do."""
    common = len(set(examples.ids) & set(own.ids))
    if set(examples.ids) == set(own.ids):
        what = "the same dev examples with other targets"
    else:
        what = f"other dev examples ({common:,} in common of {len(examples):,} and {len(own):,})"
    return (
        f"{first.id} and {other.id} were judged on {what}: compare runs that learn from the same"
        " columns of the same data and split them alike (data.columns, split.seed)."
    )
