"""``netwright improve SOURCE``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from netwright.cli import console, options, stopped

if TYPE_CHECKING:
    from netwright.runs.human_levels import HumanError


@click.command("improve")
@click.argument("source", required=False)
@options.target
@options.of_columns
@click.option(
    "--budget", metavar="TIME", help="How long the trainings may take, all together: 20m, 2h."
)
@click.option("--model", metavar="NAME", help="The architecture to begin with.")
@click.option("--epochs", type=options.WHOLE, help="Passes over the training split, to begin with.")
@click.option(
    "--set", "settings", multiple=True, metavar="KEY=VALUE", help="Change the recipe to begin with."
)
@click.option("--recipe", metavar="FILE", help="A recipe to start from.")
@options.system
@options.human_error
@click.option(
    "--keep",
    metavar="WHAT",
    help="What is kept: the best nets together (ensemble), or one net with the kept changes (one).",
)
@click.option("--ask", is_flag=True, help="Ask before each change; what you refuse is not tried.")
@click.option("--resume", metavar="STUDY", help="Go on with one that was stopped or killed.")
@options.store
@options.as_json
def command(
    source: str | None,
    target: str | None,
    budget: str | None,
    model: str | None,
    epochs: int | None,
    settings: tuple[str, ...],
    recipe: str | None,
    system: str | None,
    human_error: HumanError | None,
    keep: str | None,
    ask: bool,
    resume: str | None,
    store: str | None,
    as_json: bool,
    named: dict[str, Any],
) -> None:
    """Improve a recipe by itself: train a baseline, diagnose it, turn the knobs for its largest gap
    one after another, keep what is likely to help and undo the rest. In the end the nets that are
    best together on dev are kept, and test is opened once. A notebook says what was tried, why,
    and what came of it.
    """
    from netwright import api
    from netwright.cli.text.improvement import improvement_text
    from netwright.recipe import parse_setting

    if ask:
        console.expect_person("leave out --ask")
    with stopped.study_named(store):
        found = api.improve(
            source,
            budget=budget,
            human_error=human_error,
            target=target,
            model=model,
            epochs=epochs,
            set=options.with_columns(dict(map(parse_setting, settings)), named),
            recipe=recipe,
            system=system,
            store=store,
            resume=resume,
            ask=_is_wanted if ask else None,
            keep=keep,
            log=console.message,
        )
    if as_json:
        console.as_json(found.as_json())
        return
    console.result(improvement_text(found))


def _is_wanted(change: str, why: str) -> bool:
    return console.is_agreed(f"{change} ({why})?", instead="leave out --ask")
