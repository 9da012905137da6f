"""From pieces to windows of tokens, and from what they cost to answers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from netwright.contract import Batch, Chosen, Cut, Draws, Examples
from netwright.data.music.piece import Piece
from netwright.data.music.tokens.tokens import MOST_SEMITONES, begins_note, tokens_of
from netwright.data.music.tokens.vocabulary import END, NoteVocabulary
from netwright.data.next_tokens import windows
from netwright.data.next_tokens.windows import Window
from netwright.recipe import resolved
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
        return [
            PieceCost(own, many, int(notes))
            for own, many, (notes,) in zip(nats, tokens, beside, strict=True)
        ]


def cut(examples: Examples, recipe: MusicRecipe, codec: MusicCodec) -> Cut:
    """The windows of each piece."""
    size, tokens = recipe.model.window, codec.tokens
    return windows.cut(examples, lambda piece: windows_of(piece, size, tokens))


def windows_of(piece: Piece, size: int, vocabulary: NoteVocabulary) -> list[Window]:
    """A piece as windows of at most ``size`` tokens to predict."""
    tokens = tokens_of(piece, vocabulary)
    notes = [begins_note(token, vocabulary) for token in tokens]
    return windows.windows_of(END, tokens, [notes], size)
