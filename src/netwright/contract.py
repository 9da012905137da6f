"""Where the spine and the systems meet: what is an example, a batch, a codec, a metric, a system.

A system says what the spine must know of one kind of problem; the spine (training, runs, doctor)
knows no system. Shapes: B examples in a batch, N in a set. Nothing here imports torch until a batch
is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import repeat
from typing import TYPE_CHECKING, Any, Literal, Protocol, overload

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

    from netwright.recipe import Recipe

Answer = Any
"""What the model says of one example, in plain Python; each system has its own frozen dataclass for
it.
"""

SPLITS = ("train", "train_dev", "dev", "test")


@dataclass(frozen=True, slots=True)
class Example:
    """One thing to learn from, raw.

    Args:
        input: what the model reads: an (H, W, C) uint8 array, a mapping of column -> value, a list
            of words, ...
        target: the truth, in plain Python; None where it is not known.
        id: stands for the content (equal content, equal id), stable between machines.
        source: where a person finds it: ``photos/cat/7.jpg``, ``houses.csv:12``.
        group: examples of one group never lie in different splits.
        weight: how much it counts in a metric (>= 0).
    """

    input: Any
    target: Any = None
    id: str = ""
    source: str = ""
    group: str | None = None
    weight: float = 1.0


@dataclass(frozen=True)
class Examples(Sequence[Example]):
    """Many examples, kept as columns so that a million of them cost no million objects.

    ``examples[i]`` is an Example; ``examples.take(indices)`` is a smaller Examples that shares the
    memory where it can.

    Args:
        inputs: a numpy array, a list, or an object with ``__len__``, ``__getitem__(int)`` and
            ``take(indices)``.
        targets: one a row, in plain Python; None where unknown.
        ids, sources: one a row.
        groups: one a row, or None when there are no groups.
        splits: the split that the source itself assigns to a row, or None when it leaves all of
            them to us.
        weights: one a row, or None when all count 1.
    """

    inputs: Any
    targets: Sequence[Any]
    ids: Sequence[str]
    sources: Sequence[str]
    groups: Sequence[str] | None = None
    splits: Sequence[str | None] | None = None
    weights: Sequence[float] | None = None

    def __post_init__(self) -> None:
        lengths = {name: len(column) for name, column in self._columns().items()}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"columns of unequal length: {lengths}")

    def __len__(self) -> int:
        return len(self.ids)

    @overload
    def __getitem__(self, at: int) -> Example: ...

    @overload
    def __getitem__(self, at: slice) -> Examples: ...

    def __getitem__(self, at: int | slice) -> Example | Examples:
        if isinstance(at, slice):
            return self.take(range(*at.indices(len(self))))
        return Example(
            input=self.inputs[at],
            target=self.targets[at],
            id=self.ids[at],
            source=self.sources[at],
            group=None if self.groups is None else self.groups[at],
            weight=1.0 if self.weights is None else self.weights[at],
        )

    def __iter__(self) -> Iterator[Example]:
        inputs = (
            iter(self.inputs)
            if hasattr(self.inputs, "__iter__")
            else (self.inputs[i] for i in range(len(self)))
        )
        groups = repeat(None) if self.groups is None else self.groups
        weights = repeat(1.0) if self.weights is None else self.weights
        return map(Example, inputs, self.targets, self.ids, self.sources, groups, weights)

    def take(self, indices: Sequence[int]) -> Examples:
        """The rows at ``indices``, in that order."""
        return replace(
            self, **{name: _take(column, indices) for name, column in self._columns().items()}
        )

    @classmethod
    def of(cls, rows: Sequence[Example]) -> Examples:
        """Columns from single examples: for small sets, where no faster reader exists."""
        return cls(
            inputs=[row.input for row in rows],
            targets=[row.target for row in rows],
            ids=[row.id for row in rows],
            sources=[row.source for row in rows],
            groups=[row.group or "" for row in rows] if any(row.group for row in rows) else None,
            weights=(
                [row.weight for row in rows] if any(row.weight != 1.0 for row in rows) else None
            ),
        )

    def _columns(self) -> Mapping[str, Any]:
        names = ("inputs", "targets", "ids", "sources", "groups", "splits", "weights")
        return {name: column for name in names if (column := getattr(self, name)) is not None}


def _take(column: Any, indices: Sequence[int]) -> Any:
    if isinstance(column, list | tuple | range):
        return [column[i] for i in indices]
    return column.take(indices, axis=0) if hasattr(column, "dtype") else column.take(indices)


@dataclass(frozen=True)
class Batch:
    """Tensors of B examples, the same on every device.

    Args:
        inputs: tensors with B rows each.
        targets: tensors with B rows each; empty when only answers are wanted.
        count: (B,) float: how many labelled things a row holds: 1 an image, T a sentence of T
            tokens, 0 nothing labelled.
    """

    inputs: tuple[Tensor, ...]
    targets: tuple[Tensor, ...]
    count: Tensor

    def __len__(self) -> int:
        # a tensor's own len() takes five times as long, and this is asked at every step
        return self.count.shape[0]

    def tensors(self) -> tuple[Tensor, ...]:
        """Every tensor in a fixed order: inputs, targets, count."""
        return (*self.inputs, *self.targets, self.count)

    def map(self, change: Callable[[Tensor], Tensor]) -> Batch:
        """The batch with ``change`` applied to every tensor."""
        return Batch(
            tuple(map(change, self.inputs)), tuple(map(change, self.targets)), change(self.count)
        )

    def take(self, rows: Tensor) -> Batch:
        """The rows at the (K,) integer tensor ``rows``, on the same device."""
        return self.map(lambda tensor: tensor.index_select(0, rows))

    def to(self, device: torch.device) -> Batch:
        """The batch on ``device``; the copy overlaps with work there where it can."""
        return self.map(lambda tensor: tensor.to(device, non_blocking=True))


@dataclass(frozen=True)
class Draws:
    """Random numbers for the rows of a batch that do not depend on how many processes share it.

    Every process draws for the whole global batch and keeps the rows that are its own.

    Args:
        seed, step: the run's seed and the number of the step; together they name the stream.
        total: rows of the global batch.
        rows: those of this process.
    """

    seed: int
    step: int
    device: torch.device
    total: int
    rows: slice

    @cached_property
    def generator(self) -> torch.Generator:
        """Made on the first draw: a step without augmentation pays nothing."""
        import torch

        from netwright.base.seeds import seed_of

        return torch.Generator(self.device).manual_seed(seed_of(self.seed, "augment", self.step))

    def uniform(self, *shape: int) -> Tensor:
        """(B, *shape) floats in [0, 1)."""
        import torch

        return torch.rand((self.total, *shape), generator=self.generator, device=self.device)[
            self.rows
        ]

    def normal(self, *shape: int) -> Tensor:
        """(B, *shape) floats, mean 0, standard deviation 1."""
        import torch

        return torch.randn((self.total, *shape), generator=self.generator, device=self.device)[
            self.rows
        ]


@dataclass(frozen=True, eq=False)
class AnswerColumns(Sequence[Answer]):
    """Many answers, kept as columns; one is built when it is asked for.

    Args:
        build: the values of one row, in the order of ``columns`` -> the answer.
        columns: field -> one value a row, a list or an array; the first field is what a person
            calls the answer.
    """

    build: Callable[..., Answer]
    columns: Mapping[str, Any]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    @overload
    def __getitem__(self, at: int) -> Answer: ...

    @overload
    def __getitem__(self, at: slice) -> AnswerColumns: ...

    def __getitem__(self, at: int | slice) -> Answer | AnswerColumns:
        if isinstance(at, slice):
            return replace(
                self, columns={name: column[at] for name, column in self.columns.items()}
            )
        return self.build(*(column[at] for column in self.columns.values()))

    def take(self, indices: Sequence[int]) -> AnswerColumns:
        """The rows at ``indices``, in that order."""
        return replace(
            self, columns={name: _take(column, indices) for name, column in self.columns.items()}
        )


class Codec(Protocol):
    """What was learned from the training split alone: it turns examples into tensors and outputs
    into answers.

    A frozen dataclass of plain values that JSON can hold; the same one trains, evaluates, predicts
    and exports.
    """

    def encode(self, examples: Examples) -> Batch:
        """Tensors to keep: compact (uint8 images stay uint8), on the CPU, deterministic.

        Raises:
            DataError: an example cannot be read, or has a shape or a label that this codec does not
                know.
        """
        ...

    def prepare(self, batch: Batch, recipe: Any, draws: Draws | None) -> Batch:
        """What the net reads, on the batch's device: augmented when ``draws`` is given (training
        only), normalized.
        """
        ...

    def decode(self, net: nn.Module, batch: Batch, recipe: Any) -> list[Answer] | AnswerColumns:
        """One answer a row of a prepared batch. The net is in evaluation mode."""
        ...


@dataclass(frozen=True)
class Metric:
    """A figure that examples add up to, whether or not it is a mean (accuracy, F1, AP, BLEU, word
    error rate).

    Args:
        name: as printed and as a key: ``error``.
        better: which way is better.
        facts: (example, answer) -> what this one adds (plain Python; a float for a mean).
        value: all facts -> the figure.
        unit: ``share`` is printed as a percentage; else the unit's name (may be empty).
        mean: True when ``value`` is the mean of 0/1 facts, so that a binomial interval holds.
        many: the facts of many at once, from the answers' columns: the same as one by one, only
            sooner; None: one by one.
        weighted: (facts, weights > 0) -> the figure in which an example of weight 3 counts as three
            alike (notes 3.1.7); None: data with weights are refused.
    """

    name: str
    better: Literal["higher", "lower"]
    facts: Callable[[Example, Answer], Any]
    value: Callable[[Sequence[Any]], float]
    unit: str = "share"
    mean: bool = False
    many: Callable[[Examples, AnswerColumns], list[Any]] | None = None
    weighted: Callable[[Sequence[Any], Sequence[float]], float] | None = None


@dataclass(frozen=True)
class Source:
    """What a person pointed at, recognized.

    Args:
        kind: ``images``, ``table``, ``arrays``, ``text``, ...: which readers can take it.
        path: the file or folder; for a ready data set its name; for data in memory ``memory``.
        why: one line for the person: what it was taken for and why.
        options: how to read it further (the target column, the group column, the delimiter).
    """

    kind: str
    path: str
    why: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class System:
    """One kind of problem, as a value of plain functions.

    Args:
        name: the folder's name under ``systems/``.
        recipe: the recipe's class: every knob with its default, range, scale and tier.
        codec: the codec's class, to read it back from JSON.
        answer: the answer's class (a frozen dataclass), to read it back from a record.
        accepts: what is known of the examples -> a reason to take them, or None.
        complete: a recipe whose ``auto`` values are replaced, given the training split; only from
            what it holds.
        fit: the codec, learned from the training split alone.
        model: the net; plain ``nn.Module``, knows nothing of training.
        loss: (B,) the loss of each row, summed over its labelled things; the spine divides by the
            sum of counts.
        metrics: the first is the single number.
        baseline: the best answer that never looks at the input.
        sample: a small learnable set, for the contract suite, docs and demo.
        stratify: all targets -> labels to balance the splits by, one each; None: none.
    """

    name: str
    recipe: type[Recipe]
    codec: type[Any]
    answer: type[Any]
    accepts: Callable[[Examples], str | None]
    complete: Callable[[Any, Examples], Any]
    fit: Callable[[Examples, Any], Any]
    model: Callable[[Any, Any], nn.Module]
    loss: Callable[[nn.Module, Batch, Any], Tensor]
    metrics: tuple[Metric, ...]
    baseline: Callable[[Examples], Callable[[Example], Answer]]
    sample: Callable[[int, int], Examples]
    stratify: Callable[[Sequence[Any]], list[str]] | None = None
