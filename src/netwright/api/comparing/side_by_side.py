"""Compare runs: by one figure, within bounds, on the same dev examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from netwright.api.comparing import turned
from netwright.api.comparing.measured import costs
from netwright.api.comparing.weighing import Weigh, Weighing
from netwright.api.kept.store import open_several
from netwright.api.run import Run
from netwright.base.errors import RecipeError, RunError
from netwright.base.measure import Measure
from netwright.contract import Answer, Examples, Metric
from netwright.metrics import named
from netwright.metrics.intervals import combine
from netwright.metrics.measure import Lead, lead, measure
from netwright.runs.choosing import bounds, yardsticks
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
    weigh: Weigh = None,
    common: bool = False,
    store: str | Path | None = None,
    system: str | Path | None = None,
) -> Comparison:
    """The best of several runs by one figure, among those that keep to every bound.

    Args:
        runs: two or more of one system, or their names.
        optimize: the figure that decides: a metric (``error``, ``accuracy``, ``recall[cat]``), or
            one of the costs ``latency``, ``memory``, ``size``, ``parameters``, ``seconds``; None:
            the system's single number.
        satisfy: bounds on any of these: ``latency<=100ms``, ``recall[cat]>=0.9``, ``size<=2MB``.
        weigh: how much each example counts, where that is another yardstick than the one trained
            by: class -> weight, ``{"cat": 10}``, others count 1; or an expression over the columns
            of the data, ``"amount * (region == 'north')"``. What turns by it stands in the verdict
            and in the runs' reports.
        common: compare on the dev examples that all have in common, where they have not the same.
        store: where runs are kept (default: ``runs``).
        system: the folder of their system, where that is one of your own.

    Raises:
        RunError: there are fewer than two, one is named twice, has no answers on dev or another
            system; or their dev examples differ, or have none in common.
        RecipeError: a figure is not measured or cannot be weighed, a bound does not read, or the
            weights cannot be: there is no such class or column, or a value that is no weight.
    """
    several = [runs] if isinstance(runs, str) else runs
    opened = open_several(several, "compare", store=store, system=system)
    for run in opened:
        _expect_complete(run)
    first = opened[0]
    texts = [satisfy] if isinstance(satisfy, str) else satisfy
    optimized = optimize or first.system.metrics[0].name
    weighing = Weighing.of(weigh)
    plain, answers, is_part = _on_dev(opened, common=common)
    examples = weighing.weighed(first, plain)
    metrics = _metrics(first, examples, optimized, texts)
    if weighing:
        _expect_weighted(metrics)
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
            if metric is None:
                won, lost = (contestants[at].figures[optimized] for at in (winner, other))
                return _of_costs(lost, won)
            return lead(metric, some, answers[winner], answers[other])

        return ranked(contestants, lead_of, optimized=optimized, bounds=limits)

    found, before = by(examples), None
    if weighing:
        before = by(plain)
        found = weighed_against(found, before, **weighing.as_json())
    if is_part:
        on = f"On the {len(plain):,} dev examples that all of them have: "
        found = replace(found, verdict=f"{on}{found.verdict}", common=len(plain))
    names = [run.id for run in opened]
    judged_by = {"optimized": optimized, **weighing.as_json()}
    turned.keep(opened, weighing, found, before)
    yardsticks.note(first.record.path.parent, judged_by, names, found.winner or "")
    return found


def _of_costs(lost: Measure, won: Measure) -> Lead:
    """How much less the one costs; with an interval where it was timed."""
    value = lost.value - won.value
    if lost.low is None or lost.high is None or won.low is None or won.high is None:
        return Lead(value, None, None)
    ends = (lost.low, lost.high), (won.low, won.high)
    return Lead(value, *combine(lost.value, ends[0], won.value, ends[1]))


def _expect_weighted(metrics: dict[str, Metric]) -> None:
    """Refuse weights of a figure that has none.

    Raises:
        RecipeError: so it is.
    """
    for name, metric in metrics.items():
        if metric.weighted is None:
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


def _on_dev(runs: Sequence[Run], *, common: bool) -> tuple[Examples, list[list[Answer]], bool]:
    """The dev examples of all, without inputs, as the first run has them; each run's answers in
    that order; and whether some run has others, too.

    Args:
        common: leave out what not all have.

    Raises:
        RunError: they are not the same examples with the same targets, or have none in common.
    """
    each = [run.record.examples(SPLIT, run.system) for run in runs]
    rows = _in_common(each)
    whole = [len(some) == len(rows) for some in each]
    if not all(whole) and not (common and rows):
        raise RunError(_apart(runs, each, len(rows)))
    answers = []
    for at, run in enumerate(runs):
        given = run.record.answers(SPLIT, run.system)
        answers.append([given[row[at]] for row in rows])
    return each[0].take([row[0] for row in rows]), answers, not all(whole)


def _in_common(each: Sequence[Examples]) -> list[tuple[int, ...]]:
    """Where each of the examples that all have stands in every one, in the order of the first."""
    places: list[dict[tuple[str, str], list[int]]] = []
    for examples in each:
        found: dict[tuple[str, str], list[int]] = {}
        for row in reversed(range(len(examples))):
            found.setdefault(_key(examples, row), []).append(row)
        places.append(found)
    keys = [_key(each[0], row) for row in range(len(each[0]))]
    return [
        tuple(of[key].pop() for of in places) for key in keys if all(of.get(key) for of in places)
    ]


def _key(examples: Examples, row: int) -> tuple[str, str]:
    """Equal content has one id, so that its target counts, too."""
    return examples.ids[row], repr(examples.targets[row])


def _apart(runs: Sequence[Run], each: Sequence[Examples], common: int) -> str:
    """Why runs cannot be compared, and what to do."""
    at = next((at for at, some in enumerate(each) if _differ(each[0], some)), 1)
    first, other = runs[0], runs[at]
    if set(each[0].ids) == set(each[at].ids):
        what = "the same dev examples with other targets"
    else:
        both = len(set(each[0].ids) & set(each[at].ids))
        sizes = f"{len(each[0]):,} and {len(each[at]):,}"
        what = f"other dev examples ({both:,} in common of {sizes})"
    way = (
        f"compare them on the {common:,} that all have in common with --common, or"
        if common
        else "none is in common with the same target:"
    )
    return (
        f"{first.id} and {other.id} were judged on {what}: {way} compare runs that learn from the"
        " same columns of the same data and split them alike (data.columns, split.seed)."
    )


def _differ(examples: Examples, others: Examples) -> bool:
    keys = [sorted(_key(some, row) for row in range(len(some))) for some in (examples, others)]
    return keys[0] != keys[1]
