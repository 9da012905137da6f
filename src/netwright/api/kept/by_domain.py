"""The table of two sources of a run (notes 3.2.8), from the answers that it keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from netwright.base.measure import Measure
from netwright.contract import TARGET, AnySystem, Metric
from netwright.runs.human_levels import of_note
from netwright.runs.record import Record

if TYPE_CHECKING:
    from netwright.doctor.gaps.judgement import Diagnosis, Rung
    from netwright.doctor.gaps.two_sources import TwoSources
    from netwright.runs.contents import RunFiles


def table(
    record: Record, system: AnySystem, files: RunFiles, found: Diagnosis
) -> TwoSources | None:
    """The table; None where the examples have no domains."""
    from netwright.doctor.gaps.two_sources import PEOPLE, two_sources
    from netwright.doctor.human_error import rungs_of

    if not (counts := files.data.get("domains")):
        return None
    target = target_of(files.recipe)
    measured: dict[tuple[str, str], Measure] = {}
    for split in ("train", "train_dev", "dev"):
        if record.has(f"predictions/{split}.parquet"):
            measured |= _of_split(record, system, split, target)
    general = {domain for of in counts.values() for domain in of} - {target}
    best = next((rung for rung in found.rungs if rung.name == "human"), None)
    levels = of_note(files.info.get("human_general"))
    others = min(rungs_of(levels, flipped=found.flipped), key=attrgetter("error"), default=None)
    for column, rung in (("target", best), ("general", others)):
        if rung is not None:
            measured[PEOPLE, column] = _as_measured(rung, found, system.metrics[0])
    return two_sources(target, tuple(sorted(general)), measured, record.id)


def with_table(found: Diagnosis, table: TwoSources | None) -> Diagnosis:
    """The diagnosis with its table; what is found of people beside training says that these are of
    two sources, where they are.
    """
    from netwright.doctor.advice.knobs import BIAS
    from netwright.doctor.diagnose import as_error
    from netwright.doctor.gaps.figures import FigureFormat

    fmt = FigureFormat(found.unit, found.flipped)

    def level(one: Measure) -> str:
        more_is_better = one.better == "higher"
        return fmt.level(as_error(one.value, one.unit, more_is_better=more_is_better))

    bias = next((gap for gap in found.gaps if gap.name == BIAS), None)
    beside = "" if table is None or bias is None else table.of_people(level)
    if bias is None or not beside:
        return replace(found, two_sources=table)
    gaps = [replace(one, why=f"{one.why}{beside}") if one is bias else one for one in found.gaps]
    findings = [
        replace(one, message=f"{one.message}{beside}") if bias.why[1:] in one.message else one
        for one in found.findings
    ]
    return replace(found, two_sources=table, gaps=tuple(gaps), findings=tuple(findings))


def target_of(recipe: Mapping[str, Any]) -> str:
    """The domain that dev is of."""
    return recipe.get("split", {}).get("domain") or TARGET


def _of_split(
    record: Record, system: AnySystem, split: str, target: str
) -> dict[tuple[str, str], Measure]:
    """(split, general or target) -> the single number on what the run answered of a split."""
    from netwright.metrics.measure import measure

    examples, answers = record.examples(split, system), record.answers(split, system)
    metric, found = system.metrics[0], {}
    for column in ("general", "target"):
        rows = [
            at
            for at, domain in enumerate(examples.domains or ())
            if (domain == target) == (column == "target")
        ]
        some = measure((metric,), examples.take(rows), [answers[at] for at in rows])
        if metric.name in some:
            found[split, column] = some[metric.name]
    return found


def _as_measured(rung: Rung, found: Diagnosis, metric: Metric) -> Measure:
    """A rung, which is an error, as the metric counts it."""

    def counted(error: float) -> float:
        if found.flipped:
            return -error
        return 1 - error if metric.better == "higher" else error

    low, high = (None, None) if rung.interval is None else sorted(map(counted, rung.interval))
    return Measure(counted(rung.error), rung.n or 0, low, high, metric.unit, metric.better)
