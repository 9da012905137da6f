"""The verbs in Python: train, open, runs, evaluate, predict, diagnose. The command line calls these and prints.

import netwright as nw
run = nw.train("digits", model="lenet5")
run.diagnose(human_error=0.002)
run.predict(images)
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright import systems
from netwright.base.errors import DataError, NetwrightError, RecipeError, RunError
from netwright.contract import Answer, Examples, System
from netwright.data import sources
from netwright.data.inputs import read_inputs
from netwright.recipe import Recipe, merge, nest, read_yaml
from netwright.runs import store as stores
from netwright.runs.record import Record

if TYPE_CHECKING:
    import polars as pl
    from torch import nn

    from netwright.data.sources import Reading
    from netwright.doctor.gaps import Diagnosis
    from netwright.nets.summary import Layer
    from netwright.runs.job import Job
    from netwright.runs.make import Progress
    from netwright.training.evaluate import Answers


OWN = "own-"
"""How the model's name begins when the net is a person's own module."""


@dataclass(frozen=True)
class Run:
    """One training, kept: what it learned, how well, and what to do next. Opened by its id it is the same again."""

    record: Record
    module: nn.Module | None = field(default=None, compare=False, repr=False)

    @property
    def id(self) -> str:
        """The run's name in its store."""
        return self.record.id

    @property
    def info(self) -> dict[str, Any]:
        """Status, source, model, splits and what was said; as in ``run.json``."""
        return self.record.info()

    @cached_property
    def system(self) -> System:
        """The kind of problem."""
        found = systems.load(self.info["system"])
        return found if self.module is None else _with_module(found, self.module)

    @cached_property
    def recipe(self) -> Recipe:
        """Every hyperparameter, as used."""
        return self.system.recipe.of(read_yaml(self.record.path / "recipe.yaml"), f"{self.id}/recipe.yaml")

    @cached_property
    def codec(self) -> Any:
        """What turns raw inputs into tensors and outputs into answers."""
        from netwright.runs import codecs

        return codecs.load(self.system, self.record.json("codec.json"))

    @cached_property
    def net(self) -> nn.Module:
        """The trained net, in evaluation mode.

        Raises:
            RunError: there are no weights, they were changed, or they belong to another model.
        """
        from netwright.training import checkpoints

        self.record.check_weights()
        if self.module is None and self.recipe.model.name.startswith(OWN):
            raise RunError(
                f"{self.id} was trained with a module of yours: open it with netwright.open('{self.id}', model=module)."
            )
        net = self.system.model(self.codec, self.recipe)
        checkpoints.load_weights(self.record.weights, net)
        return net.eval()

    @property
    def measures(self) -> dict[str, dict[str, dict[str, Any]]]:
        """split -> metric -> value, n, low, high; train, dev, and test once it was opened."""
        found: dict[str, dict[str, dict[str, Any]]] = self.record.json("measures.json")
        if not _are_measures(found):
            raise RunError(f"{self.record.path / 'measures.json'} does not hold what a run's does: it was changed.")
        return found

    @property
    def curves(self) -> list[dict[str, float]]:
        """One entry an epoch: losses, rate, dev figures, seconds."""
        return self.record.curves()

    def predictions(self, split: str = "dev") -> pl.DataFrame:
        """Every answer on a split: id, source, truth, answer, probabilities, loss."""
        return self.record.predictions(split)

    def predict(self, inputs: Any) -> list[Answer]:
        """One answer an input.

        Args:
            inputs: a path or several (image files, folders, a table), or arrays, tensors or a data frame.

        Raises:
            DataError: an input cannot be read or does not have the shape that the run was trained on.
        """
        return [answer for _, answer in self.predict_each(inputs)]

    def predict_each(self, inputs: Any) -> Iterator[tuple[str, Answer]]:
        """(source, answer) of each input, in order."""
        examples = read_inputs(inputs, self.recipe.data)
        return iter(list(zip(examples.sources, self._answers(examples).answers, strict=True)))

    def evaluate(
        self, source: Any = None, *, split: str | None = None, target: str | None = None
    ) -> dict[str, dict[str, Any]]:
        """The metrics on other data, or on a split of the run's own.

        ``evaluate(split="test")`` opens the run's test split; every opening is logged and counted in the record.

        Args:
            source: data with targets; None: the run's own source.
            split: only the examples that the source (or the run) assigns to this split.
            target: the source's column with the truth, when it is not the one trained on.

        Raises:
            DataError: the data cannot be used, or hold no such split.
        """
        from netwright.runs.measure import measure

        if source is None:
            return self._open_split(split or "test")
        reading = read(source, self.recipe if target is None else self.recipe.changed({"data.target": target}))
        examples = reading.examples
        if all(truth is None for truth in examples.targets):
            raise DataError(f"{reading.source.path} holds no truth to measure against: name the column with --target.")
        if split is not None:
            examples = examples.take([i for i, own in enumerate(examples.splits or []) if own == split])
            if not len(examples):
                raise DataError(f"{reading.source.path} has no split '{split}' of its own.")
        if reading.fingerprint == self.record.mapping("data.json").get("fingerprint") and split in (None, "test"):
            self._note_opening("with all of its source")
        return measure(self.system, examples, self._answers(examples).answers)

    def diagnose(self, human_error: float | None = None) -> Diagnosis:
        """Where the error comes from: each gap with its interval, and the knobs for the largest; kept in the record.

        Args:
            human_error: the error of people on this task, 0 to 1 (in the metric's unit for numbers); None: unknown.
        """
        from netwright import project as projects
        from netwright.doctor.diagnose import diagnose
        from netwright.runs import report

        project = projects.read()
        if human_error is not None:
            self.record.note(human_error=human_error)
        known = self.info.get("human_error")
        human_error = project.human_error if known is None else known
        name = self.system.metrics[0].name
        found = diagnose(
            {split: {"name": name, **figures[name]} for split, figures in self.measures.items()},
            human_error=human_error,
            baseline=self.info.get("baseline"),
            recipe=self.recipe.model_dump(mode="json"),
            muted=project.mute,
        )
        self.record.write_json("diagnosis.json", found.as_json())
        report.write(self.record.path)
        return found

    @property
    def report(self) -> Path:
        """The report, one HTML file."""
        return self.record.path / "report.html"

    def _answers(self, examples: Examples) -> Answers:
        from netwright.training import batches, devices, evaluate

        device = devices.choose(self.recipe.training.device, "float32", self.net)
        recipe = self.recipe.training
        held, _ = batches.hold(
            examples, self.codec, device.where, where=recipe.batches, budget=recipe.memory * batches.MIB
        )  # fmt: skip
        return evaluate.answers(self.net.to(device.where), self.system, self.codec, held, self.recipe)

    def _note_opening(self, how: str) -> None:
        self.record.event("test_opened", times=len(self.record.events("test_opened")) + 1, how=how)

    def _open_split(self, split: str) -> dict[str, dict[str, Any]]:
        from netwright.runs.measure import measure

        kept = self.measures
        if split != "test" and split in kept:
            return kept[split]
        reading = read(self.recipe.data.source, self.recipe)
        if reading.fingerprint != self.record.mapping("data.json").get("fingerprint"):
            raise RunError(f"the data of {self.id} have changed since it was trained: name the source to measure on.")
        rows = [i for i, own in enumerate(self.record.splits()) if own == split]
        if not rows:
            raise DataError(f"{self.id} has no split '{split}'; it has {', '.join(sorted(set(self.record.splits())))}.")
        examples = reading.examples.take(rows)
        if split == "test":
            self._note_opening("by name")
        said = self._answers(examples)
        self.record.write_predictions(split, examples, said.answers, said.losses)
        kept[split] = measure(self.system, examples, said.answers)
        self.record.write_json("measures.json", kept)
        self.diagnose()
        return kept[split]


