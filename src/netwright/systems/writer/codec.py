"""From passages to windows of tokens, and from what they cost to answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netwright.contract import Batch, Chosen, Cut, Draws, Examples
from netwright.data.next_tokens import windows
from netwright.data.next_tokens.windows import Window
from netwright.data.writing.tokens import END, Tokens, characters_each
from netwright.systems.writer.metrics import Likelihood

if TYPE_CHECKING:
    from torch import nn

    from netwright.nets.sequence.language_model import NextCosts
    from netwright.systems.writer.recipe import WriterRecipe


@dataclass(frozen=True)
class WriterCodec:
    """The tokens of the training split."""

    tokens: Tokens

    def encode(self, examples: Examples) -> Batch:
        """Of windows their tokens and the next ones; beside them what the unknown ones cost by
        their characters, and how many characters there are.
        """
        return windows.encode(examples)

    def prepare(self, batch: Batch, recipe: WriterRecipe, draws: Draws | None) -> Batch:
        """As it is."""
        return batch

    def decode(
        self, net: nn.Module, outputs: NextCosts, batch: Batch, recipe: WriterRecipe, chosen: Chosen
    ) -> list[Likelihood]:
        """What each window costs."""
        tokens, beside = (column.tolist() for column in batch.meta)
        nats = outputs.costs.double().sum(dim=1).tolist()
        return [cost_of(*row) for row in zip(nats, tokens, beside, strict=True)]


def cost_of(nats: float, tokens: int, beside: Sequence[float]) -> Likelihood:
    """What a window costs.

    Args:
        nats: of its tokens by the net.
        tokens: how many are predicted.
        beside: what its unknown ones cost by their characters, and how many characters it has.
    """
    spelled, characters = beside
    return Likelihood(nats + spelled, tokens, int(characters), spelled)


def cut(examples: Examples, recipe: WriterRecipe, codec: WriterCodec) -> Cut:
    """The windows of each passage."""
    return cut_at(examples, recipe.model.window, codec.tokens)


def cut_at(examples: Examples, size: int, tokens: Tokens) -> Cut:
    """The windows of each passage, of at most so many tokens."""
    return windows.cut(examples, lambda one: windows_of(one.text, one.ends, size, tokens))


def windows_of(text: str, ends: bool, size: int, tokens: Tokens) -> list[Window]:
    """A passage as windows of at most ``size`` tokens to predict.

    Args:
        ends: whether its end is one of them.
    """
    pieces = tokens.pieces(text)
    nexts = tokens.indices(pieces) + [END] * ends
    beside = (tokens.spelled_each(pieces), characters_each(pieces))
    return windows.windows_of(END, nexts, beside, size)
