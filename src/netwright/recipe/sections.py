"""Every hyperparameter of a run, written once (notes 1.4.5).

Command-line flags, the search space, the docs and the saved run are all derived from these fields. ``auto`` stands for
"choose from the data"; a run's own record holds the value that was chosen, never ``auto``.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from netwright.recipe.knobs import Auto, Section, knob

Share = Annotated[float, Field(ge=0, lt=1)]
Count = Annotated[int, Field(ge=1)]


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
    stratify: bool = knob(True, "keep the shares of classes, or of tenths of a number's range, equal across splits")
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
    """Changes that keep the label, drawn anew for every example at every epoch (notes 2.1.5, 4.2.13). Images only.

    Off is 0 or false. ``auto`` becomes small shifts, turns, zooms and shears, everything else off; or what ``strength`` says.
    """

    shift: Auto | Share = knob("auto", "up to this share of the side, each way", low=0.0, high=0.15, tier=3)
    rotate: Auto | Annotated[float, Field(ge=0, le=180)] = knob(
        "auto", "up to this many degrees, each way", low=0, high=20, tier=3
    )
    zoom: Auto | Share = knob("auto", "up to this share larger or smaller", low=0.0, high=0.2, tier=3)
    shear: Auto | Annotated[float, Field(ge=0, le=60)] = knob(
        "auto", "up to this many degrees, each way", low=0, high=15, tier=3
    )
    mirror: bool = knob(False, "left and right exchanged for half of the images (never for digits or text)")
    flip: bool = knob(False, "top and bottom exchanged for half of the images (seen from above, under a microscope)")
    crop: Auto | Share = knob(
        "auto", "padded by this share of the side and cut back at a random place, by whole pixels", low=0.0, high=0.15
    )
    resized_crop: Auto | Share = knob(
        "auto", "up to this share of the area cut away, the rest brought back to full size", low=0.0, high=0.75
    )
    fill: Literal["mirror", "edge", "black"] = knob("mirror", "what lies outside of the image", scale="choice")
    brightness: Auto | Share = knob("auto", "up to this share brighter or darker", low=0.0, high=0.4)
    contrast: Auto | Share = knob("auto", "up to this share more or less", low=0.0, high=0.4)
    saturation: Auto | Share = knob("auto", "up to this share more or less (colour images)", low=0.0, high=0.4)
    hue: Auto | Annotated[float, Field(ge=0, le=180)] = knob(
        "auto", "up to this many degrees around the circle of colours, each way (colour images)", low=0, high=30
    )
    pca: Auto | Annotated[float, Field(ge=0, le=1)] = knob(
        "auto", "principal colours of the training pixels added, times a normal number of this deviation (AlexNet: 0.1)",
        low=0.0, high=0.2,
    )  # fmt: skip
    grey: Auto | Annotated[float, Field(ge=0, le=1)] = knob(
        "auto", "share of the images that lose their colours (colour images)", low=0.0, high=0.2
    )
    blur: Auto | Annotated[float, Field(ge=0, le=10)] = knob(
        "auto", "Gaussian blur of a deviation of up to this many pixels", low=0.0, high=1.5
    )
    noise: Auto | Share = knob(
        "auto", "Gaussian noise of a deviation of up to this share of the range from black to white", low=0.0, high=0.1
    )
    erase: Auto | Share = knob(
        "auto", "a rectangle of up to this share of the area takes the mean colour", low=0.0, high=0.3
    )
    strength: Annotated[float, Field(ge=0, le=1)] | None = knob(
        None,
        "one number instead of many: each auto above becomes this share of the top of its range",
        low=0.0,
        high=1.0,
    )


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

    name: Literal["constant", "cosine", "one_cycle", "inverse", "exponential", "root", "steps"] = knob(
        "one_cycle",
        "one_cycle: up, then down; cosine: down to 0; inverse, exponential, root, steps: the notes' laws of decay",
        scale="choice",
        tier=3,
    )
    warmup: Auto | Share = knob(
        "auto",
        "share of the steps in which the rate rises (auto: 0.25 with one_cycle, else 0)",
        low=0.0,
        high=0.5,
        tier=4,
    )

    decay: Annotated[float, Field(ge=0)] = knob(1.0, "inverse: how fast", low=0.01, high=10, scale="log")
    base: Annotated[float, Field(gt=0, le=1)] = knob(
        0.95, "exponential: what is left after an epoch", low=0.5, high=0.999, scale="one_minus_log"
    )
    every: Annotated[float, Field(gt=0)] = knob(10.0, "steps: epochs between two of them", low=1, high=100, scale="log")
    factor: Annotated[float, Field(gt=0, le=1)] = knob(0.5, "steps: what is left after each", low=0.1, high=0.9)
    drops: tuple[tuple[Annotated[float, Field(ge=0)], Annotated[float, Field(ge=0, le=1)]], ...] = knob(
        (), "constant: from these epochs on, these shares of the rate, as in [[30, 0.1], [60, 0.01]]"
    )

    @model_validator(mode="after")
    def _drops_are_by_hand(self) -> Self:
        epochs = [epoch for epoch, _ in self.drops]
        if self.drops and self.name != "constant":
            raise ValueError(
                f"schedule.drops is for a rate set by hand, and schedule.name is {self.name}: expected constant with it"
            )
        if epochs != sorted(set(epochs)):
            raise ValueError(f"schedule.drops names the epochs {epochs}: expected each once, in rising order")
        return self


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
