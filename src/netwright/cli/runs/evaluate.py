"""``netwright evaluate RUN[,RUN...] [SOURCE]``."""

from __future__ import annotations

import warnings

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
    opened = ensembles.named(run, store=store, system=system)
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
    from netwright.base.figures import counted, figure
    from netwright.base.measure import Measure
    from netwright.base.visible import one_line
    from netwright.cli.text.runs import part_table
    from netwright.report.sections import by_part

    own = source is None
    measured_on = f"its own {split} split" if own else f"{source}{f', {split}' if split else ''}"
    measured_on = one_line(measured_on)
    found = {name: Measure.from_json(measured) for name, measured in measures.items()}
    count = max(measured.n for measured in found.values())
    console.result(f"{opened.id} on {measured_on}: {counted(count, 'example')}")
    for name, measured in by_part.whole(found).items():
        fewer = f" on {measured.n:,} of them" if measured.n < count else ""
        console.result(f"  {figure(name, measured)}{fewer}")
    if parts := by_part.table(found):
        console.result(part_table(parts))
    if openings > before:
        times = (
            "the first time"
            if openings == 1
            else f"{openings} times now: each opening makes its figure a little less honest"
        )
        console.result(f"  the test split was opened {times}.")