def train(
    source: Any = None,
    *,
    target: str | None = None,
    model: str | nn.Module | None = None,
    epochs: int | None = None,
    set: Mapping[str, Any] | None = None,
    recipe: str | Path | Recipe | None = None,
    human_error: float | None = None,
    store: str | Path | None = None,
    resume: str | None = None,
    watch: Callable[[Progress], None] | None = None,
    say: Callable[[str], None] | None = None,
    tensorboard: str | None = None,
    started: float | None = None,
) -> Run:
    """Train on ``source``, keep the run, diagnose it and write its report.

    Args:
        source: a ready data set's name, a folder, a file, (x, y) arrays or tensors, or a data frame with ``target``.
        target: the column to predict.
        model: an architecture's name, or a module of your own that maps prepared inputs to (B, classes) or (B, 1).
        epochs, set: changes to the recipe, ``set={"optimizer.lr": 0.01}``.
        recipe: a recipe file or object to start from.
        human_error: what people reach, for the diagnosis.
        store: where runs are kept (default: ``runs``).
        resume: the id of an unfinished run to go on with; ``source`` is needed only if it was data in memory.
        watch: called with each ``Progress``.
        say: called with each line about what was chosen and why, before training begins.
        tensorboard: a folder to which the curves are written for TensorBoard, too.
        started: when the process began (``time.time``), to measure the time to the first step.

    Raises:
        NetwrightError: the data or the recipe cannot be used; nothing is kept then.
        DivergenceError: training diverged; the run keeps the best weights.
        KeyboardInterrupt: it was stopped; the run can be resumed.
    """
    from netwright.runs import curves, make, mistakes

    where = stores.folder(store)
    if resume is not None:
        given = {
            "target": target,
            "epochs": epochs,
            "set": set,
            "recipe": recipe,
            "model": model if isinstance(model, str) else None,
        }
        if changed := [name for name, value in given.items() if value]:
            raise RecipeError(f"{changed[0]} cannot change when a run goes on: leave it out, or train anew.")
        job = _reopen(resume, where, source, model)
    else:
        job = _prepare(source, target, model, _changes(epochs, set), recipe, where)
    with job.record.held() if job.device.main else contextlib.nullcontext():
        try:
            for progress in make.fit(job, started, say if job.device.main else None):
                if watch is not None and job.device.main:
                    watch(progress)
        except (DataError, RecipeError):
            if resume is None and job.device.main:
                job.record.discard()
            raise
        except KeyboardInterrupt:
            if job.device.main and job.record.info()["status"] == "running":
                job.record.note(status="stopped", message="stopped by hand")
            raise KeyboardInterrupt(job.record.id) from None
    run = Run(job.record, None if model is None or isinstance(model, str) else model)
    if job.device.main:
        mistakes.keep(job.record, job.parts["dev"])
        run.diagnose(human_error)
        if tensorboard is not None:
            curves.to_tensorboard(job.record, Path(tensorboard))
    return run


