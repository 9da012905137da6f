"""The recipe: every hyperparameter of a run, typed and checked, written once (notes 1.4.5).

Command-line flags, the search space, the docs and the saved run are all derived from these fields. ``auto`` stands for
"choose from the data"; a run's own record holds the value that was chosen, never ``auto``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar, get_args, get_origin

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.fields import FieldInfo

from netwright.base.errors import RecipeError, nearest

Auto = Literal["auto"]
Share = Annotated[float, Field(ge=0, lt=1)]
Count = Annotated[int, Field(ge=1)]

Value = TypeVar("Value")


def settled(value: Value | Auto) -> Value:
    """A knob's value once ``complete`` has chosen it: never ``auto``."""
    assert value != "auto", "complete() left an auto value in the recipe"
    return value


def knob(
    default: Any,
    help: str,
    *,
    low: float | None = None,
    high: float | None = None,
    scale: Literal["linear", "log", "one_minus_log", "choice"] = "linear",
    tier: Literal[1, 2, 3, 4] = 4,
) -> Any:
    """A hyperparameter: its default, what it does, and where a search looks for it (notes 2.3.1).

    Args:
        low, high: the range a search covers; None when it is not searched.
        scale: how a search spreads its points over the range.
        tier: 1 is tried first (the learning rate), 4 last.
    """
    return Field(default, description=help, json_schema_extra={"low": low, "high": high, "scale": scale, "tier": tier})


