"""What another yardstick turned, kept in each run that was held against others by it, and shown in
its report: its figure, its largest gap, and who wins.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from datetime import UTC, datetime

from netwright.api.comparing.weighing import Weighing
from netwright.api.run import Run
from netwright.base import figures
from netwright.base.errors import NetwrightError, NetwrightWarning, RecipeError, RunError
from netwright.base.measure import Measure
from netwright.doctor.diagnose import diagnose
from netwright.metrics.measure import measure
from netwright.report import html_page
from netwright.runs.choosing.comparison import Comparison
from netwright.runs.schema import TurnedJson

FILE = "yardstick.json"


def keep(
    runs: Sequence[Run], weighing: Weighing, found: Comparison, before: Comparison | None
) -> None:
    """Keep it in the runs and in their reports; of a comparison without weights, that there is
    nothing to show any more.

    Args:
        before: the comparison without weights; None: ``found`` is.

    Warns:
        NetwrightWarning: it cannot be kept.
    """
    for run in runs:
        if before is None and not run.record.has(FILE):
            continue
        try:
            rows = [] if before is None else _rows(run, weighing, found, before)
            time = datetime.now(UTC).isoformat(timespec="seconds")
            with run.record.alone():
                run.record.write_json(
                    FILE, {"time": time, "yardstick": str(weighing), "rows": rows}
                )
                if run.record.has(run.report.name):
                    html_page.write(run.record.path)
        except NetwrightError as error:
            warnings.warn(
                f"what this yardstick turns is not kept in {run.id}: {error}",
                NetwrightWarning,
                stacklevel=3,
            )


def _rows(run: Run, weighing: Weighing, found: Comparison, before: Comparison) -> list[TurnedJson]:
    pairs = _measures(run, weighing)
    name = run.system.metrics[0].name
    rows = [
        _row(f"{figures.plain(name)} on {split}", *map(figures.level, pair), turned=False)
        for split, pair in pairs.items()
    ]
    plain, weighed = (
        _largest_gap({split: pair[at] for split, pair in pairs.items()}, name) for at in (0, 1)
    )
    rows.append(_row("largest gap", plain[1], weighed[1], turned=plain[0] != weighed[0]))
    winners = [one.winner or "none keeps to the bounds" for one in (before, found)]
    what = f"winner of {len(found.rows)} by {found.optimized}"
    return [*rows, _row(what, *winners, turned=winners[0] != winners[1])]


def _row(what: str, before: str, now: str, *, turned: bool) -> TurnedJson:
    return {"what": what, "before": before, "now": now, "turned": turned}


def _measures(run: Run, weighing: Weighing) -> dict[str, tuple[Measure, Measure]]:
    """Split -> its single number as it was, and by these weights; of the splits whose answers are
    kept. Test is not weighed: who wins is decided on dev.
    """
    metric, system = run.system.metrics[0], run.system
    found = {}
    for split in run.record.measures():
        if split == "test":
            continue
        try:
            examples = run.record.examples(split, system)
            answers = run.record.answers(split, system)
            heavy = weighing.weighed(run, examples)
        except (RunError, RecipeError):  # no answers are kept, or none of it counts
            continue
        pair = [measure((metric,), some, answers)[metric.name] for some in (examples, heavy)]
        found[split] = (pair[0], pair[1])
    return found


def _largest_gap(measures: dict[str, Measure], metric: str) -> tuple[str, str]:
    """Its name, and the same with its size. People's error is left out: by other weights nobody
    knows it.
    """
    diagnosis = diagnose(measures, metric=metric)
    named = [gap for gap in diagnosis.gaps if gap.low is not None and gap.low > 0]
    if not named:
        return "", "none is larger than noise"
    gap = max(named, key=lambda one: one.size)
    size = figures.points(gap.size, gap.low, gap.high, unit=diagnosis.unit)
    return gap.name, f"{gap.name}, {gap.from_} to {gap.to}: {size}"
