"""Make a run: train a job to its end, step by step, keeping its record."""

from __future__ import annotations

import contextlib
import math
import signal
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace
from types import FrameType

import torch

from netwright.base.errors import DivergenceError, NetwrightError, RecipeError
from netwright.contract import Codec
from netwright.metrics.measure import interval_of
from netwright.recipe import resolved
from netwright.training import loop, synchronize
from netwright.training.batching import example_weights, hold, loader, memory
from netwright.training.batching.training_loss import training_loss
from netwright.training.devices import Device
from netwright.training.live import apply_changes, past_changes, requests
from netwright.training.optim import averages, flat_weights, optimizers, schedules
from netwright.training.recorder import Recorder
from netwright.training.setup import TrainingSetup
from netwright.training.state import State
from netwright.training.steps import auto, autograd
from netwright.training.steps.compiling import compiled_step

AT_ONCE = "at once"
"""What a KeyboardInterrupt says that may have cut a step: the weights are not worth a
checkpoint.
"""


@dataclass(frozen=True)
class Progress:
    """How far a training is.

    Args:
        dev: the dev figures of the epoch that just ended, if one did.
        interval: the 95% interval of the dev metric, when that is a share.
        said: what a request from outside just changed; empty otherwise, and nothing but ``step``
            counts then.
    """

    epoch: int
    epochs: int
    step: int
    steps: int
    loss: float
    seconds: float
    dev: dict[str, float] | None = None
    interval: tuple[float, float] | None = None
    said: str = ""


