"""``netwright ensemble RUN RUN...``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from netwright.cli import console, options

if TYPE_CHECKING:
    from netwright.api.studies.together import KeptEnsemble


@click.command("ensemble")
@click.argument("runs", nargs=-1, metavar="RUN RUN...")
@click.option("--resume", metavar="STUDY", help="Go on with one that was stopped or killed.")
@options.of_run
@options.store
@options.as_json
def command(
    runs: tuple[str, ...], resume: str | None, system: str | None, store: str | None, as_json: bool
) -> None:
    """Keep runs on the same data as one that answers by all of their nets, used like any run: what
    they gain together on dev, and what that costs. Nothing is trained.
    """
    from netwright.api import ensemble, open_study

    if resume is not None:
        runs = tuple(open_study(resume, store=store).info["plan"].get("runs", ()))
    found = ensemble(runs, store=store, system=system)
    if as_json:
        console.as_json(found.as_json())
    else:
        console.result(text(found))


def text(found: KeptEnsemble) -> str:
    """A line a run, what they gain, what they cost, and how to go on."""
    from netwright.base.figures import figure, points
    from netwright.runs.choosing.costs import COSTS

    names = list(found.costs[found.run.id])
    rows = [
        [
            run,
            figure(found.metric, measured).removeprefix(f"{found.metric} "),
            *(COSTS[name].written(found.costs[run][name].value) for name in names),
        ]
        for run, measured in found.figures.items()
    ]
    table = console.table(
        rows, ["run", f"dev {found.metric}", *names], "l" + "r" * (1 + len(names))
    )
    gain = "unknown"
    if found.gain is not None:
        value, low, high = found.gain.value, found.gain.low, found.gain.high
        gain = points(value, low, high, unit=found.figures[found.run.id].unit)
        gain += ", within noise" * (low is not None and high is not None and low <= 0 <= high)
    times = [
        f"{name} {found.costs[found.run.id][name].value / found.costs[found.best][name].value:.1f}"
        " times"
        for name in names
    ]
    return "\n\n".join(
        (
            table,
            f"gain   {gain}: on dev, beside {found.best}, the best of them alone\n"
            f"costs  {', '.join(times)} that of {found.best}",
            f"kept   {found.run.id}: netwright predict {found.run.id} PATH",
        )
    )
