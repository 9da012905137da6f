"""``netwright search SOURCE``."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from netwright.cli import console, options

if TYPE_CHECKING:
    from netwright.searching.outcome import Outcome
    from netwright.searching.space import Space
    from netwright.searching.trials import TrialRow


@click.command("search")
@click.argument("source", required=False)
@click.option("--trials", type=options.WHOLE, help="Trainings in all (default: 20).")
@click.option(
    "--space",
    "spaces",
    multiple=True,
    metavar="KEY=LOW:HIGH[:SCALE]",
    help="What to search, or KEY=A,B,C; scales: linear, log, one_minus_log.",
)
@click.option(
    "--tier",
    type=click.IntRange(1, 4),
    help="Search every knob of this tier and below (1: the learning rate).",
)
@click.option(
    "--rounds", type=options.WHOLE, default=1, show_default=True, help="Rounds from coarse to fine."
)
@click.option(
    "--region",
    type=click.Choice(["ask", "fine", "keep"]),
    default="ask",
    help="The next round's space: the finer one, the same, or ask in a terminal.",
)
@click.option("--yes", is_flag=True, help="Take the finer space without asking.")
@click.option(
    "--workers", type=options.WHOLE, default=1, show_default=True, help="Processes on this machine."
)
@click.option(
    "--sampler", default="tpe", show_default=True, metavar="NAME", help="tpe, random or grid."
)
@click.option(
    "--pruner",
    metavar="NAME",
    help="What stops poor trials early: median (default), halving or none.",
)
@click.option(
    "--satisfy",
    multiple=True,
    metavar="BOUND",
    help="What the winner must keep to: 'latency<=5ms', 'size<=200kB', 'accuracy>=0.97'.",
)
@click.option("--name", help="Name of the search; one that is there already goes on.")
@click.option("--join", metavar="NAME", help="Work on a search that is there.")
@click.option(
    "--again", metavar="NAME", help="Repeat a search on other data (--on) and say what moved."
)
@click.option("--on", metavar="SOURCE", help="The other data.")
@click.option(
    "--storage",
    envvar="NETWRIGHT_STORAGE",
    metavar="URL",
    help="postgresql://USER@HOST/DATABASE, for several machines (or $NETWRIGHT_STORAGE).",
)
@options.target
@options.of_columns
@click.option("--model", metavar="NAME", help="The architecture.")
@click.option("--epochs", type=options.WHOLE, help="Passes over the training split, in each trial.")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change the recipe that every trial starts from.",
)
@click.option(
    "--recipe", metavar="FILE", help="A recipe file; its section search: may hold the space."
)
@options.system
@options.start
@click.option("--seed", type=options.WHOLE, default=0, help="Random seed of the points.")
@click.option(
    "--worker",
    type=options.WHOLE,
    hidden=True,
    help="Be one of several workers, with so many threads.",
)
@options.store
@options.as_json
def command(source: str | None, as_json: bool, **given: Any) -> None:
    """Search for better settings on SOURCE; every trial is kept as a run, the best one wins.

    Without --space or --tier the learning rate is searched, the knob that matters most.
    """
    from netwright.base.errors import StoppedError

    if given["worker"] is not None:
        _work(given)
        return
    try:
        found = _run(source, given)
    except KeyboardInterrupt as stop:
        if not stop.args:
            raise StoppedError("stopped before the search began.") from None
        raise StoppedError(
            "stopped; finished trials are kept, the others wait: netwright search --join"
            f" {shlex.quote(stop.args[0])}{_options(given)} goes on."
        ) from None
    if as_json:
        console.as_json({**found.as_json(), "report": str(found.folder / "report.html")})
    else:
        console.result(_text(found))
    if found.winner is None:
        sys.exit(1)


PASSED_ON = (
    "rounds",
    "workers",
    "tier",
    "sampler",
    "pruner",
    "satisfy",
    "name",
    "target",
    "model",
    "epochs",
    "recipe",
    "start",
    "seed",
)
"""Options that ``api.search`` takes by the same names."""


def _run(source: str | None, given: dict[str, Any]) -> Outcome:
    """Begin, join or repeat a search, as the options say."""
    from netwright import api
    from netwright.base.errors import NetwrightError
    from netwright.recipe import parse_setting
    from netwright.searching import choose_space

    if given["on"] and not given["again"]:
        raise NetwrightError("--on names the other data for --again NAME.")
    if given["again"] and not given["on"]:
        raise NetwrightError("--again needs other data: --on SOURCE.")
    common: dict[str, Any] = {
        "system": given["system"],
        "store": given["store"],
        "storage": given["storage"],
        "watch": _print_trial,
        "log": console.message,
    }
    if given["again"]:
        return api.again(given["again"], given["on"], workers=given["workers"], **common)
    decide = _decide("fine" if given["yes"] else given["region"])
    if given["join"]:
        return api.join(given["join"], source, trials=given["trials"], decide=decide, **common)
    return api.search(
        source,
        set=options.with_columns(dict(map(parse_setting, given["settings"])), given["named"]),
        space=dict(map(choose_space.parse, given["spaces"])),
        trials=20 if given["trials"] is None else given["trials"],
        decide=decide,
        **{name: given[name] for name in PASSED_ON},
        **common,
    )


def _work(given: dict[str, Any]) -> None:
    """What ``--workers`` starts: it makes trials, prints nothing and writes no report."""
    from netwright import api
    from netwright.base.errors import NetwrightError

    if not given["join"] or given["worker"] < 1:
        raise NetwrightError("--worker is one of several of a search: --join NAME --worker 1.")
    api.join(
        given["join"],
        system=given["system"],
        store=given["store"],
        storage=given["storage"],
        threads=given["worker"],
        whole=False,
    )


def _decide(region: str) -> Callable[[Space, Space], bool]:
    """A function that shows the finer space and takes it, keeps the first, or asks."""

    def decide(first: Space, finer: Space) -> bool:
        before = {knob.key: knob.description() for knob in first}
        console.message("the next round looks nearer to the best quarter of the trials:")
        for knob in finer:
            console.message(f"  {knob.key}: {knob.description()} (was {before[knob.key]})")
        for key in sorted(before.keys() - {knob.key for knob in finer}):
            console.message(f"  {key}: fixed (was {before[key]})")
        if region == "ask" and sys.stdin.isatty():
            return click.confirm("Search there (no: the same space again)?", default=True, err=True)
        return region != "keep"

    return decide


def _print_trial(row: TrialRow, found: Outcome) -> None:
    """One line a trial, as it ends."""
    from netwright.base.figures import duration, level, plain, setting

    metric, best = found.plan.metric, found.winner
    name = f"{row.round}.{row.number}" if len(found.rounds) > 1 else str(row.number)
    result = (
        f"{plain(metric['name'])} {level(row.measured)}" if row.state == "complete" else row.state
    )
    settings = "  ".join(f"{key} {setting(value)}" for key, value in row.values.items())
    note = (
        "  best so far"
        if best is not None and (best.round, best.number) == (row.round, row.number)
        else ""
    )
    console.message(
        f"trial {name:>3}  {result}  {settings}  {duration(row.ended - row.began)}{note}"
    )
    if row.why:
        console.message(f"          {row.why}")


def _text(found: Outcome) -> str:
    """The end of a search: who won, what to know, where the report is."""
    from netwright.base.figures import level, plain
    from netwright.searching.report import best_knobs, counts

    lines = [counts(found.rows)]
    best = found.winner
    if best is not None:
        lines += [
            console.bold(
                f"best: dev {plain(found.plan.metric['name'])} {level(best.measured)}, run"
                f" {best.run}"
            ),
            console.table(
                [[f"  {key}", value] for key, value in best_knobs(found)], ["", ""], ["l", "l"]
            ),
        ]
    if found.importance:
        lines.append(
            "importance: "
            + ", ".join(f"{key} {100 * weight:.0f}%" for key, weight in found.importance.items())
        )
    lines += [f"- {line}" for line in (*found.messages, *found.moves)]
    lines.append(f"report: {found.folder / 'report.html'}")
    return "\n".join(lines)


def _options(given: dict[str, Any]) -> str:
    """The options that whoever goes on has to give again."""
    names = [name for name in ("store", "system") if given[name]]
    return "".join(f" --{name} {shlex.quote(given[name])}" for name in names)
