"""From pieces to windows of tokens, and from what they cost to answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from netwright.contract import Batch, Chosen, Cut, Draws, Examples
from netwright.data.music.piece import Piece
from netwright.data.music.tokens.tokens import MOST_SEMITONES, begins_note, tokens_of
from netwright.data.music.tokens.vocabulary import END, NoteVocabulary
from netwright.data.next_tokens import windows
from netwright.data.next_tokens.windows import Window
from netwright.systems.music.metrics import PieceCost

if TYPE_CHECKING:
    from torch import nn

    from netwright.nets.sequence.language_model import NextCosts
    from netwright.systems.music.recipe import MusicRecipe


@dataclass(frozen=True)
class MusicCodec:
    """The tokens; nothing of them is learned."""

    tokens: NoteVocabulary

    def encode(self, examples: Examples) -> Batch:
        """Of windows their tokens and the next ones; beside them how many notes begin in them."""
        return windows.encode(examples)

    def prepare(self, batch: Batch, recipe: MusicRecipe, draws: Draws | None) -> Batch:
        """With (B,) by which of the moves each row that begins a piece is moved."""
        import torch

        from netwright.recipe import resolved

        move = torch.full_like(batch.inputs[2], MOST_SEMITONES, dtype=torch.int64)
        most = resolved(recipe.augment.transpose)
        if draws is not None and most:
            move += (draws.uniform() * (2 * most + 1)).long() - most
        return replace(batch, inputs=(*batch.inputs, move))

    def decode(
        self, net: nn.Module, outputs: NextCosts, batch: Batch, recipe: MusicRecipe, chosen: Chosen
    ) -> list[PieceCost]:
        """What each window costs."""
        tokens, beside = (column.tolist() for column in batch.meta)
        nats = outputs.costs.double().sum(dim=1).tolist()
        return [cost_of(*row) for row in zip(nats, tokens, beside, strict=True)]


def cost_of(nats: float, tokens: int, beside: Sequence[float]) -> PieceCost:
    """What a window costs.

    Args:
        nats: of its tokens by the net.
        tokens: how many are predicted.
        beside: how many notes begin in it.
    """
    (notes,) = beside
    return PieceCost(nats, tokens, int(notes))


def cut(examples: Examples, recipe: MusicRecipe, codec: MusicCodec) -> Cut:
    """The windows of each piece."""
    return cut_at(examples, recipe.model.window, codec.tokens)


def cut_at(examples: Examples, size: int, tokens: NoteVocabulary) -> Cut:
    """The windows of each piece, of at most so many tokens."""
    return windows.cut(examples, lambda piece: windows_of(piece, size, tokens))


def windows_of(piece: Piece, size: int, vocabulary: NoteVocabulary) -> list[Window]:
    """A piece as windows of at most ``size`` tokens to predict."""
    tokens = tokens_of(piece, vocabulary)
    notes = [begins_note(token, vocabulary) for token in tokens]
    return windows.windows_of(END, tokens, [notes], size)
