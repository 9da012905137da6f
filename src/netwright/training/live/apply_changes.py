"""Carry out a tweak or a rewind between two steps of a training, and note it."""

from __future__ import annotations

from typing import Any

from netwright.base.errors import NetwrightError, RecipeError
from netwright.runs.history import in_words
from netwright.training import allowed
from netwright.training.batching import loader
from netwright.training.batching.train_batches import course_of
from netwright.training.freezing import transfer
from netwright.training.live import live_knobs, requests, rewind_states
from netwright.training.live.requests import Request
from netwright.training.probes import batch_norm_rows
from netwright.training.recorder import Recorder
from netwright.training.setup import TrainingSetup


def carry_out(request: Request, recorder: Recorder) -> str:
    """Change the training as asked; a request that cannot be met changes nothing and is answered
    so. Returns what was done.

    A rewind takes the weights, the optimizer's memory, the random state and the recipe back to
    the end of that epoch; its changes are made after that.
    """
    record, state = recorder.record, recorder.state
    step, epoch = state.step, recorder.curves.epoch_in_progress
    try:
        after = live_knobs.changed(
            recorder.setup.recipe, request.changes, epoch=min(epoch, request.epoch or epoch)
        )
        setup = recorder.setup
        allowed.check(setup.system, after, setup.device.world)
        transfer.check_change(setup, request.changes)
        if "training.accumulate" in request.changes:
            one = loader.first(recorder.loaders.train, 1)
            batch_norm_rows.check(setup.with_recipe(after), one)
        if request.epoch is None and not request.how:
            _check_length(setup.with_recipe(after), recorder)
        to, now = request.epoch, recorder.curves.epoch
        back = None if to is None else rewind_states.check(record, to, now)
    except NetwrightError as error:
        requests.answer(request, {"error": str(error)})
        return f"refused: {error}"
    if back is not None:
        recorder.rewind(back)
    changes = _change(recorder, request)
    recorder.changes += 1
    event: dict[str, Any] = {
        "number": recorder.changes,
        "step": step,
        "epoch": epoch,
        "changes": changes,
    }
    event |= {} if request.epoch is None else {"to": request.epoch, "to_step": state.step}
    event |= {"how": request.how} if request.how else {}
    kind = "tweak" if request.epoch is None else "rewind"
    if recorder.setup.device.main and request.step is None:
        record.event(kind, **event)
        recorder.save()
    requests.answer(request, event)
    return in_words(kind, event)


def _check_length(setup: TrainingSetup, recorder: Recorder) -> None:
    """See that the training does not end before where it is.

    Raises:
        RecipeError: it would.
    """
    most = setup.recipe.training.max_examples
    if course_of(setup, recorder.loaders.train).steps <= recorder.state.place and most is not None:
        raise RecipeError(
            f"training.max_examples = {most:,}: the run has seen as many already; expected more."
        )


def _change(recorder: Recorder, request: Request) -> dict[str, list[Any]]:
    before = recorder.setup.recipe
    after = live_knobs.changed(before, request.changes)
    if request.changes:
        recorder.change(recorder.setup.with_recipe(after))
    return {key: [before.value(key), after.value(key)] for key in request.changes}
