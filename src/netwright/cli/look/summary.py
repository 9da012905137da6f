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
    help="What it reads: 3,32,32 for images, 13 for rows (default: 1,28,28, or"
    " 3,224,224 where it cannot read that, 13 for rows; of a run what that reads).",
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
    from netwright.runs import store as stores

    layers = api.summary(model, shape, classes, dict(parse_setting(text) for text in settings))
    if as_json:
        console.as_json([asdict(layer) for layer in layers])
        return

    if shape is None and not stores.is_run(model, stores.folder()):
        *sides, channels = layers[0].shape
        console.message(
            f"of --input {','.join(map(str, (channels, *sides)))} and --classes {classes}; name"
            " others"
        )
    cells = [
        [
            layer.name,
            layer.kind,
            " x ".join(map(str, layer.shape)) or "in training alone",
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
