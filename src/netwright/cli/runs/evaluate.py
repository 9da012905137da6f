"""``netwright evaluate RUN[,RUN...] [SOURCE]``."""

from __future__ import annotations

import warnings
from typing import Any

import click

from netwright.cli import console, options


@click.command("evaluate")
@options.runs_argument
@click.argument("source", required=False)
@click.option(
    "--split",
    help="Only this split; of the run's own data (without SOURCE, or where they lie now) as the run"
    " drew it (test opens the sealed split).",
)
@click.option(
    "--target",
    metavar="COLUMN",
    help="The column with the truth, when it is not the one trained on.",
)
@options.interval
@options.abstain
@options.crops
@options.lenient
@options.of_run
@options.store
@options.as_json
def command(
    run: str,
    source: str | None,
    split: str | None,
    target: str | None,
    interval: float | None,
    abstain: float | None,
    crops: int | None,
    lenient: bool,
    system: str | None,
    store: str | None,
    as_json: bool,
) -> None:
    """Measure RUN on SOURCE, or on a split of its own data; several runs of one system, with commas
    between, together.
    """
    from netwright.api import ensembles
    from netwright.base.errors import NetwrightError, NetwrightWarning

    if source is None and split is None:
        raise NetwrightError(
            "evaluate needs a SOURCE to measure on, or --split test to open the run's own test"
            " split."
        )
    opened = ensembles.named(run, crops=crops, store=store, system=system)
    before, level = opened.test_openings, options.level_of(opened, interval)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always", NetwrightWarning)
        measures = opened.evaluate(
            source,
            split=split,
            target=target,
            lenient=lenient,
            interval=level,
            abstain=abstain,
        )
    for one in warned:
        warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)
    openings = opened.test_openings
    if as_json:
        console.as_json(
            {
                "run": opened.id,
                "source": source,
                "split": split,
                "test_openings": openings,
                "measures": measures,
                "warnings": [str(one.message) for one in warned],
            }
        )
        return
    _print(f"{opened.id} on {_measured_on(source, split)}", measures)
    if openings > before:
        times = (
            "the first time"
            if openings == 1
            else f"{openings} times now: each opening makes its figure a little less honest"
        )
        console.result(f"  the test split was opened {times}.")


def _measured_on(source: str | None, split: str | None) -> str:
    from netwright.base.visible import one_line

    own = f"its own {split} split"
    return one_line(own if source is None else f"{source}{f', {split}' if split else ''}")


def _print(what: str, measures: dict[str, dict[str, Any]]) -> None:
    """The figures, and those of the parts of a target in a table."""
    from netwright.base.figures import counted, figure, points
    from netwright.base.measure import Measure
    from netwright.cli.text.runs import part_table
    from netwright.report.sections import by_part

    found = {name: Measure.from_json(measured) for name, measured in measures.items()}
    gain, times = (found.pop(f"{name}_of_crops", None) for name in ("gain", "time"))
    count = max(measured.n for measured in found.values())
    console.result(f"{what}: {counted(count, 'example')}")
    for name, measured in by_part.whole(found).items():
        fewer = f" on {measured.n:,} of them" if measured.n < count else ""
        console.result(f"  {figure(name, measured)}{fewer}")
    if parts := by_part.table(found):
        console.result(part_table(parts))
    if gain is not None and times is not None:
        size = points(gain.value, gain.low, gain.high, unit=gain.unit)
        console.result(f"  the crops gain {size}, in {times.value:.1f} times the time")
