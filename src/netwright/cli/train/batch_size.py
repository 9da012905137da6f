"""``netwright batch-size SOURCE``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from netwright.cli import console, options

if TYPE_CHECKING:
    from netwright.training.probes.batch_sizes import Advice
    from netwright.training.probes.fit_memory import Largest


@click.command("batch-size")
@click.argument("source")
@options.target
@click.option(
    "--model", metavar="NAME", help="The architecture: linear, mlp, lenet5, resnet-small, ..."
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change the recipe: model.width=32.",
)
@click.option(
    "--recipe",
    metavar="FILE",
    help="A recipe to start from: a YAML file, or a preset: sketch, quick, thorough.",
)
@options.system
@click.option("--largest", is_flag=True, help="Find the largest batch whose step fits into memory.")
@click.option(
    "--memory",
    metavar="SIZE",
    help="What a step may take: 500MB (default: what is available, less a tenth).",
)
@options.as_json
def command(
    source: str,
    target: str | None,
    model: str | None,
    settings: tuple[str, ...],
    recipe: str | None,
    system: str | None,
    largest: bool,
    memory: str | None,
    as_json: bool,
) -> None:
    """Try steps of several batch sizes on SOURCE for a few seconds: examples/s, memory, steps an
    epoch, and which to take.

    \b
    netwright batch-size digits --model lenet5
    netwright batch-size digits --largest --memory 500MB
    """
    from netwright.api import batch_sizes
    from netwright.recipe import parse_setting

    given: dict[str, Any] = {
        "target": target,
        "model": model,
        "set": dict(parse_setting(text) for text in settings),
        "recipe": recipe,
        "system": system,
        "memory": memory,
    }
    if largest:
        _print_largest(batch_sizes.largest_batch(source, **given), as_json)
        return
    found = batch_sizes.batch_size(source, **given)
    if as_json:
        console.as_json(found.as_json())
        return
    console.result(_table(found))
    for line in found.why:
        console.result(line)
    console.message(_usual(found))


def _print_largest(found: Largest, as_json: bool) -> None:
    from dataclasses import asdict

    if as_json:
        console.as_json(asdict(found))
        return
    console.result(found.message())
    console.message(
        f"netwright train SOURCE --set training.batch_size={found.size}, or largest, which finds it"
        " anew each time"
    )


def _table(found: Advice) -> str:
    from netwright.base.figures import duration
    from netwright.training.probes.batch_sizes import memory_in_words

    cells = [
        [
            f"{row.size:,}{' *' if row.size == found.size else ''}",
            f"{row.rate:,.0f}" if row.fits else "-",
            memory_in_words(row, found.bound),
            f"{row.steps:,}",
            duration(row.steps * row.seconds) if row.fits else "-",
        ]
        for row in found.rows
    ]
    return console.table(
        cells,
        ["batch size", "examples/s", "a step's memory", "steps an epoch", "an epoch"],
        "lrrrr",
    )


def _usual(found: Advice) -> str:
    if found.usual == found.size:
        return f"{found.size} is what training takes here by itself."
    return (
        f"training takes {found.usual} here; --set training.batch_size={found.size} takes the"
        " advice."
    )
