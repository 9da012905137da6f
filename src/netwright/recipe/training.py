"""The loop: how long, how many at a time, on what."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from netwright.recipe.knobs import MOST_LAYERS, Auto, Count, Fraction, Section, Seed, knob
from netwright.recipe.turns import Turn, only, times


class Training(Section):
    """The loop."""

    LIVE: ClassVar[tuple[str, ...]] = (
        "epochs",
        "max_examples",
        "clip_norm",
        "accumulate",
        "patience",
        "checkpoint_minutes",
        "thaw",
    )

    epochs: Auto | Annotated[int, Field(ge=1, le=10_000_000)] = knob(
        "auto",
        "passes over the training split",
        low=1,
        high=200,
        scale="log",
        tier=3,
        turns=(Turn("longer training", times(2, most=1e9)),),
    )
    max_examples: Count | None = knob(
        None,
        "stop after N examples, in the middle of an epoch if need be; auto epochs are as many as"
        " that takes",
    )
    batch_size: Auto | Literal["largest"] | Count = knob(
        "auto",
        "examples a step, over all processes; largest: as many as fit into memory",
        low=16,
        high=1024,
        scale="log",
        tier=2,
    )
    batch_tokens: Count | None = knob(
        None,
        "padded things (words, characters) a step, over all processes, of examples of unequal"
        " length, in place of batch_size",
    )
    sampling: Literal["shuffled", "balanced", "weighted"] = knob(
        "shuffled",
        "shuffled: each example once an epoch; balanced: drawn, all classes equally often;"
        " weighted: drawn by data.weight",
        scale="choice",
    )
    accumulate: Count = knob(1, "parts in which a batch is computed, to save memory")
    clip_norm: Annotated[float, Field(gt=0)] | None = knob(
        None,
        "the largest norm of the gradient; a longer one is cut to it",
        low=0.1,
        high=10,
        scale="log",
    )
    average: Auto | Fraction = knob(
        "auto",
        "decay of the running average of the weights that is kept (0: the weights themselves)",
        low=0.9,
        high=0.9999,
        scale="one_minus_log",
        when=("training.average_kind", ("ema",)),
        turns=(Turn("kept weights", only((0, 0.0), 0.99)),),
    )
    average_kind: Literal["ema", "swa"] = knob(
        "ema",
        "ema: every step, with training.average as its decay; swa: the ends of the last epochs,"
        " with equal weight",
        scale="choice",
    )
    swa_from: Fraction = knob(
        0.75,
        "fraction of the run after which the ends of epochs are averaged",
        low=0.5,
        high=0.95,
        when=("training.average_kind", ("swa",)),
    )
    reestimate: Auto | bool = knob(
        "auto",
        "compute batch norm's running statistics anew for the kept weights; auto: with swa",
    )
    watch: Literal["none", "train"] = knob(
        "none",
        "train: after each epoch, measure 2,000 training examples without dropout and augmentation",
    )
    watch_layers: bool = knob(
        True, "note activations and gradients of every layer at a few moments (layers.csv)"
    )
    patience: Count | None = knob(
        None,
        "stop after this many epochs without a better dev metric, and keep the best",
    )
    keep: Literal["best", "last"] = knob(
        "best",
        "the weights that the run keeps: of the best dev epoch, or the last",
        turns=(Turn("kept weights", only(("last",), "best")),),
    )
    freeze: Literal["auto", "all"] | Annotated[int, Field(ge=0, le=10_000)] = knob(
        0,
        "first stages of the net that stay as they are, statistics too; all: but the last; auto:"
        " cross-validated",
    )
    cache_features: bool = knob(
        False,
        "compute what a net makes of the examples once, and fit a new last layer on that",
    )
    thaw: Count | Annotated[tuple[Count, ...], Field(max_length=MOST_LAYERS)] | None = knob(
        None,
        "epochs after which what training.freeze holds is let go: one number for all, or a"
        " list, last stage first; null: never",
    )
    seed: Seed = knob(0, "random seed of initialization, order, dropout and augmentation")
    device: Annotated[str, Field(pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$")] = knob(
        "auto", "the device to train on: auto, cpu, cuda, cuda:1, mps"
    )
    precision: Auto | Literal["float32", "bfloat16"] = knob(
        "auto",
        "number format of the products inside the net (weights stay float32); auto: the faster one"
        " in a trial",
    )
    layout: Auto | Literal["channels_last", "contiguous"] = knob(
        "auto", "order of images and filters in memory; auto: the faster one in a trial"
    )
    threads: Auto | Annotated[int, Field(ge=1, le=1024)] = knob(
        "auto", "threads of the CPU; auto: one or all, the faster one in a trial"
    )
    step: Auto | Literal["eager", "traced", "compiled"] = knob(
        "auto",
        "traced: the step's operations are recorded and replayed without autograd; compiled: by"
        " torch.compile, after a wait",
    )
    batches: Auto | Literal["memory", "stream"] = knob(
        "auto", "where the encoded examples are held; auto: in memory if they fit"
    )
    memory: Annotated[int, Field(ge=1)] = knob(
        2048,
        "MiB that the encoded examples may take; a quarter as much the methods beside the net",
    )
    checkpoint_minutes: Annotated[float, Field(ge=0)] = knob(
        0.5, "at most this long between two checkpoints"
    )
    reference_seconds: Annotated[float, Field(ge=0)] = knob(
        20,
        "at most about so long to fit the usual methods beside the net once it is trained; 0: none"
        " (tables)",
    )

    @property
    def frozen(self) -> int:
        """How many stages are frozen at first; 0 where that is not resolved yet."""
        return self.freeze if isinstance(self.freeze, int) else 0

    @property
    def thaws(self) -> tuple[int, ...]:
        """After how many epochs each frozen stage is let go, the last of these stages first; those
        beyond stay frozen.
        """
        if isinstance(self.thaw, int):
            return (self.thaw,) * self.frozen
        return self.thaw or ()

    @model_validator(mode="after")
    def _thaws_what_is_frozen(self) -> Self:
        if self.thaw is None:
            return self
        if self.freeze == 0:
            raise ValueError(
                f"training.thaw = {self.thaw} with training.freeze = 0, which freezes nothing:"
                " expected the number of stages in training.freeze, or null"
            )
        if isinstance(self.thaw, tuple):
            self._check_epochs_of_thaws(self.thaw)
        return self

    def _check_epochs_of_thaws(self, epochs: tuple[int, ...]) -> None:
        most = self.freeze if isinstance(self.freeze, int) else MOST_LAYERS
        if not 1 <= len(epochs) <= most or list(epochs) != sorted(epochs):
            raise ValueError(
                f"training.thaw = {list(epochs)} with training.freeze = {self.freeze}: expected at"
                " most as many epochs as there are frozen stages, in rising order"
            )

    @model_validator(mode="after")
    def _stoppers_agree(self) -> Self:
        if self.patience is not None and self.keep == "last":
            raise ValueError(
                f"training.patience = {self.patience} stops where dev got no better and keeps the"
                " best epoch, and training.keep = last keeps the one after it: expected"
                " training.keep = best, or no patience"
            )
        if self.patience is not None and self.epochs != "auto" and self.patience >= self.epochs:
            raise ValueError(
                f"training.patience = {self.patience} can never end a training of {self.epochs}"
                " epochs: expected less, or more epochs"
            )
        return self
