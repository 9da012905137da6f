"""The codec: from examples to tensors, and from outputs to answers; here, and where there is no
torch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from netwright.contract.answers import (
    Answer,
    AnswerColumns,
    no_label,
    no_numbers,
    no_probabilities,
    unknown,
)
from netwright.contract.batch import Batch, Draws
from netwright.contract.cut import Cut
from netwright.contract.examples import Example, Examples
from netwright.contract.takes import no_words

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor, nn


Chosen: TypeAlias = Mapping[str, Any]
"""What was set on dev after training, name -> value: thresholds, a temperature; plain JSON."""


class Codec(Protocol):
    """What was learned from the training split alone: examples to tensors, outputs to answers.

    A frozen dataclass of plain values that JSON can hold; the same one trains, evaluates, predicts
    and exports.
    """

    def encode(self, examples: Examples) -> Batch:
        """Tensors to keep: small (uint8 images stay uint8), on the CPU, deterministic.

        Raises:
            DataError: an example cannot be read, or has a shape or a label that this codec does not
                know.
        """
        ...

    def prepare(self, batch: Batch, recipe: Any, draws: Draws | None) -> Batch:
        """What the net reads: normalized, and augmented when ``draws`` is given (in training).

        What it does not change it keeps: ``dataclasses.replace(batch, inputs=...)``.
        """
        ...

    def decode(
        self, net: nn.Module, outputs: Any, batch: Batch, recipe: Any, chosen: Chosen
    ) -> list[Answer] | AnswerColumns:
        """One answer a row of a prepared batch.

        Args:
            net: in evaluation mode; it is run again only to search (a beam).
            outputs: what the system's ``forward`` gave of this batch.
            chosen: what was set on dev after training: thresholds, a temperature; empty until then.
        """
        ...


@dataclass(frozen=True)
class EarlierRun:
    """What an earlier run of the same system learned, where a training starts from it; or what a
    file of published weights holds, as if a run had kept it.

    Args:
        name: of the run or the file, for messages.
        codec, recipe: the system's own; the recipe is completed.
        weights: the parameters and buffers of its net that it kept, by name, on the CPU.
        digest: that stands for these weights.
        head: whether the outputs of that net are of the codec's targets; those of published weights
            are not, where a system has no classes.
    """

    name: str
    codec: Any
    recipe: Any
    weights: Mapping[str, Tensor]
    digest: str
    head: bool = True


Plain: TypeAlias = Mapping[str, Any]
"""Values that JSON can hold."""

Arrays: TypeAlias = "Mapping[str, np.ndarray[Any, Any]]"
"""By the names of a graph's inputs, or of its outputs."""

Tensors: TypeAlias = "Mapping[str, Tensor]"
"""The same, where the graph is traced."""


def nothing_of_net(net: nn.Module, recipe: Any) -> dict[str, Any]:
    """Of a system whose answers need no more than its codec."""
    return {}


@dataclass(frozen=True)
class NetGraph:
    """A net as its exported file holds it, of a run or in a file: what a verb of a system's own
    asks of both.

    Args:
        about: what the file says, as of ``Export``.
        outputs: arrays by the names of the graph's inputs -> those of its outputs.
        training: gives the training examples, without their inputs; None: a file holds none.
    """

    about: Plain
    outputs: Callable[[Arrays], Arrays]
    training: Callable[[], Examples] | None = None


@dataclass(frozen=True)
class Export:
    """How a net answers outside of netwright, from a file that holds it as a graph: ``EXPORT`` of a
    system's ``export.py``. ``prepared``, the system's ``forward`` and ``outputs`` lie inside the
    graph, ``arrays`` and ``answers`` on both sides of it: these two load neither torch nor the
    recipe.

    Args:
        about: (codec, chosen) -> all that ``arrays`` and ``answers`` read, that of ``arrays``
            under ``inputs``; kept in the file.
        arrays: (about, examples) -> input of the graph -> (N, ...) array: of images their pixels,
            of rows the numbers as they are.
        prepared: (codec, tensors of these arrays) -> the inputs of the net, as ``encode`` and
            ``prepare`` give them. It is traced: it changes no tensor in place, and decides nothing
            by a value.
        outputs: (outputs of ``forward``, codec, chosen) -> output of the graph -> (N, ...) tensor:
            what ``decode`` does with tensors. It is traced, too.
        answers: (about, arrays of these outputs, examples) -> one answer each.
        about_net: (net, recipe) -> what else they read, of these; beside ``about`` in the file.
        free: input or output -> the axes besides the first that may have any length.
        forward: (net, prepared batch, recipe) -> what ``outputs`` takes, where that is more than
            the system's ``forward`` gives; None: that.
        cut, gather: as of ``System``, by ``about``: examples are units then, for all of these.
        carry: input -> the output that goes on as this input with the next unit of an example;
            ``arrays`` gives what the first one begins with. The net reads them as ``Batch.carry``.
        at_once: examples, or units, in a batch.
        length: the input of one -> how long it is, so that a batch is of such as are about alike;
            None: all are.
        verbs: those of the system's own that take a file in the place of a run: they ask of it what
            a run has, too: its answers, and ``graph``, a ``NetGraph``.
        combined: (outputs of the graph of each of several nets) -> those of one that answers as
            ``combine`` of the system does. It is traced, too; or the end of a sentence that says
            why no graph does so.
        combined_chosen: (what each of them chose) -> what ``about`` is then made with.
        name, answer, label, wrong, probabilities, numbers, in_words, between: as of ``System``,
            which has the same ones.
    """

    name: str
    about: Callable[[Any, Chosen], dict[str, Any]]
    arrays: Callable[[Plain, Examples], Arrays]
    prepared: Callable[[Any, Tensors], tuple[Tensor, ...]]
    outputs: Callable[[Any, Any, Chosen], Tensors]
    answers: Callable[[Plain, Arrays, Examples], list[Answer] | AnswerColumns]
    answer: type[Any]
    label: Callable[[Any], str | None] = no_label
    wrong: Callable[[Example, Answer], bool | None] = unknown
    probabilities: Callable[[Answer], Mapping[str, float] | None] = no_probabilities
    numbers: Callable[[Any], Mapping[str, float] | None] = no_numbers
    in_words: Callable[[Any], str | None] = no_words
    between: Callable[[Answer, Mapping[str, tuple[float, float]]], Answer] | None = None
    about_net: Callable[[nn.Module, Any], dict[str, Any]] = nothing_of_net
    free: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    forward: Callable[[nn.Module, Batch, Any], Any] | None = None
    cut: Callable[[Plain, Examples], Cut] | None = None
    gather: Callable[[Sequence[Answer], Any, Any], list[Answer]] | None = None
    carry: Mapping[str, str] = field(default_factory=dict)
    at_once: int = 256
    length: Callable[[Any], int] | None = None
    verbs: tuple[str, ...] = ()
    combined: Callable[[Sequence[Tensors]], Tensors] | str = "nothing says how to combine answers"
    combined_chosen: Callable[[Sequence[Chosen]], Chosen] = lambda each: each[0]