class Section(BaseModel):
    """A part of a recipe. Frozen; an unknown key is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class Data(Section):
    """What to learn from."""

    source: str = knob("", "a ready data set's name, a folder, or a file")
    target: str | None = knob(None, "the column to predict (tables)")
    group: str | None = knob(None, "the column whose equal values stay in one split (tables)")
    task: Auto | Literal["classification", "regression"] = knob("auto", "what the target is (tables)")
    skip_unreadable: bool = knob(False, "go on without files that cannot be read, however many")
    image_size: Auto | Annotated[int, Field(ge=4, le=2048)] = knob(
        "auto", "height and width that images are brought to"
    )


class Split(Section):
    """Which examples train, which choose, which judge (notes 2.1.1). Honoured when the source brings its own."""

    dev: Auto | Share = knob("auto", "share of examples for dev")
    test: Auto | Share = knob("auto", "share of examples for test")
    stratify: bool = knob(True, "keep class shares equal across splits")
    seed: int = knob(0, "another seed, another split")

    @model_validator(mode="after")
    def _leaves_some_to_train(self) -> Self:
        dev, test = (0.0 if share == "auto" else share for share in (self.dev, self.test))
        if dev + test >= 1:
            raise ValueError(
                f"split.dev + split.test is {dev + test:g}, which leaves nothing to train on: expected less than 1"
            )
        return self


class Model(Section):
    """The net."""

    name: str = knob("auto", "the architecture", scale="choice", tier=3)
    hidden: Auto | tuple[Count, ...] = knob(
        "auto", "units of each hidden layer (mlp)", low=16, high=1024, scale="log", tier=2
    )
    width: Auto | Count = knob(
        "auto", "channels of the first stage (resnet-small)", low=8, high=128, scale="log", tier=2
    )
    activation: Literal["relu", "tanh", "sigmoid", "leaky_relu", "gelu", "silu"] = knob(
        "relu", "g (mlp)", scale="choice", tier=3
    )
    dropout: Auto | Share = knob("auto", "share of units dropped before the last layers", low=0.0, high=0.5, tier=3)


class Initialization(Section):
    """The weights before the first step (notes 2.1.7)."""

    scheme: Literal["default", "he", "xavier", "glorot_mean", "zeros"] = knob(
        "default", "default: as the architecture was published", scale="choice"
    )


class Objective(Section):
    """What training makes small."""

    loss: Auto | str = knob("auto", "the loss per example", scale="choice")
    label_smoothing: Auto | Share = knob(
        "auto", "share of the truth spread over all classes", low=0.0, high=0.2, tier=3
    )


class Augment(Section):
    """Changes that keep the label, drawn anew for every example at every epoch (notes 2.1.5). Images only."""

    shift: Auto | Share = knob("auto", "up to this share of the side, each way", low=0.0, high=0.15, tier=3)
    rotate: Auto | Annotated[float, Field(ge=0, le=180)] = knob(
        "auto", "up to this many degrees, each way", low=0, high=20, tier=3
    )
    zoom: Auto | Share = knob("auto", "up to this share larger or smaller", low=0.0, high=0.2, tier=3)
    shear: Auto | Annotated[float, Field(ge=0, le=60)] = knob(
        "auto", "up to this many degrees, each way", low=0, high=15, tier=3
    )
    mirror: bool = knob(False, "left and right exchanged for half of the images (never for digits or text)")


class Optimizer(Section):
    """How the gradient moves the weights (notes 2.2)."""

    name: Literal["sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw"] = knob(
        "adamw", "the update rule", scale="choice", tier=3
    )
    lr: Auto | Annotated[float, Field(gt=0, le=1000)] = knob(
        "auto", "learning rate; the peak when the schedule has one", low=1e-5, high=0.3, scale="log", tier=1
    )
    beta1: Share = knob(0.9, "average of gradients (momentum)", low=0.8, high=0.99, scale="one_minus_log", tier=2)
    beta2: Share = knob(0.999, "average of squared gradients", low=0.9, high=0.9999, scale="one_minus_log", tier=4)
    epsilon: Annotated[float, Field(gt=0, le=1)] = knob(1e-8, "added below the fraction")
    weight_decay: Auto | Annotated[float, Field(ge=0, le=10)] = knob(
        "auto",
        "L2 (decoupled with adamw); biases and norms are left alone",
        low=1e-5,
        high=0.3,
        scale="log",
        tier=3,
    )


class Schedule(Section):
    """The learning rate over the run, per step (notes 2.2.8)."""

    name: Literal["constant", "cosine", "one_cycle"] = knob(
        "one_cycle", "constant, cosine: down to 0; one_cycle: up, then down", scale="choice", tier=3
    )
    warmup: Auto | Share = knob(
        "auto",
        "share of the steps in which the rate rises (auto: 0.25 with one_cycle, else 0)",
        low=0.0,
        high=0.5,
        tier=4,
    )


class Training(Section):
    """The loop."""

    epochs: Auto | Count = knob("auto", "passes over the training split", low=1, high=200, scale="log", tier=3)
    batch_size: Auto | Count = knob(
        "auto", "examples a step, over all processes", low=16, high=1024, scale="log", tier=2
    )
    accumulate: Count = knob(1, "parts that a batch is worked through in, to save memory")
    clip_norm: Annotated[float, Field(gt=0)] | None = knob(
        None, "the gradient's norm is cut to this", low=0.1, high=10, scale="log"
    )
    average: Auto | Share = knob(
        "auto",
        "decay of the running average of the weights that is kept (0: the weights themselves)",
        low=0.9,
        high=0.9999,
        scale="one_minus_log",
    )
    patience: Count | None = knob(None, "stop after this many epochs without a better dev metric, and keep the best")
    keep: Literal["best", "last"] = knob("best", "the weights that the run keeps: of the best dev epoch, or the last")
    seed: int = knob(0, "initialization, order, dropout and augmentation")
    device: Annotated[str, Field(pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$")] = knob(
        "auto", "auto, cpu, cuda, cuda:1, mps"
    )
    precision: Auto | Literal["float32", "bfloat16"] = knob(
        "auto", "of the products inside the net; weights stay float32"
    )
    threads: Auto | Count = knob("auto", "of the CPU; auto: one or all, whichever is tried to be faster")
    step: Auto | Literal["eager", "traced"] = knob(
        "auto", "traced: the step's operations recorded once and replayed without autograd"
    )
    batches: Auto | Literal["memory", "stream"] = knob("auto", "where the encoded examples are held")
    memory: Annotated[int, Field(ge=1)] = knob(2048, "MiB that the encoded examples may take")
    checkpoint_minutes: Annotated[float, Field(ge=0)] = knob(0.5, "at most this long between two checkpoints")


class Recipe(Section):
    """Every hyperparameter of a run. A system may subclass it to add or to narrow sections."""

    system: str = knob("auto", "the kind of problem; auto: from the data")
    data: Data = Data()
    split: Split = Split()
    model: Model = Model()
    initialization: Initialization = Initialization()
    objective: Objective = Objective()
    augment: Augment = Augment()
    optimizer: Optimizer = Optimizer()
    schedule: Schedule = Schedule()
    training: Training = Training()

    def to_yaml(self) -> str:
        """The recipe as YAML, in the order of the fields."""
        return yaml.safe_dump(self.model_dump(mode="json"), sort_keys=False, default_flow_style=None, width=120)

    def settle(self, choices: Mapping[str, Any]) -> Self:
        """The recipe with each choice taken where its knob still says ``auto``."""
        known = {key: value for key, value in choices.items() if self.value(key) == "auto"}
        return self.changed(known)

    def value(self, key: str) -> Any:
        """The value of a knob by its full key, ``optimizer.lr``."""
        found: Any = self
        for name in key.split("."):
            found = getattr(found, name)
        return found

    def changed(self, changes: Mapping[str, Any]) -> Self:
        """The recipe with ``{"optimizer.lr": 0.01, ...}`` applied.

        Raises:
            RecipeError: an unknown key, or a value of the wrong kind or out of range.
        """
        return type(self).of(merge(self.model_dump(mode="json"), nest(changes)))

    @classmethod
    def of(cls, values: Mapping[str, Any], where: str = "recipe") -> Self:
        """A recipe from nested plain values.

        Raises:
            RecipeError: one sentence that names the key, what came and what was expected.
        """
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise RecipeError(f"{where}: {_sentence(cls, error)}") from None


def read_yaml(path: Path) -> dict[str, Any]:
    """The nested values in a recipe file.

    Raises:
        RecipeError: the file is missing, is no YAML, or holds no mapping.
    """
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RecipeError(f"{path}: no such recipe file.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path} cannot be read as a recipe: {error}.") from None
    except yaml.YAMLError as error:
        place = getattr(error, "problem_mark", None)
        at = f", line {place.line + 1}, column {place.column + 1}" if place else ""
        raise RecipeError(f"{path}{at}: not YAML ({getattr(error, 'problem', error)}).") from None
    if not isinstance(values, dict):
        raise RecipeError(f"{path}: expected sections such as 'optimizer:', got {type(values).__name__}.")
    return values


def parse_setting(text: str) -> tuple[str, Any]:
    """``"optimizer.lr=0.01"`` -> ``("optimizer.lr", 0.01)``; the value is read as YAML.

    Raises:
        RecipeError: there is no ``=`` or the value is no YAML.
    """
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise RecipeError(f"--set {text}: expected KEY=VALUE, for example --set optimizer.lr=0.01.")
    try:
        return key.strip(), yaml.safe_load(value)
    except yaml.YAMLError:
        raise RecipeError(f"--set {text}: the value {value!r} cannot be read.") from None


def nest(changes: Mapping[str, Any]) -> dict[str, Any]:
    """``{"a.b": 1, "a.c": 2}`` -> ``{"a": {"b": 1, "c": 2}}``."""
    nested: dict[str, Any] = {}
    for key, value in changes.items():
        *sections, name = key.split(".")
        place = nested
        for section in sections:
            place = place.setdefault(section, {})
        place[name] = value
    return nested


def merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Nested values, those of ``above`` winning."""
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        merged[key] = merge(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return merged


def knobs(recipe: type[Section], prefix: str = "") -> dict[str, FieldInfo]:
    """Every knob by its full key, ``optimizer.lr``, in order."""
    found: dict[str, FieldInfo] = {}
    for name, field in recipe.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section):
            found |= knobs(field.annotation, f"{prefix}{name}.")
        else:
            found[f"{prefix}{name}"] = field
    return found


