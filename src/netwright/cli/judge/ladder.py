"""netwright ladder: judge error rates typed by hand."""

from __future__ import annotations

import click

from netwright.base.errors import NetwrightError
from netwright.cli import console


@click.command("ladder")
@click.argument("rungs", nargs=-1, metavar="NAME=ERROR[/COUNT]...")
@click.option("--json", "as_json", is_flag=True, help="Print the judgement as JSON.")
def command(rungs: tuple[str, ...], as_json: bool) -> None:
    """Judge error rates typed by hand: which gap to work on, and which is only noise.

    The rungs are human, train, train_dev (held out, from the training source), dev and test. ERROR
    is a fraction (0.088) or a percentage (8.8%), COUNT the number of examples it was measured on.
    Any rung may be left out.

    \b
    netwright ladder human=0.005 train=0.088/940000 train_dev=0.091/20000 dev=0.143/20000
    """
    from netwright.doctor.gaps.judgement import diagnose_ladder
    from netwright.doctor.gaps.typed import rungs_of

    diagnosis = diagnose_ladder(rungs_of(rungs), muted=_muted())
    if not diagnosis.gaps:
        raise NetwrightError(diagnosis.verdict)
    if as_json:
        console.as_json(diagnosis.as_json())
        return
    from netwright.cli.text.diagnosis import diagnosis_text

    console.result(diagnosis_text(diagnosis))


def _muted() -> frozenset[str]:
    from netwright.runs import project

    return project.of_folder(".").mute
