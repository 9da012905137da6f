"""``netwright predict RUN[,RUN...] INPUT...``."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from netwright.base.errors import NetwrightError, RunError
from netwright.cli import console, options

if TYPE_CHECKING:
    from netwright.api.answering import AnsweredInput
    from netwright.api.predictor import Predictor

SHOWN_AT_ONCE = 1000
"""Answers that are printed as one table; more follow as they come."""


@click.command("predict")
@options.runs_argument
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option(
    "--csv",
    "as_csv",
    is_flag=True,
    help="Print CSV, as the answers come: one column for each label or target.",
)
@click.option(
    "--formulas",
    is_flag=True,
    help="With --csv: leave cells that begin with = + - @ as they are (else ' goes before them).",
)
@click.option(
    "--jsonl", is_flag=True, help="Print a line of JSON for each answer on stdout, as they come."
)
@options.interval
@options.abstain
@options.crops
@options.lenient
@options.of_run
@options.store
@options.as_json
def command(
    run: str,
    inputs: tuple[str, ...],
    as_csv: bool,
    formulas: bool,
    jsonl: bool,
    interval: float | None,
    abstain: float | None,
    crops: int | None,
    lenient: bool,
    system: str | None,
    store: str | None,
    as_json: bool,
) -> None:
    """Answer each INPUT with RUN: files and folders of what its system reads (images, a table), or
    texts where it reads texts; - stands for the lines of standard input. Several runs of one system
    with commas between answer together. RUN may be a file that export wrote, model.onnx, or
    imagenet, the published weights.
    """
    from netwright.cli.text import answers

    if sum((as_json, jsonl, as_csv)) > 1:
        raise NetwrightError("--json, --jsonl and --csv exclude each other: name one.")
    if formulas and not as_csv:
        raise NetwrightError("--formulas says how --csv writes its cells: name both.")
    opened = _opened(run, crops, store, system)
    level = options.level_of(opened, interval)
    rows = _rows(opened, list(inputs), lenient=lenient, interval=level, abstain=abstain)
    if as_json:
        console.as_json([answers.as_json(row) for row in rows])
    elif jsonl:
        for row in rows:
            console.as_json_line(answers.as_json(row))
    elif as_csv:
        cells = (answers.as_csv(opened.system, row) for row in rows)
        console.as_csv(cells, formulas=formulas)
    else:
        while some := list(islice(rows, SHOWN_AT_ONCE)):
            console.result(answers.table(opened.system, some))


def _opened(run: str, crops: int | None, store: str | None, system: str | None) -> Predictor:
    """A run, several together, published weights, or an exported net, for which torch is not
    loaded.

    Raises:
        RunError: it cannot be opened; or crops are wanted of what is no run.
    """
    from netwright.api.exporting import exported

    if exported.is_exported(run):
        _expect_whole(run, crops)
        return exported.load_onnx(run, system=system)
    from netwright.recipe.model import of_weights

    if of_weights(run):
        _expect_whole(run, crops)
        from netwright.api.kept import published_net

        return published_net.load_weights(run, system=system)
    from netwright.api import ensembles

    return ensembles.named(run, crops=crops, store=store, system=system)


def _expect_whole(name: str, crops: int | None) -> None:
    if crops is not None:
        raise RunError(f"{name} answers inputs whole: --crops takes a run.")


def _rows(opened: Predictor, inputs: list[str], **wanted: Any) -> Iterator[AnsweredInput]:
    """The answers, one after the other, with the source of each."""
    from netwright.api.inputs import as_typed, standard_input

    given: Any = standard_input() if inputs == ["-"] else as_typed(inputs)
    yield from opened.answered_each(given, **wanted)