def expected(field: FieldInfo) -> str:
    """What a knob takes, in words: ``auto or a number above 0, at most 1000``."""
    return _in_words(field.annotation, list(field.metadata))


def _in_words(kind: Any, bounds: list[Any]) -> str:
    origin = get_origin(kind)
    if origin is Annotated:
        inner, *more = get_args(kind)
        return _in_words(inner, [*bounds, *(limit for info in more for limit in getattr(info, "metadata", [info]))])
    if origin is Literal:
        return "one of " + ", ".join(map(str, get_args(kind))) if len(get_args(kind)) > 1 else str(get_args(kind)[0])
    if origin is tuple:
        return f"a list, each {_in_words(get_args(kind)[0], [])}"
    if origin is not None:  # a union
        return " or ".join(_in_words(part, bounds) for part in get_args(kind))
    noun = {
        int: "a whole number",
        float: "a number",
        str: "a word",
        bool: "true or false",
        type(None): "nothing",
    }[kind]
    if any(getattr(b, "pattern", None) for b in bounds):
        return "cpu, cuda, cuda:N or mps"
    signs = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
    limits = [
        f"{sign} {limit:g}"
        for name, sign in signs.items()
        for b in bounds
        if (limit := getattr(b, name, None)) is not None
    ]
    return " ".join([noun, *([", ".join(limits)] if limits and kind in (int, float) else [])])


