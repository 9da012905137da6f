"""``netwright labels RUN``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from netwright.base.errors import NetwrightError
from netwright.cli import completed, console, options

if TYPE_CHECKING:
    from netwright.api.errors.labels import LabelReview


@click.command("labels")
@options.run_argument
@click.option(
    "--split",
    type=click.Choice(["dev", "test"]),
    default="dev",
    show_default=True,
    help="Whose labels; of test once it was opened.",
)
@click.option(
    "--folds",
    type=options.WHOLE,
    metavar="N",
    help="Train so many nets, each on all but one part, to look at the labels of train, too.",
)
@click.option("--budget", metavar="TIME", help="With --folds: how long they may take, 10m, 2h.")
@click.option(
    "--top", type=options.WHOLE, default=20, show_default=True, help="How many are printed."
)
@click.option(
    "--correct",
    multiple=True,
    metavar="ID=LABEL",
    help="The label of this example (its id, or its source) is wrong, and LABEL is right; as often"
    " as you like.",
)
@click.option("--why", default="", metavar="TEXT", help="With --correct: why, for the record.")
@click.option(
    "--undo", multiple=True, metavar="ID", help="Take the correction of this example back."
)
@click.option("--csv", "as_csv", is_flag=True, help="Print all doubtful labels as CSV.")
@options.of_run
@options.store
@options.as_json
def command(
    run: str,
    split: str,
    folds: int | None,
    budget: str | None,
    top: int,
    correct: tuple[str, ...],
    why: str,
    undo: tuple[str, ...],
    as_csv: bool,
    system: str | None,
    store: str | None,
    as_json: bool,
) -> None:
    """List the labels of RUN's dev examples that may be wrong, the most doubtful first, those that
    were corrected, and whether they are worth the time. Corrections lie over the data, which stay
    as they are: every verb counts them from then on, and they can be taken back.

    \b
    netwright labels RUN --correct 03ce0dc5e87e27d1=cat --why 'a typo'
    """
    from netwright import api
    from netwright.api.errors import by_folds

    if as_csv and as_json:
        raise NetwrightError("--csv and --json exclude each other: name one.")
    if why and not correct:
        raise NetwrightError("--why says why --correct changes a label: name both.")
    if folds is not None and split == "test":
        raise NetwrightError("--folds are of all but test: leave out --split.")
    if budget is not None and folds is None:
        raise NetwrightError("--budget says how long --folds may take: name both.")
    opened = api.open_run(run, store=store, system=system)
    completed.ensure(opened.record)

    def review() -> LabelReview:
        if folds is None:
            return opened.labels(split)
        return by_folds.review(opened, folds, budget=budget, log=console.message)

    found = review()
    id_of = found.truths.find
    pairs = [(id_of(one), label) for one, label in map(_pair, correct)]
    undone = list(map(id_of, undo))
    _expect_once([*(one for one, _ in pairs), *undone])
    for one, label in pairs:
        found.truths.new(one, label)  # all or none
    for one, label in pairs:
        found.correct(one, label, why)
    for one in undone:
        found.undo(one)
    if pairs or undo:
        found = review()
    if as_json:
        console.as_json(found.as_json())
    elif as_csv:
        console.as_csv(vars(one) for one in found.doubtful)
    else:
        from netwright.cli.text.labels import labels_text

        console.result(labels_text(found, top))


def _pair(typed: str) -> tuple[str, str]:
    one, equals, label = typed.partition("=")
    if not (one and equals and label):
        raise NetwrightError(f"--correct {typed[:80]}: expected ID=LABEL.")
    return one, label


def _expect_once(ids: list[str]) -> None:
    """Refuse to do two things to one example.

    Raises:
        NetwrightError: so it is.
    """
    for at, one in enumerate(ids):
        if one in ids[:at]:
            raise NetwrightError(
                f"--correct, --undo: the example {one} is named twice: name it once, with the label"
                " that is right."
            )
