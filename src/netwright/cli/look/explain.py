"""netwright explain: one expression, forward and backward, step by step."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from netwright.base import typed_numbers
from netwright.base.errors import NetwrightError, UnreadableError
from netwright.cli import console, options

if TYPE_CHECKING:
    from netwright.principles.graph import Walk

SIGNATURE = "<!-- drawn by netwright explain -->"


class _Minus(click.Command):
    """An expression may begin with a minus: ``-h*2`` is one, and only ``-h`` by itself asks for
    help.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, ["--help" if text == "-h" else text for text in args])


@click.command(
    "explain",
    cls=_Minus,
    context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]},
)
@click.argument("expression")
@click.argument("values", nargs=-1, metavar="NAME=VALUE...")
@options.out("Where to draw the graph [default: the result's name, J.svg].")
@click.option(
    "--json", "as_json", is_flag=True, help="Print the walk as JSON; draws only with --out."
)
def command(expression: str, values: tuple[str, ...], out: str | None, as_json: bool) -> None:
    """Walk through an expression forward and backward: every value and every derivative, and its
    graph as SVG.

    Operators are + - * / ** and @ (matrix product); functions exp, log, max, tanh, sigmoid, relu
    and sum. Steps may have names. A value is a number, a matrix [[1,2],[3,4]], or [1,2] for a
    column.

    \b
    netwright explain 'J = 3*(a + b*c)' a=5 b=3 c=2
    netwright explain 'U = b*c; V = a + U; J = 3*V' a=5 b=3 c=2
    netwright explain 'L = -log(sigmoid(w @ x + b))' w=[[0.5,-1]] x=[1,2] b=0.1 --out loss.svg
    """
    from netwright.principles.graph import walk

    inputs = dict(_named(text) for text in values)
    if len(inputs) < len(values):
        raise NetwrightError("explain got one name twice; give each NAME=VALUE once.")
    try:
        found = walk(expression, inputs)
    except ValueError as error:
        raise NetwrightError(f"explain: {error}") from None
    drawn = _draw(found, out) if out or not as_json else None
    if as_json:
        console.as_json(_plain(found, drawn))
    else:
        console.result(_text(found))
    if drawn and not as_json:
        console.message(f"Drawn in {drawn}")


def _named(text: str) -> tuple[str, Any]:
    """``b=3`` as a name and its value."""
    if text.startswith("--"):
        raise click.NoSuchOption(text)
    name, sign, typed = text.partition("=")
    name = name.strip()
    if not sign or not name.isidentifier():
        raise NetwrightError(
            f"explain does not understand '{text}'; values are given as NAME=VALUE: a=5."
        )
    try:
        value = _parsed(typed) if typed.lstrip().startswith("[") else typed_numbers.number(typed)
    except UnreadableError:
        raise NetwrightError(
            f"{name} is '{typed}'; expected a number, [[1,2],[3,4]] or [1,2]."
        ) from None
    return name, value if isinstance(value, float) else _matrix(name, value)


def _parsed(typed: str) -> Any:
    from netwright.base import read_json  # a tenth of this command's time

    return read_json.parse(typed)


def _matrix(name: str, value: Any) -> list[list[Any]]:
    """Rows of one length; a plain list is a column."""
    rows = [row if isinstance(row, list) else [row] for row in value]
    whole = all(type(number) in (int, float) for row in rows for number in row)
    if not whole or not rows or len({len(row) for row in rows}) != 1 or not rows[0]:
        raise NetwrightError(
            f"{name} is no matrix; expected rows of one length, such as [[1,2],[3,4]]."
        )
    return rows


def _draw(found: Walk, out: str | None) -> str:
    """Write the picture; without --out, a file that is not ours is never replaced."""
    from netwright.base.files import write_text
    from netwright.principles.graph_picture import svg

    path = out or f"{found.graph.steps[-1].name}.svg"
    if out is None and os.path.exists(path) and not _is_ours(path):  # noqa: PTH110 (as in ladder)
        raise NetwrightError(
            f"{path} is there already and was not drawn by explain; give --out FILE.svg."
        )
    from pathlib import Path

    write_text(Path(path), f"{SIGNATURE}\n{svg(found)}")
    return path


def _is_ours(path: str) -> bool:
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            return file.read(len(SIGNATURE)) == SIGNATURE.encode()
    except OSError:
        return False


def _plain(found: Walk, drawn: str | None) -> dict[str, Any]:
    """The walk as plain values."""
    steps = [
        {
            "name": step.name,
            "is": step.op if step.op in ("input", "constant") else step.text,
            "value": value.tolist(),
            "derivative": None if derivative is None else derivative.tolist(),
        }
        for step, value, derivative in zip(
            found.graph.steps, found.values, found.derivatives, strict=True
        )
    ]
    by_input = {name: found.derivative(name).tolist() for name in found.graph.inputs}
    name = found.graph.steps[-1].name
    return {
        "result": name,
        "value": found.result,
        "derivatives": by_input,
        "steps": steps,
        "svg": drawn,
    }


def _text(found: Walk) -> str:
    """Forward from top to bottom, then backward from bottom to top."""
    from netwright.principles.graph_picture import written

    result = found.graph.steps[-1].name
    rows = [("step", "", "value", f"d{result}/d(step)")]
    for step, value, derivative in zip(
        found.graph.steps, found.values, found.derivatives, strict=True
    ):
        if step.op != "constant":
            how = "given" if step.op == "input" else step.text
            slope = "none (constant)" if derivative is None else written(derivative, 6)
            rows.append((step.name, how, written(value, 6), slope))
    slopes = [
        f"d{result}/d{name} = {written(found.derivative(name), 6)}" for name in found.graph.inputs
    ]
    return "\n".join(
        [
            "Forward, from top to bottom: values. Backward, from bottom to top: derivatives.",
            "",
            console.aligned(rows, right=(2, 3)),
            "",
            console.bold(", ".join([f"{result} = {found.result:.6g}", *slopes])),
        ]
    )
