"""``netwright human RUN``."""

from __future__ import annotations

import shlex

import click

from netwright.base.errors import NetwrightError
from netwright.cli import console, options


@click.command("human")
@options.run_argument
@click.option("--sheet", metavar="FILE", help="Write a sheet of dev examples to answer, as CSV.")
@click.option(
    "--examples", default=50, show_default=True, metavar="N", help="How many a sheet has."
)
@click.option("--seed", default=0, show_default=True, metavar="N", help="Which ones are drawn.")
@click.option(
    "--labels",
    multiple=True,
    metavar="FILE",
    help="A sheet that somebody answered; as often as people did.",
)
@click.option("--name", metavar="NAME", help="Whose level it is (default: the file's name).")
@options.of_run
@options.store
@options.as_json
def command(
    run: str,
    sheet: str | None,
    examples: int,
    seed: int,
    labels: tuple[str, ...],
    name: str | None,
    system: str | None,
    store: str | None,
    as_json: bool,
) -> None:
    """Measure people on RUN's dev examples: what they reach stands for the best error there can be.

    --sheet writes examples without their truth; somebody fills in the column answer; --labels
    measures that, keeps it as a human level of the run, and diagnoses the run anew.

    \b
    netwright human RUN --sheet sheet.csv
    netwright human RUN --labels expert.csv
    """
    from netwright import api
    from netwright.api.judged import people

    if (sheet is None) == (not labels):
        raise NetwrightError(
            "netwright human writes a sheet of examples to answer, --sheet FILE, or measures one"
            " that was answered, --labels FILE: give one of the two."
        )
    opened = api.open_run(run, store=store, system=system)
    if sheet is not None:
        count = people.write_sheet(opened, sheet, examples=examples, seed=seed)
        measured = f"netwright human {opened.id} --labels {shlex.quote(sheet)}"
        if as_json:
            console.as_json({"sheet": sheet, "examples": count})
            return
        console.result(
            f"{sheet} has {count} dev examples of {opened.id}: let somebody fill in what is asked,"
            f" without a look at the truth, then {measured}"
        )
        return
    found = people.people(opened, labels, name=name)
    if as_json:
        console.as_json(found.as_json())
        return
    from netwright.cli.text.people import people_text

    console.result(people_text(found))
