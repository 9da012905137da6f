"""``netwright export RUN --onnx FILE``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from netwright.cli import console, options

if TYPE_CHECKING:
    from netwright.api.exporting.writing import Written


@click.command("export")
@options.run_argument
@click.option("--onnx", "path", metavar="FILE.onnx", required=True, help="Where to write it.")
@click.option(
    "--check",
    multiple=True,
    metavar="INPUT",
    help="Inputs on which the file is held against RUN, as for predict (default: RUN's dev split,"
    " read again).",
)
@click.option(
    "--int8",
    is_flag=True,
    help="Whole numbers of 8 bits in place of floats, where that answers faster on this machine;"
    " what is lost by it is measured on dev.",
)
@click.option("--overwrite", is_flag=True, help="Write over a file that is there.")
@options.of_run
@options.store
@options.as_json
def command(
    run: str,
    path: str,
    check: tuple[str, ...],
    int8: bool,
    overwrite: bool,
    system: str | None,
    store: str | None,
    as_json: bool,
) -> None:
    """Write RUN's net as an ONNX file, with what prepares its inputs inside the graph, and how its
    answers are read beside it. netwright predict FILE.onnx answers by it without torch; so does
    whatever else runs ONNX. It is written only where it answers as RUN does.
    """
    from netwright.api import export, open_run
    from netwright.api.inputs import as_typed

    inputs: Any = as_typed(check) or None
    opened = open_run(run, store=store, system=system)
    found = export(opened, path, check=inputs, int8=int8, overwrite=overwrite)
    if as_json:
        console.as_json(found.as_json())
    else:
        console.result(text(found))


def text(found: Written) -> str:
    """What was written and how far it is off."""
    from netwright.base.figures import counted

    lines = [
        f"exported  {found.path}, {found.size / 1e6:,.2f} MB: {', '.join(found.inputs)} ->"
        f" {', '.join(found.outputs)}",
        f"checked   on {counted(found.examples, 'example')}: at most {found.difference:.1g} off"
        f" {found.run}",
    ]
    if found.int8 is not None:
        lines += [f"int8      {found.int8}"]
    return "\n".join(lines)