def open_run(name: str, *, store: str | Path | None = None, model: nn.Module | None = None) -> Run:
    """The run called ``name`` (an id, the part of one, a folder, or ``last``).

    Raises:
        RunError: there is none, or several fit.
    """
    record = stores.find(name, stores.folder(store))
    record.info()
    return Run(record, model)


def list_runs(store: str | Path | None = None) -> list[Run]:
    """All runs of a store, oldest first."""
    return [Run(record) for record in stores.every(stores.folder(store))]


def read(source: Any, recipe: Recipe) -> Reading:
    """The examples of a source: a name or path, (x, y), or a data frame.

    Raises:
        DataError: it cannot be read.
    """
    data = recipe.data
    if isinstance(source, str | Path):
        found = sources.recognize(str(source), target=data.target, group=data.group, task=data.task)
        return sources.read(found, skip_unreadable=data.skip_unreadable)
    x, y = source if isinstance(source, tuple) and len(source) == 2 else (source, None)
    return sources.read_arrays(x, y, target=data.target, group=data.group, task=data.task)


def system_for(examples: Examples, wanted: str) -> tuple[System, str]:
    """The system for these examples, and why.

    Raises:
        DataError: none takes them.
    """
    if wanted != "auto":
        return systems.load(wanted), "as asked for"
    for name in systems.names():
        system = systems.load(name)
        reason = system.accepts(examples)
        if reason:
            return system, reason
    if all(target is None for target in examples.targets):
        raise DataError("the source has no targets: nothing to learn; for a table name the column with --target.")
    raise DataError(f"no system takes these examples; there are {', '.join(systems.names())}.")


def summary(
    model: str, shape: str | None = None, outputs: int = 10, set: Mapping[str, Any] | None = None
) -> list[Layer]:
    """The layers of an architecture, or of a run's net.

    Args:
        model: an architecture's name, or a run.
        shape: what an architecture reads: ``"3,32,32"`` (channels, height, width) or ``"13"`` (numbers).
        outputs: how many numbers it returns.
        set: changes to the recipe, such as ``{"model.hidden": [64]}``.

    Raises:
        RecipeError: no such model, or it cannot read this shape.
    """
    import torch

    from netwright import nets
    from netwright.nets.summary import summarize

    if model not in nets.ARCHITECTURES and stores.is_run(model, stores.folder()):
        run = open_run(model)
        encoder = run.codec.encoder
        sides, sizes, net = encoder.shape, encoder.cardinalities, run.net
    else:
        reads = nets.check_name(model).reads[0]
        sides, sizes = _sides(shape or ("1,28,28" if reads == "images" else "13")), ()
        plain = {"model.name": model, "model.hidden": [128, 64], "model.width": 16, "model.dropout": 0.0}
        net = nets.build(sides, sizes, outputs, Recipe().changed({**plain, **(set or {})}))
    inputs = [torch.zeros(1, *sides)] + ([torch.zeros(1, len(sizes), dtype=torch.int64)] if sizes else [])
    return summarize(net, *inputs)


