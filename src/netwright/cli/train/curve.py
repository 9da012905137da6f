"""``netwright curve SOURCE``."""

from __future__ import annotations

from typing import Any

import click

from netwright.cli import console, options, stopped


@click.command("curve")
@click.argument("source", required=False)
@options.target
@options.of_columns
@click.option(
    "--sizes",
    metavar="N,N,...",
    help="Training examples of each point; with --capacity times the width: 0.5,1,2.",
)
@click.option(
    "--capacity", is_flag=True, help="The width of the net, in place of the size of the data."
)
@click.option(
    "--budget",
    metavar="TIME",
    help="How long all of it may take: 90s, 10m; repeats as they fit.",
)
@click.option(
    "--repeats", type=options.WHOLE, help="Trainings of each size, with other seeds, at most."
)
@click.option("--model", metavar="NAME", help="The architecture.")
@click.option("--epochs", type=options.WHOLE, help="Passes over the training split, at each size.")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change the recipe of all.",
)
@click.option("--recipe", metavar="FILE", help="A recipe to start from.")
@options.system
@click.option("--resume", metavar="STUDY", help="Go on with a curve that was stopped or killed.")
@options.store
@options.as_json
def command(
    source: str | None,
    target: str | None,
    sizes: str | None,
    capacity: bool,
    budget: str | None,
    repeats: int | None,
    model: str | None,
    epochs: int | None,
    settings: tuple[str, ...],
    recipe: str | None,
    system: str | None,
    resume: str | None,
    store: str | None,
    as_json: bool,
    named: dict[str, Any],
) -> None:
    """Train on nested parts of SOURCE, or nets of several widths: is the error bias or variance,
    and what would twice the data give? A picture of it is written, and every net kept as a run.
    """
    from netwright import api
    from netwright.cli.text.studies import curve_text
    from netwright.recipe import parse_setting

    with stopped.study_named(store):
        found = api.curve(
            source,
            sizes=None if sizes is None else [one.strip() for one in sizes.split(",")],
            capacity=capacity,
            budget=budget,
            repeats=repeats,
            target=target,
            model=model,
            epochs=epochs,
            set=options.with_columns(dict(map(parse_setting, settings)), named),
            recipe=recipe,
            system=system,
            store=store,
            resume=resume,
            log=console.message,
        )
    if as_json:
        console.as_json(found.as_json())
        return
    console.result(curve_text(found.result, found.report))
