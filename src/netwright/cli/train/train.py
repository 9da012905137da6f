"""``netwright train SOURCE``."""

from __future__ import annotations

import os
from time import process_time
from time import time as clock
from typing import TYPE_CHECKING, Any

import click

from netwright.base.figures import counted
from netwright.cli import console, options

if TYPE_CHECKING:
    from netwright.runs.human_levels import HumanError

STARTED = clock() - process_time()  # the process began about this long ago


@click.command("train")
@click.argument("source", required=False)
@options.target
@options.of_columns
@click.option(
    "--model", metavar="NAME", help="The architecture: linear, mlp, lenet5, resnet-small, ..."
)
@click.option("--epochs", type=options.WHOLE, help="Passes over the training split.")
@click.option(
    "--time", metavar="TIME", help="How long all of it may take: 90s, 10m, 2h; epochs as they fit."
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change the recipe: optimizer.lr=0.01.",
)
@click.option(
    "--recipe",
    metavar="FILE",
    help="A recipe to start from: a YAML file, or a preset: sketch, quick, thorough.",
)
@options.system
@options.start
@options.freeze
@click.option(
    "--resume",
    metavar="RUN",
    help="Go on with an unfinished run; with a complete one too, as a new run (--epochs, --set).",
)
@click.option(
    "--repeat", metavar="RUN", help="Train anew as a run was trained, its tweaks at their steps."
)
@click.option(
    "--folds",
    type=options.WHOLE,
    metavar="K",
    help="Train K nets, each judged on the part that it never saw: dev is all outside test.",
)
@click.option(
    "--keep",
    metavar="WHAT",
    help="With --folds: their nets together (ensemble), or one net trained on all (one).",
)
@click.option(
    "--skip-unreadable", is_flag=True, help="Go on without files that cannot be read, however many."
)
@click.option(
    "--tensorboard", metavar="FOLDER", help="Also write the curves there for TensorBoard."
)
@click.option(
    "--sanity", is_flag=True, help="With --from: train from scratch, too, and say what paid."
)
@options.human_error
@options.store
@options.as_json
def command(
    source: str | None,
    target: str | None,
    model: str | None,
    epochs: int | None,
    time: str | None,
    settings: tuple[str, ...],
    recipe: str | None,
    system: str | None,
    start: str | None,
    freeze: str | int | None,
    resume: str | None,
    repeat: str | None,
    folds: int | None,
    keep: str | None,
    skip_unreadable: bool,
    tensorboard: str | None,
    sanity: bool,
    human_error: HumanError | None,
    store: str | None,
    as_json: bool,
    named: dict[str, Any],
) -> None:
    """Train on SOURCE: a ready data set (digits, iris, ...), a folder of images, a table, IDX or
    .npz files, or whatever else a system reads (netwright systems).

    Keeps the run, prints the result and where the error comes from, and writes a report.
    """
    from netwright import api
    from netwright.base.errors import StoppedError
    from netwright.cli.progress import progress
    from netwright.recipe import parse_setting

    changes = options.with_columns(dict(map(parse_setting, settings)), named)
    if freeze is not None:
        changes |= {"training.freeze": freeze, "training.cache_features": freeze != 0}
    if skip_unreadable:
        changes["data.skip_unreadable"] = True
    try:
        with progress() as watch:
            run = api.train(
                source,
                target=target,
                model=model,
                epochs=epochs,
                time=time,
                set=changes,
                recipe=recipe,
                system=system,
                start=start,
                resume=resume,
                repeat=repeat,
                folds=folds,
                keep=keep,
                sanity=sanity,
                human_error=human_error,
                store=store,
                watch=watch,
                started=STARTED,
                tensorboard=tensorboard,
                log=console.message,
            )
    except KeyboardInterrupt as stop:
        raise StoppedError(_stopped(stop, resume, store)) from None
    if os.environ.get("RANK", "0") != "0":  # under torchrun the first process alone prints
        return
    if as_json:
        made = {"run": run.id, "path": str(run.record.path), "measures": run.measures}
        beside = {"references": run.references}
        console.as_json({**made, **beside, **dict(run.files.diagnosis or {})})
        return
    from netwright.cli.text.runs import run_text

    console.result(run_text(run.files))


def _stopped(stop: KeyboardInterrupt, resume: str | None, store: str | None) -> str:
    """What a stop by hand left: no run, a run that goes on, or a complete one."""
    from netwright import api
    from netwright.runs import store as stores
    from netwright.runs.keeping import stages
    from netwright.studies import study as studies

    if not stop.args:
        left = "no run was made" if resume is None else f"{resume} is as it was"
        return f"stopped before training began: {left}."
    if (study := studies.named(stop.args[0], stores.folder(store))) is not None:
        return f"stopped; {studies.way_on(study)} goes on from there."
    run = api.open_run(stop.args[0], store=store)
    path, info = run.record.path, run.info
    if info["status"] == "complete":
        shown = f"netwright show {info['id']}{stages.given(path, {})}"
        return f"stopped; {info['id']} is complete: {shown} shows it."
    done = f"stopped after {counted(info['steps'], 'step')}, epoch {info['epochs']}"
    goes_on = stages.resume(path, info)
    if info.get("trained"):
        return f"{done}, the last; {goes_on} makes what the run still lacks, without training."
    return f"{done}; {goes_on} goes on from there."
