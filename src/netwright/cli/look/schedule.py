"""``netwright schedule [NAME...]``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from netwright.base.figures import counted
from netwright.cli import console, options

if TYPE_CHECKING:
    from netwright.api.learning_rates import Schedules

ROWS = 10
"""Epochs in the table, at most."""


@click.command("schedule")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--source", metavar="SOURCE", help="Take size and defaults from this source.")
@click.option("--epochs", type=options.WHOLE, help="Passes over the training split.")
@click.option(
    "--examples",
    type=options.WHOLE,
    help="Training examples, where no source says (default: 64,000).",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change the recipe: schedule.warmup=0.1.",
)
@click.option(
    "--recipe",
    metavar="FILE",
    help="A recipe to start from: a YAML file, or a preset: sketch, quick, thorough.",
)
@options.system
@options.out("Where to draw it.")
@options.as_json
def command(
    names: tuple[str, ...],
    source: str | None,
    epochs: int | None,
    examples: int | None,
    settings: tuple[str, ...],
    recipe: str | None,
    system: str | None,
    out: str | None,
    as_json: bool,
) -> None:
    """Draw the learning rate of every step before anything runs: one schedule, or several side by
    side.

    \b
    netwright schedule one_cycle cosine steps --epochs 30 --set schedule.every=10 --out rates.svg
    netwright schedule --source digits --set schedule.name=exponential
    """
    from netwright.api.learning_rates import schedule
    from netwright.base.files import write_text
    from netwright.recipe import parse_setting

    changes = dict(parse_setting(text) for text in settings)
    found = schedule(
        names,
        source=source,
        epochs=epochs,
        examples=examples,
        set=changes,
        recipe=recipe,
        system=system,
    )
    if out is not None:
        write_text(Path(out), found.picture())
    if as_json:
        console.as_json(
            {"per_epoch": found.per_epoch, "rates": found.rates, "notes": list(found.notes)}
        )
        return
    console.result(_text(found))
    for line in (*found.notes, *([f"drawn in {out}"] if out else [])):
        console.message(line)


def _text(found: Schedules) -> str:
    from netwright.cli.text.runs import sparkline

    drawn = [(name, sparkline(rates, 60)) for name, rates in found.rates.items()]
    steps = max(map(len, found.rates.values()))
    epochs = -(-steps // found.per_epoch)
    shown = sorted({round(k * epochs / min(ROWS, epochs)) for k in range(min(ROWS, epochs) + 1)})
    rows = [
        (epoch, *(_at(rates, epoch * found.per_epoch) for rates in found.rates.values()))
        for epoch in shown
    ]
    by_epoch = console.table(rows, ["epoch", *found.rates], "r" * (1 + len(found.rates)))
    length = f"{counted(steps, 'step')}, {found.per_epoch:,} an epoch"
    return "\n\n".join([console.table(drawn, ["", ""], "ll"), by_epoch, length])


def _at(rates: list[float], step: int) -> str:
    return f"{rates[min(step, len(rates) - 1)]:.3g}"