def _sentence(recipe: type[Recipe], error: ValidationError) -> str:
    known = knobs(recipe)
    sections = {key.rpartition(".")[0] for key in known} - {""}
    for detail in error.errors():
        place = [str(part) for part in detail["loc"]]
        if detail["type"] == "extra_forbidden":
            return f"unknown key {'.'.join(place)!r}{_nearest_key('.'.join(place), known, sections)}"
        key = next((".".join(place[:n]) for n in range(len(place), 0, -1) if ".".join(place[:n]) in known), None)
        if key is not None:
            return f"{key} = {_input(error, key)!r}: expected {expected(known[key])}."
        if detail["type"] == "value_error":
            return f"{detail['ctx']['error']}."
        return f"{'.'.join(place)!r} = {detail['input']!r}: expected a section with the keys {', '.join(k for k in known if k.startswith(place[0] + '.'))}."
    return str(error)


def _input(error: ValidationError, key: str) -> Any:
    """What was received for ``key``: the outermost value, not a part of it."""
    for detail in error.errors():
        place = ".".join(str(part) for part in detail["loc"])
        if place == key or place.startswith(key + "."):
            return detail["input"]
    return None


def _nearest_key(key: str, known: Mapping[str, FieldInfo], sections: set[str]) -> str:
    """The nearest full key: by its bare name (``lr``), by its description (``learning_rate``), by its spelling."""
    by_name = [full for full in known if full.rpartition(".")[2] == key.rpartition(".")[2]]
    if len(by_name) == 1:
        return f"; did you mean '{by_name[0]}'?"
    section = key.rpartition(".")[0]
    words = key.rpartition(".")[2].replace("_", " ")
    told = [full for full, field in known.items() if full.startswith(section) and words in (field.description or "")]
    if len(told) == 1:
        return f"; did you mean '{told[0]}'?"
    siblings = (
        [full for full in known if full.rpartition(".")[0] == section] if section in sections else [*known, *sections]
    )
    found = nearest(key, siblings)
    return (
        found
        if found.startswith("; did") or section in sections
        else f"; known sections are {', '.join(sorted(sections))}."
    )
