"""A run folder as it is, complete or not: what is there is read, what is missing or damaged is
named.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from netwright.base import figures
from netwright.base.measure import Measure
from netwright.runs import reading, rows
from netwright.runs.history import Change, changes_on_curves
from netwright.runs.rows import EpochRow, LayerRow, StepRow, SweepRow
from netwright.runs.schema import (
    DataInfo,
    DiagnosisJson,
    Difference,
    EnvironmentInfo,
    Event,
    LabelJson,
    Measures,
    MetricInfo,
    Mistake,
    ReferenceJson,
    RunInfo,
    ViewJson,
    YardstickJson,
)

if TYPE_CHECKING:
    from netwright.recipe import Recipe

USUAL_METRIC: MetricInfo = {"name": "error", "unit": "fraction", "better": "lower"}

OPTIONAL = (
    "abandoned.csv",
    "chosen.json",
    "layers.csv",
    "lr_finder.csv",
    "pictures/worst.json",
    "views.json",
    "references.json",
    "label.json",
    "yardstick.json",
)
"""Files that only some runs have: nothing is missing where they are not."""

OF_A_TRAINING = ("curves.csv", "steps.csv", "events.jsonl")
"""Files that a run has of its own training: one that answers by others' nets has none."""

T = TypeVar("T")


@dataclass(frozen=True)
class RunFiles:
    """A whole run as it lies on disk, each file read once; a file that is missing or damaged is
    empty here, and ``missing`` says why.

    Args:
        folder: where it lies.
        info: ``run.json``; the only file that must be there.
        measures: ``measures.json``, split -> metric -> figure.
        diagnosis: ``diagnosis.json``; None when there is none.
        data: ``data.json``.
        environment: ``environment.json``.
        codec: ``codec.json``, unchecked but for its size.
        chosen: ``chosen.json``, what was set on dev after training.
        mistakes: ``pictures/worst.json``.
        views: ``views.json``.
        references: ``references.json``.
        label: ``label.json``.
        yardstick: ``yardstick.json``; None where nobody weighed it anew.
        recipe_text: ``recipe.yaml`` as written.
        curves: one row an epoch.
        steps: one row a sampled step.
        abandoned: rows of the curves that rewinds left behind, with their ``branch``.
        layers: one row a layer and moment.
        lr_finder: one row a step of the learning-rate finder.
        events: what happened, oldest first.
        missing: file -> why it is not shown.
        with_examples: whether what is made of it may show examples.
    """

    folder: Path
    info: RunInfo
    measures: Measures = field(default_factory=dict)
    diagnosis: DiagnosisJson | None = None
    data: DataInfo = field(default_factory=lambda: DataInfo())
    environment: EnvironmentInfo = field(default_factory=lambda: EnvironmentInfo())
    codec: Mapping[str, Any] = field(default_factory=dict)
    chosen: Mapping[str, Any] = field(default_factory=dict)
    mistakes: Sequence[Mistake] = ()
    views: Sequence[ViewJson] = ()
    references: Sequence[ReferenceJson] = ()
    label: LabelJson = field(default_factory=lambda: LabelJson())
    yardstick: YardstickJson | None = None
    recipe_text: str = ""
    curves: Sequence[EpochRow] = ()
    steps: Sequence[StepRow] = ()
    abandoned: Sequence[EpochRow] = ()
    layers: Sequence[LayerRow] = ()
    lr_finder: Sequence[SweepRow] = ()
    events: Sequence[Event] = ()
    missing: Mapping[str, str] = field(default_factory=dict)
    with_examples: bool = True

    @property
    def id(self) -> str:
        """What the run is called."""
        return reading.id_of(self.folder)

    @property
    def recipe(self) -> dict[str, Any]:
        """The nested values of ``recipe.yaml``.

        Raises:
            RunError: it is damaged.
        """
        return reading.recipe_values(self.folder, self.recipe_text) if self.recipe_text else {}

    @cached_property
    def status(self) -> str:
        """As noted; ``killed`` where it says ``running`` and nobody trains the run any more."""
        return reading.status_of(self.folder, self.info["status"])

    @property
    def metric(self) -> MetricInfo:
        """Name, unit and better of the single number."""
        return self.info.get("metric", USUAL_METRIC)

    def measured(self, split: str) -> Measure | None:
        """The single number on ``split`` with its interval, or None."""
        return self.measures.get(split, {}).get(self.metric["name"])

    def with_diagnosis(self, diagnosis: Mapping[str, Any]) -> RunFiles:
        """The same with a diagnosis that was just written, as it will be read."""
        plain: DiagnosisJson = json.loads(json.dumps(diagnosis))
        missing = {name: why for name, why in self.missing.items() if name != "diagnosis.json"}
        return replace(self, diagnosis=plain, missing=missing)

    @property
    def changes(self) -> list[Change]:
        """What was changed while it trained, on the epoch axis of the curves."""
        first = next(iter(self.curves), None)
        return changes_on_curves(self.events, first.step / first.epoch if first else 1.0)

    @property
    def classes(self) -> Mapping[str, Mapping[str, int]]:
        """Split -> class -> examples; empty where targets are no classes, or too many."""
        if "classes" in self.data:
            return self.data["classes"] or {}
        # earlier releases counted targets of any kind; classes were those that the codec named
        return (self.data.get("targets") or {}) if self.codec.get("classes") else {}

    @property
    def metric_title(self) -> str:
        """The single number's name as people read it."""
        return self.metric.get("title") or figures.plain(self.metric["name"])

    @property
    def differs(self) -> list[Difference]:
        """The knobs that do not stand at their defaults and are worth a reader's time, as noted
        when the run began: neither the system, nor what was chosen to be off.
        """
        return [
            knob
            for knob in self.info.get("differs", ())
            if knob["key"] != "system"
            and not (knob["how"] == "chosen" and knob["value"] in (0, ""))
        ]

    @property
    def kept_epoch(self) -> int | None:
        """The epoch whose weights are kept, as noted with them; None before there are any."""
        return self.info.get("epoch_kept") or None


