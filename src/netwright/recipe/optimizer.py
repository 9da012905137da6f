"""How the gradient moves the weights, and how far at each step."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from netwright.recipe.knobs import Auto, Count, Find, Fraction, Section, knob
from netwright.recipe.turns import Turn, both_ways, less, only, times


class Optimizer(Section):
    """How the gradient moves the weights (notes 2.2)."""

    LIVE: ClassVar[tuple[str, ...]] = ("lr", "beta1", "beta2", "epsilon", "weight_decay", "l1")

    name: Auto | Literal["sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw", "muon"] = knob(
        "auto",
        "the optimizer; muon: orthogonal updates of hidden matrices, adamw for the rest (auto:"
        " adamw; airbench: muon)",
        scale="choice",
        tier=3,
        turns=(
            Turn("better optimizer", only(("sgd", "momentum", "nesterov", "rmsprop"), "adamw")),
        ),
    )
    lr: Auto | Find | Annotated[float, Field(gt=0, le=1000)] = knob(
        "auto",
        "learning rate, the schedule's peak; find: by a short sweep; auto: the tried one, or found"
        " where none is",
        low=1e-5,
        high=0.3,
        scale="log",
        tier=1,
        turns=(Turn("better optimizer", both_ways),),
    )
    beta1: Fraction = knob(
        0.9,
        "decay of the average of gradients (momentum)",
        low=0.8,
        high=0.99,
        scale="one_minus_log",
        tier=2,
        when=("optimizer.name", ("momentum", "nesterov", "adam", "adamw", "muon")),
    )
    beta2: Fraction = knob(
        0.999,
        "decay of the average of squared gradients",
        low=0.9,
        high=0.9999,
        scale="one_minus_log",
        tier=4,
        when=("optimizer.name", ("rmsprop", "adam", "adamw", "muon")),
    )
    epsilon: Annotated[float, Field(gt=0, le=1)] = knob(
        1e-8, "small number added to the denominator"
    )
    weight_decay: Auto | Annotated[float, Field(ge=0, le=10)] = knob(
        "auto",
        "L2 penalty (decoupled with adamw and muon); biases and norms are left alone",
        low=1e-5,
        high=0.3,
        scale="log",
        tier=3,
        turns=(
            Turn("less regularization", less(3)),
            Turn("more regularization", times(3, most=0.3, start=0.05)),
        ),
    )
    l1: Annotated[float, Field(ge=0, le=10)] = knob(
        0.0,
        "L1 penalty: lambda sign(W) is added to the gradient; biases and norms are left alone",
        low=1e-6,
        high=1e-2,
        scale="log",
    )
    depth_factor: Annotated[float, Field(gt=0, le=1)] = knob(
        1.0,
        "the rate of each stage of the net, as a factor of the rate of the stage after it",
        low=0.5,
        high=1.0,
    )
    groups: dict[str, Annotated[float, Field(ge=0, le=1000)]] = knob(
        {},
        "patterns of parameter names and their factors of the rate, as in {head.*: 10}; 0 freezes",
    )


class Schedule(Section):
    """The learning rate over the run, per step (notes 2.2.8)."""

    LIVE: ClassVar[Literal["all"]] = "all"

    # each has its law in training/optim/schedules.py (plateau in plateau.py beside it)
    name: Literal[
        "constant",
        "cosine",
        "restarts",
        "one_cycle",
        "inverse",
        "exponential",
        "root",
        "steps",
        "plateau",
    ] = knob(
        "one_cycle",
        "one_cycle: up, then down; cosine: down to 0; restarts: again and again; inverse to steps:"
        " the notes'; plateau: by dev",
        scale="choice",
        tier=3,
        turns=(Turn("better optimizer", only(("constant",), "one_cycle")),),
    )
    warmup: Auto | Fraction = knob(
        "auto",
        "fraction of the steps in which the rate rises (auto: 0.25 with one_cycle, else 0)",
        low=0.0,
        high=0.5,
        tier=4,
    )
    anneal: Auto | Literal["cosine", "linear"] = knob(
        "auto",
        "one_cycle: up and down along a cosine, or a straight line (auto: cosine; airbench:"
        " linear)",
        when=("schedule.name", ("one_cycle",)),
    )
    period: Annotated[float, Field(gt=0)] = knob(
        10.0,
        "restarts: epochs until the first",
        low=1,
        high=100,
        scale="log",
        when=("schedule.name", ("restarts",)),
    )
    longer: Annotated[float, Field(ge=1, le=100)] = knob(
        1.0,
        "restarts: each period is so many times as long as the one before",
        low=1,
        high=3,
        when=("schedule.name", ("restarts",)),
    )
    decay: Annotated[float, Field(ge=0)] = knob(
        1.0,
        "inverse: how fast",
        low=0.01,
        high=10,
        scale="log",
        when=("schedule.name", ("inverse",)),
    )
    base: Annotated[float, Field(gt=0, le=1)] = knob(
        0.95,
        "exponential: what is left after an epoch",
        low=0.5,
        high=0.999,
        scale="one_minus_log",
        when=("schedule.name", ("exponential",)),
    )
    every: Annotated[float, Field(gt=0)] = knob(
        10.0,
        "steps: epochs between two of them",
        low=1,
        high=100,
        scale="log",
        when=("schedule.name", ("steps",)),
    )
    factor: Annotated[float, Field(gt=0, le=1)] = knob(
        0.5,
        "steps, plateau: what is left after each",
        low=0.1,
        high=0.9,
        when=("schedule.name", ("steps", "plateau")),
    )
    wait: Count = knob(
        3,
        "plateau: epochs without a better dev metric before the rate falls",
        low=1,
        high=20,
        when=("schedule.name", ("plateau",)),
    )
    drops: tuple[tuple[Annotated[float, Field(ge=0)], Annotated[float, Field(ge=0, le=1)]], ...] = (
        knob(
            (),
            "constant: from these epochs on, these factors of the rate, as in [[30, 0.1], [60,"
            " 0.01]]",
        )
    )

    @model_validator(mode="after")
    def _drops_are_by_hand(self) -> Self:
        epochs = [epoch for epoch, _ in self.drops]
        if self.drops and self.name != "constant":
            raise ValueError(
                f"schedule.drops is for a rate set by hand, and schedule.name is {self.name}:"
                " expected constant with it"
            )
        if epochs != sorted(set(epochs)):
            raise ValueError(
                f"schedule.drops names the epochs {epochs}: expected each once, in rising order"
            )
        return self
