"""Pieces in another key each time that they are read in training.

By how much a piece is moved is drawn where it begins and handed on from window to window with the
state of the net.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from netwright.contract import Batch
from netwright.data.music.tokens.tokens import MOST_SEMITONES, moved
from netwright.nets.sequence import on_the_contract as language_model
from netwright.systems.music.recipe import MusicRecipe

if TYPE_CHECKING:
    from torch import Tensor, nn

    from netwright.data.music.tokens.vocabulary import NoteVocabulary
    from netwright.nets.sequence.language_model import NextCosts


def table_of(vocabulary: NoteVocabulary) -> Tensor:
    """(moves, V) what becomes of each token, from so many semitones down to as many up."""
    import torch

    by = range(-MOST_SEMITONES, MOST_SEMITONES + 1)
    return torch.tensor([moved(vocabulary, semitones) for semitones in by])


def forward(net: nn.Module, batch: Batch, recipe: MusicRecipe) -> NextCosts:
    """The costs of the next tokens, moved as was drawn where their piece began."""
    import torch

    from netwright.nets.sequence.language_model import NextCosts

    tokens, nexts, begins, drawn = batch.inputs
    *state, before = batch.carry
    move = torch.where(begins, drawn, before)
    table: Tensor = net.moves[move]  # type: ignore[index]
    found = net(table.gather(1, tokens), table.gather(1, nexts), begins, *state)
    return NextCosts(found.costs, (*found.carried, move))


def carry(net: nn.Module, recipe: MusicRecipe, lanes: int) -> tuple[Tensor, ...]:
    """The state that each lane begins with, and no move."""
    import torch

    state = language_model.carry(net, recipe, lanes)
    still = torch.full((lanes,), MOST_SEMITONES, device=state[0].device)
    return (*state, still)