def fit(
    job: TrainingSetup, started: float | None = None, say: Callable[[str], None] | None = None
) -> Generator[Progress, None, None]:
    """Train to the end, keeping the record as it goes; yields progress about ten times a second.

    Args:
        started: when the process began (``time.time``), to note the time to the first step.
        say: told each line about what was chosen and why, before the first step.

    A stop (Ctrl-C, SIGTERM) ends after the current step with a checkpoint, a second one at once
    with the last checkpoint; a divergence ends with the best weights kept.

    Raises:
        KeyboardInterrupt: the person stopped it; the record says how far it came, and its argument
            is the run's id.
        DivergenceError: see ``training.loop``.
        NetwrightError: the disk is full; the last checkpoint stands.
    """
    device, record = job.device, job.record
    train_store, dev_store, said = _stores(job)
    state = _state(job)
    book = Recorder(job, state, dev_store, train_store)
    if record.checkpoint.exists():
        book.restore()
    plan, book.changes = past_changes.plan(record, book.changes)
    desk = requests.RequestQueue(record, plan)

    if device.main and said not in job.messages:
        job.messages.append(said)
        record.note(messages=job.messages)

    if say is not None:
        for line in job.messages:
            say(line)
    shown = 0.0
    with _stops() as stopped, _threads(resolved(job.recipe.training.threads)), _ends_noted(book):
        book.begin()
        going = True
        # again after each change from outside, from the state and by the recipe that it left
        while going:
            job = book.job
            per_epoch, steps_in_all = schedules.length(job.recipe, len(train_store))
            epochs = -(-steps_in_all // per_epoch)
            request = desk.due(state.step)
            ahead = _ahead(job, state, train_store, steps_in_all - state.step, say)
            for done in ahead if request is None and not book.patience_over() else ():
                if started is not None and device.main:
                    record.event("first_step", seconds_since_process_start=time.time() - started)
                started = None
                dev = book.keep(done)
                now = time.monotonic()
                if dev or now - shown > 0.1:
                    shown = now
                    loss = float(done.loss)
                    yield Progress(
                        done.epoch,
                        epochs,
                        done.step,
                        steps_in_all,
                        loss,
                        book.seconds(),
                        dev,
                        _interval(job, dev),
                    )
                if device.any(bool(stopped)):  # all processes stop at the same step
                    raise KeyboardInterrupt
                if dev and book.patience_over():
                    name, patience = job.system.metrics[0].name, job.recipe.training.patience
                    job.messages.append(f"stopped early: no better dev {name} in {patience} epochs")
                    break
                request = desk.due(done.step) or _arrived(desk, device, done.step)
                if request is not None:
                    break
            going = request is not None
            if request is not None:
                said = apply_changes.carry_out(request, book)
                yield Progress(
                    0, epochs, state.step, steps_in_all, math.nan, book.seconds(), said=said
                )
        book.finish()
    if device.main:
        desk.close()


def _arrived(desk: requests.RequestQueue, device: Device, step: int) -> requests.Request | None:
    """A request from outside; several processes take it at the same step."""
    if device.world == 1:
        return desk.arrived()
    if step % requests.EVERY:
        return None
    found = [desk.arrived() if device.main else None]
    if device.any(found[0] is not None):
        torch.distributed.broadcast_object_list(found, src=0)
    return found[0] if device.main or found[0] is None else replace(found[0], answer=None)


def _stores(job: TrainingSetup) -> tuple[loader.BatchLoader, loader.BatchLoader, str]:
    """Train and dev, encoded, within one memory budget, and one line that says where train is held
    and why.
    """
    knobs, where = job.recipe.training, job.device.torch_device
    budget = knobs.memory * loader.MIB
    train, said = hold.hold(
        job.parts["train"], job.codec, where, where=knobs.batches, budget=budget
    )
    left = budget - train.size if isinstance(train, memory.InMemory) else budget // 8
    dev, _ = hold.hold(job.parts["dev"], job.codec, where, where=knobs.batches, budget=left)
    return train, dev, said


def _state(job: TrainingSetup) -> State:
    """The net as it is before the first step, its weights in one vector."""
    net = synchronize.synchronize(job.net) if job.device.world > 1 else job.net
    flat = flat_weights.flatten(net, optimizers.kinds(net, job.recipe.optimizer))
    average = averages.start(job.recipe, flat.vector)
    return State(net, flat, optimizers.build(flat, job.recipe.optimizer), average)


@contextlib.contextmanager
def _ends_noted(book: Recorder) -> Iterator[None]:
    """However the block ends before its end, the record says so and the person is told how to go
    on.
    """
    try:
        yield
    except KeyboardInterrupt as pressed:
        book.stop("stopped", "stopped by hand", save=pressed.args != (AT_ONCE,))
        raise KeyboardInterrupt(book.job.record.id) from None
    except GeneratorExit:
        book.stop("stopped", "stopped by the program that ran it")
        raise
    except DivergenceError as error:
        book.stop("diverged", str(error))
        raise DivergenceError(f"{str(error).rstrip('.')}; {book.kept()}.") from None
    except RecipeError:  # refused before the first step: nothing to go on from
        raise
    except NetwrightError as error:
        raise NetwrightError(
            f"{str(error).rstrip('.')}; {book.fail('stopped', str(error))}."
        ) from error
    except Exception as error:
        book.fail("failed", f"{type(error).__name__}: {error}")
        raise


def _interval(job: TrainingSetup, dev: dict[str, float] | None) -> tuple[float, float] | None:
    """What the size of the dev set allows to say of its metric."""
    metric = job.system.metrics[0]
    return None if dev is None else interval_of(metric, dev[metric.name], job.parts["dev"])


def _ahead(
    job: TrainingSetup,
    state: State,
    store: loader.BatchLoader,
    left: int,
    tell: Callable[[str], None] | None,
) -> Iterator[loop.StepResult]:
    """The steps to come: on plain batches, or on weighted or mixed ones."""
    recipe, train = job.recipe, job.parts["train"]
    counted = example_weights.weights_of(recipe, train)
    loss, codec, store = training_loss(job.system, recipe, job.codec, store, counted, job.device)
    step = _step(job, state, loss, codec, store, left, tell)
    return loop.train(
        state, step, codec, store, recipe, job.device, example_weights.draw_weights(recipe, train)
    )


def _step(
    job: TrainingSetup,
    state: State,
    loss: autograd.Loss,
    codec: Codec,
    store: loader.BatchLoader,
    left: int,
    tell: Callable[[str], None] | None,
) -> autograd.Step:
    """The way to step: by autograd first, then as the recipe wants and the net allows."""

    def say(line: str) -> None:
        if job.device.main and line not in job.messages:
            job.messages.append(line)
            job.record.note(messages=job.messages)

    def say_now(line: str) -> None:
        say(line)
        if tell is not None:
            tell(line)

    eager = autograd.Eager(
        state.net, loss, state.weights, job.device, job.recipe.training.accumulate
    )
    if job.recipe.training.step == "compiled":
        return compiled_step(job, eager, codec, store, left, say_now)
    return auto.AutoStep(eager, job.recipe.training.step, left, say)


@contextlib.contextmanager
def _threads(count: int) -> Iterator[None]:
    """Runs the block with ``count`` CPU threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextlib.contextmanager
def _stops() -> Iterator[list[int]]:
    """Turns the first Ctrl-C or SIGTERM into an entry of the list, so that a step is never cut; the
    same again interrupts.

    (torchrun answers Ctrl-C with a SIGTERM of its own: that is no second wish.)
    """
    asked: list[int] = []

    def ask(number: int, frame: FrameType | None) -> None:
        if number in asked:
            raise KeyboardInterrupt(AT_ONCE)
        asked.append(number)

    try:
        before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    except ValueError:  # not the main thread: whoever runs us handles signals
        yield asked
        return
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
