"""How a language model answers outside: tokens and a state in, what may come next and the state to
go on from out. By it a text is scored window by window, and written token by token.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netwright.contract import Answer, Cut, Examples, Export, NetGraph
from netwright.contract.takes import no_words
from netwright.data.next_tokens.windows import PAD, Window

if TYPE_CHECKING:
    from torch import Tensor, nn

    from netwright.contract import Arrays, Batch, Chosen, Plain, Tensors

AT_ONCE = 16
"""Windows in a batch: the probabilities of 100 places over 10,000 tokens take 64 MB then."""


def about_net(net: nn.Module, recipe: Any) -> dict[str, Any]:
    """``window``: the tokens of a window; ``state``: the shape (P, L, H) of what goes on from one
    to the next; of a net that sees its window alone empty.
    """
    begun = net.begin(1) if net.goes_on else ()  # type: ignore[operator]
    shape = [len(begun), *begun[0].shape[1:]] if begun else []
    return {"window": recipe.model.window, "state": shape}


def begun(about: Plain, rows: int) -> dict[str, NDArray[np.float32]]:
    """``state``: (N, P, L, H) 0, where there is any."""
    return {"state": np.zeros((rows, *about["state"]), np.float32)} if about["state"] else {}


def arrays(about: Plain, examples: Examples) -> Arrays:
    """Of windows: ``tokens`` (N, T) int64, 0 behind a window's end, and the ``state``."""
    rows = [window.tokens[:-1] for window in examples.inputs]
    tokens = np.full((len(rows), max(1, *map(len, rows), 1)), PAD, np.int64)
    for into, row in zip(tokens, rows, strict=True):
        into[: len(row)] = row
    return {"tokens": tokens, **begun(about, len(rows))}


def prepared(codec: Any, tensors: Tensors) -> tuple[Tensor, ...]:
    """The tokens as they are."""
    return (tensors["tokens"],)


def forward(net: nn.Module, batch: Batch, recipe: Any) -> tuple[Tensor, tuple[Tensor, ...]]:
    """The log probabilities of all tokens behind each place, and the state behind the last."""
    state = batch.carry[0].unbind(1) if batch.carry else ()
    states, left = net.read(batch.inputs[0], tuple(state))  # type: ignore[operator]
    return net.log_probabilities(states), left  # type: ignore[operator]


def outputs(found: tuple[Tensor, tuple[Tensor, ...]], codec: Any, chosen: Chosen) -> Tensors:
    """``log_probabilities``: (N, T, V) float32, and the state as ``left``."""
    import torch

    probabilities, left = found
    return {
        "log_probabilities": probabilities,
        **({"left": torch.stack(left, dim=1)} if left else {}),
    }


def nats_of(found: Arrays, windows: Sequence[Window]) -> list[float]:
    """What the next tokens of each window cost together."""
    each = []
    for probabilities, window in zip(found["log_probabilities"], windows, strict=True):
        nexts = np.array(window.tokens[1:], np.int64)
        each.append(-float(probabilities[np.arange(len(nexts)), nexts].sum(dtype=np.float64)))
    return each


def export(
    name: str,
    *,
    answer: type[Any],
    about: Callable[[Any, Chosen], dict[str, Any]],
    cut: Callable[[Plain, Examples], Cut],
    cost_of: Callable[[float, int, Sequence[float]], Answer],
    gather: Callable[[Sequence[Answer], Any, Any], list[Answer]],
    in_words: Callable[[Any], str | None] = no_words,
    verbs: tuple[str, ...] = (),
) -> Export:
    """How a system whose net is a language model answers outside.

    Args:
        name, answer, about, cut, gather, in_words, verbs: as of ``Export``; the units are windows.
        cost_of: (nats, tokens, ``Window.beside``) -> the answer to a window.
    """

    def answers(about: Plain, found: Arrays, examples: Examples) -> list[Answer]:
        windows: Sequence[Window] = examples.inputs
        return [
            cost_of(nats, len(window.tokens) - 1, window.beside)
            for nats, window in zip(nats_of(found, windows), windows, strict=True)
        ]

    return Export(
        name=name,
        about=about,
        about_net=about_net,
        cut=cut,
        gather=gather,
        arrays=arrays,
        prepared=prepared,
        forward=forward,
        outputs=outputs,
        answers=answers,
        answer=answer,
        in_words=in_words,
        carry={"state": "left"},
        free={"tokens": (1,), "log_probabilities": (1,)},
        at_once=AT_ONCE,
        length=lambda window: len(window.tokens),
        verbs=verbs,
    )


class RunningModel:
    """A language model, of a run or in a file, that has read some tokens, and says what comes next.

    Args:
        graph: of the net.
    """

    def __init__(self, graph: NetGraph) -> None:
        self.graph, self.read = graph, list[int]()
        self.state = begun(graph.about, 1)

    def reads(self, tokens: Sequence[int]) -> NDArray[np.float64]:
        """(K, V) the log probabilities of what follows each of these tokens, in order."""
        self.read += tokens
        if self.state:
            found = self.graph.outputs({"tokens": np.array([tokens], np.int64), **self.state})
            self.state = {"state": found["left"]}
            ahead: NDArray[np.float64] = found["log_probabilities"][0].astype(np.float64)
            return ahead
        window = self.graph.about["window"]
        rows = [
            self.graph.outputs({"tokens": np.array([self.read[max(0, at - window) : at]])})
            for at in range(len(self.read) - len(tokens) + 1, len(self.read) + 1)
        ]
        return np.stack([row["log_probabilities"][0, -1] for row in rows]).astype(np.float64)