def _sides(shape: str) -> tuple[int, ...]:
    try:
        sides = tuple(int(part) for part in shape.replace("x", ",").split(","))
    except ValueError:
        sides = ()
    if len(sides) not in (1, 3) or min(sides) < 1:
        raise RecipeError(f"--input {shape}: expected channels,height,width such as 3,32,32, or one number for rows.")
    return sides


def _prepare(
    source: Any,
    target: str | None,
    model: Any,
    changes: dict[str, Any],
    recipe: str | Path | Recipe | None,
    where: Path,
) -> Job:
    from netwright import nets
    from netwright.runs import job

    values = _recipe_values(recipe)
    if source is None and not values.get("data", {}).get("source"):
        raise RecipeError("nothing to train on: name a source, for example 'digits', a folder of images or a table.")
    if isinstance(source, str | Path):
        changes["data.source"] = str(source)
    if target is not None:
        changes["data.target"] = target
    if isinstance(model, str):
        changes["model.name"] = model
    elif model is not None:
        changes["model.name"] = f"{OWN}{type(model).__name__}"
    start = Recipe.of(merge(values, nest(changes)), str(recipe) if isinstance(recipe, str | Path) else "recipe")
    if model is None or isinstance(model, str):
        nets.check_name(start.model.name) if start.model.name != "auto" else None
    reading = read(start.data.source if source is None else source, start)
    system, reason = system_for(reading.examples, start.system)
    reading = dataclasses.replace(reading, notes=(*reading.notes, f"system {system.name}: {reason}"))
    if model is not None and not isinstance(model, str):
        system = _with_module(system, model)
    return job.prepare(system, reading, system.recipe.of(start.model_dump(mode="json")), where)


def _reopen(name: str, where: Path, source: Any, model: Any) -> Job:
    from netwright.runs import job

    module = None if model is None or isinstance(model, str) else model
    run = Run(stores.find(name, where), module)
    origin = run.recipe.data.source if source is None else source
    if module is None and run.recipe.model.name.startswith(OWN):
        raise RunError(
            f"{run.id} was trained with a module of yours: give it again, netwright.train(resume='{run.id}', model=module)."
        )
    if isinstance(origin, str) and not origin:
        raise RunError(
            f"{run.id} was trained on data in memory: give them again, netwright.train((x, y), resume='{run.id}')."
        )
    if not run.record.has("splits.parquet"):
        raise RunError(
            f"{run.id} stopped before its data were split: train again from {run.record.path / 'recipe.yaml'}."
        )
    return job.reopen(run.system, run.record, read(origin, run.recipe), run.recipe)


def _changes(epochs: int | None, settings: Mapping[str, Any] | None) -> dict[str, Any]:
    return {**({} if epochs is None else {"training.epochs": epochs}), **(settings or {})}


def _recipe_values(recipe: str | Path | Recipe | None) -> dict[str, Any]:
    if recipe is None:
        return {}
    return recipe.model_dump(mode="json") if isinstance(recipe, Recipe) else read_yaml(Path(recipe))


def _are_measures(found: Any) -> bool:
    """Whether this is split -> metric -> {value, n, low, high}."""
    if not isinstance(found, dict) or not all(isinstance(figures, dict) for figures in found.values()):
        return False
    entries = [entry for figures in found.values() for entry in figures.values()]
    return all(
        isinstance(entry, dict)
        and isinstance(entry.get("value"), int | float)
        and isinstance(entry.get("n"), int)
        and all(isinstance(entry.get(end), int | float | None) for end in ("low", "high"))
        for entry in entries
    )


def _with_module(system: System, module: nn.Module) -> System:
    """The system with a person's own net in the place of the recipe's."""
    return dataclasses.replace(system, model=lambda codec, recipe: module)


__all__ = ["NetwrightError", "Run", "list_runs", "open_run", "read", "summary", "system_for", "train"]
