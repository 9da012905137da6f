"""Options of several verbs, each declared once."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from netwright.base import typed_numbers
from netwright.base.errors import NetwrightError, RunError, UnreadableError
from netwright.cli import console

if TYPE_CHECKING:
    from netwright.api.predictor import Predictor
    from netwright.runs.human_levels import HumanError

Command = TypeVar("Command", bound=Callable[..., Any])


def _fraction(context: click.Context, option: click.Parameter, typed: str | None) -> float | None:
    """A fraction, or a percentage."""
    if typed is None:
        return None
    try:
        return typed_numbers.fraction(typed)
    except UnreadableError as error:
        raise NetwrightError(f"{option.opts[0]}: {error}.") from None


def _human_levels(
    context: click.Context, option: click.Parameter, given: tuple[str, ...]
) -> HumanError | None:
    """The levels of people, checked as far as they are without a metric."""
    from netwright.runs.human_levels import levels_of, typed

    levels_of(found := typed(given), option.opts[0])
    return found


def _picture(context: click.Context, option: click.Parameter, typed: str | None) -> str | None:
    """The name of an SVG file: pictures are drawn as nothing else."""
    if typed is not None and not typed.lower().endswith(".svg"):
        raise NetwrightError(
            f"{option.opts[0]} {typed} is no SVG file; give a name that ends in .svg."
        )
    return typed


class _Typed(click.ParamType):  # type: ignore[type-arg]
    """A number that ``read`` reads as it was typed."""

    def __init__(self, name: str, read: Callable[[str], float]) -> None:
        self.name, self.read = name, read

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        try:
            return self.read(value) if isinstance(value, str) else value
        except UnreadableError as error:
            self.fail(f"{error}.", param, ctx)


WHOLE = _Typed("integer", typed_numbers.whole)
NUMBER = _Typed("float", typed_numbers.number)
"""The types of options that take a number; its range is checked by the verb."""


def out(help: str) -> Callable[[Command], Command]:
    """``--out FILE.svg``, where a verb draws a picture."""
    return click.option("--out", metavar="FILE.svg", callback=_picture, help=help)


store = click.option(
    "--store", metavar="FOLDER", help="Where runs are kept (default: ./runs, or $NETWRIGHT_RUNS)."
)
system = click.option(
    "--system",
    metavar="NAME",
    help="The kind of problem (netwright systems lists them), or the folder of one of your own.",
)
target = click.option(
    "--target",
    metavar="NAME",
    help="What to predict: a column, several: a,b (tables), a class of boxes (images with boxes).",
)
start = click.option(
    "--from",
    "--weights",
    "start",
    metavar="RUN|FILE",
    help="Start from an earlier run (weights, codec, net), or from a file of weights for a net of"
    " docs/nets.md (.safetensors, .pth, .pt), or from imagenet.",
)


def stages_of(value: str | None) -> str | int | None:
    """What ``training.freeze`` is called, or how many stages."""
    if value is None or not value.isdecimal():
        return 0 if value == "none" else value
    return int(value)


freeze = click.option(
    "--freeze",
    metavar="auto|all|none|K",
    callback=lambda context, option, value: stages_of(value),
    help="With --from: stages that stay as they are. auto: measured; all: all but the last.",
)
of_run = click.option(
    "--system",
    metavar="FOLDER",
    help="The folder of RUN's system, where that is one of your own (or $NETWRIGHT_SYSTEMS).",
)
lenient = click.option(
    "--lenient",
    is_flag=True,
    help="A cell of a table that is not what its column held in training counts as missing; files"
    " that cannot be read are left out.",
)
interval = click.option(
    "--interval",
    metavar="PERCENT",
    callback=_fraction,
    help="How often the truth shall lie between low and high, where numbers are answered (default:"
    " 90%; 0: none).",
)
abstain = click.option(
    "--abstain",
    metavar="NUMBER",
    callback=_fraction,
    help="Hold back labels whose probability is below this, e.g. 0.6 or 60%.",
)
crops = click.option(
    "--crops",
    metavar="2|5|10",
    type=WHOLE,
    help="Answer by the mean over crops of each image: 2 (it and its mirror), 5 (middle and"
    " corners), 10 (these and their mirrors).",
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
yes = click.option("--yes", "-y", is_flag=True, help="Agree beforehand: nothing is asked.")
run_argument = click.argument("run", metavar="RUN")
runs_argument = click.argument("run", metavar="RUN[,RUN...]")
human_error = click.option(
    "--human-error",
    metavar="[NAME=]NUMBER[/COUNT]",
    multiple=True,
    callback=_human_levels,
    help="The error that people make on this task, e.g. 1% or 1%/500, measured on 500 answers; of"
    " several levels each by its name: expert=0.7%/500.",
)


def of_page(command: Command) -> Command:
    """What a verb that opens a page takes."""
    port = click.option(
        "--port",
        type=WHOLE,
        default=0,
        metavar="N",
        help="Of the page on this machine (default: one that is free).",
    )
    alone = click.option(
        "--no-browser", is_flag=True, help="Print the page's address, and open no browser."
    )
    return port(alone(command))


def of_columns(command: Command) -> Command:
    """``--group``, ``--weight``, ``--task`` and ``--ignore``: what the columns of a table are.

    The verb is given them as ``named``: knob -> value of those that were typed.
    """

    @click.option(
        "--group",
        metavar="COLUMN",
        help="The column whose equal values stay in one split (tables).",
    )
    @click.option(
        "--weight", metavar="COLUMN", help="The column that says how much each row counts (tables)."
    )
    @click.option(
        "--task",
        type=click.Choice(["auto", "classification", "regression"]),
        default="auto",
        show_default=True,
        help="What the target is (tables).",
    )
    @click.option(
        "--ignore",
        multiple=True,
        metavar="COLUMN",
        help="A column that is not learned from, or several: a,b (tables).",
    )
    @functools.wraps(command)
    def with_named(
        *args: Any,
        group: str | None,
        weight: str | None,
        task: str,
        ignore: tuple[str, ...],
        **rest: Any,
    ) -> Any:
        named = {
            "data.group": group,
            "data.weight": weight,
            "data.task": None if task == "auto" else task,
            "data.columns": dict.fromkeys(ignore, "ignore") or None,
        }
        typed = {key: value for key, value in named.items() if value is not None}
        return command(*args, named=typed, **rest)

    return with_named  # type: ignore[return-value]


USUAL_INTERVAL = 0.9


def level_of(opened: Predictor, typed: float | None) -> float | None:
    """The level of ``--interval``: as typed, else the usual one where the run has intervals of it;
    where its system answers with numbers and it has none, why is printed.
    """
    if typed is not None:
        return typed or None
    if opened.system.between is None:
        return None
    try:
        opened.intervals(USUAL_INTERVAL)
    except RunError as error:
        console.message(f"no interval: {error}")
        return None
    return USUAL_INTERVAL


def with_columns(changes: dict[str, Any], named: dict[str, Any]) -> dict[str, Any]:
    """Changes of a recipe together with what ``of_columns`` gave; columns to ignore beside those of
    which ``--set data.columns`` says what they hold.
    """
    kinds = changes.get("data.columns")
    if isinstance(kinds, dict) and "data.columns" in named:
        named = {**named, "data.columns": {**kinds, **named["data.columns"]}}
    return {**changes, **named}
