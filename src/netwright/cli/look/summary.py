"""``netwright summary MODEL``."""

from __future__ import annotations

from dataclasses import asdict

import click

from netwright.cli import console, options


@click.command("summary")
@click.argument("model")
@click.option(
    "--input",
    "shape",
    default=None,
    metavar="C,H,W",
    help="What it reads: 3,32,32 for images, 13 for rows.",
)
@click.option(
    "--classes",
    type=options.WHOLE,
    default=10,
    show_default=True,
    help="How many numbers it returns.",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change the recipe: model.hidden=[128,64].",
)
@options.as_json
def command(
    model: str, shape: str | None, classes: int, settings: tuple[str, ...], as_json: bool
) -> None:
    """Print the layers of MODEL (an architecture or a run's id): shapes, sizes, parameters."""
    from netwright import api
    from netwright.recipe import parse_setting

    layers = api.summary(model, shape, classes, dict(parse_setting(text) for text in settings))
    if as_json:
        console.as_json([asdict(layer) for layer in layers])
        return

    cells = [
        [
            layer.name,
            layer.kind,
            " x ".join(map(str, layer.shape)),
            f"{layer.size:,}",
            f"{layer.parameters:,}",
            f"{layer.multiplications:,}",
        ]
        for layer in layers
    ]
    total = [
        "total",
        "",
        "",
        f"{sum(layer.size for layer in layers):,}",
        f"{sum(layer.parameters for layer in layers):,}",
        f"{sum(layer.multiplications for layer in layers):,}",
    ]
    console.result(
        console.table(
            [*cells, total],
            ["layer", "kind", "out", "size", "parameters", "multiplications"],
            ["l", "l", "l", "r", "r", "r"],
        )
    )