def read(folder: Path) -> RunFiles:
    """Read what there is of a run.

    Raises:
        RunError: there is no ``run.json``, or it cannot be read.
    """
    info = reading.info(folder)
    missing: dict[str, str] = {}
    optional = OPTIONAL + (OF_A_TRAINING if "members" in info else ())

    def part(name: str, read: Callable[[], T], empty: T) -> T:
        try:
            return read()
        except reading.AbsentError:
            if name not in optional:
                missing[name] = f"{name} is not in the run folder"
        except reading.DamagedError as error:
            missing[name] = f"{name} {error.why}"
        return empty

    def plain(name: str, empty: T) -> T:
        found: T = part(name, lambda: reading.json_file(folder, name), empty)
        return found

    none: tuple[list[Event], int] = ([], 0)
    events, torn = part("events.jsonl", lambda: reading.events(folder), none)
    if torn:
        lines = "a line" if torn == 1 else f"{torn:,} lines"
        missing["events.jsonl"] = f"events.jsonl holds {lines} that cannot be read"
    return RunFiles(
        folder=folder,
        info=info,
        measures=part("measures.json", lambda: reading.measures(folder), {}),
        diagnosis=plain("diagnosis.json", None),
        data=plain("data.json", DataInfo()),
        environment=plain("environment.json", EnvironmentInfo()),
        codec=plain("codec.json", {}),
        chosen=plain("chosen.json", {}),
        mistakes=plain("pictures/worst.json", []),
        views=plain("views.json", []),
        references=plain("references.json", []),
        label=plain("label.json", LabelJson()),
        yardstick=plain("yardstick.json", None),
        recipe_text=part("recipe.yaml", lambda: reading.text(folder, "recipe.yaml"), ""),
        curves=part("curves.csv", lambda: rows.epochs(folder), []),
        steps=part("steps.csv", lambda: rows.steps(folder), []),
        abandoned=part("abandoned.csv", lambda: rows.epochs(folder, "abandoned.csv"), []),
        layers=part("layers.csv", lambda: rows.layers(folder), []),
        lr_finder=part("lr_finder.csv", lambda: rows.sweep(folder), []),
        events=events,
        missing=missing,
    )


def differences(
    recipe: Recipe, requested: Mapping[str, Any], unread: Collection[str] = ()
) -> list[Difference]:
    """Every knob of a run's recipe that does not stand at its default, which for a training from
    published weights is what that begins with: key, default, value, and how: ``set`` by a person or
    ``chosen`` from the data.

    Args:
        requested: the recipe before its ``auto`` values were replaced, as nested plain values.
        unread: keys of knobs that the data leave unread.
    """
    from netwright.recipe.model import PUBLISHED, of_weights

    usual, published = flat(type(recipe)().model_dump(mode="json")), of_weights(recipe.model.start)
    usual |= flat(PUBLISHED) if published else {}
    here, wanted = flat(recipe.model_dump(mode="json")), flat(requested)
    found: list[Difference] = []
    for key, value in here.items():
        default = usual.get(key)
        if key not in unread and (key not in usual or default != value):
            chosen = default == "auto" and wanted.get(key) == "auto"
            chosen |= published and key == "model.name"  # that of the weights
            found.append(
                {
                    "key": key,
                    "default": default,
                    "value": value,
                    "how": "chosen" if chosen else "set",
                }
            )
    return found


def flat(nested: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """``{"a": {"b": 1}}`` -> ``{"a.b": 1}``."""
    found: dict[str, Any] = {}
    for key, value in nested.items():
        found |= (
            flat(value, f"{prefix}{key}.")
            if isinstance(value, Mapping)
            else {f"{prefix}{key}": value}
        )
    return found
