"""``netwright find-lr SOURCE``."""

from __future__ import annotations

from pathlib import Path

import click

from netwright.cli import console, options


@click.command("find-lr")
@click.argument("source", required=False)
@options.target
@click.option("--model", metavar="NAME", help="The architecture.")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change the recipe: optimizer.name=sgd.",
)
@click.option(
    "--recipe",
    metavar="FILE",
    help="A recipe to start from: a YAML file, or a preset: sketch, quick, thorough.",
)
@options.system
@options.out("Where to draw the loss against the rate.")
@options.as_json
def command(
    source: str | None,
    target: str | None,
    model: str | None,
    settings: tuple[str, ...],
    recipe: str | None,
    system: str | None,
    out: str | None,
    as_json: bool,
) -> None:
    """Propose a learning rate for SOURCE by a sweep of at most 100 steps; nothing is trained or
    kept.

    \b
    netwright find-lr digits --model lenet5 --out sweep.svg
    netwright train digits --model lenet5 --set optimizer.lr=find
    """
    from netwright.api.learning_rates import find_lr
    from netwright.base.files import write_text
    from netwright.cli.text.runs import sparkline
    from netwright.recipe import parse_setting

    found = find_lr(
        source,
        target=target,
        model=model,
        set=dict(map(parse_setting, settings)),
        recipe=recipe,
        system=system,
    )
    sweep = found.sweep
    if out is not None:
        write_text(Path(out), found.picture())
    if as_json:
        low, high = sweep.basin
        summary = {"rate": found.rate, "low": low, "high": high, "batch_size": sweep.batch_size}
        console.as_json({**summary, "rates": sweep.rates, "losses": sweep.losses})
        return
    for line in found.notes:
        console.message(line)
    clipped = [min(loss, 1.5 * sweep.losses[0]) for loss in sweep.losses]
    console.result(
        f"loss   {sparkline(clipped, 60)}   from {sweep.rates[0]:.0e} to {sweep.rates[-1]:.2g}"
    )
    console.result(f"take   --set optimizer.lr={found.rate:g}")
    if out is not None:
        console.message(f"drawn in {out}")
