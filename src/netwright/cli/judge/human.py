"""``netwright human RUN``."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import click

from netwright.base.errors import NetwrightError
from netwright.cli import console, options

if TYPE_CHECKING:
    from netwright.api.judged.human_session import HumanResult, HumanSession


@click.command("human")
@options.run_argument
@click.option("--by", default="", metavar="NAME", help="Who answers (default: this user).")
@click.option(
    "--examples", default=50, show_default=True, metavar="N", help="How many are to be answered."
)
@click.option("--seed", default=0, show_default=True, metavar="N", help="Which ones are drawn.")
@click.option(
    "--domain",
    type=click.Choice(["target", "general"]),
    default="target",
    show_default=True,
    help="Dev's examples, or general ones, of other domains.",
)
@click.option("--terminal", is_flag=True, help="Answer them here, not on a page.")
@click.option("--sheet", metavar="FILE", help="Write them as CSV, to be answered there.")
@click.option(
    "--labels",
    multiple=True,
    metavar="FILE",
    help="A sheet that somebody answered; as often as people did.",
)
@click.option("--name", metavar="NAME", help="Whose sheet it is (default: the file's name).")
@click.option("--withdraw", metavar="NAME", help="The level of NAME counts no more.")
@click.option("--restore", metavar="NAME", help="A level that was withdrawn counts again.")
@options.of_page
@options.of_run
@options.store
@options.as_json
def command(
    run: str,
    sheet: str | None,
    labels: tuple[str, ...],
    name: str | None,
    withdraw: str | None,
    restore: str | None,
    system: str | None,
    store: str | None,
    as_json: bool,
    domain: Any,
    terminal: bool,
    **given: Any,
) -> None:
    """Measure people on RUN's dev examples: what they reach stands for the best error there can be.

    A page of this machine alone shows one example after the other without its truth; --terminal
    does so here, and --sheet writes a file to fill in, which --labels measures. The level is kept
    in the run, which is diagnosed anew; --withdraw takes it back, --restore undoes that.

    \b
    netwright human RUN --by anna
    netwright human RUN --labels expert.csv
    """
    from netwright import api
    from netwright.api.judged import human_examples, people

    wanted = (sheet is not None, bool(labels), terminal, withdraw is not None, restore is not None)
    if sum(wanted) > 1:
        raise NetwrightError(
            "--sheet, --labels, --terminal, --withdraw and --restore exclude each other: name one."
        )
    opened = api.open_run(run, store=store, system=system)
    drawn = {"domain": domain, "examples": given["examples"], "seed": given["seed"]}
    if withdraw is not None or restore is not None:
        from netwright.api.kept import levels

        act = levels.withdraw if restore is None else levels.restore
        changed = act(opened, withdraw or restore or "", domain)
        _show(changed.sentence, changed.as_json(), as_json=as_json)
    elif sheet is not None:
        written = human_examples.write_sheet(opened, sheet, **drawn)
        again = "" if domain == "target" else f" --domain {domain}"
        measured = f"netwright human {opened.id} --labels {shlex.quote(sheet)}{again}"
        _show(
            f"{sheet} has {written} examples of {opened.id}: let somebody fill in what is asked,"
            f" without a look at the truth, then {measured}",
            {"sheet": sheet, "examples": written},
            as_json=as_json,
        )
    elif labels:
        from netwright.cli.text.people import people_text

        found = people.people(opened, labels, name=name, domain=domain)
        _show(people_text(found), found.as_json(), as_json=as_json)
    else:
        from netwright.api.judged.human_session import HumanSession
        from netwright.cli.text.people import result_text

        session = HumanSession.of(opened, who=given["by"], **drawn)
        if as_json and not terminal:
            console.as_json(session.as_json())
            return
        result = _answered(session, given["port"], here=terminal, browser=not given["no_browser"])
        if result is not None:
            _show(result_text(result), result.as_json(), as_json=as_json)
        else:
            count = f"{len(session.typed)} of {len(session)}"
            console.message(f"{count} answered, all is kept; the same command goes on.")


def _answered(session: HumanSession, port: int, *, here: bool, browser: bool) -> HumanResult | None:
    """What came of it; None: the person left off."""
    if session.warning:
        console.message(session.warning)
    if here:
        from netwright.cli.judge import answering

        return answering.through(session)
    from netwright.cli.judge import paging
    from netwright.studio.app import of_people
    from netwright.studio.human_page import HumanPage

    page = HumanPage(session)
    paging.until_ended(of_people(page), port, browser=browser)
    return page.result


def _show(text: str, values: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        console.as_json(values)
    else:
        console.result(text)
